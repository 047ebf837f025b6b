"""What is owed, sent and kept of a callback, as values."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from exomock.domain.telling import Move, Telling


class Owed(NamedTuple):
    """
    A callback that has just come to be owed.

    Args:
        kind: What owes it: the kind that makes what it says.
        sid: Whose it is: with `kind` its lane, in which first tries go one after the other.
        notice: What about, a word of its kind.
        place: How far its owner had come: a number that its kind understands.
        due_at: When, microseconds.
        url: Where it goes.
        method: How: POST or GET.
        state: `pending`, or `dropped` where a scenario has it never sent.
        own: Whether a client asked for its owner, which did not come in by itself.
        subject: Its owner as it is in memory, so that it need not be read again; not kept.
    """

    kind: str
    sid: str
    notice: str
    place: int
    due_at: int
    url: str
    method: str = "POST"
    state: Telling = Telling.PENDING
    own: bool = True
    subject: object = None

    def delivery(self, account: str, number: int) -> "Delivery":
        """It as it is sent, once it is kept under the id `number`."""
        return Delivery(
            number, account, self.kind, self.sid, self.notice, self.place, self.url, self.method,
            self.due_at, 0, self.subject,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    A callback that is to be sent now.

    Args:
        id: Its id.
        account: Whose account's.
        kind: Which kind makes what it says.
        sid: Whose it is.
        notice: What about.
        place: How far its owner had come.
        url: Where it goes.
        method: POST or GET.
        due_at: When it was due, microseconds.
        tries: How many tries there were.
        subject: Its owner, None where it has to be read.
    """

    id: int
    account: str
    kind: str
    sid: str
    notice: str
    place: int
    url: str
    method: str
    due_at: int
    tries: int
    subject: object = field(default=None, compare=False)

    @property
    def lane(self) -> tuple[str, str]:
        """What it belongs to: first tries of a lane go one after the other."""
        return self.kind, self.sid


class Attempt(NamedTuple):
    """
    What came of one try.

    Args:
        number: Which it was, from 1.
        wall: When it began, microseconds since the epoch.
        status: The receiver's HTTP status, None if no whole answer came.
        error: Why none came.
        milliseconds: How long it took.
        answered: The first bytes of what the receiver said; they are news, and kept nowhere else.
    """

    number: int
    wall: int
    status: int | None
    error: str | None
    milliseconds: float
    answered: bytes = b""


class CallbackRow(NamedTuple):
    """A callback as it is kept, with its tries; its fields are those of `Owed`."""

    id: int
    account: str
    kind: str
    sid: str
    notice: str
    place: int
    due_at: int
    url: str
    method: str
    state: str
    attempts: tuple[Attempt, ...]

    def delivery(self, subject: object = None) -> Delivery:
        """It as it would be sent; `subject` is its owner, where that is known."""
        return Delivery(
            self.id, self.account, self.kind, self.sid, self.notice, self.place, self.url,
            self.method, self.due_at, len(self.attempts), subject,
        )  # fmt: skip


class Settled(NamedTuple):
    """A try that is to be recorded, and what it makes of its callback."""

    delivery: Delivery
    attempt: Attempt
    move: Move
    due_at: int


def callback_row(row: Any, tries: Iterable[Attempt]) -> CallbackRow:
    """A callback of a row of its table, with its tries."""
    return CallbackRow(
        row.id, row.account, row.kind, row.sid, row.notice, row.place, row.due_at, row.url,
        row.method, row.state, tuple(tries),
    )  # fmt: skip
