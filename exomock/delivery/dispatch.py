"""Between lanes and the loop of posts: what may begin is begun, what has ended is recorded."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, NamedTuple, TypeVar

from exomock.delivery.lanes import Key, Lanes
from exomock.delivery.post import PostResult

Item = TypeVar("Item")

_log = logging.getLogger("exomock.callbacks")


class Sending(NamedTuple):
    """
    A callback on its way.

    Args:
        began: Wall time of its beginning, microseconds since the epoch.
        ended: What comes of it.
    """

    began: int
    ended: Future[PostResult]


class Dispatch(Generic[Item]):
    """
    Sends items by lanes; whoever calls `put` begins them, one thread records how they ended.

    That thread is the caller of `work_off`, or the one that `start` makes. It exists because
    recording writes to the database, which may be locked for seconds, while posts go on.

    Args:
        begin: Begins to send an item, and gives the future of its end; None if it is not sent.
        finish: Records how the sending of an item ended.
        failed: Called with an item where one of these raised, and with what it raised.
        lanes: The order, and how many at once.
    """

    def __init__(
        self,
        begin: Callable[[Item], Sending | None],
        finish: Callable[[Item, Sending], None],
        failed: Callable[[Item, Exception], None],
        lanes: Lanes[Item],
    ) -> None:
        self._begin, self._finish, self._failed = begin, finish, failed
        self._lanes = lanes
        # `_open` needs no lock: each entry is written once, before its future can end, and is
        # taken out by the one thread that records.
        self._open: dict[Future[PostResult], tuple[Key, Item, Sending]] = {}
        self._ended: SimpleQueue[Future[PostResult] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Record in a thread from now on, until `stop`; RuntimeError if there can be none."""
        thread = threading.Thread(target=self._run, name="exomock-callback", daemon=True)
        thread.start()
        self._thread = thread

    def put(self, items: Sequence[tuple[Key, Item]]) -> None:
        """Begin these as soon as their lanes allow; all of them, or none if it raises."""
        self._begin_all(self._lanes.put(items))

    def work_off(self) -> None:
        """Record in this thread until all that was put has ended."""
        while self._open and (ended := self._ended.get()) is not None:
            self._record(ended)

    def stop(self, patience: float) -> list[Item]:
        """Begin nothing more, and wait at most `patience` seconds; what was not begun."""
        return self._lanes.stop(patience)

    def end(self, patience: float) -> None:
        """End the thread when it has recorded what has ended so far."""
        self._ended.put(None)
        if self._thread is not None:
            self._thread.join(patience)

    def _begin_all(self, startable: Sequence[tuple[Key, Item]]) -> None:
        todo = deque(startable)
        while todo:
            key, item = todo.popleft()
            if not self._begun(key, item):
                todo.extend(self._lanes.over(key))

    def _begun(self, key: Key, item: Item) -> bool:
        sending: Sending | None = None
        try:
            sending = self._begin(item)
            if sending is not None:
                self._open[sending.ended] = key, item, sending
                sending.ended.add_done_callback(self._ended.put)
        except Exception as error:  # noqa: BLE001
            if sending is not None:
                self._open.pop(sending.ended, None)
            self._give_up(item, error)
            return False
        return sending is not None

    def _run(self) -> None:
        while (ended := self._ended.get()) is not None:
            self._record(ended)

    def _record(self, ended: Future[PostResult]) -> None:
        found = self._open.pop(ended, None)
        if found is None:  # it was given up before it was under way
            return
        key, item, sending = found
        try:
            self._finish(item, sending)
        except Exception as error:  # noqa: BLE001
            self._give_up(item, error)
        self._begin_all(self._lanes.over(key))

    def _give_up(self, item: Item, error: Exception) -> None:
        try:
            self._failed(item, error)
        except Exception:  # noqa: BLE001
            # Catch everything: if this thread ended, every lane would stand still.
            _log.exception("what came of a callback is lost until the next start")
