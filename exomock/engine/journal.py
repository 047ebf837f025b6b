"""The journal: what clients sent to an account, and what they were answered; bounded."""

import heapq
import threading
from collections import deque
from sys import getsizeof
from typing import Any, NamedTuple, Protocol

from exomock.domain.fault import FaultAnswer

OVERHEAD = 360
"""Bytes of an entry beside its texts: the tuple, its numbers, its place in the deque."""

_EMPTY: deque[tuple["Entry", int]] = deque(maxlen=0)
"""What every journal without entries keeps: a deque takes 760 bytes even when it is empty."""

_ROOM = 16
"""A full shelf frees a 16th of its bytes at once, because each time it looks at all journals."""


class Entry(NamedTuple):
    """
    One request and its answer.

    Args:
        number: Counts an account's requests from 1.
        at: Account time when it was answered, microseconds.
        method: HTTP method.
        path: What follows the account in the path, `Calls/connect.json`.
        query: The query string as it came.
        content_type: Of the body.
        body: The body as it came.
        user: The user name of its credentials; the password is not kept.
        status: HTTP status of the answer.
        why: The answer's X-Exomock-Why.
        answer: The answer's body.
        milliseconds: Wall time it took.
        struck: What a fault did to it, and how much later (microseconds) the answer comes; None
            where none did anything.
    """

    number: int
    at: int
    method: str
    path: str
    query: str
    content_type: str
    body: bytes
    user: str
    status: int
    why: str
    answer: bytes
    milliseconds: float
    struck: tuple[FaultAnswer, int] | None = None

    @property
    def size(self) -> int:
        """Bytes it takes; a test holds this to within a fifth of the truth."""
        return OVERHEAD + (
            getsizeof(self.path)
            + getsizeof(self.query)
            + getsizeof(self.content_type)
            + getsizeof(self.body)
            + getsizeof(self.user)
            + getsizeof(self.why)
            + getsizeof(self.answer)
        )


class Shelved(Protocol):
    """
    What stands on a shelf: one account's journal, or its news.

    Attributes:
        bytes: How much it keeps.
        kept: What, the oldest first.
    """

    bytes: int

    @property
    def kept(self) -> deque[Any]:
        """What it keeps, the oldest first."""

    def drop(self) -> None:
        """Lose the oldest; the shelf's lock is held."""


class Shelf:
    """
    The bounds that all journals of a server share; lives as long as it.

    Args:
        entries: How many entries one journal holds, 0 or more.
        most: How many bytes all journals hold together.
    """

    def __init__(self, entries: int = 10_000, most: int = 32 * 1024 * 1024) -> None:
        self.entries = entries
        self.most = most
        self.lock = threading.Lock()
        self.bytes = 0
        self.journals: set[Shelved] = set()

    def make_room(self) -> None:
        """Let the longest journal lose its older half, until there is room; `lock` is held."""
        enough = self.most - self.most // _ROOM
        by_length = [(-journal.bytes, number, journal) for number, journal in self._numbered()]
        heapq.heapify(by_length)
        while self.bytes > enough and by_length:
            _bytes, number, longest = by_length[0]
            for _ in range(max(1, len(longest.kept) // 2)):
                longest.drop()
            if longest.kept:
                heapq.heapreplace(by_length, (-longest.bytes, number, longest))
            else:
                heapq.heappop(by_length)
                self.journals.discard(longest)

    def _numbered(self) -> "enumerate[Shelved]":
        """Every journal with a number: two of one length have an order for the heap."""
        return enumerate(journal for journal in self.journals if journal.kept)


class Journal:
    """
    One account's journal: the newest entries, and how many there were in all.

    Args:
        shelf: The bounds it shares with others.

    Attributes:
        taken_over: Account time at which the account came from another process, microseconds:
            entries before it are lost with that one's journal. None if it did not.
    """

    __slots__ = ("_shelf", "bytes", "kept", "taken_over", "total")

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.taken_over: int | None = None
        self._shelf = shelf or Shelf()
        self.kept: deque[tuple[Entry, int]] = _EMPTY
        self.bytes = 0
        self.total = 0

    def add(self, entry: Entry, size: int | None = None) -> Entry:
        """
        Keep an entry, its number given here; the oldest go where a bound is reached.

        Args:
            entry: What.
            size: Its `size`, where it is known.

        Returns:
            The entry as it is kept, with its number.
        """
        shelf, size = self._shelf, entry.size if size is None else size
        with shelf.lock:
            self.total += 1
            if self.kept is _EMPTY:
                self.kept = deque()
            entry = Entry(self.total, *entry[1:])
            self.kept.append((entry, size))
            self.bytes += size
            shelf.bytes += size
            shelf.journals.add(self)
            while len(self.kept) > shelf.entries:
                self.drop()
            if shelf.bytes > shelf.most:
                shelf.make_room()
            return entry

    def drop(self) -> None:
        """Lose the oldest entry; the shelf's lock is held."""
        _entry, size = self.kept.popleft()
        self.bytes -= size
        self._shelf.bytes -= size

    @property
    def dropped(self) -> int:
        """How many entries were lost to a bound."""
        return self.total - len(self.kept)

    def entries(self) -> list[Entry]:
        """The entries that are kept, the oldest first."""
        with self._shelf.lock:
            return [entry for entry, _size in self.kept]

    def clear(self) -> None:
        """Forget everything, and count from 1 again."""
        with self._shelf.lock:
            self._shelf.bytes -= self.bytes
            self._shelf.journals.discard(self)
            self.kept = _EMPTY
            self.bytes = self.total = 0
            self.taken_over = None
