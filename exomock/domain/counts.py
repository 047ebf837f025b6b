"""Counts of what has happened in an account; rules count requests with them."""

from collections import Counter
from typing import Protocol


class Counts(Protocol):
    """The counts of an account."""

    def take(self, key: str) -> int:
        """Count once more; which time this is, from 1."""


class FreshCounts:
    """Counts of an account in which nothing has happened yet."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def take(self, key: str) -> int:
        """Count once more; which time this is, from 1."""
        self._seen[key] += 1
        return self._seen[key]
