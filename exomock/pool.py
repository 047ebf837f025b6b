"""Daemon threads for requests that may take their time."""

import asyncio
import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
Work = Callable[[], None]

_log = logging.getLogger("exomock.pool")


class Pool:
    """
    A pool of threads; lives until `stop`, safe for many threads.

    Not `concurrent.futures`: the interpreter joins its threads at exit, so one request that waits
    five minutes would hold up the end of the server for as long.

    Args:
        name: What its threads are called.
        most: How many there may be, 1 or more; they are started when they are needed.
    """

    def __init__(self, name: str, most: int) -> None:
        self._name, self._most = name, most
        self._waiting: SimpleQueue[Work | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._idle = self._threads = 0
        self._stopped = False

    def submit(self, work: Work) -> bool:
        """
        Let a thread do this, as soon as one is free; what it raises is logged.

        Returns:
            Whether it will be done: not after `stop`.
        """
        with self._lock:
            if self._stopped:
                return False
            self._waiting.put(work)
            if self._idle >= self._waiting.qsize() or self._threads >= self._most:
                return True
            self._threads += 1
        threading.Thread(target=self._run, name=self._name, daemon=True).start()
        return True

    def future(self, work: Callable[[], T]) -> "asyncio.Future[T] | None":
        """
        Let a thread do this for the event loop that calls; None after `stop`.

        Returns:
            What it gives or raises, for whoever awaits it.
        """
        loop = asyncio.get_running_loop()
        found: asyncio.Future[T] = loop.create_future()

        def tell(result: Any, error: BaseException | None) -> None:
            if found.done():
                return
            if error is None:
                found.set_result(result)
            else:
                found.set_exception(error)

        def run() -> None:
            result, error = None, None
            try:
                result = work()
            except Exception as raised:  # noqa: BLE001 - told to who waits
                error = raised
            try:
                loop.call_soon_threadsafe(tell, result, error)
            except RuntimeError:
                return  # the loop has ended meanwhile

        return found if self.submit(run) else None

    def stop(self) -> None:
        """End every thread once it has done what it is doing; what waits is dropped."""
        with self._lock:
            self._stopped = True
            while not self._waiting.empty():
                self._waiting.get_nowait()
            for _ in range(self._threads):
                self._waiting.put(None)

    def _run(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            work = self._waiting.get()
            with self._lock:
                self._idle -= 1
            if work is None:
                return
            try:
                work()
            except Exception:  # noqa: BLE001
                _log.exception("a request could not be answered")
            del work  # or an idle thread keeps the last request's body alive
