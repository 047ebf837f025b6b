"""The parties of a call as lanes, and what happens between them as arrows."""

from collections.abc import Iterator, Mapping

from exomock.domain.call import Call
from exomock.domain.leg import CALLER, Event
from exomock.domain.number import NOBODY
from exomock.domain.order import Direction, Shape
from exomock.domain.story import Transition
from exomock.drawing.ladder import Arrow, ArrowKind, Lane
from exomock.ladder import FROM_EXOTEL, WORDS

FROM, EXOTEL = 0, 1
"""The lanes of the caller and of Exotel; whoever is called comes after, and the server last."""

AGENTS = 8
"""How many called parties have a lane of their own; the rest share the last one."""

Numbers = Mapping[int, str]
"""The numbers of called parties by their leg."""


def lanes_of(call: Call, agents: Numbers) -> tuple[Lane, ...]:
    """
    The lanes of a call, from left to right.

    Args:
        call: The call.
        agents: Whom its flow has dialled.
    """
    called: tuple[Lane, ...] = ()
    if agents:
        shown = [agents[leg] for leg in sorted(agents)[:AGENTS]]
        called = tuple(Lane("Agent", number) for number in shown)
        if len(agents) > AGENTS:
            called = (*called[:-1], Lane("Agents", f"{len(agents) - AGENTS + 1} more"))
    elif _has_to(call):
        called = (Lane("To", call.order.to.shown),)
    return (Lane("From", call.order.from_.shown), Lane("Exotel"), *called, Lane("your server"))


def _has_to(call: Call) -> bool:
    if call.order.shape in (Shape.TWO_LEGS, Shape.INBOUND):
        return call.order.to != NOBODY
    return any(not each.event.of_the_call and each.leg != CALLER for each in call.plan)


def events_of(call: Call, lanes: int, *, past: int) -> Iterator[tuple[int, Arrow]]:
    """
    What happens to the legs of a call, and its end; each with its place in the plan.

    Args:
        call: The call.
        lanes: How many lanes it has.
        past: How many transitions have happened; what comes after them is still to come.
    """
    for place, each in enumerate(call.plan):
        coming = place >= past
        if each.event in WORDS:
            yield place, _event(call, each, lanes, coming=coming)
        elif each.event is Event.ENDED:
            word = f"ended: {call.as_of(place + 1).status}"
            note = Arrow(
                each.at - call.created, EXOTEL, EXOTEL, word, ArrowKind.NOTE, coming=coming
            )
            yield place, note


def _event(call: Call, happened: Transition, lanes: int, *, coming: bool) -> Arrow:
    event, at = happened.event, happened.at - call.created
    phone = FROM if happened.leg == CALLER else min(happened.leg + 1, lanes - 2)
    inbound = happened.leg == CALLER and call.order.direction is Direction.INBOUND
    if inbound and event is Event.DIALED:
        return Arrow(at, FROM, EXOTEL, "calls", coming=coming)
    if inbound and event is Event.ANSWERED:
        return Arrow(at, EXOTEL, FROM, "picks up", coming=coming)
    ends = (EXOTEL, phone) if event in FROM_EXOTEL else (phone, EXOTEL)
    bad = event in (Event.REJECTED, Event.RANG_OUT, Event.DROPPED)
    return Arrow(at, *ends, WORDS[event], bad=bad, coming=coming)
