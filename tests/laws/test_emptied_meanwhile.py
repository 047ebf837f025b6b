"""An account may be emptied or deleted between any two reads of a request: no request fails of it."""

import contextlib
import functools
import threading

import pytest
import requests

from conftest import EXOPHONE, FROM, NOON, TO, Driver, Receiver
from exomock.domain.errors import DomainError
from exomock.engine import NewAccount
from exomock.server import Exomock
from exomock.settings import Settings

ROUTES = {
    "the callbacks": ("GET", "callbacks", None),
    "the calls": ("GET", "calls", None),
    "a call": ("GET", "calls/{call}", None),
    "the transcript": ("GET", "transcript", None),
    "a replay": ("POST", "callbacks/{callback}/replay", {}),
    "an advance": ("POST", "clock/advance", {"seconds": 5}),
    "an advance to the end": ("POST", "clock/advance", {"until": "idle"}),
    "a clock that is set": ("PUT", "clock", {"now": "2026-03-01T13:00:00+05:30"}),
    "a wait for a callback": ("GET", "wait?callback=terminal&timeout=0", None),
    "a wait for a call": ("GET", "wait?call={call}&status=completed&timeout=0", None),
    "a wait for the end": ("GET", "wait?idle=true&timeout=0", None),
    "a hang-up": ("POST", "calls/{call}/hangup", {}),
    "an inbound call": ("POST", "calls", {"from": "09811100001", "exophone": "08047112233"}),
    "a scenario": ("PUT", "scenario", {"rules": []}),
    "a snapshot": ("POST", "snapshots", {}),
    "a reset": ("POST", "reset", {}),
    "the end": ("DELETE", "", None),
}


class Meddler:
    """Empties or deletes the account just before the n-th question a request asks the database."""

    def __init__(self, mock, patch):
        self.mock, self.engine = mock, mock.exchange.engine
        self.what, self.at, self.asked, self.thread = emptied, None, 0, None
        for part in (self.engine.store, self.engine.store.outbox):
            for name in dir(type(part)):
                method = getattr(part, name, None)
                if not name.startswith("_") and callable(method):
                    patch.setattr(part, name, self.meddling(method), raising=False)

    def meddling(self, method):
        @functools.wraps(method)
        def meddled(*args, **kwargs):
            if threading.current_thread() is not self.thread:
                self.asked += 1
                if self.asked == self.at:
                    self.meddle()
            return method(*args, **kwargs)

        return meddled

    def meddle(self):
        """As another client does it, in a thread of its own; a lock that is held keeps it out."""
        self.thread = threading.Thread(target=self.act, daemon=True)
        self.thread.start()
        self.thread.join(0.04)

    def act(self):
        with contextlib.suppress(DomainError):
            self.what(self.engine)

    def ask(self, hook, method, path, body, at):
        """Make a fresh account and ask, with meddling before question `at`; None never meddles."""
        url = f"{self.mock.url}/_exomock/accounts/a1/{path.format(**prepared(self.mock, hook))}"
        self.asked, self.at = 0, at
        response = requests.request(method, url.rstrip("/"), json=body, timeout=20)
        self.at, asked = None, self.asked
        if self.thread is not None:
            self.thread.join()
        return response, asked


def emptied(engine):
    """A reset."""
    engine.resets.reset("a1", keep_scenario=False, keep_clock=False)


def deleted(engine):
    """The end of the account."""
    engine.delete_account("a1")


@pytest.fixture(scope="module")
def meddler():
    """A meddler in a server of its own."""
    with (
        Exomock(settings=Settings(rate=0, max_turn_wait=0.02), start_at=NOON) as mock,
        pytest.MonkeyPatch.context() as patch,
    ):
        yield Meddler(mock, patch)


@pytest.fixture(scope="module")
def hook():
    """Where callbacks go."""
    receiver = Receiver()
    yield receiver.url
    receiver.close()


@pytest.mark.parametrize("what", [emptied, deleted])
@pytest.mark.parametrize("route", ROUTES)
def test_a_request_whose_account_goes_meanwhile_has_an_answer(route, what, meddler, hook):
    """At whatever question to the database: what is gone is not shown, or said to be gone."""
    method, path, body = ROUTES[route]
    meddler.what = what
    fine, questions = meddler.ask(hook, method, path, body, None)
    assert fine.status_code < 500
    # An advance asks dozens: at its first one, and at its last, where the answer is made.
    for at in sorted({1, *range(max(1, questions - 2), questions + 1)}):
        response, _asked = meddler.ask(hook, method, path, body, at)

        assert response.status_code < 500, (at, questions, response.text)


def prepared(mock, hook):
    """An account with a call that is over and told, and one that is not."""
    engine = mock.exchange.engine
    with contextlib.suppress(DomainError):
        engine.delete_account("a1")
    engine.making.make(NewAccount("a1", "k1", "t1", rate=0))
    driver = Driver(mock)
    driver.http.auth = ("k1", "t1")
    calls = f"{mock.url}/v1/Accounts/a1/Calls/connect.json"
    fields = {"From": FROM, "To": TO, "CallerId": EXOPHONE, "StatusCallback": hook}
    placed = []
    for seconds in (500, 0):
        answer = driver.http.post(calls, data=fields, timeout=9)
        placed.append(answer.json()["Call"]["Sid"])
        mock.exchange.advance("a1", seconds)
    driver.http.close()
    return {"call": placed[-1], "callback": engine.store.outbox.of("a1")[0].id}
