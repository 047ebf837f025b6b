"""
The life of whatever is told to the customer's server, as one table.

It begins `pending`, or `dropped` where a scenario has it never sent. Whoever takes it in hand sends
it, and the verdict is what a try makes of it. What has ended may be asked for again.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from exomock.domain.errors import IllegalTransition

TRIES = 3
"""A callback is tried once and up to 2 more times. Source: exotel-v1.md section 8 (V)."""


class Telling(StrEnum):
    """The state of something that is told."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    COLLECTED = "collected"
    DROPPED = "dropped"


class Move(StrEnum):
    """A thing that happens to something that is told."""

    TAKEN = "taken"
    """Somebody has it in hand, to send it."""
    COLLECTED = "collected"
    """Its account records it instead of sending it."""
    GIVEN_BACK = "given-back"
    """Whoever had it in hand did not try it, or exomock's own stop cut the try off."""
    TOLD = "told"
    """The receiver took it."""
    PUT_OFF = "put-off"
    """A try failed, and another one follows."""
    GIVEN_UP = "given-up"
    """A try failed, and none follows."""
    REFUSED = "refused"
    """Nothing may be sent there, so that a retry could not go any better."""


_T = Telling
_S = Move
_AGAIN = {_S.TAKEN: _T.SENDING, _S.COLLECTED: _T.COLLECTED}

NEXT: dict[Telling, dict[Move, Telling]] = {
    _T.PENDING: _AGAIN,
    _T.SENDING: {
        _S.GIVEN_BACK: _T.PENDING,
        _S.TOLD: _T.DELIVERED,
        _S.PUT_OFF: _T.PENDING,
        _S.GIVEN_UP: _T.FAILED,
        _S.REFUSED: _T.REFUSED,
    },
    _T.DELIVERED: _AGAIN,
    _T.FAILED: _AGAIN,
    _T.REFUSED: _AGAIN,
    _T.COLLECTED: _AGAIN,
    _T.DROPPED: _AGAIN,
}
"""What may become of it next; everything else asks this table."""

BEGINNINGS = (_T.PENDING, _T.DROPPED)
"""How it may begin; moves that follow at once may be kept together with it."""


def after(state: Telling, move: Move) -> Telling:
    """
    The state after a move.

    Raises:
        IllegalTransition: It cannot happen in this state.
    """
    found = NEXT[state].get(move)
    if found is None:
        raise IllegalTransition(f"what is {state} cannot be {move}")
    return found


def before(move: Move) -> tuple[Telling, ...]:
    """The states in which a move may happen."""
    return tuple(state for state, moves in NEXT.items() if move in moves)


def leads_to(move: Move) -> Telling:
    """The state after a move, which is the same from each state that allows it."""
    (found,) = {moves[move] for moves in NEXT.values() if move in moves}
    return found


def accepted(status: int | None) -> bool:
    """
    Whether a receiver that answered so has taken it: any 2xx.

    Source: exotel-v1.md section 8; that 201-299 count too is UNVERIFIED: a receiver of a live
    account that answers 204 would settle it.
    """
    return status is not None and 200 <= status < 300  # noqa: PLR2004


class Verdict(NamedTuple):
    """What a try has made of it: a move, and when it is due from now on (microseconds)."""

    move: Move
    due_at: int


def verdict(
    status: int | None,
    number: int,
    due_at: int,
    retry_after: Sequence[int],
    *,
    refused: bool = False,
    last: bool = False,
    asks: bool = False,
) -> Verdict:
    """
    What a try makes of a telling.

    A retry is due from when the failed try was *due*, not from when it ended: an advance in two
    halves then gives the same as one. Source of the rule: exotel-v1.md section 8.

    Args:
        status: The receiver's HTTP status, None if no complete answer came.
        number: Which try it was, from 1.
        due_at: When it was due, microseconds.
        retry_after: Microseconds until each further try.
        refused: Whether nothing was sent, and a retry could not go any better.
        last: Whether no retry is to follow whatever came of it.
        asks: Whether it is a question, to which any status is an answer. Source: exotel-flows.md
            section 2 (no retries are known ?).
    """
    if accepted(status) or (asks and status is not None):
        return Verdict(Move.TOLD, due_at)
    if refused:
        return Verdict(Move.REFUSED, due_at)
    if last or number >= TRIES:
        return Verdict(Move.GIVEN_UP, due_at)
    return Verdict(Move.PUT_OFF, due_at + retry_after[number - 1])
