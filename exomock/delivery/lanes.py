"""A small pool of threads in which what belongs together goes one after the other."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Lanes(Generic[Item]):
    """
    Threads that work items off, in order within a lane, and with a fair share for each owner.

    Lives as long as the server; `put` is safe from any thread.

    Args:
        work: Called with each item; must not raise.
        threads: How many items are worked on at once, 1 or more.
        share: How many of them may belong to one owner, so that one account's slow receivers
            leave room for everybody else's.
    """

    def __init__(self, work: Callable[[Item], None], threads: int, share: int) -> None:
        self._work = work
        self._size = threads
        self._share = share
        self._changed = threading.Condition()
        self._waiting: deque[tuple[str, Hashable]] = deque()
        self._items: dict[tuple[str, Hashable], deque[Item]] = {}
        self._busy: Counter[str] = Counter()
        self._idle = 0
        self._threads: list[threading.Thread] = []
        self._stopped = False

    def put(self, owner: str, lane: Hashable, item: Item) -> None:
        """Add an item to a lane of an owner."""
        key = (owner, lane)
        with self._changed:
            if key in self._items:
                self._items[key].append(item)
                return
            self._items[key] = deque([item])
            self._waiting.append(key)
            if self._idle == 0 and len(self._threads) < self._size:
                self._start()
            self._changed.notify()

    def _start(self) -> None:
        # Daemons: a receiver that hangs must not hold up the end of the server.
        thread = threading.Thread(target=self._run, name="exomock-callback", daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self, patience: float) -> None:
        """Start nothing more, and wait at most `patience` seconds for what is under way."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not any(self._busy.values()), patience)

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            key, item = taken
            try:
                self._work(item)
            finally:
                self._done(key)

    def _take(self) -> tuple[tuple[str, Hashable], Item] | None:
        with self._changed:
            while not self._stopped:
                for index, key in enumerate(self._waiting):
                    if self._busy[key[0]] < self._share:
                        del self._waiting[index]
                        self._busy[key[0]] += 1
                        return key, self._items[key].popleft()
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            return None

    def _done(self, key: tuple[str, Hashable]) -> None:
        with self._changed:
            self._busy[key[0]] -= 1
            if self._items[key]:
                self._waiting.append(key)
            else:
                del self._items[key]
            # One, not all: thirty idle threads that wake for each item cost more than the items.
            if self._stopped:
                self._changed.notify_all()
            elif self._waiting:
                self._changed.notify()
