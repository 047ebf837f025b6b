"""A call written as a rule is played again as it was, to the microsecond."""

import json
from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from conftest import NOON
from domain.test_legal_plans import lates, orders, placed, scripts, seeds
from exomock.domain.changes import Leave
from exomock.domain.choosing import choose
from exomock.domain.clock import SECOND
from exomock.domain.errors import NotOnTheLine
from exomock.domain.price import Price
from exomock.domain.script import Party
from exomock.engine.happening import happen
from exomock.engine.replanning import replan
from exomock.scenarios import read_given
from exomock.scenarios.writing import rule_of

YEAR = 365 * 86_400 * SECOND
law = settings(deadline=None, max_examples=25)


def told(call):
    """What the call's callbacks are, and when each is due."""
    _over, _events, owed = happen(call.as_of(0), call.plan[-1].at)
    return [(each.notice, each.due_at, each.state) for each in owed]


def lengths(call):
    """The lengths of a call that a rule has to say."""
    yield call.plan[-1].at - NOON
    for twist in (call.script.twists.answered, call.script.twists.terminal):
        yield twist.delay.low
        yield twist.every.low


def again(call, seed):
    """The call that its rule makes of the same order."""
    text = json.dumps({"rules": [rule_of(call)]}).encode()
    choice = choose(read_given("again", text), call.order, now=NOON)
    return placed(choice.script, call.order, call.late, seed)


def ending(call):
    """What it ends as, how long it was, what it cost, whom it told."""
    over = call.as_of(len(call.plan))
    return over.status, over.duration, over.conversation, over.cost, told(call)


class TestAnyCall:
    @law
    @given(scripts, orders, lates, seeds)
    def test_it_has_the_same_plan_status_price_and_callbacks(self, script, order, late, seed):
        """Whatever chance has drawn; a caller who was dialled again rings as he did at last."""
        assume(not (script.stuck and script.twists.swap))
        order = replace(order, max_retries=0)
        before = placed(replace(script, price=Price(15_000_000, 150)), order, late, seed)
        assume(max(lengths(before)) <= YEAR)  # the language has no longer time

        after = again(before, seed + 1)

        assert before.plan == after.plan
        assert before.stuck == after.stuck
        assert ending(before) == ending(after)

    @settings(law, max_examples=150)
    @given(scripts, orders, st.sampled_from(Party), st.integers(0, 4), seeds)
    def test_whoever_hung_up_on_the_way_does_so_again(self, script, order, by, done, seed):
        """A call that a test or a person ended: the same status, lengths and callbacks."""
        order = replace(order, max_retries=0)
        straight = replace(script.twists, before_answer=False)
        call = placed(replace(script, stuck=False, twists=straight), order, 0, seed)
        # Whoever calls in is answered in the instant in which he calls: nobody leaves before.
        at_once = sum(each.at == NOON for each in call.plan)
        call = call.played_to(min(max(done, at_once), len(call.plan)))
        now = call.plan[call.done - 1].at
        try:
            before = replan(call, Leave(by), now)
        except NotOnTheLine:
            return
        if max(lengths(before)) > YEAR:
            return
        after = again(before, seed + 1)

        assert ending(before) == ending(after)
