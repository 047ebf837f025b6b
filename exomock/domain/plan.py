"""A plan: the whole future of a call, from arguments alone."""

from collections.abc import Generator, Iterator, Sequence
from random import Random

from exomock.domain.dialling import in_turn, ring, talk_time
from exomock.domain.leg import CALLER, Event
from exomock.domain.order import ONE_LEG, Order, Shape
from exomock.domain.script import ANSWER_LEG1, Script
from exomock.domain.story import Transition

_LOST = (Event.RANG_OUT, Event.DROPPED)
"""After these From is dialled again: no answer, and failed. Source: exotel-v1.md section 2 (V)."""

# UNVERIFIED: that From is dialled again at once, and that it does the same each time; the times of
# a live call with MaxRetries to a telephone that is off would settle it.
REDIAL_PAUSE = 0
"""Microseconds between the end of From's ringing and its next dialling."""


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
    events = list(_events(script, order, start, rng))
    if script.stuck:
        return tuple(each for each in events if each.event is not Event.HUNG_UP)
    if script.twists.before_answer:
        events = [each._replace(at=start) for each in events]
    return with_end(events, late)


def with_end(events: Sequence[Transition], late: int) -> tuple[Transition, ...]:
    """A future and the end of the call: at its last event, the late fields `late` after that."""
    end = events[-1].at
    return (
        *events,
        Transition(end, CALLER, Event.ENDED),
        Transition(end + late, CALLER, Event.FILLED),
    )


def _caller(
    script: Script, order: Order, now: int, rng: Random
) -> Generator[Transition, None, Transition]:
    """Dial the caller, again as often as MaxRetries says; the last event of its leg is returned."""
    yield Transition(now, CALLER, Event.DIALED)
    if order.shape is Shape.INBOUND:
        # The caller is on the line already. Source: exotel-v1.md section 3.
        rung = Transition(now, CALLER, Event.ANSWERED)
        yield rung
        return rung
    rung = ring(script.leg1, CALLER, ANSWER_LEG1, order, now, rng)
    yield rung
    for _ in range(order.max_retries):
        if rung.event not in _LOST:
            break
        again = rung.at + REDIAL_PAUSE
        yield Transition(again, CALLER, Event.DIALED)
        rung = ring(script.leg1, CALLER, ANSWER_LEG1, order, again, rng)
        yield rung
    return rung


def _events(script: Script, order: Order, now: int, rng: Random) -> Iterator[Transition]:
    answered = yield from _caller(script, order, now, rng)
    if answered.event is not Event.ANSWERED:
        return
    if order.shape in ONE_LEG:
        yield Transition(answered.at + talk_time(script, order, rng), CALLER, Event.HUNG_UP)
    else:
        yield from in_turn((script.leg2,), CALLER + 1, script, order, answered.at, rng)
