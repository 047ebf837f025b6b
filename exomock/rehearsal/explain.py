"""`exomock scenario explain`: which rule decides an order, and why those before it did not."""

from collections.abc import Iterator, Sequence
from random import Random

from exomock.domain.call import Call
from exomock.domain.choosing import NO_RULE, tried
from exomock.domain.flows.walk import flow_of_call
from exomock.domain.scenario import Scenario
from exomock.engine.deciding import Decider
from exomock.rehearsal.asking import Asking
from exomock.rehearsal.door import struck_in_words
from exomock.rehearsal.walking import ASSUMED, Reply, rehearsed, way_in_words
from exomock.rehearsal.words import in_words


def explained(
    scenario: Scenario, asking: Asking, replies: Sequence[Reply | None] = ()
) -> Iterator[str]:
    """
    What decides an order, a line each.

    Args:
        scenario: The scenario.
        asking: The order.
        replies: What the customer's server answers in a flow, in order; the rest is assumed.

    Raises:
        DirectiveWrong: CustomField holds a directive that cannot be read.
    """
    struck = asking.struck(scenario)
    if struck is not None:
        yield from struck_in_words(struck)
        if struck.answer.refusal is not None:
            return
    decision = asking.decided(scenario)
    choice, decider = decision
    if decider is Decider.RULES:
        yield from _rules(scenario, asking, choice.by)
    if choice.by == NO_RULE:
        yield f"{NO_RULE} decide"
    elif not any(choice.by.startswith(rule.place) for rule in scenario.rules):
        yield f"{choice.by} decides"
    for line in in_words(choice.script, asking.order, scenario.flows):
        yield f"  {line}"
    if choice.script.refuse is None and flow_of_call(asking.order, scenario.flows) is not None:
        yield from _way(asking.call(scenario, decision), replies)


def _way(call: Call, replies: Sequence[Reply | None]) -> Iterator[str]:
    """The steps of the flow that the call reaches, which exit each takes, and why."""
    walk = rehearsed(
        call.flows, call.order, call.script, call.created, lambda: Random(call.key), replies
    )
    if walk.assumed:
        yield f"  {ASSUMED}"
    yield from way_in_words(call.flows, walk.walked, call.created)


def _rules(scenario: Scenario, asking: Asking, by: str) -> Iterator[str]:
    standing = asking.standing(scenario)
    key, counts = standing.key(), standing.counts
    for each in tried(scenario, asking.order, now=asking.now, key=key, counts=counts):
        if each.misses:
            yield f"{each.place}: no: {'; '.join(each.misses)}"
        elif by.startswith(each.place):
            yield f"{by} decides"
        else:
            yield f"{each.place}: takes all that is left, and a magic number comes before it"
