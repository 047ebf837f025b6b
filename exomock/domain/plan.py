"""A plan: the whole future of a call, from arguments alone."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from exomock.domain.dialling import dial_caller, put_through, talk_time
from exomock.domain.flows.inputs import Inputs
from exomock.domain.flows.steps import Flows
from exomock.domain.flows.walk import flow_of_call, walk
from exomock.domain.flows.walked import Walked
from exomock.domain.leg import CALLER, Event
from exomock.domain.order import ONE_LEG, Order
from exomock.domain.script import Script
from exomock.domain.story import Transition

# Members by a name of this module: through their class they cost three times as much (Python 3.11).
_ANSWERED, _ENDED, _FILLED = Event.ANSWERED, Event.ENDED, Event.FILLED


class Planned(NamedTuple):
    """
    A plan.

    Args:
        events: Everything that will happen, in order.
        stuck: Whether the call never ends by itself.
    """

    events: tuple[Transition, ...]
    stuck: bool


def plan_in(
    flows: Flows,
    script: Script,
    order: Order,
    start: int,
    late: int,
    inputs: Inputs,
    rng: Random,
) -> Planned:
    """
    Everything that will happen to a call, whether it walks through a flow or not.

    Args:
        flows: The flows there are; a call that walks none of them goes as its script says.
        script: What the scenario says.
        order: What was ordered.
        start: When the call is placed, microseconds since the epoch.
        late: Microseconds from the end until the late fields are filled in.
        inputs: What the world has done to it so far.
        rng: The call's own chance, as it was at its beginning.
    """
    if flow_of_call(order, flows) is None:
        return Planned(plan(script, order, start, late, rng), script.stuck)
    return plan_of(walk(flows, order, script, start, inputs, rng), late)


def plan_of(walked: Walked, late: int) -> Planned:
    """The plan of a call that walks so; its late fields come `late` after its end."""
    if walked.stuck:
        return Planned(walked.events, stuck=True)
    return Planned(with_end(walked.events, late, walked.ends_at), stuck=False)


def plan(
    script: Script, order: Order, start: int, late: int, rng: Random
) -> tuple[Transition, ...]:
    """
    Everything that will happen to a call, in order; same arguments, same plan.

    Args:
        script: What the scenario says.
        order: What the client asked for; its TimeOut and TimeLimit cut the script.
        start: When the call is placed, microseconds since the epoch.
        late: Microseconds from the end until Duration, Price and EndTime are filled in.
        rng: The call's own chance.

    Returns:
        Transitions in time order; the last two are ENDED and FILLED, unless the call is stuck.
    """
    events = list(dial_caller(script, order, start, rng))
    events += after_ringing(events[-1], script, order, rng)
    if script.stuck:
        return tuple(each for each in events if each.event is not Event.HUNG_UP)
    if script.twists.before_answer:
        events = [each._replace(at=start) for each in events]
    return with_end(events, late)


def with_end(
    events: Sequence[Transition], late: int, end: int | None = None
) -> tuple[Transition, ...]:
    """A future, the end of the call at its last event or `end`, and the late fields after that."""
    end = events[-1].at if end is None else end
    return (
        *events,
        Transition(end, CALLER, _ENDED),
        Transition(end + late, CALLER, _FILLED),
    )


def after_ringing(
    answered: Transition, script: Script, order: Order, rng: Random
) -> list[Transition]:
    """
    What comes after the caller's ringing; nothing where it is not on the line.

    Args:
        answered: The end of its ringing.
        script: What the scenario says.
        order: What was ordered.
        rng: The call's own chance.
    """
    if answered.event is not _ANSWERED:
        return []
    if order.shape in ONE_LEG:
        return [Transition(answered.at + talk_time(script, order, rng), CALLER, Event.HUNG_UP)]
    return put_through(script, order, answered.at, rng)
