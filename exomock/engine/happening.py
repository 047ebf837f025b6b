"""Play a call up to a moment: the transitions that happen, and the callbacks owed for them."""

from bisect import bisect_right
from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple

from exomock.domain.call import Call
from exomock.domain.callback import Notice, notice
from exomock.domain.leg import Event
from exomock.domain.span import Span
from exomock.domain.story import Transition
from exomock.domain.twist import SWAPPED_AFTER
from exomock.storage.outbox import Owed


class Happened(NamedTuple):
    """Something that happened to a call: when (account time, microseconds), and what."""

    at: int
    call: str
    leg: int
    event: Event


_AT = attrgetter("at")


def happen(call: Call, now: int) -> tuple[Call, list[Happened], list[Owed]]:
    """
    Play everything of a call that is due.

    Args:
        call: The call so far.
        now: The account's time, microseconds.

    Returns:
        The call as it is now, what happened, and the callbacks it has come to owe, in order.
    """
    sid = call.sid
    reached = bisect_right(call.plan, now, call.done, key=_AT)
    due = call.plan[call.done : reached]
    events = [Happened(at, sid, leg, event) for at, leg, event in due]
    owed: list[Owed] = []
    if call.order.callback is not None:  # most calls of a long advance tell nobody
        for done, transition in enumerate(due, call.done + 1):
            owed.extend(_owes(call, done, transition))
    return call.played_to(reached), events, owed


def _owes(call: Call, done: int, happened: Transition) -> Iterator[Owed]:
    about = notice(call.order, happened)
    if about is None:
        return
    twist, due = call.twists.of(about), happened.at
    if call.twists.swap and about is Notice.ANSWERED and call.ends_at is not None:
        delay = call.twists.terminal.delay
        assert isinstance(delay, Span)
        due = call.ends_at + delay.low + SWAPPED_AFTER
    for at in twist.times(due) if not twist.drop else [due]:
        yield Owed(call.sid, about, done, at, "dropped" if twist.drop else "pending")
