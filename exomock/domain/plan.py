"""A plan: the whole future of a call, from arguments alone."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from exomock.domain.call import Call, Transition
from exomock.domain.clock import SECOND
from exomock.domain.errors import NotOnTheLine
from exomock.domain.leg import Event, LegState
from exomock.domain.order import Order, Shape
from exomock.domain.script import (
    ANSWER_LEG1,
    ANSWER_LEG2,
    DEFAULT_AFTER,
    Fate,
    Outcome,
    Party,
    Script,
)
from exomock.domain.span import Length

DEFAULT_TIME_OUT = 30
"""Seconds a leg rings when the request does not say. Source: exotel-v1.md section 2 (V)."""

_EVENT = {
    Fate.ANSWER: Event.ANSWERED,
    Fate.BUSY: Event.REJECTED,
    Fate.UNREACHABLE: Event.DROPPED,
    Fate.CANCEL: Event.CANCELED,
}


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
    return _ended(events, late)


def hung_up(call: Call, by: Party, now: int, late: int) -> Call:
    """
    The call with another future: a party hangs up now; what has happened stays.

    Args:
        call: The call as it is now.
        by: Who hangs up.
        now: Microseconds since the epoch.
        late: As in `plan`.

    Raises:
        NotOnTheLine: The call has ended, or the party is not on the line yet.
    """
    if call.ended:
        raise NotOnTheLine(f"call {call.sid} has ended: nobody can hang up")
    leg1, leg2 = (leg.state for leg in call.story.legs)
    last = _last_events(leg1, leg2, by)
    if last is None:
        raise NotOnTheLine(
            f"'{by}' is not on the line of call {call.sid}: leg 1 is {leg1}, leg 2 is {leg2}"
        )
    past = call.plan[: call.done]
    future = _ended([Transition(now, leg, event) for leg, event in last], late)
    return replace(call, plan=past + future)


def _last_events(leg1: LegState, leg2: LegState, by: Party) -> list[tuple[int, Event]] | None:
    if leg1 is LegState.RINGING:
        return [(0, Event.REJECTED)] if by is Party.FROM else None
    if leg2 is LegState.TALKING:
        if leg1 is not LegState.TALKING:  # between the two hang-ups of one instant
            return [(1, Event.HUNG_UP)]
        legs = (0, 1) if by is Party.FROM else (1, 0)
        return [(leg, Event.HUNG_UP) for leg in legs]
    if leg1 is not LegState.TALKING:  # of a call that is stuck
        return None
    if leg2 is LegState.RINGING:
        end = Event.CANCELED if by is Party.FROM else Event.REJECTED
        return [(1, end), (0, Event.HUNG_UP)]
    return [(0, Event.HUNG_UP)] if by is Party.FROM else None


def _ended(events: list[Transition], late: int) -> tuple[Transition, ...]:
    end = events[-1].at
    return (*events, Transition(end, 0, Event.ENDED), Transition(end + late, 0, Event.FILLED))


def _events(script: Script, order: Order, now: int, rng: Random) -> Iterator[Transition]:
    if order.shape is Shape.INBOUND:
        # Leg 1 is the caller, who is on the line already. Source: exotel-v1.md section 3.
        dial, answered = Transition(now, 0, Event.DIALED), Transition(now, 0, Event.ANSWERED)
    else:
        dial = Transition(now, 0, Event.DIALED)
        answered = _rung(script.leg1, 0, ANSWER_LEG1, order, now, rng)
    yield dial
    yield answered
    if answered.event is Event.ANSWERED:
        rest = _flow if order.shape in (Shape.FLOW, Shape.LOST_FLOW) else _second_leg
        yield from rest(script, order, answered.at, rng)


def _flow(script: Script, order: Order, now: int, rng: Random) -> Iterator[Transition]:
    yield Transition(now + _talk(script, order, rng), 0, Event.HUNG_UP)


def _second_leg(script: Script, order: Order, now: int, rng: Random) -> Iterator[Transition]:
    if script.leg2.fate is Fate.NONE:
        after = script.leg2.after or DEFAULT_AFTER[Fate.NONE]
        yield Transition(now + after.draw(rng), 0, Event.HUNG_UP)
        return
    yield Transition(now, 1, Event.DIALED)
    rung = _rung(script.leg2, 1, ANSWER_LEG2, order, now, rng)
    yield rung
    if rung.event is not Event.ANSWERED:
        yield Transition(rung.at, 0, Event.HUNG_UP)
        return
    end = rung.at + _talk(script, order, rng)
    for leg in (0, 1) if script.hangup_by is Party.FROM else (1, 0):
        yield Transition(end, leg, Event.HUNG_UP)


def _rung(
    outcome: Outcome, leg: int, default: Length, order: Order, now: int, rng: Random
) -> Transition:
    limit = (order.time_out or DEFAULT_TIME_OUT) * SECOND
    if outcome.fate is Fate.NO_ANSWER:
        after = limit if outcome.after is None else min(limit, outcome.after.draw(rng))
        return Transition(now + after, leg, Event.RANG_OUT)
    after = (outcome.after or DEFAULT_AFTER.get(outcome.fate, default)).draw(rng)
    if after > limit:
        return Transition(now + limit, leg, Event.RANG_OUT)
    return Transition(now + after, leg, _EVENT[outcome.fate])


def _talk(script: Script, order: Order, rng: Random) -> int:
    talk = script.talk.draw(rng)
    return talk if order.time_limit is None else min(talk, order.time_limit * SECOND)
