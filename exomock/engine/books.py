"""The books of suites: how often an application under test has met each situation."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping

from exomock.domain.situations import Situation

MOST_SUITES = 1_000
"""Suites whose books are kept; the one that was opened first goes. A book takes some 5 kB."""


class Book:
    """The counts of one suite, of all its accounts together; safe for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Situation] = Counter()

    def met(self, situations: Iterable[Situation]) -> None:
        """Count situations that have come."""
        found = tuple(situations)
        if found:
            with self._lock:
                self._counts.update(found)

    @property
    def counts(self) -> Mapping[Situation, int]:
        """How often each situation has come; one that never has is left out."""
        with self._lock:
            return dict(self._counts)


class Books:
    """
    The books of all suites; live until the server ends, whatever becomes of the accounts.

    A suite is opened by the first account that is made for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._books: OrderedDict[str, Book] = OrderedDict()

    def open(self, suite: str) -> Book:
        """The book of a suite, a new one if it has none."""
        with self._lock:
            book = self._books.setdefault(suite, Book())
            if len(self._books) > MOST_SUITES:
                self._books.popitem(last=False)
            return book

    def find(self, suite: str) -> Book | None:
        """The book of a suite; None if no account was made for it."""
        return self._books.get(suite)

    @property
    def suites(self) -> list[str]:
        """The suites that have one, the oldest first."""
        with self._lock:
            return list(self._books)
