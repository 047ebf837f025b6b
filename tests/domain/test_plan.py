"""Plans: the whole future of a call. exotel-v1.md sections 2 and 3, docs/scenarios.md "legs"."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, NOON, TO
from exomock.domain.call import Call
from exomock.domain.clock import SECOND
from exomock.domain.fate import Fate, Outcome
from exomock.domain.leg import NEXT, Event, LegState
from exomock.domain.number import NOBODY
from exomock.domain.order import Direction, Order, Shape
from exomock.domain.plan import plan
from exomock.domain.recording import has_recording
from exomock.domain.script import Party, Script
from exomock.domain.span import Span, seconds
from exomock.domain.status import ROWS
from exomock.numbering import read_number

ORDER = Order(*map(read_number, (FROM, TO, EXOPHONE)))

SHAPED = {
    Shape.TWO_LEGS: ORDER,
    Shape.FLOW: replace(ORDER, flow="926"),
    Shape.LOST_FLOW: replace(ORDER, flow="http://example.com/x", lost=True),
    Shape.INBOUND: replace(ORDER, direction=Direction.INBOUND),
    Shape.STREAM: replace(ORDER, to=NOBODY, stream="wss://example.com/x"),
}

LEG1 = (Fate.ANSWER, Fate.BUSY, Fate.NO_ANSWER, Fate.UNREACHABLE)

law = settings(deadline=None, max_examples=50)

lengths = st.integers(0, 200 * SECOND)
spans = st.tuples(lengths, lengths).map(lambda ends: Span(*sorted(ends)))
whole_spans = st.integers(0, 200).map(seconds)
seeds = st.integers(0, 2**63)


def scripts(spans, fates1=LEG1, fates2=tuple(Fate)):
    """Any script, its times drawn from `spans`."""
    return st.builds(
        Script,
        leg1=st.builds(Outcome, st.sampled_from(fates1), st.none() | spans),
        leg2=st.builds(Outcome, st.sampled_from(fates2), st.none() | spans),
        talk=spans,
        hangup_by=st.sampled_from(Party),
    )


orders = st.builds(
    lambda order, ringing, talking, again: replace(
        order, time_out=ringing, time_limit=talking, max_retries=again
    ),
    st.sampled_from(list(SHAPED.values())),
    st.none() | st.integers(1, 60),
    st.none() | st.integers(1, 300),
    st.integers(0, 3),
)


def planned(script, order=ORDER, *, start=NOON, late=0, seed=1):
    """The plan as (seconds from the start, leg, event)."""
    events = plan(script, order, start, late, Random(seed))
    return [((at - start) / SECOND, leg, event) for at, leg, event in events]


def played(script, order=ORDER, *, start=NOON, seed=1):
    """The call at the end of its plan, having been stepped all the way."""
    events = plan(script, order, start, 0, Random(seed))
    call = Call(
        account="exomock",
        sid="0" * 32,
        order=order,
        script=replace(script, record=True),
        key="key",
        created=start,
        plan=events,
        rule="",
    )
    while call.next_at is not None:
        call = call.step()
    return call


class TestEveryPlan:
    @law
    @given(scripts(spans), orders, st.integers(0, 10**16), st.integers(0, 10**9), seeds)
    def test_it_runs_forward_from_the_start_to_the_end_and_the_late_fields(
        self, script, order, start, late, seed
    ):
        """From is dialled at the start; the last leg's last moment is the end; fields fill later."""
        events = plan(script, order, start, late, Random(seed))
        moments = [event.at for event in events]

        assert (start, 0, Event.DIALED) == events[0]
        assert sorted(moments) == moments
        assert [Event.ENDED, Event.FILLED] == [event.event for event in events[-2:]]
        assert [moments[-3], moments[-3] + late] == moments[-2:]

    @law
    @given(scripts(spans), orders, seeds)
    def test_it_is_legal_and_leaves_no_leg_in_the_air(self, script, order, seed):
        """No step raises; each leg was never dialled or has ended, none later than the call."""
        call = played(script, order, seed=seed)

        for leg in call.story.legs:
            assert leg.state is LegState.IDLE or not NEXT[leg.state]
            assert leg.ended_at is None or leg.ended_at <= call.story.ended_at

    @law
    @given(scripts(spans), orders, seeds)
    def test_its_end_is_a_row_of_the_status_table(self, script, order, seed):
        """Every scenario a user can write ends in a row, and none of another shape."""
        call = played(script, order, seed=seed)
        leg1, leg2 = call.story.legs

        rows = [row for row in ROWS if row[1:4] == (order.shape, leg1.state, leg2.state)]
        assert [call.status] == [row.status for row in rows]

    @law
    @given(scripts(spans), orders, seeds)
    def test_the_same_arguments_give_the_same_plan(self, script, order, seed):
        """Seeded chance, and nothing else: a run can be repeated."""
        one, other = (plan(script, order, NOON, 0, Random(seed)) for _ in range(2))

        assert one == other

    @law
    @given(scripts(spans), orders, seeds, st.integers(0, 10**12))
    def test_it_does_not_depend_on_when_it_starts(self, script, order, seed, shift):
        """The same call later is the same call, shifted."""
        one = plan(script, order, NOON, 0, Random(seed))
        later = plan(script, order, NOON + shift, 0, Random(seed))

        assert [event._replace(at=event.at + shift) for event in one] == list(later)

    @law
    @given(scripts(whole_spans), orders, seeds, seeds)
    def test_fixed_times_leave_nothing_to_chance(self, script, order, one, other):
        """Without a range every seed gives the same plan."""
        assert plan(script, order, NOON, 0, Random(one)) == plan(
            script, order, NOON, 0, Random(other)
        )

    def test_a_range_is_drawn_for_each_call(self):
        """100 seeds: all lengths lie in 3s..6s, both halves occur, hardly one occurs twice."""
        script = Script(Outcome(Fate.ANSWER, Span(3 * SECOND, 6 * SECOND)))
        rung = [planned(script, seed=seed)[1][0] for seed in range(100)]

        assert 3 <= min(rung) < 4
        assert 5 < max(rung) <= 6
        assert 95 < len(set(rung))


class TestWords:
    """Bare words take the default times of the table in docs/scenarios.md."""

    @pytest.mark.parametrize(
        ("fate", "events"),
        [
            pytest.param(Fate.ANSWER, [(4, 0, Event.ANSWERED), (4, 1, Event.DIALED)], id="answer"),
            pytest.param(Fate.BUSY, [(2, 0, Event.REJECTED), (2, 0, Event.ENDED)], id="busy"),
            pytest.param(
                Fate.NO_ANSWER, [(30, 0, Event.RANG_OUT), (30, 0, Event.ENDED)], id="no answer"
            ),
            pytest.param(
                Fate.UNREACHABLE, [(3, 0, Event.DROPPED), (3, 0, Event.ENDED)], id="unreachable"
            ),
        ],
    )
    def test_leg_1(self, fate, events):
        """From is dialled at 0 s; To is dialled when it answers, and never if it does not."""
        assert [(0, 0, Event.DIALED), *events] == planned(Script(leg1=Outcome(fate)))[:3]

    @pytest.mark.parametrize(
        ("fate", "after", "event"),
        [
            pytest.param(Fate.BUSY, 2, Event.REJECTED, id="busy"),
            pytest.param(Fate.NO_ANSWER, 30, Event.RANG_OUT, id="no answer"),
            pytest.param(Fate.UNREACHABLE, 3, Event.DROPPED, id="unreachable"),
            pytest.param(Fate.CANCEL, 5, Event.CANCELED, id="From hangs up while To rings"),
        ],
    )
    def test_a_leg_2_that_does_not_answer_ends_leg_1_with_it(self, fate, after, event):
        """Counted from when To is dialled, at 4 s; From is hung up in the same moment."""
        end = 4 + after
        assert [
            (4, 1, Event.DIALED), (end, 1, event), (end, 0, Event.HUNG_UP), (end, 0, Event.ENDED),
        ] == planned(Script(leg2=Outcome(fate)))[2:6]  # fmt: skip

    @pytest.mark.parametrize("again", range(4))
    def test_a_from_that_never_answers_is_dialled_as_often_as_max_retries_says(self, again):
        """Once, and once more for each retry; exotel-v1.md section 2 (V)."""
        order = replace(ORDER, time_out=10, max_retries=again)
        events = planned(Script(Outcome(Fate.NO_ANSWER)), order)

        assert again + 1 == [event for _at, _leg, event in events].count(Event.DIALED)

    def test_a_leg_2_of_none_is_never_dialled(self):
        """From hangs up 1 s after its answer."""
        assert [(5, 0, Event.HUNG_UP), (5, 0, Event.ENDED)] == planned(
            Script(leg2=Outcome(Fate.NONE))
        )[2:4]

    @pytest.mark.parametrize(("party", "first"), [(Party.FROM, 0), (Party.TO, 1)])
    def test_who_hangs_up_is_the_first_to_go(self, party, first):
        """To answers 6 s after it is dialled, they talk 30 s, and both legs end together."""
        assert [
            (10, 1, Event.ANSWERED), (40, first, Event.HUNG_UP), (40, 1 - first, Event.HUNG_UP),
        ] == planned(Script(hangup_by=party))[3:6]  # fmt: skip

    @pytest.mark.parametrize("shape", [Shape.FLOW, Shape.LOST_FLOW, Shape.STREAM])
    def test_a_flow_lasts_for_the_talk_and_dials_nobody(self, shape):
        """Answered at 4 s, hung up 30 s later, whatever leg 2 says."""
        assert [(4, 0, Event.ANSWERED), (34, 0, Event.HUNG_UP), (34, 0, Event.ENDED)] == planned(
            Script(leg2=Outcome(Fate.BUSY)), SHAPED[shape]
        )[1:4]

    def test_an_inbound_caller_is_on_the_line_from_the_start(self):
        """Leg 1 is the caller's, whatever the script says of it; leg 2 rings at once."""
        script = Script(leg1=Outcome(Fate.BUSY))

        assert [(0, 0, Event.DIALED), (0, 0, Event.ANSWERED), (0, 1, Event.DIALED)] == planned(
            script, SHAPED[Shape.INBOUND]
        )[:3]


class TestLimits:
    @law
    @given(scripts(spans), orders, seeds)
    def test_no_leg_rings_longer_than_time_out(self, script, order, seed):
        """TimeOut, each leg for itself; 30 s if the order does not say."""
        limit = (order.time_out or 30) * SECOND
        events = plan(script, order, NOON, 0, Random(seed))

        for leg in (0, 1):
            mine = [at for at, of, event in events[:-2] if of == leg]
            assert not mine or mine[1] - mine[0] <= limit

    @law
    @given(scripts(spans), orders, st.integers(1, 300), seeds)
    def test_nobody_talks_longer_than_time_limit(self, script, order, limit, seed):
        """TimeLimit cuts what both parties, or From and a flow, have to say."""
        call = played(script, replace(order, time_limit=limit), seed=seed)
        last = call.story.legs[0 if order.flow else 1]

        assert call.conversation <= limit
        if last.answered_at is not None:
            assert last.ended_at - last.answered_at <= limit * SECOND

    @pytest.mark.parametrize(
        ("outcome", "time_out", "rung", "event"),
        [
            pytest.param(Outcome(Fate.NO_ANSWER), None, 30, Event.RANG_OUT, id="30 s by default"),
            pytest.param(Outcome(Fate.NO_ANSWER), 45, 45, Event.RANG_OUT, id="rings until TimeOut"),
            pytest.param(
                Outcome(Fate.NO_ANSWER, seconds(10)),
                45,
                10,
                Event.RANG_OUT,
                id="its own time first",
            ),
            pytest.param(
                Outcome(Fate.NO_ANSWER, seconds(10)), 5, 5, Event.RANG_OUT, id="TimeOut first"
            ),
            pytest.param(
                Outcome(Fate.ANSWER, seconds(20)), 19, 19, Event.RANG_OUT, id="an answer too late"
            ),
            pytest.param(
                Outcome(Fate.ANSWER, seconds(20)), 20, 20, Event.ANSWERED, id="a last-moment answer"
            ),
            pytest.param(
                Outcome(Fate.BUSY, seconds(20)), 5, 5, Event.RANG_OUT, id="a rejection too late"
            ),
            pytest.param(
                Outcome(Fate.ANSWER, seconds(31)), None, 30, Event.RANG_OUT, id="later than 30 s"
            ),
        ],
    )
    @pytest.mark.parametrize("leg", [1, 2])
    def test_time_out_ends_ringing_as_no_answer(self, leg, outcome, time_out, rung, event):
        """Section 3: "TimeOut ends ringing as no-answer", on either leg; To rings from 4 s on."""
        script = replace(Script(), **{f"leg{leg}": outcome})
        events = planned(script, replace(ORDER, time_out=time_out))

        # From answers at 4 s, which a TimeOut of 5 s leaves it time to.
        begin = 4 if leg == 2 else 0
        assert (begin + rung, leg - 1, event) in events

    @pytest.mark.parametrize(
        ("time_limit", "talked"),
        [
            pytest.param(None, 40, id="none"),
            pytest.param(5, 5, id="shorter than they talk"),
            pytest.param(40, 40, id="as long"),
            pytest.param(41, 40, id="longer"),
        ],
    )
    @pytest.mark.parametrize("shape", [Shape.TWO_LEGS, Shape.FLOW, Shape.LOST_FLOW, Shape.STREAM])
    def test_time_limit_cuts_the_conversation(self, shape, time_limit, talked):
        """40 s of talk or of a flow, cut by TimeLimit."""
        order = replace(SHAPED[shape], time_limit=time_limit)
        legs = played(Script(talk=seconds(40)), order).story.legs

        assert talked == legs[1 if shape is Shape.TWO_LEGS else 0].on_call


class TestDurations:
    @law
    @given(scripts(spans), orders, st.integers(10**15, 2 * 10**15), seeds)
    def test_a_conversation_lies_within_leg_1_and_leg_1_within_the_call(
        self, script, order, start, seed
    ):
        """ConversationDuration <= leg 1's OnCallDuration <= Duration = EndTime - StartTime."""
        call = played(script, order, start=start, seed=seed)

        assert 0 <= call.conversation <= call.story.legs[0].on_call <= call.duration
        assert call.story.ended_at // SECOND - start // SECOND == call.duration

    @law
    @given(scripts(whole_spans, [Fate.ANSWER], [Fate.ANSWER]), st.integers(0, 10**15))
    def test_a_duration_is_ringing_and_ringing_and_talk(self, script, start):
        """Section 3: ringing of both legs included, when no limit cuts anything."""
        rung1, rung2 = (
            default if leg.after is None else leg.after.low // SECOND
            for leg, default in ((script.leg1, 4), (script.leg2, 6))
        )
        # A TimeOut longer than any ring of these scripts, so that every answer is one.
        call = played(script, replace(ORDER, time_out=200), start=start)
        talk = script.talk.low // SECOND

        assert (rung1 + rung2 + talk, rung2 + talk, talk) == (
            call.duration,
            call.story.legs[0].on_call,
            call.conversation,
        )

    @law
    @given(scripts(spans), orders, seeds)
    def test_only_a_conversation_has_a_duration_and_a_price(self, script, order, seed):
        """Whatever ends without both legs talking: 0 s, 0.000, and nothing recorded."""
        call = played(script, order, seed=seed)
        both = call.story.legs[1].state is LegState.COMPLETED

        assert both == has_recording(call)
        if not both:
            assert (0, 0) == (call.conversation, call.cost)
