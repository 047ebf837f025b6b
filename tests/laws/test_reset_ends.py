"""A reset and the end of an account end what it waits for; the next test begins at once."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import requests

from conftest import Receiver
from control.conftest import Control
from exomock.wall import stopwatch
from serve.conftest import until

AGAIN = {
    "reset": lambda account, _snapshot: account.post("reset"),
    "restore": lambda account, snapshot: account.post(f"snapshots/{snapshot}/restore"),
    "delete": lambda account, _snapshot: account.control.delete(f"accounts/{account.sid}"),
}


SOON = 8
"""Seconds: what waited for a receiver that hangs would take 15, and a busy machine needs some."""


class Hanging(Receiver):
    """A receiver that answers nothing until it is closed, and knows that somebody waits for it."""

    def __post_init__(self):
        self.release = threading.Event()
        self.answer = lambda _: self.release.wait(20) and 200
        super().__post_init__()

    def close(self):
        self.release.set()
        super().close()


class Watched:
    """An account's turn, which tells when somebody asks for it: he has seen the epoch by then."""

    def __init__(self, turn):
        self.turn, self.asked = turn, threading.Event()

    def acquire(self, *args, **kwargs):
        self.asked.set()
        return self.turn.acquire(*args, **kwargs)

    def release(self):
        self.turn.release()


@pytest.fixture
def mock(exchange):
    """A server in which one request may wait."""
    return exchange(max_waiters=1).mock


@pytest.fixture
def control(mock):
    """Its control API."""
    control = Control(mock.url)
    yield control
    control.http.close()


@pytest.fixture
def waiting(mock, control):
    """An account, and what it waits for: `waiting()` gives the account and three futures."""
    receiver, pool = Hanging(), ThreadPoolExecutor(4)

    def start():
        account = control.account()
        snapshot = account.post("snapshots", status=201)["id"]
        account.connect(StatusCallback=receiver.url)
        advance = pool.submit(raw, account, "POST", "clock/advance", json={"seconds": 60})
        receiver.wait_for(1)
        # One that came after the reset would move the next test's time, and rightly so.
        world = mock.exchange.engine.worlds[account.sid]
        turn = world.turn = Watched(world.turn)
        second = pool.submit(raw, account, "POST", "clock/advance", json={"seconds": 5})
        assert turn.asked.wait(10)
        idle = {"idle": "true", "timeout": 20}
        wait = pool.submit(raw, account, "GET", "wait", params=idle)
        # As soon as it waits, there is no place for another.
        until(lambda: raw(account, "GET", "wait", params=idle | {"timeout": 0}).status_code == 503)
        return account, snapshot, (advance, second, wait)

    with closing(receiver):
        yield start
    pool.shutdown()


def raw(account, method, path, **how):
    """What the control API answers, whatever it is; each from a connection of its own."""
    url = f"{account.control.url}/_exomock/accounts/{account.sid}/{path}"
    return requests.request(method, url, timeout=30, **how)


class TestAResetARestoreAndADelete:
    @pytest.mark.parametrize("how", AGAIN)
    def test_end_what_the_account_is_waiting_for(self, waiting, how):
        """An advance that hangs on a receiver, one that waits for it, and a wait: at once."""
        account, snapshot, futures = waiting()
        began = stopwatch()
        AGAIN[how](account, snapshot)
        advance, second, wait = (future.result(10) for future in futures)

        assert stopwatch() - began < SOON
        assert "the account was reset, restored or deleted meanwhile" == advance.json()["stopped"]
        assert second.status_code in ((404,) if how == "delete" else (200,))
        assert wait.status_code == (404 if how == "delete" else 409)

    def test_leave_the_turn_to_the_next_test(self, waiting):
        """Its advance does not wait for the old one, and nothing of the old one moves its time."""
        account, _snapshot, futures = waiting()
        account.post("reset")
        began = stopwatch()
        sid = account.connect()
        went = account.advance(60)

        assert stopwatch() - began < SOON
        assert (None, "completed") == (went["stopped"], account.status(sid))
        assert "2026-03-01T12:01:00.000000+05:30" == account.get("clock")["now"]
        assert 3 == len([future.result(10) for future in futures])
        assert "2026-03-01T12:01:00.000000+05:30" == account.get("clock")["now"]

    def test_that_keeps_the_clock_lets_it_run_on(self, control):
        """Though an advance had it stand still: its rate is what it was, and it runs."""
        receiver = Hanging()
        with closing(receiver), ThreadPoolExecutor(1) as pool:
            account = control.account(clock={"rate": 60})
            account.connect(StatusCallback=receiver.url)
            pool.submit(raw, account, "POST", "clock/advance", json={"seconds": 60})
            receiver.wait_for(1)
            account.post("reset", {"keep": ["clock"]})
            before = account.get("clock")
            threading.Event().wait(0.05)
            after = account.get("clock")

        assert 60 == before["rate"] == after["rate"]
        assert before["now"] < after["now"]

    def test_cut_what_is_on_the_wire_of_the_old_epoch(self, waiting):
        """Nothing of the test before lands in the next: no callback of it is under way."""
        account, _snapshot, futures = waiting()
        account.post("reset")

        assert account.get("wait", idle="true", timeout=10)["idle"]
        assert 3 == len([future.result(5) for future in futures])
        assert [] == account.get("callbacks")["callbacks"]


class TestTheEndOfTime:
    LAST = "2100-01-01T05:29:59.999999+05:30"

    def test_stops_an_advance_with_a_sentence(self, control):
        """As often as it is asked for 400 days more; and every account can still be listed."""
        account = control.account(clock={"now": "2099-06-01T00:00:00Z", "rate": 0})
        reports = [account.advance(400 * 86_400) for _ in range(3)]

        assert ["the end of time: an account's time is at most 2099-12-31T23:59:59 UTC"] * 3 == [
            each["stopped"].partition(";")[0] for each in reports
        ]
        assert {self.LAST} == {each["now"] for each in reports}
        assert self.LAST in str(control.get("accounts"))

    def test_stops_what_would_go_on_beyond_it(self, control):
        """A call that rings into the year 2100 is never over: `until: idle` says so."""
        account = control.account(clock={"now": "2099-12-31T23:59:50Z", "rate": 0})
        sid = account.connect()
        went = account.idle()

        assert went["stopped"].startswith("the end of time")
        assert "in-progress" == account.status(sid)

    def test_is_where_a_fast_clock_stands_still_and_says_so_once(self, control, caplog):
        """A million seconds a second: from 2099-12-31 it takes a tenth of a second."""
        account = control.account(clock={"now": "2099-12-31T00:00:00Z", "rate": 1_000_000})
        said = threading.Event()

        class Bell(logging.Handler):
            def emit(self, _record):
                said.set()

        log = logging.getLogger("exomock.heartbeat")
        bell = Bell()
        log.addHandler(bell)
        try:
            assert said.wait(10)
            threading.Event().wait(0.1)
        finally:
            log.removeHandler(bell)

        assert self.LAST == account.get("clock")["now"]
        assert 1 == caplog.text.count("t1 has come to the end of time")

    def test_is_as_far_as_a_clock_can_be_set(self, control):
        """2100 is a wrong value; the last second of 2099 is none."""
        account = control.account()
        account.put("clock", {"now": "2100-01-01T00:00:00Z"}, 400)

        assert "2100-01-01T05:29:59" in account.put("clock", {"now": "2099-12-31T23:59:59Z"})["now"]

    @pytest.mark.parametrize("rate", [1e-300, 1e-9])
    def test_is_never_reached_by_a_clock_that_hardly_runs(self, control, rate):
        """A rate near 0 is as good as frozen, and no answer trips over it."""
        account = control.account(clock={"now": "2026-03-01T12:00:00Z", "rate": rate})
        sid = account.connect()

        assert "in-progress" == account.status(sid)
