"""A call written as a rule is played again as it was, to the microsecond."""

import json
from dataclasses import replace

from hypothesis import assume, given, settings

from conftest import NOON
from domain.test_legal_plans import lates, orders, placed, scripts, seeds
from exomock.domain.choosing import choose
from exomock.domain.clock import SECOND
from exomock.domain.price import Price
from exomock.engine.happening import happen
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


class TestAnyCall:
    @law
    @given(scripts, orders, lates, seeds)
    def test_it_has_the_same_plan_status_price_and_callbacks(self, script, order, late, seed):
        """Whatever chance has drawn; a caller who was dialled again rings as he did at last."""
        assume(not (script.stuck and script.twists.swap))
        order = replace(order, max_retries=0)
        before = placed(replace(script, price=Price(15_000_000, 150)), order, late, seed)
        assume(max(lengths(before)) <= YEAR)  # the language has no longer time

        text = json.dumps({"rules": [rule_of(before)]}).encode()
        choice = choose(read_given("again", text), order, now=NOON)
        after = placed(choice.script, order, late, seed + 1)

        assert before.plan == after.plan
        assert before.stuck == after.stuck
        over, again = before.as_of(len(before.plan)), after.as_of(len(after.plan))
        assert (over.status, over.cost, told(before)) == (again.status, again.cost, told(after))
