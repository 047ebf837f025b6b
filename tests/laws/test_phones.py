"""Whatever people do with the telephones of a call, and when: its plan is legal and ends."""

import os
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import NOON
from domain.test_legal_plans import legal, orders, scripts
from exomock.domain.clock import SECOND
from exomock.domain.errors import NotOnTheLine, PhoneCannot
from exomock.domain.fate import BY_PERSON, Does, Fate, Outcome
from exomock.domain.leg import NEXT, LegState
from exomock.domain.phone import Decide, by_people, can
from exomock.domain.script import Choice, Party, Script
from exomock.domain.sid import call_key
from exomock.engine.happening import happen
from exomock.engine.placing import planned
from exomock.engine.replanning import replan
from flows.flowing import INBOUND, ORDER, flow, step

MANY = 2000 if os.environ.get("EXOMOCK_SOAK") else 60
law = settings(deadline=None, max_examples=MANY)

decisions = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(Party), st.sampled_from([*Does, *range(9)])),
    max_size=12,
)
peopled = scripts.filter(legal) | scripts.filter(legal).map(by_people)
FLOW = flow(
    step("greeting"),
    step("connect", numbers=("09822200002", "09822200003", "09822200004"), parallel=2, ring=20),
    step("connect", numbers=("09822200005",), record=True),
    step("hangup"),
)
fates = st.sampled_from([BY_PERSON, Outcome(Fate.ANSWER), Outcome(Fate.BUSY)])


def played(call, decided, pieces=1):
    """The call after these decisions, time passing in so many pieces before each."""
    now = NOON
    call = happen(call, now)[0]
    for wait, who, what in decided:
        for piece in range(1, pieces + 1):
            call = happen(call, now + wait * SECOND * piece // pieces)[0]
        now += wait * SECOND
        past, possible = call.plan[: call.done], can(call, who)
        does = wanted(what, possible)
        try:
            call = replan(call, Decide(who, does), now)
        except (NotOnTheLine, PhoneCannot):
            assert does not in possible
            continue
        assert does in possible
        assert past == call.plan[: len(past)]
        call = happen(call, now)[0]
    return call


def wanted(what, possible):
    """What a person tries: that, or for a number one of the things that can be done."""
    if isinstance(what, Does):
        return what
    return possible[what % len(possible)] if possible else Does.ANSWER


def over(call):
    """The call at its end, which is checked."""
    end = call.played_to(len(call.plan))
    moments = [each.at for each in call.plan]

    assert sorted(moments) == moments
    assert end.ended or end.stuck
    if end.ended:
        assert all(leg.state is LegState.IDLE or not NEXT[leg.state] for leg in end.story.legs)
    return end


class TestACallOfTwoLegs:
    @law
    @given(peopled, orders, decisions)
    def test_ends_whatever_people_do(self, script, order, decided):
        """No decision makes an illegal plan; a refused one changes nothing."""
        call = planned("a", order, Choice(script, "rule"), call_key(1, "a", "0" * 64, 0), NOON, 0)
        first = played(call, decided)
        over(first)
        assert replace(first, done=0) == replace(played(call, decided, pieces=3), done=0)


class TestACallInAFlow:
    @law
    @given(st.sampled_from([ORDER, INBOUND]), st.tuples(fates, fates), decisions, st.integers(0, 9))
    def test_ends_whatever_people_do(self, order, does, decided, seed):
        """Also where several agents ring at once, and where the caller has called himself."""
        script = Script(leg1=does[0], leg2=does[1])
        key = call_key(seed, "a", "0" * 64, 0)
        call = planned("a", order, Choice(script, "rule"), key, NOON, 0, {FLOW.app: FLOW})
        first = played(call, decided)
        over(first)
        assert first.walked(lambda: Random(key)).events == first.plan[:-2]
        assert first.plan == played(call, decided, pieces=3).plan
