"""One leg of a call: its states, what may happen in each, and what it is called outside."""

from enum import StrEnum
from typing import NamedTuple

from exomock.domain.clock import SECOND

CALLER = 0
"""The leg of whoever is on the line first; every leg after it is of somebody who was called."""

LEAST_LEGS = 2
"""
Legs that a story shows at least; one that was never dialled is idle.

Source: exotel-v1.md section 4: a second leg that was never dialled is shown all the same.
"""


class LegState(StrEnum):
    """The state of a leg."""

    # Playing looks states and events up by the dozen, and Enum's own hash is five times as slow.
    __hash__ = str.__hash__

    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"
    MISSED = "missed"


class Event(StrEnum):
    """An event of a leg, or (from `asked` on) of the call as a whole."""

    __hash__ = str.__hash__

    DIALED = "dialed"
    ANSWERED = "answered"
    REJECTED = "rejected"
    RANG_OUT = "rang-out"
    DROPPED = "dropped"
    CANCELED = "canceled"
    HUNG_UP = "hung-up"
    MISSED = "missed"
    """Nobody picked up, nor was anybody dialled for the caller: a missed call."""
    RELEASED = "released"
    """
    Nobody picked up, though others were dialled for the caller.

    UNVERIFIED: that its leg is then `completed` (exotel-flows.md section 5, ?); GET Calls of a live
    call whose flow began with a Connect that nobody answered would settle it.
    """
    ASKED = "asked"
    SILENCE = "silence"
    TOLD = "told"
    """The customer's server is told something, and its answer steers nothing."""
    RECORDS = "records"
    RECORDS_DUAL = "records-dual"
    """A recording begins in which each party has a channel of its own."""
    RECORDED = "recorded"
    ENDED = "ended"
    FILLED = "filled"

    @property
    def of_the_call(self) -> bool:
        """Whether it happens to the call as a whole, not to a leg."""
        return self in _OF_THE_CALL


RECORDING_BEGINS = (Event.RECORDS, Event.RECORDS_DUAL)

ASIDE = frozenset((Event.ASKED, Event.SILENCE, Event.TOLD, *RECORDING_BEGINS, Event.RECORDED))
"""The events that change neither a leg nor when the call was last changed."""

_OF_THE_CALL = ASIDE | {Event.ENDED, Event.FILLED}
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
        _E.MISSED: _S.MISSED,
        _E.RELEASED: _S.COMPLETED,
    },
    _S.TALKING: {_E.HUNG_UP: _S.COMPLETED},
    _S.COMPLETED: {},
    _S.BUSY: {},
    _S.NO_ANSWER: {},
    _S.FAILED: {},
    _S.CANCELED: {},
    _S.MISSED: {},
}
"""What a leg may do next; everything else asks this table."""

REDIALLED = frozenset((_S.NO_ANSWER, _S.FAILED))
"""The ends after which a caller may be dialled again. Source: MaxRetries, exotel-v1.md 2 (V)."""

_OUTSIDE: dict[LegState, str | None] = {
    _S.IDLE: None,
    _S.RINGING: None,
    _S.TALKING: "in-progress",
    # UNVERIFIED: a leg nobody picked up has no status (exotel-flows.md section 5, missed call);
    # GET Calls of a live missed-call flow would settle it.
    _S.MISSED: None,
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
    def on_line(self) -> bool:
        """Whether it rings or talks."""
        return self.state is LegState.RINGING or self.state is LegState.TALKING

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
