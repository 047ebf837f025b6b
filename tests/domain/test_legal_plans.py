"""Any legal scenario makes only legal plans that end: the law of the domain, for every script."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, NOON, TO
from exomock.domain.call import Call
from exomock.domain.changes import Leave
from exomock.domain.clock import SECOND
from exomock.domain.errors import NotOnTheLine
from exomock.domain.fate import Fate, Outcome
from exomock.domain.leg import NEXT, Event, LegState
from exomock.domain.number import NOBODY
from exomock.domain.order import ONE_LEG, Direction, Order, Shape
from exomock.domain.plan import plan
from exomock.domain.script import Party, Script
from exomock.domain.span import NO_TIME, Normal, Span, seconds
from exomock.domain.status import ROWS, Status
from exomock.domain.twist import Twist, Twists
from exomock.engine.happening import happen
from exomock.engine.replanning import replan
from exomock.numbering import read_number
from exomock.scenarios import read_script

law = settings(deadline=None, max_examples=100)

ORDER = Order(*map(read_number, (FROM, TO, EXOPHONE)), callback="http://x/")
SHAPED = {
    Shape.TWO_LEGS: ORDER,
    Shape.FLOW: replace(ORDER, flow="926"),
    Shape.LOST_FLOW: replace(ORDER, flow="http://example.com/x", lost=True),
    Shape.INBOUND: replace(ORDER, direction=Direction.INBOUND),
    Shape.STREAM: replace(ORDER, to=NOBODY, stream="wss://example.com/x"),
}
LEG1 = (Fate.ANSWER, Fate.BUSY, Fate.NO_ANSWER, Fate.UNREACHABLE)

ends = st.integers(0, 90 * SECOND) | st.integers(0, 365 * 86_400 * SECOND)
lengths = (
    st.tuples(ends, ends).map(lambda pair: Span(*sorted(pair)))
    | st.builds(Normal, ends, ends)
    | st.just(NO_TIME)
)
twists = st.builds(
    Twist, delay=lengths, drop=st.booleans(), repeat=st.integers(1, 4), every=lengths
)


def legal(script):
    """The reader refuses a call that never ends and is over before the answer."""
    return not (script.stuck and script.twists.before_answer)


scripts = st.builds(
    Script,
    leg1=st.builds(Outcome, st.sampled_from(LEG1), st.none() | lengths),
    leg2=st.builds(Outcome, st.sampled_from(tuple(Fate)), st.none() | lengths),
    talk=lengths,
    hangup_by=st.sampled_from(Party),
    status=st.none() | st.sampled_from(Status),
    stuck=st.booleans(),
    twists=st.builds(Twists, twists, twists, st.booleans(), st.booleans()),
).filter(legal)
orders = st.builds(
    lambda order, ringing, talking, events, again: replace(
        order, time_out=ringing, time_limit=talking, events=events, max_retries=again
    ),
    st.sampled_from(list(SHAPED.values())),
    st.none() | st.integers(1, 60),
    st.none() | st.integers(1, 14_400),
    st.sampled_from([(), ("terminal",), ("answered",), ("answered", "terminal")]),
    st.integers(0, 3),
)
lates = st.integers(0, 10**9)
seeds = st.integers(0, 2**63)


def placed(script, order, late=0, seed=1):
    """The call as it is placed, its plan not begun."""
    return Call(
        account="a",
        sid="s",
        order=order,
        script=replace(script, record=True, twists=script.twists.drawn(Random(seed))),
        key="key",
        created=NOON,
        late=late,
        plan=plan(script, order, NOON, late, Random(seed)),
        rule="",
        stuck=script.stuck,
    )


class TestEveryPlan:
    @law
    @given(scripts, orders, lates, seeds)
    def test_it_is_legal_and_time_never_runs_backwards(self, script, order, late, seed):
        """From is dialled at the start; no step raises; no leg is named that there is not."""
        call = placed(script, order, late, seed)
        moments = [each.at for each in call.plan]

        assert (NOON, 0, Event.DIALED) == call.plan[0]
        assert sorted(moments) == moments
        assert {0, 1} >= {each.leg for each in call.plan}
        for done in range(len(call.plan) + 1):
            call.played_to(done)

    @law
    @given(scripts, orders, lates, seeds)
    def test_it_ends_unless_it_is_stuck(self, script, order, late, seed):
        """ENDED and FILLED are its last two, once each; a stuck one has neither and hangs up never."""
        call = placed(script, order, late, seed)
        events = [each.event for each in call.plan]

        assert script.stuck == call.stuck
        if script.stuck:
            assert not {Event.ENDED, Event.FILLED, Event.HUNG_UP} & set(events)
            assert None is call.ends_at
            assert not call.played_to(len(events)).ended
        else:
            assert [Event.ENDED, Event.FILLED] == events[-2:]
            assert not {Event.ENDED, Event.FILLED} & set(events[:-2])
            assert call.plan[-3].at == call.ends_at == call.plan[-1].at - late

    @law
    @given(scripts, orders, seeds)
    def test_at_its_end_no_leg_is_in_the_air(self, script, order, seed):
        """Each was never dialled or has ended; its status is the table's, or the rule's word."""
        call = placed(script, order, seed=seed)
        call = call.played_to(len(call.plan))
        leg1, leg2 = (leg.state for leg in call.story.legs)

        if not script.stuck:
            assert all(state is LegState.IDLE or not NEXT[state] for state in (leg1, leg2))
            (row,) = [row for row in ROWS if row[1:4] == (order.shape, leg1, leg2)]
            assert (script.status or row.status) is call.status

    @law
    @given(scripts, orders, seeds)
    def test_a_status_holds_from_the_end_and_of_a_stuck_call_always(self, script, order, seed):
        """Until then the call is in progress, whatever the rule says of its end."""
        call = placed(script, order, seed=seed)
        seen = {call.as_of(done).status for done in range(len(call.plan) + 1)}
        before = {call.as_of(done).status for done in range(len(call.plan) - 1)}

        if script.stuck:
            assert {script.status or Status.IN_PROGRESS} == seen
        else:
            assert {Status.IN_PROGRESS} == before

    @law
    @given(scripts, orders, lates, seeds)
    def test_before_the_answer_all_of_it_happens_at_the_start(self, script, order, late, seed):
        """In the order of the same plan played in its time; only the late fields come later."""
        early = replace(script, stuck=False, twists=Twists(before_answer=True))
        slow = replace(early, twists=Twists())
        events = plan(early, order, NOON, late, Random(seed))

        assert {NOON} == {each.at for each in events[:-1]}
        assert NOON + late == events[-1].at
        assert [each[1:] for each in plan(slow, order, NOON, late, Random(seed))] == [
            each[1:] for each in events
        ]

    @law
    @given(scripts, orders, seeds)
    def test_nobody_rings_or_talks_longer_than_may_be(self, script, order, seed):
        """TimeOut for each leg that rings, TimeLimit for who talks; 30 s of ringing by default."""
        call = placed(script, order, seed=seed)
        rings = (order.time_out or 30) * SECOND
        for leg in (0, 1):
            mine = [each for each in call.plan if each.leg == leg and not each.event.of_the_call]
            if len(mine) > 1:
                assert mine[1].at - mine[0].at <= rings
            talker = leg == 1 or order.shape in ONE_LEG
            if len(mine) > 2 and talker and order.time_limit is not None:
                assert mine[2].at - mine[1].at <= order.time_limit * SECOND

    @law
    @given(scripts, orders, seeds)
    def test_all_that_is_owed_is_owed_by_its_end(self, script, order, seed):
        """At most one notice of the end and one of each answer, each as often as it repeats."""
        call = placed(script, order, seed=seed)
        _after, events, owed = happen(call, 10**18)

        assert len(events) == len(call.plan)
        assert len(owed) <= 3 * 4
        assert all(row.due_at >= NOON for row in owed)
        if script.stuck:
            assert {"answered"} >= {row.notice.value for row in owed}

    @law
    @given(scripts, orders, st.sampled_from(Party), st.integers(0, 9), seeds)
    def test_whoever_hangs_up_on_the_way_leaves_a_legal_plan(self, script, order, by, done, seed):
        """Also of a call that is stuck: then it ends after all."""
        call = placed(script, order, seed=seed)
        call = call.played_to(min(done, len(call.plan)))
        try:
            call = replan(call, Leave(by), call.story.changed_at + SECOND)
        except NotOnTheLine:
            return
        call = call.played_to(len(call.plan))

        assert call.ended
        assert not call.stuck
        assert all(leg.state is LegState.IDLE or not NEXT[leg.state] for leg in call.story.legs)


class TestTheTable:
    @pytest.mark.parametrize(
        "row", [row for row in ROWS if row.leg1 is not LegState.MISSED], ids=lambda row: row.what
    )
    def test_each_row_is_reached_by_some_script(self, row):
        """Every cell can be seen by a user: words of legs in, status out; a missed call needs a flow."""
        words = [{"leg1": one, "leg2": two} for one in map(str, LEG1) for two in map(str, Fate)]
        reached = set()
        for each in words:
            call = placed(read_script(each), SHAPED[row.shape])
            call = call.played_to(len(call.plan))
            leg1, leg2 = (leg.state for leg in call.story.legs)
            reached.add((leg1, leg2, call.status))

        assert (row.leg1, row.leg2, row.status) in reached

    @pytest.mark.parametrize("status", Status)
    @pytest.mark.parametrize("shape", Shape)
    def test_each_status_is_reached_by_a_word(self, shape, status):
        """`status` overrides every row, of every shape."""
        call = placed(Script(status=status, talk=seconds(3)), SHAPED[shape])

        assert status is call.played_to(len(call.plan)).status
