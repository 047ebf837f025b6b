"""Laws of account time over HTTP: split advances, bounds, and a clock that is set while it moves."""

import threading
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import Receiver

BOTH = {"StatusCallbackEvents": "terminal,answered"}

# Around what happens to the calls below: answers at 3 and 8 s, the end at 48 s, retries 300 s
# and 900 s later; and anything between, to the millisecond.
SPANS = st.sampled_from([0, 3, 5, 40, 48, 300, 348, 900]) | st.integers(0, 400_000).map(
    lambda milliseconds: milliseconds / 1000
)


@pytest.fixture
def account(control):
    return control.account()


class Moody:
    """Answers each try of each body by a bit of a number: the same tries, the same answers."""

    def __init__(self, moods: int):
        self.moods, self.tries = moods, Counter()

    def __call__(self, received):
        body = repr(received.fields)
        self.tries[body] += 1
        return (
            500 if self.moods >> zlib.crc32(f"{body}{self.tries[body]}".encode()) % 30 & 1 else 200
        )


class TestSplitAdvances:
    @settings(
        max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(spans=st.lists(SPANS, min_size=2, max_size=5), moods=st.integers(0, 2**30 - 1))
    def test_tell_the_same_story_to_the_byte(self, control, spans, moods):
        """A reset lets the same Sids come again, so the transcripts can be compared whole."""
        receiver = Receiver()
        account = control.account(f"law{len(control.get('accounts')['accounts'])}", seed=1)
        try:
            whole = self.story(account, receiver, moods, [sum(spans)])
            account.post("reset")
            assert whole == self.story(account, receiver, moods, spans)
        finally:
            receiver.close()

    def story(self, account, receiver, moods, spans):
        """The transcript, the clock, and the events that the advances reported, in order."""
        receiver.answer = Moody(moods)
        account.connect(StatusCallback=receiver.url, **BOTH)
        account.advance(7)
        account.connect(From="09811100077", StatusCallback=receiver.url, **BOTH)
        events = [event for span in spans for event in account.advance(span)["events"]]
        text = account.control.http.get(
            f"{account.control.url}/_exomock/accounts/{account.sid}/transcript", timeout=9
        ).text
        return text, account.get("clock"), events


class TestABound:
    def test_of_events_holds_one_advance_only(self, controlled):
        """Asked again, it goes on where it stopped, until nothing is left."""
        account = controlled(max_advance_events=3).account()
        sid = account.connect()
        reports = [account.idle()]
        while reports[-1]["stopped"] is not None and len(reports) < 10:
            reports.append(account.idle())

        assert reports[0]["stopped"].startswith("max-advance-events: ")
        assert reports[-1]["idle"]
        assert "completed" == account.status(sid)

    def test_that_stops_a_clock_that_is_put_forward_is_reported(self, controlled, receiver):
        """Issue 3: every bound is a named setting, and reaching it is reported."""
        account = controlled(max_advance_events=2).account()
        account.connect(StatusCallback=receiver.url, **BOTH)
        answer = account.put("clock", {"now": "2026-03-01T12:10:00+05:30"})

        assert answer["now"] < "2026-03-01T12:10:00"
        assert "max-advance-events" in answer.get("stopped", "")


class TestAClockThatIsPut:
    def test_forward_tells_receivers_at_each_moment(self, account, receiver):
        """Forward is an advance, so a handler sees 12:00:03, not where the clock is going."""
        seen = []
        receiver.answer = lambda _: seen.append(account.get("clock")["now"][11:19]) or 200
        account.connect(StatusCallback=receiver.url, **BOTH)
        account.put("clock", {"now": "2026-03-01T13:00:00+05:30"})

        assert ["12:00:03", "12:00:08", "12:00:48"] == seen
        assert "13:00:00" == account.get("clock")["now"][11:19]

    def test_from_inside_a_handler_is_a_conflict(self, controlled, receiver):
        """Setting the clock is moving it: the advance that waits for the handler has the turn."""
        account = controlled(max_turn_wait=0.2).account()
        answers = []

        def put(_received):
            answers.append(account.put("clock", {"now": "2026-03-01T14:00:00+05:30"}, 409))
            return 200

        receiver.answer = put
        account.connect(StatusCallback=receiver.url)

        assert "2026-03-01T12:00:48.000000+05:30" == account.idle()["now"]
        assert "waits for itself" in answers[0]["detail"]

    def test_of_an_account_that_is_deleted_meanwhile_is_a_404(self, control, account, receiver):
        """The PUT waits for its turn behind an advance, which waits for a receiver."""
        entered, go = threading.Event(), threading.Event()
        receiver.answer = lambda _: entered.set() or (200 if go.wait(10) else 500)
        account.connect(StatusCallback=receiver.url)
        here = f"{control.url}/_exomock/accounts/{account.sid}/clock"
        with ThreadPoolExecutor(2) as pool:
            advance = pool.submit(
                requests.post, f"{here}/advance", json={"seconds": 60}, timeout=30
            )
            assert entered.wait(10)
            put = pool.submit(requests.put, here, json={"rate": 1}, timeout=30)
            for _ in range(20):  # requests enough for it to have come in
                account.get("clock")
            control.delete(f"accounts/{account.sid}")
            go.set()
            advance.result(20)

        assert 404 == put.result(20).status_code
        control.get(f"accounts/{account.sid}", 404)

    def test_twice_at_once_to_one_time_is_at_that_time(self, account, receiver):
        """The second comes while the first waits for a receiver; neither goes beyond its `now`."""
        entered, go = threading.Event(), threading.Event()

        def wait(_received):
            entered.set()
            return 200 if go.wait(10) else 500

        receiver.answer = wait
        account.connect(StatusCallback=receiver.url)
        target = {"now": "2026-03-01T12:01:00+05:30"}
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(account.put, "clock", target)
            assert entered.wait(10)
            second = pool.submit(account.put, "clock", target)
            for _ in range(20):  # requests enough for the second to have come in
                account.get("clock")
            go.set()
            first.result(20)
            second.result(20)

        assert "2026-03-01T12:01:00.000000+05:30" == account.get("clock")["now"]

    @pytest.mark.parametrize("now", ["2026-03-01T12:00:00", "2026-03-01T06:30:00Z"])
    def test_to_where_it_is_changes_nothing_even_with_calls(self, account, now):
        """Neither forward nor backward; a time without a zone is IST."""
        sid = account.connect()

        assert "2026-03-01T12:00:00.000000+05:30" == account.put("clock", {"now": now})["now"]
        assert "in-progress" == account.status(sid)


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        pytest.param(
            {"rate": -1}, "clock.rate: -1 is not valid; expected a number from 0", id="rate"
        ),
        pytest.param({"now": "noon"}, "clock.now: 'noon' is not valid; expected a time", id="now"),
        pytest.param({"rat": 1}, "clock.rat: unknown; did you mean 'rate'?", id="unknown"),
    ],
)
def test_a_wrong_clock_of_a_new_account_is_named_like_any_field(control, clock, said):
    """Bad input: 400 problems with the rule, in words and not in Python's notation."""
    assert said in control.post("accounts", {"clock": clock}, 400)["detail"]
