"""What the news of an account are made of: items, and the kinds of things that happen."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from operator import attrgetter
from typing import Any, NamedTuple

from exomock.engine.happening import Happened
from exomock.engine.journal import Entry
from exomock.storage.deliveries import Attempt, Owed


class Did(StrEnum):
    """What a change by the control API did; the last four are done by requests to v1."""

    RESET = "reset"
    RESTORED = "restored"
    DELETED = "deleted"
    SNAPSHOT = "snapshot"
    SCENARIO = "scenario"
    CLOCK = "clock"
    ADVANCED = "advanced"
    NEXT = "next"
    FAULT = "fault"
    LIFTED = "lifted"
    TWIST = "twist"
    STRAIGHTENED = "straightened"
    INBOUND = "inbound"
    TEXTED = "texted"
    HUNG_UP = "hung-up"
    DECIDED = "decided"
    PHONES = "phones"
    REPLANNED = "replanned"
    REPLAYED = "replayed"
    REPLIED = "replied"
    PRESSED = "pressed"
    FORGOTTEN = "forgotten"
    EXOPHONE = "exophone"
    GAVE_UP = "gave-up"
    WHITELISTED = "whitelisted"
    UNLISTED = "unlisted"


class MessageHappened(NamedTuple):
    """Something that happened to a message: when (account time, microseconds), and its code."""

    at: int
    message: str
    code: int


Occurred = Happened | MessageHappened
"""What happens by itself, as its plan has it."""


class NowOwed(NamedTuple):
    """A callback that came to be owed, and when (account time, microseconds)."""

    at: int
    owed: Owed


class TriedCallback(NamedTuple):
    """
    What became of a callback.

    Args:
        at: Account time when it was recorded, microseconds.
        callback: Its id.
        owner: Which kind owes it.
        sid: Whose it is, as a call's Sid.
        notice: What it tells of, a word of that kind.
        state: What it is now: delivered, failed, refused, collected, or pending before a retry.
        due_at: When it was due, or when its retry is; microseconds.
        attempt: The try; None where it was collected.
        url: Where it goes.
    """

    at: int
    callback: int
    owner: str
    sid: str
    notice: str
    state: str
    due_at: int
    attempt: Attempt | None = None
    url: str = ""


class AccountChange(NamedTuple):
    """
    A change by the control API.

    Args:
        at: Account time after it, microseconds.
        did: What it did.
        subject: Which call, callback, fault or snapshot; None for the account.
        data: What else there is to say; `now` is in microseconds.
    """

    at: int
    did: Did
    subject: str | int | None
    data: Mapping[str, Any]


What = Happened | MessageHappened | NowOwed | TriedCallback | AccountChange | Entry

_KINDS: dict[type[What], tuple[str, Callable[[What], str | int | None]]] = {
    Entry: ("request", attrgetter("number")),
    Happened: ("event", attrgetter("call")),
    MessageHappened: ("message", attrgetter("message")),
    NowOwed: ("owed", attrgetter("owed.sid")),
    TriedCallback: ("try", attrgetter("callback")),
    AccountChange: ("change", attrgetter("subject")),
}


class Item(NamedTuple):
    """One piece of news: its number, when it was noted (wall, microseconds), and what happened."""

    number: int
    wall: int
    what: What

    @property
    def kind(self) -> str:
        """What sort of thing it is: request, event, message, owed, try or change."""
        return _KINDS[type(self.what)][0]

    @property
    def subject(self) -> str | int | None:
        """What it is about: the Sid of a call or message, a callback's id, a journal's number."""
        return _KINDS[type(self.what)][1](self.what)


class Read(NamedTuple):
    """
    What a reader gets.

    Args:
        items: The oldest that are kept after the number he asked for, in order.
        missed: How many after that number are lost to a bound.
        last: The number of the newest item there is.
    """

    items: list[Item]
    missed: int
    last: int
