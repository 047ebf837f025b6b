"""A call as the rule of a scenario that plays it again: exact numbers, legs, times."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from exomock.domain.call import Call
from exomock.domain.clock import SECOND
from exomock.domain.dialling import DEFAULT_TIME_OUT
from exomock.domain.fate import Fate
from exomock.domain.leg import CALLER, Event
from exomock.domain.order import Direction, Order, Shape
from exomock.domain.price import DEFAULT_PRICE, Price
from exomock.domain.recording import wants_recording
from exomock.domain.recording_twist import PLAIN, RecordingTwist
from exomock.domain.script import Party
from exomock.domain.span import Length, Span
from exomock.domain.story import Transition
from exomock.domain.twist import STRAIGHT, Twist, Twists

Words = dict[str, Any]
"""Words of the scenario language, as YAML and JSON hold them."""

_FATES = {
    Event.ANSWERED: Fate.ANSWER,
    Event.REJECTED: Fate.BUSY,
    Event.RANG_OUT: Fate.NO_ANSWER,
    Event.DROPPED: Fate.UNREACHABLE,
    Event.CANCELED: Fate.CANCEL,
}


def rule_of(call: Call) -> Words:
    """
    The rule that plays a call again: what has happened to it, and what is planned.

    Of a call in a flow it says what the people do; the flow itself stands beside the rules.
    """
    return {"name": f"call {call.sid}", "when": when_of(call.order), **script_of(call)}


def when_of(order: Order) -> Words:
    """The conditions that an order meets: its exact numbers, its flow, its direction."""
    found: Words = {"from": order.from_.shown}
    if order.direction is Direction.INBOUND:
        return found | {"exophone": order.exophone.shown, "direction": str(order.direction)}
    if order.shape is Shape.TWO_LEGS:
        return found | {"to": order.to.shown}
    return found | ({} if order.flow is None or _pattern(order.flow) else {"flow": order.flow})


def _pattern(text: str) -> bool:
    """Whether a text would be read as a beginning or an expression, not as itself."""
    return text.endswith("*") or text.startswith("/")


def script_of(call: Call) -> Words:
    """The words of a script by which a call is played as it was, to the microsecond."""
    script, found = call.script, dict(_legs(call))
    if wants_recording(call) and call.order.record is None:
        found["record"] = True
    if script.price != DEFAULT_PRICE:
        found["price"] = _price(script.price)
    if script.status is not None:
        found["status"] = str(script.status)
    if call.stuck:
        found["stuck"] = True
    if script.twists != STRAIGHT and (said := _twists(script.twists)):
        found["callbacks"] = said
    if script.recording != PLAIN and (said := _recording(script.recording)):
        found["recording"] = said
    return found


def time_word(microseconds: int) -> str:
    """A time as the scenario language writes it, exactly."""
    if microseconds % 1000 == 0 and microseconds < SECOND:
        return f"{microseconds // 1000}ms"
    return f"{(Decimal(microseconds) / SECOND).normalize():f}s"


def _legs(call: Call) -> Iterator[tuple[str, Any]]:
    """What each party does, how long they talk, and who hangs up."""
    plan, order = call.plan, call.order
    if order.direction is not Direction.INBOUND:
        yield from _party("leg1", _rung(plan, CALLER), order)
    answered = _at(plan, CALLER, Event.ANSWERED)
    if answered is None:
        return
    if order.shape in (Shape.TWO_LEGS, Shape.INBOUND):
        yield from _second_leg(plan, order, answered)
    else:
        yield from _talk(plan, answered)


def _second_leg(
    plan: tuple[Transition, ...], order: Order, answered: int
) -> Iterator[tuple[str, Any]]:
    rung = _rung(plan, CALLER + 1)
    if rung is None:
        left = _at(plan, CALLER, Event.HUNG_UP)
        # Of a call that is stuck nobody hangs up.
        none = str(Fate.NONE)
        yield "leg2", none if left is None else {none: time_word(left - answered)}
        return
    yield from _party("leg2", rung, order)
    if rung[1].event is Event.ANSWERED:
        yield from _talk(plan, rung[1].at)


def _party(word: str, rung: "_Rung | None", order: Order) -> Iterator[tuple[str, Any]]:
    if rung is None or (fate := _FATES.get(rung[1].event)) is None:
        return
    after = rung[1].at - rung[0].at
    # From never cancels itself: whoever left while his phone rang did not answer it.
    fate = Fate.NO_ANSWER if word == "leg1" and fate is Fate.CANCEL else fate
    if fate is Fate.NO_ANSWER and after == (order.time_out or DEFAULT_TIME_OUT) * SECOND:
        yield word, str(fate)
    else:
        yield word, {str(fate): time_word(after)}


def _talk(plan: tuple[Transition, ...], begin: int) -> Iterator[tuple[str, Any]]:
    left = next((each for each in plan if each.event is Event.HUNG_UP and each.at >= begin), None)
    if left is not None:
        yield "talk", time_word(left.at - begin)
        if left.leg != CALLER:
            yield "hangup_by", str(Party.TO)


_Rung = tuple[Transition, Transition]


def _rung(plan: tuple[Transition, ...], leg: int) -> _Rung | None:
    """When a leg was last dialled, and what ended its ringing."""
    mine = [each for each in plan if each.leg == leg and not each.event.of_the_call]
    for place in range(len(mine) - 1, 0, -1):
        if mine[place - 1].event is Event.DIALED:
            return mine[place - 1], mine[place]
    return None


def _at(plan: tuple[Transition, ...], leg: int, event: Event) -> int | None:
    """When something happened to a leg; at the call's first moment for one that comes in."""
    return next((each.at for each in plan if each.leg == leg and each.event is event), None)


def _price(price: Price) -> Words:
    return {"per": time_word(price.per), "amount": f"{price.amount / 1000:.3f}"}


def _twists(twists: Twists) -> Words:
    found: Words = {}
    for word, twist in (("answered", twists.answered), ("terminal", twists.terminal)):
        if said := dict(_twist(twist)):
            found[word] = said
    for word, holds in (("swap", twists.swap), ("before_answer", twists.before_answer)):
        if holds:
            found[word] = True
    return found


def _twist(twist: Twist) -> Iterator[tuple[str, Any]]:
    straight = Twist()
    if _fixed(twist.delay):
        yield "delay", time_word(_fixed(twist.delay))
    if twist.drop:
        yield "drop", True
    if twist.repeat > 1:
        yield "repeat", twist.repeat
        if twist.every != straight.every:
            yield "every", time_word(_fixed(twist.every))
    if twist.content_type is not None:
        yield "content_type", twist.content_type
    if twist.without:
        yield "without", list(twist.without)
    if twist.extra:
        yield "with", dict(twist.extra)
    if twist.status is not None:
        yield "status", twist.status


def _fixed(length: Length) -> int:
    """A length that was drawn, microseconds."""
    assert isinstance(length, Span)
    return length.low


def _recording(twist: RecordingTwist) -> Words:
    """The words of a recording; a file stays away, because a scenario over HTTP may name none."""
    said: Mapping[str, Any] = {
        "after": time_word(twist.waits) if twist.waits else None,
        "missing": twist.missing or None,
        "truncated": None
        if twist.truncated is None
        else f"{Decimal(str(twist.truncated)) * 100:f}%",
        "status": twist.status,
        "slow": None if twist.slow is None else f"{twist.slow:.6f}B/s",
    }
    return {word: value for word, value in said.items() if value is not None}
