"""How StatusCallbacks are delivered: order, retries, and a record of every try. Section 8."""

import threading

import pytest

from conftest import ORDINARY, Receiver

ALL = {"StatusCallbackEvents": "terminal,answered"}
FIVE_MINUTES, FIFTEEN_MINUTES = 300, 900


@pytest.fixture
def failing():
    """A receiver that answers 500."""
    receiver = Receiver(answer=lambda _: 500)
    yield receiver
    receiver.close()


class TestAReceiverThatFails:
    def test_is_tried_three_times_in_all(self, driver, failing):
        """At the end of the call (48 s), 5 minutes later, and 15 minutes after that."""
        driver.connect(StatusCallback=failing.url)
        counts = []
        for seconds in (48, FIVE_MINUTES - 1, 1, FIFTEEN_MINUTES - 1, 1, 86_400):
            driver.advance(seconds)
            counts.append(len(failing.got))

        assert [1, 1, 2, 2, 3, 3] == counts

    def test_every_try_is_recorded(self, driver, failing):
        """Number, status, duration; at the end the callback has failed."""
        sid = driver.connect(StatusCallback=failing.url)
        driver.advance(86_400)

        (callback,) = driver.rows(sid)
        assert "failed" == callback.state
        assert [(1, 500, None), (2, 500, None), (3, 500, None)] == [
            (attempt.number, attempt.status, attempt.error) for attempt in callback.attempts
        ]
        assert all(attempt.milliseconds > 0 for attempt in callback.attempts)

    def test_may_recover(self, driver, receiver):
        """The second try is answered 200: there is no third."""
        answers = iter([503, 200])
        receiver.answer = lambda _: next(answers)
        sid = driver.connect(StatusCallback=receiver.url)
        driver.advance(86_400)

        assert "delivered" == driver.rows(sid)[0].state
        assert 2 == len(receiver.got)

    def test_is_sent_the_same_body_again(self, driver, failing):
        """A retry tells what had happened then, not what is now."""
        driver.connect(StatusCallback=failing.url, StatusCallbackEvents="answered")
        driver.advance(86_400)

        first = [got.fields for got in failing.got if got.form["Legs[1][Status]"] == ""]
        assert 3 == len(first)
        assert first[0] == first[1] == first[2]

    def test_holds_nothing_back(self, driver, receiver):
        """While `answered` waits for its second try, `terminal` goes out on time."""
        receiver.answer = lambda got: 500 if got.form["EventType"] == "answered" else 200
        driver.connect(StatusCallback=receiver.url, **ALL)
        driver.advance(48)

        assert ["answered", "answered", "terminal"] == [g.form["EventType"] for g in receiver.got]

    def test_spacing_is_a_setting(self, exchange, failing):
        """With 10 s and 20 s all three tries are over 30 s after the end."""
        driver = exchange(retry_after=(10_000_000, 20_000_000))
        driver.connect(StatusCallback=failing.url)
        driver.advance(48 + 30)

        assert 3 == len(failing.got)

    @pytest.mark.parametrize("status", [200, 201, 204, 299])
    def test_any_2xx_is_success(self, driver, receiver, status):
        """Receivers answer 204 as well."""
        receiver.answer = lambda _: status
        sid = driver.connect(StatusCallback=receiver.url)
        driver.advance(86_400)

        assert ("delivered", 1) == (driver.rows(sid)[0].state, len(receiver.got))

    @pytest.mark.parametrize("status", [301, 302, 400, 404, 429, 503])
    def test_anything_else_is_not(self, driver, receiver, status):
        """Redirects are not followed either."""
        receiver.answer = lambda _: status
        sid = driver.connect(StatusCallback=receiver.url)
        driver.advance(86_400)

        assert ("failed", 3) == (driver.rows(sid)[0].state, len(receiver.got))

    def test_nobody_listening_is_recorded(self, driver, receiver):
        """The error is a readable line."""
        url = receiver.url
        receiver.close()
        sid = driver.connect(StatusCallback=url)
        driver.advance(48)

        (attempt,) = driver.rows(sid)[0].attempts
        assert None is attempt.status
        assert "refused" in attempt.error


class TestAReceiverThatHangs:
    def test_is_given_up_after_the_timeout(self, exchange, receiver):
        """15 s by default; here 0.2 s of wall time, whatever the account's clock."""
        release = threading.Event()
        receiver.answer = lambda _: release.wait(10) and 200
        driver = exchange(callback_timeout=0.2)
        sid = driver.connect(StatusCallback=receiver.url)
        driver.advance(48)
        release.set()

        (attempt,) = driver.rows(sid)[0].attempts
        assert "no answer within 0.2 s" in attempt.error

    def test_delays_no_answer_and_nobody_elses_callback(self, exchange, receiver):
        """On a running clock: one call's receiver hangs, another call ends and is told."""
        release = threading.Event()
        slow = Receiver(answer=lambda _: release.wait(10) and 200)
        driver = exchange(rate=1000)
        driver.connect(StatusCallback=slow.url)
        slow.wait_for(1)

        driver.connect(StatusCallback=receiver.url)
        receiver.wait_for(1)
        release.set()
        slow.close()


class TestOrder:
    def test_of_one_calls_first_tries_is_kept_on_a_running_clock(self, exchange, receiver):
        """Thirty calls at 200 times real speed: each receives answered, answered, terminal."""
        driver = exchange(ORDINARY, rate=200)
        sids = [driver.connect(StatusCallback=receiver.url, **ALL) for _ in range(30)]
        got = receiver.wait_for(90)

        for sid in sids:
            mine = [g.form for g in got if g.form["CallSid"] == sid]
            assert ["answered", "answered", "terminal"] == [form["EventType"] for form in mine]
            assert "" == mine[0]["Legs[1][Status]"]

    def test_within_one_instant_is_the_plans(self, exchange, receiver):
        """Both legs answer at once and hang up at once: still answered, answered, terminal."""
        driver = exchange("rules:\n  - {leg1: {answer: 0s}, leg2: {answer: 0s}, talk: 0s}\n")
        driver.connect(StatusCallback=receiver.url, **ALL)

        got = receiver.wait_for(3)

        assert ["answered", "answered", "terminal"] == [g.form["EventType"] for g in got]


class TestTheRequestsThread:
    def test_never_sends(self, exchange):
        """A call whose whole plan is due at once is answered before its receiver is asked."""
        release = threading.Event()
        receiver = Receiver(answer=lambda _: release.wait(10) and 200)
        driver = exchange("rules:\n  - {leg1: {busy: 0s}}\n")

        sid = driver.connect(StatusCallback=receiver.url)
        status = driver.call(sid)["Status"]
        release.set()

        assert "busy" == status
        receiver.wait_for(1)
        receiver.close()


class TestAHandlerThatCallsBack:
    def test_sees_the_accounts_time_as_of_its_event(self, driver, receiver):
        """In an advance over an hour, a GET inside the handler shows the call at that moment."""
        seen = []

        def look(got):
            call = driver.call(got.form["CallSid"])
            seen.append((got.form["EventType"], call["Status"], call["DateUpdated"]))
            return 200

        receiver.answer = look
        driver.connect(StatusCallback=receiver.url, **ALL)
        driver.advance(3600)

        assert [
            ("answered", "in-progress", "2026-03-01 12:00:03"),
            ("answered", "in-progress", "2026-03-01 12:00:08"),
            ("terminal", "completed", "2026-03-01 12:00:48"),
        ] == seen

    def test_may_place_the_next_call(self, driver, receiver):
        """The new call begins at the event's time and is played by the same advance."""
        placed = []

        def again(got):
            if not placed:
                placed.append(driver.connect(StatusCallback=receiver.url))
            return 200

        receiver.answer = again
        driver.connect(StatusCallback=receiver.url)
        driver.advance(3600)

        assert "2026-03-01 12:00:48" == driver.call(placed[0])["DateCreated"]
        assert "completed" == driver.call(placed[0])["Status"]


class TestAdvancing:
    def test_in_two_halves_is_the_same_as_at_once(self, exchange, failing):
        """Retries are due from when the failed try was due, so the halves add up."""

        def attempts(*steps):
            driver = exchange(retry_after=(7_000_000, 11_000_000))
            driver.connect(StatusCallback=failing.url, **ALL)
            for seconds in steps:
                driver.advance(seconds)
            return [(c.notice, c.due_at, c.state, len(c.attempts)) for c in driver.rows()]

        assert attempts(100) == attempts(9.5, 0, 2.5, 40, 48)
