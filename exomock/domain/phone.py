"""What a person can do with the telephones of a call, and what comes of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from exomock.domain.call import Call
from exomock.domain.changes import Leave
from exomock.domain.dialling import conversation, dial_again
from exomock.domain.errors import PhoneCannot
from exomock.domain.fate import BY_PERSON, Does
from exomock.domain.flows.inputs import Ignored, Left, Took, What
from exomock.domain.flows.people import AS_LEG2
from exomock.domain.flows.walked import Walked
from exomock.domain.leg import CALLER, Event, Leg, LegState
from exomock.domain.order import Direction
from exomock.domain.plan import after_ringing
from exomock.domain.replan import Change
from exomock.domain.script import Party, Script
from exomock.domain.span import seconds
from exomock.domain.story import Transition

LONGEST = seconds(14_400)
"""
How long they talk where a person has answered, nobody hangs up and no TimeLimit was given.

Source: exotel-v1.md section 2: 14,400 s is the longest TimeLimit.
"""

_RINGS = (Does.ANSWER, Does.REJECT, Does.NO_ANSWER)
_TALKS = (Does.HANGUP,)


def by_people(script: Script) -> Script:
    """The script with a person at every telephone that is dialled, and in its own time."""
    # With `before_answer` the call is over before connect is answered: no telephone would ring.
    twists = replace(script.twists, before_answer=False)
    twists = script.twists if twists == script.twists else twists
    return replace(script, leg1=BY_PERSON, leg2=BY_PERSON, agents=AS_LEG2, twists=twists)


def can(call: Call, who: Party) -> tuple[Does, ...]:
    """What a person can do now with a party's telephone; those of agents are one."""
    if call.ended:
        return ()
    if who is Party.FROM and call.order.direction is Direction.INBOUND:
        # The caller has dialled: its leg rings until somebody picks up, its telephone does not.
        return _TALKS if call.story.caller.on_line else ()
    states = {leg.state for leg in _legs(call, who)}
    if LegState.TALKING in states:
        return _TALKS
    return _RINGS if LegState.RINGING in states else ()


def _legs(call: Call, who: Party) -> tuple[Leg, ...]:
    return (call.story.caller,) if who is Party.FROM else call.story.called


@dataclass(frozen=True, slots=True)
class Decide(Change):
    """
    A person does something with a telephone.

    Once a person has answered, the call lasts until somebody hangs up or TimeLimit ends it. Where
    several agents ring at once, the first who was dialled answers, and all of them decline.

    Args:
        who: Whose telephone.
        does: What.
    """

    who: Party
    does: Does

    def future(self, call: Call, begin: int, rng: Random, /) -> list[Transition]:
        """
        What comes of it.

        Raises:
            PhoneCannot: The telephone cannot do that now.
        """
        self._check(call)
        if self.does in (Does.REJECT, Does.HANGUP):
            return Leave(self.who).future(call, begin, rng)
        comes = _COMES[self.who, self.does]
        return list(comes(call, begin, rng))

    def input(self, call: Call, _now: int, _walked: Callable[[], Walked], /) -> What:
        """
        What a person did.

        Raises:
            PhoneCannot: The telephone cannot do that now.
        """
        self._check(call)
        if self.does is Does.ANSWER:
            return Took(self.who)
        return Ignored(self.who) if self.does is Does.NO_ANSWER else Left(self.who)

    def _check(self, call: Call) -> None:
        possible = can(call, self.who)
        if self.does in possible:
            return
        legs = ", ".join(
            f"leg {number} is {leg.state}" for number, leg in enumerate(call.story.legs, 1)
        )
        words = " or ".join(possible)
        raise PhoneCannot(
            f"'{self.who}' of call {call.sid} cannot do '{self.does}' now: {legs}"
            + (f"; it can do {words}" if words else "")
        )


def _from_answers(call: Call, begin: int, rng: Random) -> Iterator[Transition]:
    script = _lasting(call)
    answered = Transition(begin, CALLER, Event.ANSWERED)
    yield answered
    yield from after_ringing(answered, script, call.order, rng)


def _from_rings_out(call: Call, begin: int, rng: Random) -> Iterator[Transition]:
    rung = Transition(begin, CALLER, Event.RANG_OUT)
    yield rung
    past = [(each.leg, each.event) for each in call.plan[: call.done]]
    left = call.order.max_retries + 1 - past.count((CALLER, Event.DIALED))
    last = yield from dial_again(rung, left, call.script, call.order, rng)
    yield from after_ringing(last, call.script, call.order, rng)


def _to_answers(call: Call, begin: int, rng: Random) -> Iterator[Transition]:
    mine, *others = _ringing(call)
    yield Transition(begin, mine, Event.ANSWERED)
    yield from (Transition(begin, leg, Event.CANCELED) for leg in others)
    yield from conversation(mine, _lasting(call), call.order, begin, rng)


def _to_rings_out(call: Call, begin: int, _rng: Random) -> Iterator[Transition]:
    yield from (Transition(begin, leg, Event.RANG_OUT) for leg in _ringing(call))
    yield Transition(begin, CALLER, Event.HUNG_UP)


_COMES = {
    (Party.FROM, Does.ANSWER): _from_answers,
    (Party.FROM, Does.NO_ANSWER): _from_rings_out,
    (Party.TO, Does.ANSWER): _to_answers,
    (Party.TO, Does.NO_ANSWER): _to_rings_out,
}


def _lasting(call: Call) -> Script:
    return replace(call.script, talk=LONGEST)


def _ringing(call: Call) -> list[int]:
    """The legs of the called parties that ring, in the order of dialling."""
    called = enumerate(call.story.called, CALLER + 1)
    return [leg for leg, each in called if each.state is LegState.RINGING]
