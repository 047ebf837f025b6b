"""The story of a call: what its legs have come to, as a fold over what has happened."""

from collections.abc import Iterable
from typing import NamedTuple

from exomock.domain.errors import IllegalTransition
from exomock.domain.leg import CALLER, LEAST_LEGS, NEXT, REDIALLED, Event, Leg, LegState

_NEVER_DIALLED = Leg()
_OF_A_LEG = frozenset(event for event in Event if not event.of_the_call)

# Members by a name of this module: through their class each costs as much as a whole turn of the
# loop in which they stand (Python 3.11).
_IDLE, _RINGING, _TALKING = LegState.IDLE, LegState.RINGING, LegState.TALKING
_ENDED, _FILLED, _RECORDED = Event.ENDED, Event.FILLED, Event.RECORDED


class Transition(NamedTuple):
    """One thing that happens: when (microseconds), to which leg (from 0; 0 for the call), what."""

    at: int
    leg: int
    event: Event


class Story(NamedTuple):
    """The state of a call so far; times in microseconds, None where not yet."""

    legs: tuple[Leg, ...]
    changed_at: int
    ended_at: int | None
    filled: bool
    recorded: bool = False

    @property
    def caller(self) -> Leg:
        """The leg of whoever was on the line first."""
        return self.legs[CALLER]

    @property
    def called(self) -> tuple[Leg, ...]:
        """The legs of everybody who was called, in the order of dialling."""
        return self.legs[CALLER + 1 :]

    @property
    def reached(self) -> Leg:
        """
        The one called leg that tells how the calling went: who talked last, else was dialled last.

        Source: exotel-flows.md section 5, "two tried": as talked, else the last one's.
        """
        found = _NEVER_DIALLED
        for leg in self.called:
            if leg.answered_at is not None or (
                found.answered_at is None and leg.state is not LegState.IDLE
            ):
                found = leg
        return found

    @property
    def conversation(self) -> int:
        """Seconds the caller talked with somebody. Source: exotel-v1.md section 3."""
        return sum([leg.on_call for leg in self.called])

    @property
    def conversed(self) -> bool:
        """Whether a conversation has taken place and is over."""
        return LegState.COMPLETED in [leg.state for leg in self.called]


def story_of(created: int, transitions: Iterable[Transition]) -> Story:
    """
    The state of a call after these transitions, from nothing else.

    Raises:
        IllegalTransition: One of them cannot happen in the state before it.
    """
    # Here, not in a function, and each leg made once: stories are told by the hundred thousand.
    states = [_IDLE] * LEAST_LEGS
    answers: list[int | None] = [None] * LEAST_LEGS
    ends: list[int | None] = [None] * LEAST_LEGS
    changed, ended, filled, recorded = created, None, False, False
    for at, index, event in transitions:
        if event in _OF_A_LEG:
            changed = at
            if index >= len(states):
                more = index + 1 - len(states)
                states += [_IDLE] * more
                answers += [None] * more
                ends += [None] * more
            state = NEXT[states[index]].get(event) or _redialled(states[index], index, event)
            states[index] = state
            if state is _TALKING:
                answers[index] = at
            else:
                ends[index] = None if state is _RINGING else at
        elif event is _ENDED:
            changed = ended = at
        elif event is _FILLED:
            changed, filled = at, True
        elif event is _RECORDED:
            recorded = True
    return Story(tuple(map(Leg, states, answers, ends)), changed, ended, filled, recorded)


def _redialled(state: LegState, index: int, event: Event) -> LegState:
    """The state of a caller who is dialled again, which no other leg is."""
    if event is not Event.DIALED or index != CALLER or state not in REDIALLED:
        raise IllegalTransition(f"leg {index + 1} is {state}: {event} cannot happen")
    return LegState.RINGING
