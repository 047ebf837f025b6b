"""Dialling: how long a leg rings, and what comes of calling a party."""

from collections.abc import Generator
from random import Random

from exomock.domain.clock import SECOND
from exomock.domain.fate import Fate, Outcome
from exomock.domain.leg import CALLER, Event
from exomock.domain.order import Direction, Order
from exomock.domain.script import ANSWER_LEG1, ANSWER_LEG2, DEFAULT_AFTER, Party, Script
from exomock.domain.span import Length
from exomock.domain.story import Transition

DEFAULT_TIME_OUT = 30
"""Seconds a leg rings when the request does not say. Source: exotel-v1.md section 2 (V)."""

_EVENT = {
    Fate.ANSWER: Event.ANSWERED,
    Fate.BUSY: Event.REJECTED,
    Fate.UNREACHABLE: Event.DROPPED,
    Fate.CANCEL: Event.CANCELED,
}
_RINGS_OUT = frozenset((Fate.NO_ANSWER, Fate.PERSON))
"""A plan holds what comes if no person decides; a decision is another future (`phone.py`)."""

Ringing = Generator[Transition, Transition | None, Transition]
"""Yields what is planned of the caller's leg, is sent what came instead, returns the last event."""

# Members by a name of this module: through their class they are a tenth of a plan (Python 3.11).
_DIALED, _ANSWERED, _HUNG_UP = Event.DIALED, Event.ANSWERED, Event.HUNG_UP
_RANG_OUT, _NONE, _INBOUND = Event.RANG_OUT, Fate.NONE, Direction.INBOUND

_LOST = (Event.RANG_OUT, Event.DROPPED)
"""After these From is dialled again: no answer, and failed. Source: exotel-v1.md section 2 (V)."""

# UNVERIFIED: that From is dialled again at once, and that it does the same each time; the times of
# a live call with MaxRetries to a telephone that is off would settle it.
REDIAL_PAUSE = 0
"""Microseconds between the end of From's ringing and its next dialling."""


def put_through(script: Script, order: Order, now: int, rng: Random) -> list[Transition]:
    """
    The caller of a call of two legs is put through to the other party, and hangs up where it fails.

    Args:
        script: What leg 2 does, how long they talk, and who hangs up.
        order: Its TimeOut cuts the ringing, its TimeLimit the conversation.
        now: When leg 2 is dialled, microseconds.
        rng: The call's own chance.
    """
    party, leg = script.leg2, CALLER + 1
    if party.fate is _NONE:
        now += (party.after or DEFAULT_AFTER[_NONE]).draw(rng)
        return [Transition(now, CALLER, _HUNG_UP)]
    dialed = Transition(now, leg, _DIALED)
    rung = ring(party, leg, ANSWER_LEG2, order, now, rng)
    if rung.event is _ANSWERED:
        return [dialed, rung, *conversation(leg, script, order, rung.at, rng)]
    return [dialed, rung, Transition(rung.at, CALLER, _HUNG_UP)]


def ring(
    outcome: Outcome, leg: int, default: Length, order: Order, now: int, rng: Random
) -> Transition:
    """
    The end of a leg's ringing.

    Args:
        outcome: What the party does.
        leg: Its leg.
        default: After how long it answers, where the outcome does not say.
        order: Its TimeOut ends the ringing.
        now: When the leg is dialled, microseconds.
        rng: The call's own chance.
    """
    after, event = ring_end(outcome, order.time_out or DEFAULT_TIME_OUT, rng, default)
    return Transition(now + after, leg, event)


def ring_end(
    outcome: Outcome, longest: int, rng: Random, default: Length = ANSWER_LEG2
) -> tuple[int, Event]:
    """
    After how many microseconds a party's ringing ends, and by what.

    Args:
        outcome: What the party does; it is dialled.
        longest: Seconds that it may ring.
        rng: The call's own chance.
        default: After how long it answers, where the outcome does not say.
    """
    limit = longest * SECOND
    if outcome.fate in _RINGS_OUT:
        after = limit if outcome.after is None else min(limit, outcome.after.draw(rng))
        return after, _RANG_OUT
    after = (outcome.after or DEFAULT_AFTER.get(outcome.fate, default)).draw(rng)
    return (limit, _RANG_OUT) if after > limit else (after, _EVENT[outcome.fate])


def dial_caller(script: Script, order: Order, now: int, rng: Random) -> Ringing:
    """
    Dial the caller, again as often as MaxRetries says; the last event of its leg is returned.

    It is the last that is yielded too, where nothing is sent.
    Whoever plays it may send what has come in place of what was planned.

    Args:
        script: Leg 1 says what the caller does.
        order: What was ordered.
        now: When the caller is dialled, microseconds.
        rng: The call's own chance.
    """
    yield Transition(now, CALLER, _DIALED)
    if order.direction is _INBOUND:
        # The caller is on the line already. Source: exotel-v1.md section 3.
        rung = Transition(now, CALLER, _ANSWERED)
        yield rung
        return rung
    rung = ring(script.leg1, CALLER, ANSWER_LEG1, order, now, rng)
    rung = (yield rung) or rung
    if order.max_retries == 0:  # most often
        return rung
    return (yield from dial_again(rung, order.max_retries, script, order, rng))


def dial_again(rung: Transition, times: int, script: Script, order: Order, rng: Random) -> Ringing:
    """
    Dial the caller again while it is lost; the last event of its leg is returned.

    Args:
        rung: The end of its ringing so far.
        times: How often at most; 0 or less is never.
        script: Leg 1 says what the caller does.
        order: What was ordered.
        rng: The call's own chance.
    """
    for _ in range(times):
        if rung.event not in _LOST:
            break
        again = rung.at + REDIAL_PAUSE
        yield Transition(again, CALLER, _DIALED)
        rung = ring(script.leg1, CALLER, ANSWER_LEG1, order, again, rng)
        rung = (yield rung) or rung
    return rung


def talk_time(script: Script, order: Order, rng: Random) -> int:
    """How long they talk, or a flow lasts, microseconds; TimeLimit cuts it."""
    talk = script.talk.draw(rng)
    return talk if order.time_limit is None else min(talk, order.time_limit * SECOND)


def conversation(leg: int, script: Script, order: Order, now: int, rng: Random) -> list[Transition]:
    """The caller and a leg talk from now on, and hang up."""
    end = now + talk_time(script, order, rng)
    caller, called = Transition(end, CALLER, _HUNG_UP), Transition(end, leg, _HUNG_UP)
    return [caller, called] if script.hangup_by is Party.FROM else [called, caller]
