"""A small pool of threads in which what belongs together goes one after the other."""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Key = tuple[str, Hashable]
"""Whose, and which of their lanes."""

_log = logging.getLogger("exomock.callbacks")


class Lanes(Generic[Item]):
    """
    Threads that work items off, in order within a lane, and with a fair share for each owner.

    Lives as long as the server; `put` is safe from any thread.

    Args:
        work: Called with each item.
        failed: Called with an item whose work raised, and with what it raised.
        threads: How many items are worked on at once, 1 or more.
        share: How many of them may belong to one owner, so that one account's slow receivers
            leave room for everybody else's.
    """

    def __init__(
        self,
        work: Callable[[Item], None],
        failed: Callable[[Item, Exception], None],
        threads: int,
        share: int,
    ) -> None:
        self._work = work
        self._failed = failed
        self._size = threads
        self._share = share
        self._changed = threading.Condition()
        self._waiting: deque[Key] = deque()
        self._items: dict[Key, deque[Item]] = {}
        self._busy: Counter[str] = Counter()
        self._idle = 0
        self._threads: list[threading.Thread] = []
        self._stopped = False

    def put(self, items: Sequence[tuple[Key, Item]]) -> None:
        """
        Add items to lanes: all of them, or none if it raises.

        Raises:
            RuntimeError: There is no thread that could work them off, and none can be started.
        """
        with self._changed:
            self._staff(len(items))
            for key, item in items:
                if key in self._items:
                    self._items[key].append(item)
                else:
                    self._items[key] = deque([item])
                    self._waiting.append(key)
                    self._changed.notify()

    def _staff(self, wanted: int) -> None:
        """Start as many threads as would have nothing to do but these, within the bound."""
        missing = min(wanted + len(self._waiting) - self._idle, self._size - len(self._threads))
        try:
            for _ in range(missing):
                self._start()
        except RuntimeError:  # the system gives no more: those that run have to do
            if not self._threads:
                raise

    def _start(self) -> None:
        # Daemon threads, because a receiver that hangs must not keep the server from ending.
        thread = threading.Thread(target=self._run, name="exomock-callback", daemon=True)
        thread.start()
        self._threads.append(thread)

    def stop(self, patience: float) -> list[Item]:
        """
        Start nothing more, and wait at most `patience` seconds for what is under way.

        Returns:
            What was not begun.
        """
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not any(self._busy.values()), patience)
            left = [item for items in self._items.values() for item in items]
            self._items.clear()
            self._waiting.clear()
        return left

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            key, item = taken
            try:
                self._work(item)
            except Exception as error:  # noqa: BLE001
                self._give_up(item, error)
            finally:
                self._done(key)

    def _give_up(self, item: Item, error: Exception) -> None:
        try:
            self._failed(item, error)
        except Exception:  # noqa: BLE001
            # Catch everything: if this thread ended, its lane would stand still.
            _log.exception("what came of a callback is lost until the next start")

    def _take(self) -> tuple[Key, Item] | None:
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

    def _done(self, key: Key) -> None:
        with self._changed:
            self._busy[key[0]] -= 1
            if self._items.get(key):
                self._waiting.append(key)
            else:
                self._items.pop(key, None)
            # Wake one thread: waking thirty idle ones for each item costs more than the item.
            if self._stopped:
                self._changed.notify_all()
            elif self._waiting:
                self._changed.notify()
