"""A running exomock, in a client's hand."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from exomock.client import given
from exomock.client.account import Account
from exomock.client.wire import Wire


class Server:
    """
    A running exomock.

    Args:
        url: Where it is, as `http://127.0.0.1:8080`.
        control_token: Of its control API, where it asks for one.

    Attributes:
        suite: The suite of tests that accounts are made for from now on: what their application
            meets is counted under this id. None counts nothing.

    Raises:
        ValueError: The URL is none of a server.
    """

    suite: str | None = None

    def __init__(self, url: str, control_token: str | None = None) -> None:
        self.wire = Wire(url, control_token)
        self.url = self.wire.url

    def account(
        self,
        sid: str | None = None,
        *,
        scenario: given.Scenario | None = None,
        now: datetime | str | None = None,
        seed: int | None = None,
        clock: float | str = "frozen",
        collect: bool = False,
    ) -> Account:
        """
        Make an account; its clock stands still until it is advanced.

        Args:
            sid: Its Sid; None draws one.
            scenario: A path, YAML text, a dict, the name of a shipped one; None is the server's.
            now: Account time at the start; without a zone it is IST. None is the wall clock's.
            seed: What chance is drawn from; None is the scenario's, else the server's.
            clock: "frozen", "real", "x60", or account seconds per wall second.
            collect: Whether callbacks are recorded instead of sent.

        Raises:
            TypeError: An argument is of a wrong type.
            ValueError: An argument is wrong.
            NoServer: There is no server.
        """
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
            raise TypeError(f"{seed!r} is no seed; expected a whole number")
        asked: dict[str, Any] = {
            "sid": sid,
            "seed": seed,
            "scenario": None if scenario is None else given.scenario(scenario),
            "collect": collect,
            "suite": self.suite,
        }
        when = {"rate": given.rate(clock)}
        asked["clock"] = when if now is None else when | {"now": given.moment(now)}
        wanted = {name: value for name, value in asked.items() if value is not None}
        return self._account(self.wire.control("POST", "/accounts", wanted))

    def find(self, sid: str) -> Account:
        """
        An account that is there.

        Raises:
            NotThere: There is none; it names those that are near.
        """
        return self._account(self.wire.control("GET", f"/accounts/{quote(sid, safe='')}"))

    @property
    def accounts(self) -> list[Account]:
        """The accounts there are, up to 10,000, in the order they were made."""
        found = self.wire.control("GET", "/accounts?limit=10000")
        return [self._account(each) for each in found["accounts"]]

    @property
    def health(self) -> dict[str, Any]:
        """
        How the server is.

        Raises:
            ControlError: It cannot place calls.
        """
        found: dict[str, Any] = self.wire.control("GET", "/health")
        return found

    def _account(self, data: dict[str, Any]) -> Account:
        return Account(self.wire, data["sid"], data["key"], data["token"])

    def __repr__(self) -> str:
        """Where it is."""
        return f"<{type(self).__name__} {self.url}>"
