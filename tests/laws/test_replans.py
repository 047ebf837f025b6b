"""Calls whose future changes: the past stays, what comes is legal and ends, a question holds it."""

import os
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import exomock
from conftest import EXOPHONE, FROM, NOON, TO
from exomock.api.records import call_details
from exomock.domain.changes import Ask, Leave, PutThrough, Reply, Silence
from exomock.domain.clock import SECOND
from exomock.domain.errors import IllegalTransition, NoQuestion, NotOnTheLine
from exomock.domain.fate import Fate, Outcome
from exomock.domain.leg import Event, LegState
from exomock.domain.order import Direction, Order, Shape
from exomock.domain.replan import Change, Future
from exomock.domain.script import Choice, Party, Script
from exomock.domain.sid import call_key
from exomock.domain.span import NO_TIME, Normal, Span, seconds
from exomock.domain.status import ROWS, Status
from exomock.domain.story import Transition
from exomock.domain.twist import Twist, Twists
from exomock.engine.happening import happen
from exomock.engine.placing import planned
from exomock.engine.replanning import replan
from exomock.numbering import read_number
from exomock.storage.rows import call_of, order_json, placed, replanned

MANY = 3000 if os.environ.get("EXOMOCK_SOAK") else 30
law = settings(
    deadline=None, max_examples=MANY, suppress_health_check=[HealthCheck.filter_too_much]
)

ORDER = Order(*map(read_number, (FROM, TO, EXOPHONE)), callback="http://x/")
SHAPED = {
    Shape.TWO_LEGS: ORDER,
    Shape.FLOW: replace(ORDER, flow="926"),
    Shape.LOST_FLOW: replace(ORDER, flow="http://example.com/x", lost=True),
    Shape.INBOUND: replace(ORDER, direction=Direction.INBOUND),
}
KIND = "0" * 64
LEAVES = Leave(Party.FROM)

ends = st.integers(0, 90 * SECOND)
lengths = (
    st.tuples(ends, ends).map(lambda pair: Span(*sorted(pair)))
    | st.builds(Normal, ends, ends)
    | st.just(NO_TIME)
)
twists = st.builds(
    Twist,
    delay=lengths,
    drop=st.booleans(),
    repeat=st.integers(1, 3),
    every=lengths,
    content_type=st.sampled_from([None, "text/plain"]),
    without=st.sampled_from([(), ("Status", "Legs[0][Status]")]),
    extra=st.sampled_from([(), (("a", '\u0928"\x00'), ("b", ""))]),
    status=st.sampled_from([None, "odd"]),
)
scripts = st.builds(
    Script,
    leg1=st.builds(
        Outcome,
        st.sampled_from([Fate.ANSWER, Fate.ANSWER, Fate.ANSWER, Fate.BUSY, Fate.NO_ANSWER]),
        st.none() | lengths,
    ),
    leg2=st.builds(Outcome, st.sampled_from(tuple(Fate)), st.none() | lengths),
    talk=lengths,
    hangup_by=st.sampled_from(Party),
    record=st.booleans(),
    status=st.none() | st.sampled_from(Status),
    stuck=st.booleans(),
    twists=st.builds(Twists, twists, twists, st.booleans(), st.booleans()),
).filter(lambda script: not (script.stuck and script.twists.before_answer))
orders = st.builds(
    lambda order, ringing, talking, events: replace(
        order, time_out=ringing, time_limit=talking, events=events
    ),
    st.sampled_from(list(SHAPED.values())),
    st.none() | st.integers(1, 60),
    st.none() | st.integers(1, 14_400),
    st.sampled_from([(), ("terminal",), ("answered", "terminal")]),
)
parties = st.lists(
    st.builds(Outcome, st.sampled_from(tuple(Fate)), st.none() | lengths), max_size=5
).map(tuple)
plain = st.builds(Leave, st.sampled_from(Party)) | st.builds(PutThrough, parties, st.booleans())
changes = st.recursive(plain, lambda one: st.builds(Ask, one, ends), max_leaves=3)


def call_by(script, order=ORDER, seed=1, late=0):
    """The call as it is placed, its plan not begun."""
    return planned("a", order, Choice(script, "rule"), call_key(seed, "a", KIND, 0), NOON, late)


@st.composite
def calls(draw):
    """A call of any shape, as it is at any moment before its end."""
    late = draw(st.integers(0, 10**9))
    call = call_by(draw(scripts), draw(orders), draw(st.integers(0, 2**63 - 1)), late)
    moment = draw(st.sampled_from(call.plan)).at
    call = happen(call, moment)[0]
    assume(not call.ended)
    return call


def decided(call, change, after=0):
    """The call replanned some microseconds after the last that happened; passes where refused."""
    now = (call.plan[call.done - 1].at if call.done else NOON) + after
    try:
        return replan(call, change, now), now
    except NotOnTheLine:
        assume(False)
        raise


class TestAnotherFuture:
    @law
    @given(calls(), changes, ends)
    def test_leaves_the_past_as_it_was(self, call, change, after):
        """Transitions, durations, status and the callbacks owed by now are the same."""
        other, _now = decided(call, change, after)
        again = other.as_of(call.done)

        assert call.plan[: call.done] == other.plan[: call.done]
        assert call.story == again.story
        assert (call.duration, call.conversation, call.cost, call.recorded) == (
            again.duration, again.conversation, again.cost, again.recorded,
        )  # fmt: skip
        if not call.stuck:  # else its status may be that of the end that it has not
            assert call.status is again.status

    @law
    @given(calls(), changes, ends)
    def test_owes_for_the_past_what_was_owed(self, call, change, after):
        """The rows of the outbox for what has happened, but for swapped ones that follow the end."""
        other, _now = decided(call, change, after)
        owed, still = (
            [
                row._replace(subject=None)
                for row in happen(each.as_of(0), 10**18)[2]
                if row.place <= call.done
            ]
            for each in (call, other)
        )
        if call.script.twists.swap:
            owed, still = ([row._replace(due_at=0) for row in rows] for rows in (owed, still))

        assert owed == still

    @law
    @given(calls(), changes, ends)
    def test_begins_now_and_never_runs_back(self, call, change, after):
        """Nothing that comes is earlier than the change, nor than what comes before it."""
        other, now = decided(call, change, after)
        moments = [each.at for each in other.plan]

        assert sorted(moments) == moments
        assert all(at >= now for at in moments[call.done :])

    @law
    @given(calls(), changes, ends)
    def test_ends_with_nobody_on_the_line(self, call, change, after):
        """Also where the old one was stuck; its status is the table's, or the rule's word."""
        other, _now = decided(call, change, after)
        over = other.played_to(len(other.plan))
        flow = call.order.shape in (Shape.FLOW, Shape.LOST_FLOW)
        called = LegState.IDLE if flow else over.story.reached.state
        ends = (call.order.shape, over.story.caller.state, called)

        assert [Event.ENDED, Event.FILLED] == [each.event for each in other.plan[-2:]]
        assert [call.late] == [b.at - a.at for a, b in pairwise(other.plan[-2:])]
        assert not any(leg.on_line for leg in over.story.legs)
        assert not over.stuck
        (row,) = [row for row in ROWS if row[1:4] == ends]
        assert (call.script.status or row.status) is over.status

    @law
    @given(calls(), changes, ends)
    def test_is_drawn_from_the_key_of_the_call(self, call, change, after):
        """The same call gets the same future in each run."""
        one, other = (decided(call, change, after)[0] for _ in range(2))

        assert one == other

    def test_is_another_for_another_key(self):
        """Twenty calls that ring 1 to 60 s: hardly two of them ring as long."""
        dial = PutThrough((Outcome(Fate.NO_ANSWER, Span(SECOND, 60 * SECOND)),))
        order = replace(ORDER, time_out=60)
        calls = [call_by(Script(), order, seed).played_to(2) for seed in range(20)]
        rung = {replan(call, dial, calls[0].plan[1].at).plan[3].at for call in calls}

        assert 18 <= len(rung)

    @law
    @given(calls(), changes, changes, ends)
    def test_can_change_again(self, call, change, second, after):
        """However far the new one has been played; what has happened by then stays as well."""
        other, _now = decided(call, change, after)
        turn = Random(after).randrange(call.done, len(other.plan) - 1)
        other = other.played_to(turn)
        third, _now = decided(other, second, after)

        assert other.plan[:turn] == third.plan[:turn]
        assert third.played_to(len(third.plan)).ended

    def test_is_for_nobody_after_the_end(self):
        """A call that has ended is over, whatever is decided."""
        call = call_by(Script())
        over = call.played_to(len(call.plan))

        with pytest.raises(NotOnTheLine):
            replan(over, PutThrough(()), NOON)

    @pytest.mark.parametrize(
        ("events", "stuck", "why"),
        [
            pytest.param([(0, 0, Event.ANSWERED)], True, "cannot happen", id="illegal"),
            pytest.param([(-1, 0, Event.HUNG_UP)], False, "run back", id="earlier than now"),
            pytest.param([(5, 0, Event.ASKED)], True, "without a reply", id="only a question"),
            pytest.param([], False, "nothing would come", id="nothing"),
            pytest.param([(1, 1, Event.DIALED)], False, "on the line", id="ends while it rings"),
        ],
    )
    def test_that_cannot_be_is_refused(self, events, stuck, why):
        """A wrong change is our bug and never becomes a call."""

        class Wrong(Change):
            def future(self, _call, begin, _rng, /):
                return Future(
                    [Transition(begin + at, leg, each) for at, leg, each in events], stuck
                )

        call = call_by(Script()).played_to(2)
        with pytest.raises(IllegalTransition, match=why):
            replan(call, Wrong(), call.plan[1].at)


class TestLegs:
    @pytest.mark.parametrize("together", [False, True])
    @pytest.mark.parametrize("dialled", [0, 1, 2, 4])
    def test_of_any_number_go_through_the_same_functions(self, dialled, together):
        """1, 2, 3 and 5 legs: story, figures, v1's two legs, and the row."""
        lost = [Outcome(Fate.BUSY, seconds(2))] * (dialled - 1)
        answers = [Outcome(Fate.ANSWER, seconds(5))] if dialled else []
        order = replace(SHAPED[Shape.INBOUND], callback=None)
        call = call_by(Script(talk=seconds(40), record=True), order).played_to(2)
        call = replan(call, PutThrough((*lost, *answers), together), NOON)
        over = call.played_to(len(call.plan))
        talked = 40 if dialled else 0

        assert 1 + dialled == len({each.leg for each in over.plan})
        assert ["busy"] * len(lost) + ["completed"] * len(answers) == [
            each.status for each in over.story.called if each.state is not LegState.IDLE
        ]
        assert (talked, bool(dialled), "completed") == (
            over.conversation,
            over.recorded,
            over.status,
        )
        details = call_details(over)
        assert ("completed" if dialled else None) == details["Leg2Status"]
        assert ([1, 2] if dialled else [1]) == [each["Leg"]["Id"] for each in details["Legs"]]
        assert over == read_back(over)

    @law
    @given(calls(), parties, st.booleans())
    def test_are_dialled_until_one_answers_or_the_caller_leaves(self, call, parties, together):
        """At most one new leg talks, and nobody is dialled after it; together all ring at once."""
        other, _now = decided(call, PutThrough(parties, together))
        new = [each for each in other.plan[call.done :] if each.event is Event.DIALED]
        answered = [each for each in other.plan[call.done :] if each.event is Event.ANSWERED]

        assert 1 >= len(answered)
        assert [each.leg for each in new] == sorted({each.leg for each in new})
        assert not {each.leg for each in new} & {each.leg for each in other.plan[: call.done]}
        if answered and not together:
            assert new[-1].leg == answered[0].leg
        if together:
            assert 1 >= len({each.at for each in new})

    def test_have_no_numbers_outside_the_edge(self):
        """Legs are found by who they are; the spelling Leg1, Leg2 is v1's and the scenarios'."""
        numbered = re.compile(
            r"\blegs\[-?\d|\bleg [!=]= \d|Transition\([^,]+, \d|leg1, leg2 = .*(story|legs)\b"
        )
        package = Path(exomock.__file__).parent
        found = [
            f"{file.relative_to(package)}:{number}: {line.strip()}"
            for file in package.rglob("*.py")
            if file.name != "magic.py"  # which has the scenarios' spelling
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
            if numbered.search(line)
        ]

        assert [] == found


def read_back(call):
    """A call that was put into a row and taken out."""
    first = replace(call, plan=call.plan[:1], done=0)
    return call_of(placed(first, KIND, 0, order_json(call.order)) | replanned(call))


class TestARow:
    @law
    @given(calls(), changes, ends)
    def test_reads_back_as_the_call_it_was(self, call, change, after):
        """Script, key and plan too, before and after it was replanned."""
        other, _now = decided(call, change, after)

        assert call == call_of(placed(call, KIND, 0, order_json(call.order)))
        assert other == read_back(other)
        assert call.key == read_back(call).key

    @law
    @given(calls(), changes, ends)
    def test_is_enough_to_replan(self, call, change, after):
        """A call from the database gets the future it would have got before."""
        stored = call_of(placed(call, KIND, 0, order_json(call.order)))

        assert decided(call, change, after) == decided(stored, change, after)

    def test_has_one_column_each_for_script_and_plan_and_a_seed_for_its_key(self):
        """An ordinary script costs two bytes."""
        row = placed(call_by(Script()), KIND, 0, order_json(ORDER))

        assert ("{}", 1) == (row["script"], row["seed"])
        assert not {"twists", "ends_as", "per", "amount", "record", "key"} & set(row)


def asked(call, silence=LEAVES, wait=5):
    """The call with a question open about it since its last transition."""
    now = call.plan[call.done - 1].at
    call = replan(call, Ask(silence, wait * SECOND), now)
    return happen(call, now)[0]


class TestAQuestion:
    def test_is_open_from_when_it_is_asked_until_its_deadline(self):
        """Nothing beyond is played before the deadline; the plan goes on there by itself."""
        call = asked(call_by(Script()).played_to(2))
        question, done = call.question, call.done
        before, after = (happen(call, question.deadline + at)[0] for at in (-1, 0))

        assert (5 * SECOND, True) == (question.deadline - question.asked_at, call.asks)
        assert (done, question) == (before.done, before.question)
        assert (True, None, False) == (after.ended, after.question, after.asks)

    def test_does_not_make_a_call_stuck(self):
        """Its plan has an end: the one without a reply."""
        call = asked(call_by(Script(stuck=True)).played_to(2))

        assert not call.stuck
        assert call.ends_at == call.question.deadline

    @law
    @given(calls(), plain, plain, st.integers(1, 60), st.integers(0, 59 * SECOND), ends)
    def test_has_the_same_outcome_however_long_the_reply_takes(
        self, call, silence, then, wait, slow, takes
    ):
        """What it decides counts from the question, and what the asking takes."""
        try:
            call = asked(call, silence, wait)
            begin = call.question.asked_at
            slow = min(slow, wait * SECOND - 1)
            one, other = (replan(call, Reply(then, takes), at) for at in (begin, begin + slow))
        except NotOnTheLine:
            assume(False)

        assert one == other
        assert one.question is None
        assert all(each.at >= begin + takes for each in one.plan[call.done :])

    @law
    @given(calls(), plain, st.integers(1, 60), ends)
    def test_left_without_reply_becomes_what_was_planned_but_sooner(
        self, call, silence, wait, takes
    ):
        """The same events as at the deadline, the same time between them."""
        try:
            call = asked(call, silence, wait)
        except NotOnTheLine:
            assume(False)
        sooner = replan(call, Reply(Silence(), takes), call.question.asked_at)
        moved = wait * SECOND - takes
        rest = call.plan[call.done :]

        assert [each._replace(at=each.at - moved) for each in rest] == list(
            sooner.plan[call.done :]
        )

    def test_that_is_not_open_has_no_reply(self):
        """Nothing was asked, it was replied to, or the deadline has passed."""
        never = call_by(Script()).played_to(2)
        call = asked(never)
        answered = replan(call, Reply(PutThrough(())), call.question.asked_at)

        for each, now in ((never, NOON), (answered, NOON), (call, call.question.deadline)):
            with pytest.raises(NoQuestion):
                replan(each, Reply(Leave(Party.FROM)), now)

    def test_is_over_when_a_party_hangs_up(self):
        """Who leaves need not wait for the reply."""
        call = asked(call_by(Script()).played_to(2))
        left = happen(replan(call, Leave(Party.FROM), NOON + 6 * SECOND), NOON + 6 * SECOND)[0]

        assert (None, True) == (left.question, left.ended)
