"""Daemon threads for requests that may take their time."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
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
        # `_open` is the work that was handed in and is not done. To count waiting threads instead
        # would be wrong: a thread that has just taken its work would still be counted.
        self._open = self._threads = 0
        self._stopped = False

    def submit(self, work: Work) -> bool:
        """
        Let a thread do this, as soon as one is free; what it raises is logged.

        Returns:
            Whether it will be done: not after `stop`, nor while no thread can be started and there
            is none.
        """
        with self._lock:
            if self._stopped:
                return False
            if self._open >= self._threads and self._threads < self._most:
                self._start()
            if not self._threads:
                return False
            self._open += 1
            self._waiting.put(work)
        return True

    def _start(self) -> None:
        """Start one more thread; where none can be, those that there are have to do."""
        thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        # Counted only once it runs: a place that was counted and has no thread is lost for ever.
        with suppress(RuntimeError):
            thread.start()
            self._threads += 1

    def future(self, work: Callable[[], T]) -> "asyncio.Future[T] | None":
        """
        Let a thread do this for the event loop that calls; None where it will not be done.

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
        while (work := self._waiting.get()) is not None:
            try:
                work()
            except Exception:  # noqa: BLE001
                _log.exception("a request could not be answered")
            del work  # or an idle thread keeps the last request's body alive
            with self._lock:
                self._open -= 1
