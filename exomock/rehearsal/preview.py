"""`exomock scenario preview`: a call drawn as a ladder, with what your server is told."""

from collections.abc import Iterator

from exomock import ladder
from exomock.domain.call import Call
from exomock.domain.leg import CALLER
from exomock.domain.order import Direction
from exomock.domain.scenario import Scenario
from exomock.domain.story import Transition
from exomock.engine.deciding import Decision
from exomock.engine.faults import Struck
from exomock.engine.happening import happen
from exomock.ladder import Step
from exomock.rehearsal.asking import Asking
from exomock.rehearsal.door import struck_in_words
from exomock.rehearsal.words import in_words
from exomock.rehearsal.your_server import TAKES_ALL, Receiver, ordered, refused, tries


def previewed(scenario: Scenario, asking: Asking, receiver: Receiver = TAKES_ALL) -> Iterator[str]:
    """
    The call that an order becomes, a line each; or what it is refused with.

    Args:
        scenario: The scenario.
        asking: The order, with its StatusCallback and events.
        receiver: What your server answers to callbacks.

    Raises:
        DirectiveWrong: CustomField holds a directive that cannot be read.
    """
    struck = asking.struck(scenario)
    if struck is not None:
        yield from struck_in_words(struck)
        if struck.answer.refusal is not None:
            yield from _drawn(refused(struck.answer.refusal.status, struck.delay))
            return
    decision = asking.decided(scenario)
    yield f"{decision.choice.by} decides"
    if decision.choice.near:
        yield f"  {decision.choice.near}"
    if decision.refusal is not None:
        yield from _refused(asking, decision, struck)
        return
    call = asking.call(scenario, decision)
    yield from _drawn(_steps(call, struck, receiver))
    yield ladder.bars()
    yield _end(call)


def _refused(asking: Asking, decision: Decision, struck: Struck | None) -> Iterator[str]:
    yield from (f"  {line}" for line in in_words(decision.choice.script, asking.order))
    if decision.refusal is not None and asking.order.direction is not Direction.INBOUND:
        yield from _drawn(refused(decision.refusal.status, 0 if struck is None else struck.delay))


def _drawn(steps: list[Step]) -> Iterator[str]:
    yield ""
    yield ladder.titles()
    for step in steps:
        yield from ladder.timed(step)


def _steps(call: Call, struck: Struck | None, receiver: Receiver) -> list[Step]:
    _after, _events, owed = happen(call, call.plan[-1].at)
    lines = [(each.at, _transition(call, each)) for each in call.plan]
    steps = [Step(at - call.created, [line]) for at, line in lines if line is not None]
    for each in owed:
        steps += tries(call, each, receiver)
    return ordered(call, steps, struck)


def _transition(call: Call, each: Transition) -> str | None:
    calls_in = call.order.direction is Direction.INBOUND
    return ladder.event(each.leg - CALLER + 1, each.event, calls_in=calls_in)


def _end(call: Call) -> str:
    if call.stuck:
        return "the call never ends"
    over = call.played_to(len(call.plan))
    return (
        f"{over.status}: {over.duration} s in all, {over.conversation} s of conversation, "
        f"price {over.cost / 1000:.3f}"
    )
