"""A shipped scenario as a client lives through it: calls, callbacks, and time that is moved."""

from typing import Any

import pytest
from exotel import Exotel

from conftest import Driver, Receiver, error_of
from exomock.server import Exomock
from flows.conftest import Customer


class Story(Driver):
    """
    A client of a shipped scenario; every call it dials reports to its receiver.

    Args:
        mock: Plays the scenario.
        receiver: Gets the callbacks.
    """

    def __init__(self, mock: Exomock, receiver: Receiver):
        super().__init__(mock)
        self.receiver = receiver
        self.sdk = Exotel(mock.sid, mock.token, baseurl=f"{mock.url}/")

    def subscribed(self, to: str, **fields: Any) -> dict[str, Any]:
        """The fields of an order to `to` that asks for every callback."""
        events = {"StatusCallbackEvents": "terminal,answered"}
        return {"To": to, "StatusCallback": self.receiver.url} | events | fields

    def dial(self, to: str, **fields: Any) -> str:
        """Place a call that asks for every callback, and return its Sid."""
        return self.connect(**self.subscribed(to, **fields))

    def into(self, app: str, **fields: Any) -> str:
        """Connect a customer to a flow, and return the call's Sid."""
        url = f"http://my.exotel.com/{self.mock.sid}/exoml/start_voice/{app}"
        return self.connect(To=None, Url=url, **fields)

    def told(self, *names: str, of: str | None = None) -> list[Any]:
        """What the receiver got, in order: the value of `names` of each callback (or one call's)."""
        forms = [got.form for got in list(self.receiver.got)]
        mine = [form for form in forms if of in (None, form["CallSid"])]
        rows = [tuple(form.get(name) for name in names) for form in mine]
        return [row[0] for row in rows] if len(names) == 1 else rows

    def heard(self, of: str | None = None) -> list[tuple[str, str]]:
        """Event and Status of each callback that the receiver got, in order."""
        return self.told("EventType", "Status", of=of)

    def status(self, sid: str) -> str:
        """The call's Status in a GET."""
        return self.call(sid)["Status"]

    def refusal(self, **fields: Any) -> tuple[int, dict[str, Any]]:
        """HTTP status and error of an order that is refused."""
        response = self.try_connect(**fields)
        return response.status_code, error_of(response)

    def total(self, **params: Any) -> int:
        """How many calls the list has."""
        return self.calls(**params)["Metadata"]["Total"]

    def control(self, method: str, path: str, **kwargs: Any) -> Any:
        """Ask the control API about the account."""
        url = f"{self.mock.url}/_exomock/accounts/{self.mock.sid}/{path}"
        response = self.http.request(method, url, timeout=30, **kwargs)
        assert response.ok, response.text
        return response

    def wait_for_requests(self, count: int) -> None:
        """Wait until so many requests have been handled, whatever has become of their answers."""
        for _ in range(2000):
            if len(self.control("GET", "requests").json()["requests"]) >= count:
                return
        raise AssertionError(f"fewer than {count} requests have come")

    def play_text(self, text: str) -> None:
        """Give the account a scenario of its own over the control API."""
        headers = {"Content-Type": "application/yaml"}
        self.control("PUT", "scenario", data=text.encode(), headers=headers)


@pytest.fixture
def told_by():
    """Tell a story on an exomock that a test has started in its own way."""
    return Story


@pytest.fixture
def play(exchange, receiver):
    """Play shipped scenarios: `play("exotel-down")`; it is noon, and time stands still."""
    return lambda name, **settings: Story(exchange(name, **settings).mock, receiver)


FLOW_SERVER = "http://127.0.0.1:3000"
"""Where shipped flows ask."""


@pytest.fixture
def customer():
    """The server that shipped flows ask, on a port of its own."""
    found = Customer()
    yield found
    found.close()


@pytest.fixture
def play_flows(play, customer):
    """Play a shipped story whose flows ask the server here."""

    def play_flows_(name: str) -> Story:
        story = play(name)
        text = story.mock.exchange.engine.worlds[story.mock.sid].scenario.text
        story.play_text(text.replace(FLOW_SERVER, customer.url))
        return story

    return play_flows_
