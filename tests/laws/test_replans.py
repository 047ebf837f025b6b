"""Calls whose future changes: the past stays, and what comes is legal and ends. Flows: tests/flows."""

import os
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import exomock
from conftest import EXOPHONE, FROM, NOON, TO
from exomock.api.records import call_details
from exomock.domain.changes import Leave, Press, Replied
from exomock.domain.clock import SECOND
from exomock.domain.errors import IllegalTransition, NoQuestion, NotGathering, NotOnTheLine
from exomock.domain.fate import Fate, Outcome
from exomock.domain.flows.inputs import Answered
from exomock.domain.flows.people import Agents
from exomock.domain.leg import Event, LegState
from exomock.domain.order import Direction, Order, Shape
from exomock.domain.recording import has_recording
from exomock.domain.replan import Change
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
from flows.flowing import INBOUND, Flowing, flow, step

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
changes = st.builds(Leave, st.sampled_from(Party))


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
        assert (call.duration, call.conversation, call.cost, has_recording(call)) == (
            again.duration, again.conversation, again.cost, has_recording(again),
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

    def test_is_for_nobody_after_the_end(self):
        """A call that has ended is over, whatever is decided."""
        call = call_by(Script())
        over = call.played_to(len(call.plan))

        with pytest.raises(NotOnTheLine):
            replan(over, LEAVES, NOON)

    @pytest.mark.parametrize(
        ("events", "why"),
        [
            pytest.param([(0, 0, Event.ANSWERED)], "cannot happen", id="illegal"),
            pytest.param([(-1, 0, Event.HUNG_UP)], "run back", id="earlier than now"),
            pytest.param([], "nothing would come", id="nothing"),
            pytest.param([(1, 1, Event.DIALED)], "on the line", id="ends while it rings"),
        ],
    )
    def test_that_cannot_be_is_refused(self, events, why):
        """A wrong change is our bug and never becomes a call."""

        class Wrong(Change):
            def future(self, _call, begin, _rng, /):
                return [Transition(begin + at, leg, each) for at, leg, each in events]

        call = call_by(Script()).played_to(2)
        with pytest.raises(IllegalTransition, match=why):
            replan(call, Wrong(), call.plan[1].at)

    @pytest.mark.parametrize(
        ("change", "error"),
        [(Replied(1, Answered(200)), NoQuestion), (Press("1"), NotGathering)],
        ids=["reply", "keys"],
    )
    def test_of_a_call_without_a_flow_has_neither_reply_nor_keys(self, change, error):
        """Only a flow asks, and only a flow takes keys; the call is as it was."""
        with pytest.raises(error):
            replan(call_by(Script()).played_to(2), change, NOON)


class TestLegs:
    @pytest.mark.parametrize("together", [1, 4])
    @pytest.mark.parametrize("dialled", [0, 1, 2, 4])
    def test_of_any_number_go_through_the_same_functions(self, dialled, together):
        """1, 2, 3 and 5 legs: story, figures, v1's two legs, and the row."""
        lost = [Outcome(Fate.BUSY, seconds(2))] * (dialled - 1)
        answers = [Outcome(Fate.ANSWER, seconds(5))] if dialled else []
        numbers = tuple(f"0981110000{turn}" for turn in range(dialled))
        script = Script(talk=seconds(40), agents=Agents(in_order=(*lost, *answers)))
        connect = step("connect", numbers=numbers, record=True, parallel=together)
        call = Flowing(flow(connect), script=script, order=INBOUND).call
        over = call.played_to(len(call.plan))
        talked = 40 if dialled else 0

        assert max(1, dialled + 1) == len({each.leg for each in over.plan})
        assert ["busy"] * len(lost) + ["completed"] * len(answers) == [
            each.status for each in over.story.called if each.state is not LegState.IDLE
        ]
        assert (talked, bool(dialled), "completed") == (
            over.conversation,
            has_recording(over),
            over.status,
        )
        details = call_details(over)
        assert ("completed" if dialled else None) == details["Leg2Status"]
        assert ([1, 2] if dialled else [1]) == [each["Leg"]["Id"] for each in details["Legs"]]
        assert over == read_back(over)

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
