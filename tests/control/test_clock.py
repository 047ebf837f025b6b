"""Time over HTTP: where a clock is, how fast it runs, and what happens when it is advanced."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import Receiver

NOON = "2026-03-01T12:00:00.000000+05:30"
BOTH = {"StatusCallbackEvents": "terminal,answered"}


@pytest.fixture
def account(control):
    return control.account()


class TestTheClock:
    def test_is_shown(self, account):
        assert {"now": NOON, "rate": 0} == account.get("clock")

    def test_forward_is_an_advance(self, account):
        """From answers after 3 s, To 5 s later, they talk 40 s."""
        sid = account.connect()
        account.put("clock", {"now": "2026-03-01T12:00:47.999999"})
        assert "in-progress" == account.status(sid)

        account.put("clock", {"now": "2026-03-01T12:00:48"})
        assert "completed" == account.status(sid)

    def test_goes_back_only_while_there_are_no_calls(self, account):
        account.put("clock", {"now": "2026-01-01T00:00:00"})
        assert "2026-01-01T00:00:00.000000+05:30" == account.get("clock")["now"]

        account.connect()
        problem = account.put("clock", {"now": "2025-12-31T23:59:59"}, 400)
        assert problem["detail"].startswith("now: lies before the account's time")

    def test_runs_as_fast_as_it_is_told(self, account):
        """At 3600 a call of 48 s ends in no time; at 0 it stands."""
        sid = account.connect()
        account.put("clock", {"rate": 3600})
        account.get("wait", call=sid, status="completed")
        account.put("clock", {"rate": 0})

        assert account.get("clock") == account.get("clock")

    @pytest.mark.parametrize(
        ("path", "body", "said"),
        [
            (
                "clock/advance",
                {"seconds": -1},
                "seconds: -1 is not valid; expected a number from 0",
            ),
            ("clock/advance", {"seconds": "soon"}, "seconds: 'soon' is not valid"),
            ("clock/advance", {"seconds": 1e9}, "seconds"),
            ("clock/advance", {"until": "noon"}, "until: 'noon' is not valid; expected idle"),
            ("clock/advance", {}, 'seconds: expected either "seconds", or "until": "idle"'),
            ("clock/advance", {"seconds": 1, "until": "idle"}, "seconds: expected either"),
        ],
    )
    def test_refuses_what_cannot_be(self, account, path, body, said):
        assert said in account.post(path, body, 400)["detail"]
        assert NOON == account.get("clock")["now"]

    @pytest.mark.parametrize("rate", [-1, "fast", 1e12])
    def test_refuses_a_rate_that_is_none(self, account, rate):
        assert "rate" in account.put("clock", {"rate": rate}, 400)["detail"]


class TestAnAdvance:
    def test_says_what_happened(self, account, receiver):
        sid = account.connect(StatusCallback=receiver.url, **BOTH)
        went = account.advance(10)

        assert "2026-03-01T12:00:10.000000+05:30" == went["now"]
        assert (False, None) == (went["idle"], went["stopped"])
        assert [("answered", 1, "03"), ("dialed", 2, "03"), ("answered", 2, "08")] == [
            (each["event"], each["leg"], each["at"][17:19]) for each in went["events"]
        ]
        assert {sid} == {each["call"] for each in went["events"]}
        assert [("answered", "delivered", 200)] * 2 == [
            (each["event"], each["state"], each["attempts"][0]["status"])
            for each in went["callbacks"]
        ]

    def test_until_idle_ends_with_the_last_event(self, account):
        account.connect()
        went = account.idle()

        assert ("2026-03-01T12:00:48.000000+05:30", True, None) == (
            went["now"],
            went["idle"],
            went["stopped"],
        )

    def test_until_the_next_event_goes_no_further(self, account):
        """From answers, To is dialled; To answers; and so on, until nothing is due any more."""
        account.connect()
        stops = [account.post("clock/advance", {"until": "event"}) for _ in range(4)]
        assert [3, 8, 48, 48] == [int(each["now"][17:19]) for each in stops]
        assert [2, 1, 4, 0] == [len(each["events"]) for each in stops]

    def test_until_idle_waits_for_retries_and_late_fields(self, controlled, receiver):
        """Tries at 48 s, 5 and 15 minutes later; late fields after two."""
        receiver.answer = lambda _: 500
        account = controlled(late_fields=120_000_000).account()
        account.connect(StatusCallback=receiver.url)
        went = account.idle()

        assert 3 == len(receiver.got)
        assert "2026-03-01T12:20:48.000000+05:30" == went["now"]
        assert ["failed"] == [each["state"] for each in account.get("callbacks")["callbacks"]]

    def test_leaves_a_retry_pending_that_is_due_later(self, account, receiver):
        receiver.answer = lambda _: 500
        account.connect(StatusCallback=receiver.url)
        went = account.advance(60)

        assert [("pending", 1)] == [
            (each["state"], len(each["attempts"])) for each in went["callbacks"]
        ]

    def test_shows_a_receiver_the_time_of_its_event(self, account, receiver):
        """A handler that asks the API sees the call as of the event it is told about."""
        seen = []

        def ask(received):
            sid = received.form["CallSid"]
            seen.append((account.get("clock")["now"][11:19], account.status(sid)))
            return 200

        receiver.answer = ask
        account.connect(StatusCallback=receiver.url, **BOTH)
        account.advance(86_400)

        assert [
            ("12:00:03", "in-progress"), ("12:00:08", "in-progress"), ("12:00:48", "completed"),
        ] == seen  # fmt: skip

    def test_plays_a_call_that_a_handler_places(self, account, receiver):
        placed = []

        def call_back(_received):
            if not placed:
                placed.append(account.connect(From="09811100009"))
            return 200

        receiver.answer = call_back
        account.connect(StatusCallback=receiver.url)
        account.idle()

        assert "completed" == account.status(placed[0])

    def test_from_inside_its_own_handler_is_a_conflict(self, controlled, receiver):
        """It would wait for itself for ever; both say so, and the outer one goes on."""
        account = controlled(max_turn_wait=0.2).account()
        answers = []

        def advance(_received):
            answers.append(account.post("clock/advance", {"seconds": 1}, 409)["detail"])
            return 200

        receiver.answer = advance
        account.connect(StatusCallback=receiver.url)

        assert account.idle()["idle"]
        assert "waits for itself" in answers[0]

    def test_of_one_account_goes_after_the_other_while_a_get_is_not_held_up(
        self, account, receiver
    ):
        """Two at once: their spans add up, and no event happens twice."""
        entered, go = threading.Event(), threading.Event()

        def wait(_received):
            entered.set()
            return 200 if go.wait(10) else 500

        receiver.answer = wait
        sid = account.connect(StatusCallback=receiver.url)
        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(account.advance, 60) for _ in range(2)]
            assert entered.wait(10)
            assert "completed" == account.status(sid)  # while the receiver thinks
            go.set()
            went = [each.result(20) for each in both]

        assert "2026-03-01T12:02:00.000000+05:30" == max(each["now"] for each in went)
        events = [each["event"] for one in went for each in one["events"]]
        assert 1 == events.count("ended")

    def test_gives_up_a_receiver_that_times_out_three_times_in_a_row(self, controlled):
        release = threading.Event()
        silent = Receiver(answer=lambda _: release.wait(20) and 200)
        account = controlled(callback_timeout=0.1).account()
        for i in range(5):
            account.connect(From=f"098111000{i:02d}", StatusCallback=silent.url)
            account.advance(1)
        account.advance(60)
        release.set()
        silent.close()

        errors = [each["attempts"][0]["error"] for each in account.get("callbacks")["callbacks"]]
        assert ["no answer within 0.1 s"] * 3 == errors[:3]
        assert ["given up for the rest of this advance: timed out 3 times in a row"] * 2 == errors[
            3:
        ]

    def test_ends_at_its_bound_and_says_so(self, controlled, receiver):
        account = controlled(max_advance_events=2).account()
        account.connect(StatusCallback=receiver.url, **BOTH)
        went = account.idle()

        assert went["stopped"].startswith("max-advance-events: ")
        assert not went["idle"]
        assert went["now"] == account.get("clock")["now"]

    def test_over_a_day_with_calls_in_flight_sends_each_callback_in_order(self, account, receiver):
        """With the timestamps they would have had."""
        sids = [
            account.connect(From=f"0981110{i:04d}", StatusCallback=receiver.url, **BOTH)
            for i in range(40)
        ]
        account.advance(86_400)

        told = {sid: [] for sid in sids}
        for each in receiver.got:
            told[each.form["CallSid"]].append(
                (each.form["EventType"], each.form["DateUpdated"][11:])
            )
        assert {sid: [
            ("answered", "12:00:03"), ("answered", "12:00:08"), ("terminal", "12:00:48"),
        ] for sid in sids} == told  # fmt: skip


class TestSplitAdvances:
    @settings(
        max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        spans=st.lists(st.integers(0, 90), min_size=1, max_size=6), answers=st.integers(0, 2**30)
    )
    def test_come_to_the_same_as_one(self, control, spans, answers):
        """Whatever the receiver answers: the same calls, callbacks, tries and timestamps."""
        chance = answers
        receiver = Receiver(answer=lambda each: 500 if chance >> (len(each.raw) % 30) & 1 else 200)
        try:
            stories = []
            for parts in (spans, [sum(spans)]):
                account = control.account(f"a{len(control.get('accounts')['accounts'])}", seed=1)
                account.connect(StatusCallback=receiver.url, **BOTH)
                account.advance(7)
                account.connect(From="09811100077", StatusCallback=receiver.url)
                for part in parts:
                    account.advance(part)
                stories.append(self.story(account))
            assert stories[0] == stories[1]
        finally:
            receiver.close()

    def story(self, account):
        calls = [
            {**call, "sid": "", "status_callback": ""} for call in account.get("calls")["calls"]
        ]
        callbacks = [
            (each["event"], each["state"], each["due"], [a["status"] for a in each["attempts"]],
             {**each["fields"], "CallSid": ""})
            for each in account.get("callbacks")["callbacks"]
        ]  # fmt: skip
        return account.get("clock"), calls, callbacks
