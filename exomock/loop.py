"""The event loop in which Granian calls the front: it takes requests in, and leaves none behind."""

import asyncio
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from exomock.front import STOPPING, Front, say
from exomock.wall import TIMERS_OVERSLEEP, stopwatch

try:
    import uvloop
except ImportError:  # of Windows and PyPy there is none
    uvloop = None  # type: ignore[assignment]

PATIENCE = 0.2
"""Seconds that answers may still take to reach their clients when the server is told to end."""

_TURNS = 5
"""Turns of the loop in which what was handed in may begin; two are needed."""


_HANDED_IN = 2
"""What Granian hands in of a request: a coroutine, and the watcher that it ends with."""


class _Closing:
    """
    An event loop that takes in requests, and leaves none behind when it closes.

    Granian goes on handing in requests from its own threads until its last connection has gone,
    each as a coroutine. Python warns of one that never runs, in whatever the process does next.

    Attributes:
        at_once: Answers a request in Granian's thread, and says whether it did. To wake the loop
            and to make a task there takes twice as long as to give an answer that is kept.
    """

    at_once: Callable[[Any, Any], bool]

    def __init__(self) -> None:
        super().__init__()
        self._gate = threading.Lock()
        self._shut = False

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Any = None) -> Any:
        """As any loop's; a request that comes after `close` is let go at once."""
        if len(args) == _HANDED_IN and self._is_answered(*args):
            return None
        with self._gate:
            if not self._shut:
                return super().call_soon_threadsafe(  # type: ignore[misc]
                    callback, *args, context=context
                )
        late = [each for each in args if asyncio.iscoroutine(each)]
        for each in late:
            each.close()
        for each in args:
            # Granian's watcher of a request: left without an answer, it makes a 500 of it.
            if (protocol := getattr(each, "proto", None)) is not None:
                say(protocol, STOPPING)
        if not late:
            raise RuntimeError("the event loop is closed")
        # Nothing is raised: an error here would end Granian's thread.
        return None

    def _is_answered(self, coroutine: Any, watcher: Any) -> bool:
        protocol = getattr(watcher, "proto", None)
        if protocol is None or not self.at_once(watcher.scope, protocol):
            return False
        coroutine.close()
        watcher.done()
        return True

    def remove_signal_handler(self, sig: int) -> bool:
        """
        Heed a signal no more, as the loop does with each when it closes.

        Any loop would put the default back, and the second of two signals would kill a process in
        the middle of its clean-up.
        """
        signal.set_wakeup_fd(-1)
        signal.signal(sig, signal.SIG_IGN)
        return True

    def close(self) -> None:
        """Let what has been handed in see that it is too late, and close."""
        with self._gate:
            self._shut = True
        # A loop that was set up and never ran is closed as well.
        try:
            self.run_until_complete(_end_tasks())  # type: ignore[attr-defined]
        except OSError:
            # The process may open no descriptor any more, and uvloop needs one to run. Its loop
            # then counts as running and refuses to close; the end of the process closes it.
            with suppress(RuntimeError):
                super().close()  # type: ignore[misc]
            return
        super().close()  # type: ignore[misc]


async def _end_tasks() -> None:
    # A request that was handed in becomes a task, which ends by itself: the front is stopping. A
    # task that is cancelled before it begins gives Granian no answer.
    for _ in range(_TURNS):
        await asyncio.sleep(0)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=PATIENCE)


class _Loop(_Closing, asyncio.SelectorEventLoop):  # type: ignore[misc]
    """An event loop that a test which fakes the time does not stop."""

    def time(self) -> float:
        """Seconds of the real clock."""
        return stopwatch()


_UvLoop: Any = uvloop and type("_UvLoop", (_Closing, uvloop.Loop), {})


def new_loop(front: Front) -> asyncio.AbstractEventLoop:
    """
    An event loop in which Granian calls `Front`; uvloop's where there is one.

    A request takes 40-100 µs less in it, because waking it from Granian's thread costs less. Its
    timers read the system's clock themselves, which freezegun does not reach, but libfaketime does.
    """
    loop: Any = _Loop() if _UvLoop is None or TIMERS_OVERSLEEP else _UvLoop()
    loop.at_once = front.at_once
    found: asyncio.AbstractEventLoop = loop
    return found
