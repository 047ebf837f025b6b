"""Waiting over HTTP: an answer as soon as it is so."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests


@pytest.fixture
def account(control):
    return control.account()


class TestWaiting:
    def test_for_a_status_that_is_there_answers_at_once(self, account):
        sid = account.connect()
        assert sid == account.get("wait", call=sid, status="in-progress")["call"]["sid"]

    def test_is_over_as_soon_as_an_advance_makes_it_so(self, account):
        sid = account.connect()
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(account.get, "wait", call=sid, status="completed", timeout=20)
            account.advance(60)
            assert "completed" == waiting.result(10)["call"]["status"]

    def test_for_a_callback_is_over_when_it_was_tried(self, account, receiver):
        sid = account.connect(StatusCallback=receiver.url)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(account.get, "wait", call=sid, callback="terminal", timeout=20)
            account.advance(60)
            (shown,) = waiting.result(10)["callbacks"]
        assert ("terminal", "delivered") == (shown["event"], shown["state"])

    def test_for_idle(self, control):
        """On a running clock."""
        account = control.account("fast", clock={"rate": 600})
        account.connect()
        assert account.get("wait", idle="true", timeout=10)["idle"]

    @pytest.mark.parametrize(
        "what", [{"status": "busy"}, {"callback": "answered"}, {"idle": "true"}]
    )
    def test_in_vain_is_a_408_that_says_how_things_stand(self, account, what):
        sid = account.connect()
        call = {} if "idle" in what else {"call": sid}
        problem = account.get("wait", 408, timeout=0.05, **call, **what)

        assert "not so after 0.05 s" == problem["detail"]
        present = {"status": ("call",), "callback": ("callbacks",), "idle": ("idle", "clock")}
        assert set(present[next(iter(what))]) <= set(problem)

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ({}, 'wait: expected one of "status" (with "call"), "callback" and "idle=true"'),
            ({"idle": "true", "callback": "terminal"}, "wait: expected one of"),
            ({"status": "busy"}, "call: is missing"),
            (
                {"idle": "true", "timeout": "301"},
                "timeout: '301' is not valid; expected a number from 0 to 300",
            ),
            ({"idle": "true", "timeout": "-1"}, "timeout: '-1' is not valid"),
            (
                {"callback": "ringing"},
                "callback: 'ringing' is not valid; expected terminal or answered",
            ),
            ({"call": "x", "status": "done"}, "status: 'done' is not valid; expected queued or"),
        ],
    )
    def test_refuses_what_is_wrong(self, account, query, said):
        assert account.get("wait", 400, **query)["detail"].startswith(said)

    def test_for_an_unknown_call_is_a_404(self, account):
        account.get("wait", 404, call="0" * 32, status="busy")

    def test_has_so_many_places(self, controlled):
        """One more is told at once, and the server still answers others."""
        account = controlled(max_waiters=1).account()
        sid = account.connect()
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(wait_in_turn, account, call=sid, status="completed", timeout=20)
            until_somebody_waits(account)
            account.advance(60)
            assert 200 == waiting.result(10).status_code

    def test_ends_when_the_account_does(self, controlled):
        account = controlled(max_waiters=1).account()
        sid = account.connect()
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(wait_in_turn, account, call=sid, status="busy", timeout=20)
            until_somebody_waits(account)
            account.control.delete(f"accounts/{account.sid}")
            response = waiting.result(10)
        assert 404 == response.status_code
        assert "account 't1' was deleted meanwhile" == response.json()["detail"]


def wait_in_turn(account, **what):
    """Wait, in a session of its own; again if somebody who only looked had the place."""
    url = f"{account.control.url}/_exomock/accounts/{account.sid}/wait"
    while (response := requests.get(url, params=what, timeout=30)).status_code == 503:
        pass
    return response


def until_somebody_waits(account):
    """Ask for the only place there is, until somebody has it."""
    url = f"{account.control.url}/_exomock/accounts/{account.sid}/wait?idle=true&timeout=0"
    while (response := requests.get(url, timeout=9)).status_code != 503:
        assert 408 == response.status_code
    assert "max-waiters" in response.json()["detail"]
