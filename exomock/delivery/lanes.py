"""Who may be told now: in order within a call, with a fair share for each account."""

import threading
from collections import Counter, deque
from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Key = tuple[str, Hashable]
"""Whose, and which of their lanes."""


class Lanes(Generic[Item]):
    """
    Items that wait for their turn; has no thread of its own, and is safe for many.

    What `put` and `over` return is under way until `over` is called with its key. The condition
    `_changed` guards all of it, and is held for microseconds.

    Args:
        most: How many items may be under way at once, 1 or more.
        share: How many of them may belong to one owner, so that one account's slow receivers
            leave room for everybody else's.
    """

    def __init__(self, most: int, share: int) -> None:
        self._most = most
        self._share = share
        self._changed = threading.Condition()
        self._waiting: dict[str, deque[Key]] = {}
        self._items: dict[Key, deque[Item]] = {}
        self._busy: Counter[str] = Counter()
        self._stopped = False

    def put(self, items: Sequence[tuple[Key, Item]]) -> list[tuple[Key, Item]]:
        """Add items to lanes; what may begin now."""
        with self._changed:
            for key, item in items:
                if key in self._items:
                    self._items[key].append(item)
                else:
                    self._items[key] = deque([item])
                    self._wait(key)
            return self._startable()

    def over(self, key: Key) -> list[tuple[Key, Item]]:
        """Say that what was under way in this lane has ended; what may begin now."""
        with self._changed:
            self._busy[key[0]] -= 1
            if not self._busy[key[0]]:
                del self._busy[key[0]]
            if self._items.get(key):
                self._wait(key)
            else:
                self._items.pop(key, None)
            self._changed.notify_all()
            return self._startable()

    def stop(self, patience: float) -> list[Item]:
        """
        Begin nothing more, and wait at most `patience` seconds for what is under way.

        Returns:
            What was not begun.
        """
        with self._changed:
            self._stopped = True
            self._changed.wait_for(lambda: not self._busy, patience)
            left = [item for items in self._items.values() for item in items]
            self._items.clear()
            self._waiting.clear()
        return left

    def _wait(self, key: Key) -> None:
        self._waiting.setdefault(key[0], deque()).append(key)

    def _startable(self) -> list[tuple[Key, Item]]:
        found: list[tuple[Key, Item]] = []
        while (owner := self._next_owner()) is not None:
            # Take the owner out and put it behind the others: they take turns.
            keys = self._waiting.pop(owner)
            key = keys.popleft()
            if keys:
                self._waiting[owner] = keys
            self._busy[owner] += 1
            found.append((key, self._items[key].popleft()))
        return found

    def _next_owner(self) -> str | None:
        if self._stopped or self._busy.total() >= self._most:
            return None
        # At most `most / share` owners have their share, so this looks at two or three.
        return next((each for each in self._waiting if self._busy[each] < self._share), None)
