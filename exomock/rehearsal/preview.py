"""`exomock scenario preview`: a call drawn as a ladder, with what your server is told."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple

from exomock import ladder
from exomock.delivery.body import callback_body
from exomock.domain.call import Call
from exomock.domain.callback import Notice
from exomock.domain.fault import Damage
from exomock.domain.leg import CALLER
from exomock.domain.order import Direction
from exomock.domain.scenario import Scenario
from exomock.domain.story import Transition
from exomock.domain.telling import Move, Telling, verdict
from exomock.engine.deciding import Decision
from exomock.engine.faults import Struck
from exomock.engine.happening import happen
from exomock.ladder import EXOTEL, SERVER, arrow
from exomock.rehearsal.asking import Asking
from exomock.rehearsal.door import CONNECT, struck_in_words
from exomock.rehearsal.words import in_words
from exomock.settings import Settings
from exomock.storage.deliveries import Owed

_BODY = 26
_SECOND = 1_000_000

Receiver = Sequence[int | None]
"""What your server answers to each try of a callback, the last of them for ever; None: nothing."""

TAKES_ALL: Receiver = (200,)


class Step(NamedTuple):
    """One thing that is drawn: when (microseconds from the order), and its lines."""

    at: int
    lines: list[str]


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
            yield from _drawn(_refused(struck.answer.refusal.status, struck.delay))
            return
    decision = asking.decided(scenario)
    yield f"{decision.choice.by} decides"
    if decision.choice.near:
        yield f"  {decision.choice.near}"
    if decision.refusal is not None:
        yield from (f"  {line}" for line in in_words(decision.choice.script, asking.order))
        if asking.order.direction is not Direction.INBOUND:
            yield from _drawn(
                _refused(decision.refusal.status, 0 if struck is None else struck.delay)
            )
        return
    yield from _placed(scenario, asking, decision, struck, receiver)


def _placed(
    scenario: Scenario, asking: Asking, decision: Decision, struck: Struck | None,
    receiver: Receiver,
) -> Iterator[str]:  # fmt: skip
    call = asking.call(scenario, decision)
    yield from _drawn(_steps(call, struck, receiver))
    yield ladder.bars()
    if call.stuck:
        yield "the call never ends"
    else:
        over = call.played_to(len(call.plan))
        yield (
            f"{over.status}: {over.duration} s in all, {over.conversation} s of conversation, "
            f"price {over.cost / 1000:.3f}"
        )


def _drawn(steps: list[Step]) -> Iterator[str]:
    yield ""
    yield ladder.titles()
    for step in steps:
        first, *rest = step.lines
        yield ladder.timed(f"+{step.at / _SECOND:.3f} s", first)
        yield from rest


def _refused(status: int, delay: int) -> list[Step]:
    return [_REQUEST, Step(delay, [arrow(EXOTEL, SERVER, str(status))])]


_REQUEST = Step(0, [arrow(SERVER, EXOTEL, f"POST {CONNECT}")])


def _steps(call: Call, struck: Struck | None, receiver: Receiver) -> list[Step]:
    _after, _events, owed = happen(call, call.plan[-1].at)
    lines = [(each.at, _transition(call, each)) for each in call.plan]
    steps = [Step(at - call.created, [line]) for at, line in lines if line is not None]
    for each in owed:
        steps += _tries(call, each, receiver)
    if call.order.direction is not Direction.INBOUND:
        answer = _answered(struck)
        # Where all is over before the answer, the answer comes last of that instant.
        steps = [*steps, *answer] if call.script.twists.before_answer else [*answer, *steps]
        steps.insert(0, _REQUEST)
    # Sorting is stable: what happens in one instant stays in its order, callbacks after it.
    return sorted(steps, key=lambda step: step.at)


def _answered(struck: Struck | None) -> list[Step]:
    """The answer to the order, where there is one."""
    if struck is None:
        return [Step(0, [arrow(EXOTEL, SERVER, "200")])]
    damage = struck.answer.damage
    if damage is Damage.HUNG:
        return []
    return [Step(struck.delay, [arrow(EXOTEL, SERVER, f"200 ({damage})" if damage else "200")])]


def _transition(call: Call, each: Transition) -> str | None:
    calls_in = call.order.direction is Direction.INBOUND
    return ladder.event(each.leg - CALLER + 1, each.event, calls_in=calls_in)


def _tries(call: Call, owed: Owed, receiver: Receiver) -> Iterator[Step]:
    """A callback, as often as your server does not take it."""
    due = owed.due_at
    for number in count(1):
        status = receiver[min(number, len(receiver)) - 1]
        lines = [*_told(call, owed)] if number == 1 else [_sent(owed, f", try {number}")]
        if receiver is not TAKES_ALL and owed.state is not Telling.DROPPED:
            lines.append(arrow(SERVER, EXOTEL, "no answer" if status is None else str(status)))
        yield Step(due - call.created, lines)
        move, due = verdict(status, number, due, Settings().retry_after)
        if move is not Move.PUT_OFF or owed.state is Telling.DROPPED:
            return


def _sent(owed: Owed, more: str = "") -> str:
    about = "terminal" if owed.notice == "brief" else str(owed.notice)
    return arrow(EXOTEL, SERVER, about + more)


def _told(call: Call, owed: Owed) -> Iterator[str]:
    if owed.state is Telling.DROPPED:
        yield _sent(owed, ": never sent")
        return
    yield _sent(owed)
    body = callback_body(call.as_of(owed.place), Notice(owed.notice))
    lines = [f"{name}={value}" for name, value in body.fields] or [body.json]
    if body.claims:
        lines.insert(0, f"Content-Type: {body.claims}")
    yield from (" " * _BODY + line for line in lines)
