"""One leg of a call: its states, what may happen in each, and what it is called outside."""

from enum import StrEnum
from typing import NamedTuple

from exomock.domain.clock import SECOND


class LegState(StrEnum):
    """The state of a leg."""

    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"


class Event(StrEnum):
    """An event of a leg, or (the last two) of the call as a whole."""

    DIALED = "dialed"
    ANSWERED = "answered"
    REJECTED = "rejected"
    RANG_OUT = "rang-out"
    DROPPED = "dropped"
    CANCELED = "canceled"
    HUNG_UP = "hung-up"
    ENDED = "ended"
    FILLED = "filled"

    @property
    def of_the_call(self) -> bool:
        """Whether it happens to the call as a whole, not to a leg."""
        return self in (Event.ENDED, Event.FILLED)


_S = LegState
_E = Event

NEXT: dict[LegState, dict[Event, LegState]] = {
    _S.IDLE: {_E.DIALED: _S.RINGING},
    _S.RINGING: {
        _E.ANSWERED: _S.TALKING,
        _E.REJECTED: _S.BUSY,
        _E.RANG_OUT: _S.NO_ANSWER,
        _E.DROPPED: _S.FAILED,
        _E.CANCELED: _S.CANCELED,
    },
    _S.TALKING: {_E.HUNG_UP: _S.COMPLETED},
    _S.COMPLETED: {},
    _S.BUSY: {},
    _S.NO_ANSWER: {},
    _S.FAILED: {},
    _S.CANCELED: {},
}
"""What a leg may do next; everything else asks this table."""

_OUTSIDE: dict[LegState, str | None] = {
    _S.IDLE: None,
    _S.RINGING: None,
    _S.TALKING: "in-progress",
}


class Leg(NamedTuple):
    """A leg as it is now; times in microseconds since the epoch, None where not yet."""

    state: LegState = LegState.IDLE
    answered_at: int | None = None
    ended_at: int | None = None

    @property
    def status(self) -> str | None:
        """Exotel's word for it: None while never dialled or ringing. Source: exotel-v1.md 3, 8."""
        return _OUTSIDE.get(self.state, self.state.value)

    @property
    def on_call(self) -> int:
        """
        Seconds from its answer to its end, 0 if it never talked or still does.

        A difference of the two second hands, not of the two moments, so that it always agrees
        with the times that are shown.
        """
        if self.answered_at is None or self.ended_at is None:
            return 0
        return self.ended_at // SECOND - self.answered_at // SECOND
