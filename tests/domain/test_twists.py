"""Callbacks that misbehave: what falls due, when and how often. The scenario language, `callbacks`."""

import itertools
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, NOON, TO
from exomock.domain.call import Call
from exomock.domain.callback import Notice
from exomock.domain.clock import SECOND
from exomock.domain.fate import Fate, Outcome
from exomock.domain.order import Direction, Order
from exomock.domain.plan import plan
from exomock.domain.script import Script
from exomock.domain.span import NO_TIME, Normal, Span, seconds
from exomock.domain.status import Status
from exomock.domain.twist import Twist, Twists
from exomock.engine.happening import happen
from exomock.numbering import read_number

law = settings(deadline=None, max_examples=80)

ORDER = Order(
    *map(read_number, (FROM, TO, EXOPHONE)), callback="http://x/", events=("answered", "terminal")
)
BRIEF = replace(ORDER, events=())
FLOW = replace(ORDER, flow="926")
FOREVER = 10**18

# The call of these tests: From answers at 4 s, To at 10 s, they talk until 40 s.
STRAIGHT = [("answered", 4), ("answered", 10), ("terminal", 40)]


def placed(twists=None, order=ORDER, seed=1, **script):
    """A call whose plan has not begun; its twists are drawn."""
    script = Script(twists=twists or Twists(), **script)
    return Call(
        account="a",
        sid="s",
        order=order,
        script=replace(script, twists=script.twists.drawn(Random(seed))),
        key="key",
        created=NOON,
        plan=plan(script, order, NOON, 0, Random(seed)),
        rule="",
        stuck=script.stuck,
    )


def owed(twists=None, order=ORDER, **script):
    """What the whole call owes: what about, and the second it is due; in the order of the plan."""
    rows = happen(placed(twists, order, **script), FOREVER)[2]
    assert {"pending"} >= {row.state for row in rows}
    return [(row.notice.value, (row.due_at - NOON) / SECOND) for row in rows]


class TestWhatFallsDue:
    @pytest.mark.parametrize(
        ("twists", "rows"),
        [
            pytest.param(Twists(), STRAIGHT, id="nothing is wrong"),
            pytest.param(
                Twists(answered=Twist(delay=seconds(2))),
                [("answered", 6), ("answered", 12), ("terminal", 40)],
                id="answered is late",
            ),
            pytest.param(
                Twists(terminal=Twist(delay=seconds(2.5))),
                [*STRAIGHT[:2], ("terminal", 42.5)],
                id="terminal is late",
            ),
            pytest.param(
                Twists(terminal=Twist(repeat=3, every=seconds(2))),
                [*STRAIGHT, ("terminal", 42), ("terminal", 44)],
                id="three in all, 2 s apart",
            ),
            pytest.param(
                Twists(terminal=Twist(repeat=2)), [*STRAIGHT, ("terminal", 41)], id="1 s apart"
            ),
            pytest.param(
                Twists(terminal=Twist(repeat=2, every=NO_TIME)),
                [*STRAIGHT, ("terminal", 40)],
                id="twice at once",
            ),
            pytest.param(
                Twists(terminal=Twist(repeat=1, every=seconds(9))), STRAIGHT, id="once is once"
            ),
            pytest.param(
                Twists(answered=Twist(delay=seconds(1), repeat=2, every=seconds(3))),
                [("answered", 5), ("answered", 8), ("answered", 11), ("answered", 14), STRAIGHT[2]],
                id="late and twice",
            ),
            pytest.param(
                Twists(swap=True),
                [("answered", 41), ("answered", 41), ("terminal", 40)],
                id="the end is told before the answers",
            ),
            pytest.param(
                Twists(answered=Twist(delay=seconds(5), repeat=2), swap=True),
                [("answered", 46), ("answered", 47)] * 2 + [("terminal", 40)],
                id="swapped, late and twice",
            ),
        ],
    )
    def test_each_event_has_its_own(self, twists, rows):
        """The delay counts from when it should have been due."""
        assert rows == owed(twists)

    @pytest.mark.parametrize(
        ("order", "end"), [(BRIEF, 40), (FLOW, 34)], ids=["without events", "a flow"]
    )
    def test_the_one_of_four_fields_counts_as_terminal(self, order, end):
        """The language's page says so."""
        twists = Twists(Twist(drop=True), Twist(delay=seconds(2), repeat=2))

        assert [("brief", end + 2), ("brief", end + 3)] == owed(twists, order)

    @pytest.mark.parametrize(
        ("twists", "dropped"),
        [
            (Twists(answered=Twist(drop=True)), [True, True, False]),
            (Twists(terminal=Twist(drop=True)), [False, False, True]),
            (Twists(Twist(drop=True), Twist(drop=True)), [True, True, True]),
            (Twists(terminal=Twist(drop=True, repeat=5, delay=seconds(3))), [False, False, True]),
            (Twists(answered=Twist(drop=True), swap=True), [True, True, False]),
        ],
        ids=["answered", "terminal", "all", "all five of it", "swapped"],
    )
    def test_what_is_dropped_is_one_row_that_says_so(self, twists, dropped):
        """A test can see that a callback was owed, and that nothing was sent."""
        rows = happen(placed(twists), FOREVER)[2]

        assert dropped == [row.state == "dropped" for row in rows]
        assert ["answered", "answered", "terminal"] == [row.notice.value for row in rows]

    def test_swapped_the_end_comes_first_however_late_it_is(self):
        """`swap` is "terminal before answered", also beside a delay of the terminal."""
        rows = owed(Twists(terminal=Twist(delay=seconds(5)), swap=True))
        due = dict(rows)

        assert 45 == due["terminal"] < due["answered"]

    def test_an_answer_alone_is_swapped_too(self):
        """Also where nobody subscribed to the end."""
        order = replace(ORDER, events=("answered",))

        assert [("answered", 41), ("answered", 41)] == owed(Twists(swap=True), order)

    def test_a_call_without_end_has_nothing_to_be_swapped_with(self):
        """Its answers come when they should."""
        assert STRAIGHT[:2] == owed(Twists(swap=True), stuck=True)

    def test_before_the_answer_all_is_due_at_once(self):
        """The plan is played in no time; what a twist delays is late all the same."""
        assert [("answered", 0), ("answered", 0), ("terminal", 0)] == owed(Twists(before_answer=True))  # fmt: skip
        assert [("answered", 0), ("answered", 0), ("terminal", 3)] == owed(
            Twists(terminal=Twist(delay=seconds(3)), before_answer=True)
        )

    def test_whoever_does_not_listen_is_owed_nothing(self):
        """No StatusCallback, no row; not even a dropped one."""
        twists = Twists(Twist(drop=True), Twist(repeat=3))

        assert [] == happen(placed(twists, replace(ORDER, callback=None)), FOREVER)[2]

    def test_a_call_that_comes_in_is_told_about_at_its_end(self):
        """From its caller's answer nothing is told."""
        order = replace(ORDER, direction=Direction.INBOUND)

        assert [("terminal", 6 + 30 + 2)] == owed(Twists(terminal=Twist(delay=seconds(2))), order)


class TestHappening:
    @pytest.mark.parametrize("stop", [0, 3.9, 4, 9, 10, 25, 39.9, 40])
    @pytest.mark.parametrize(
        "twists", [Twists(), Twists(Twist(repeat=2), Twist(drop=True), swap=True)]
    )
    def test_in_two_halves_it_is_the_same(self, twists, stop):
        """What a stop on the way has played is not owed again."""
        call = placed(twists)
        now = NOON + round(stop * SECOND)
        half, first, owes = happen(call, now)
        whole, then, owes2 = happen(half, FOREVER)

        assert happen(call, FOREVER) == (whole, first + then, owes + owes2)
        assert all(event.at <= now for event in first)
        assert all(event.at > now for event in then)

    def test_a_row_knows_after_how_many_transitions_it_was(self):
        """So that it is sent with the call as it was then, however late."""
        call = placed(Twists(Twist(delay=seconds(100)), swap=True))
        rows = happen(call, FOREVER)[2]

        assert [(2, 0), (4, 1)] == [
            (row.place, call.plan[row.place - 1].leg)
            for row in rows
            if row.notice is Notice.ANSWERED
        ]
        assert call.as_of(rows[-1].place).ended


lengths = st.integers(0, 10**9)
spans = st.tuples(lengths, lengths).map(lambda ends: Span(*sorted(ends)))
normals = st.builds(Normal, lengths, lengths)
any_length = spans | normals
any_twist = st.builds(
    Twist,
    delay=any_length,
    drop=st.booleans(),
    repeat=st.integers(1, 5),
    every=any_length,
    content_type=st.none() | st.just("text/plain"),
    status=st.none() | st.just("done"),
)
any_twists = st.builds(Twists, any_twist, any_twist, st.booleans(), st.booleans())


class TestDrawing:
    @law
    @given(any_twists, st.integers())
    def test_lengths_are_drawn_once_and_nothing_else_changes(self, twists, seed):
        """Within their ranges, never below 0, the same for the same seed."""
        drawn = twists.drawn(Random(seed))

        assert drawn == twists.drawn(Random(seed)) == drawn.drawn(Random(seed + 1))
        for event in ("answered", "terminal"):
            one, before = getattr(drawn, event), getattr(twists, event)
            for key in ("delay", "every"):
                length, was = getattr(one, key), getattr(before, key)
                assert length.low == length.high >= 0
                assert isinstance(was, Normal) or was.low <= length.low <= was.high
            assert replace(one, delay=before.delay, every=before.every) == before
        assert (twists.swap, twists.before_answer) == (drawn.swap, drawn.before_answer)

    @law
    @given(any_twist, st.integers(), st.integers(0, 10**16))
    def test_times_are_as_many_as_it_repeats_and_evenly_apart(self, twist, seed, due):
        """The first is late by the delay, never early."""
        twist = twist.drawn(Random(seed))
        times = twist.times(due)

        assert twist.repeat == len(times)
        assert due + twist.delay.low == times[0]
        assert {twist.every.low} >= {b - a for a, b in itertools.pairwise(times)}

    @law
    @given(any_twists, st.integers())
    def test_nothing_is_due_before_it_has_happened(self, twists, seed):
        """Each row is due at its transition or later; repeat and drop say how many there are."""
        call = placed(twists, seed=seed)
        rows = happen(call, FOREVER)[2]

        assert all(row.due_at >= call.plan[row.place - 1].at for row in rows)
        for notice, events in ((Notice.ANSWERED, 2), (Notice.TERMINAL, 1)):
            twist = twists.of(notice)
            assert events * (1 if twist.drop else twist.repeat) == sum(
                row.notice is notice for row in rows
            )

    def test_of_normal_none_is_below_0(self):
        """A wide curve is cut at 0; its mean and deviation are as they were written."""
        drawn = [Normal(8 * SECOND, 3 * SECOND).draw(Random(i)) / SECOND for i in range(2_000)]
        mean = sum(drawn) / len(drawn)

        assert 7.7 < mean < 8.3
        assert 2.7 < (sum((each - mean) ** 2 for each in drawn) / len(drawn)) ** 0.5 < 3.3
        wide = [Normal(SECOND, 9 * SECOND).draw(Random(i)) for i in range(500)]
        assert 0 == min(wide) < max(wide)


class TestStatus:
    def test_a_rules_word_is_the_calls_from_its_end(self):
        """Not a callback's only: the call has it for everybody."""
        call = placed(status=Status.CANCELED)

        assert [Status.IN_PROGRESS, Status.CANCELED] == [
            call.as_of(done).status for done in (4, len(call.plan))
        ]

    @pytest.mark.parametrize("fate", [Fate.ANSWER, Fate.NO_ANSWER])
    def test_a_stuck_calls_word_is_its_own_from_the_beginning(self, fate):
        """`ringing` for ever, whatever its legs do; without a word it is in progress."""
        call = placed(stuck=True, status=Status.RINGING, leg2=Outcome(fate))

        assert {Status.RINGING} == {call.as_of(done).status for done in range(len(call.plan) + 1)}
        assert Status.IN_PROGRESS is placed(stuck=True).played_to(3).status
