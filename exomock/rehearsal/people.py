"""Calls that are open before they are played, because a person decides what becomes of them."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from exomock.domain.fate import Fate, Outcome
from exomock.domain.leg import CALLER, Event
from exomock.domain.order import Direction, Order
from exomock.domain.script import Script
from exomock.domain.story import Transition

_PERSON = Fate.PERSON  # through its class it costs more than the rest of what is asked most often

OPEN = "open (a person decides)"
"""How a call ends of which a person decides."""

NOBODY_RUNG: Mapping[int, str] = MappingProxyType({})
"""The agents of a call that goes through no flow."""


def waits_for_a_person(
    script: Script,
    order: Order,
    events: Iterable[Transition],
    numbers: Mapping[int, str] = NOBODY_RUNG,
) -> bool:
    """
    Whether a telephone rings at a person in a plan.

    Args:
        script: What the people do.
        order: What was ordered.
        events: The plan.
        numbers: The agents' numbers by leg, in a flow.
    """
    if not numbers and script.leg1.fate is not _PERSON and script.leg2.fate is not _PERSON:
        return False  # most often
    dialled = [each.leg for each in events if each.event is Event.DIALED]
    return any(_does(script, order, leg, numbers).fate is _PERSON for leg in dialled)


def _does(script: Script, order: Order, leg: int, numbers: Mapping[int, str]) -> Outcome:
    if leg == CALLER:
        inbound = order.direction is Direction.INBOUND
        return Outcome(Fate.ANSWER) if inbound else script.leg1
    if leg not in numbers:
        return script.leg2
    return script.agents.does(numbers[leg], leg - CALLER - 1, script.leg2)
