"""
The thread in which posts are made: an event loop, and threads for what would block it.

A post is a coroutine with a deadline for all of it. Whoever begins one gets a future at once, and
nothing that happens to the post can keep that future from being done.

A thread that would only wait for its one post can make it itself, in a loop of its own (`here`).
That saves two threads from waking each other: an advance waits for each callback before the next.
"""

import asyncio
import errno
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from selectors import DefaultSelector
from typing import Any, TypeVar

from exomock.pool import Pool
from exomock.wall import stopwatch

T = TypeVar("T")

CLOSED = "cut off: exomock is stopping"
"""Why a trip ended when its loop was closed."""

_RESOLVERS = 4  # threads; a name that hangs holds up others only when four of them do
_CUT_PATIENCE = 1.0  # seconds to wait until what is cut has let go of its connection
_SPARE = 4  # loops that are kept for the next post of a thread; each has three descriptors


@dataclass(eq=False, slots=True)
class Trip:
    """
    One post, from its start to its end; after its start it belongs to the loop.

    Args:
        began: When it began, seconds of `stopwatch`.
        deadline: When it has to have ended.
        owner: Whose it is, for `Posting.cut`.
        status: The receiver's status, as soon as it has come.
        why_cut: Why it was ended from outside, None if it was not.
        said: The first bytes of what the receiver says, as they come.
    """

    began: float
    deadline: float
    owner: object = None
    status: int | None = None
    why_cut: str | None = None
    said: bytes | bytearray = b""


class _Loop(asyncio.SelectorEventLoop):
    # asyncio reads time.monotonic, which freezegun and libfaketime stop: no deadline would come.
    time = staticmethod(stopwatch)

    def __init__(self) -> None:
        selector = DefaultSelector()
        try:
            super().__init__(selector)
        except BaseException:
            # No descriptor is left, or a test forbids sockets. Python ends a half-made loop as a
            # whole one, and prints a traceback of that.
            selector.close()
            self._closed = True
            raise


@dataclass(eq=False, slots=True)
class _Aside:
    """A post in a loop of another thread's own, and its task once that has begun."""

    loop: _Loop
    task: "asyncio.Task[Any] | None" = None


class Posting:
    """
    The event loop of posts, in a daemon thread; lives until `close`, safe for many threads.

    `_turn` guards `_closed`, so that no coroutine is handed to a loop that has ended, and what is
    `_aside`. What is `_open` belongs to the loop. Coroutines begin in the order in which they were
    handed over, so that a cut reaches each post that was begun before it.
    """

    def __init__(self) -> None:
        self._loop = _Loop()
        self._resolvers = Pool("exomock-resolver", _RESOLVERS)
        self._turn = threading.Lock()
        self._closed = False
        self._open: dict[Trip, asyncio.Task[Any]] = {}
        self._aside: dict[Trip, _Aside] = {}
        self._spare: list[_Loop] = []
        self._let_go = threading.Condition(self._turn)
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="exomock-posting", daemon=True
        )
        self._thread.start()

    def begin(self, trip: Trip, go: Callable[[], Coroutine[Any, Any, T]]) -> "Future[T] | None":
        """
        Begin a post.

        Args:
            trip: What it is known by.
            go: Makes its coroutine; it is cancelled when the trip is cut.

        Returns:
            What comes of it; None after `close`.
        """
        return self._hand_over(lambda: self._watched(trip, go))

    def here(self, trip: Trip, go: Callable[[], Coroutine[Any, Any, T]]) -> T | None:
        """
        Make a post in this thread, and return when it is over; as `begin`.

        Raises:
            RuntimeError: This thread has an event loop of somebody else's running.
        """
        loop: _Loop | None = None
        usable = False
        # The `try` begins before the loop is taken: after an interrupt in between, nobody would
        # close the loop.
        try:
            with self._turn:
                if self._closed:
                    return None
                loop = self._spare.pop() if self._spare else _Loop()
                aside = self._aside[trip] = _Aside(loop)
            found = loop.run_until_complete(_noted(aside, go))
            usable = True
            return found
        finally:
            with self._turn:
                self._aside.pop(trip, None)
                if loop is not None:
                    self._put_away(loop, usable=usable)
                self._let_go.notify_all()

    def _put_away(self, loop: _Loop, *, usable: bool) -> None:
        """Keep a loop for the next post, or close it; `_turn` is held."""
        if usable and not self._closed and len(self._spare) < _SPARE:
            self._spare.append(loop)
        else:
            loop.close()

    def cut(self, mine: Callable[[object], bool], why: str) -> None:
        """Cut posts of those owners that `mine` says yes to; they have let go when it returns."""

        def cuts(trip: Trip) -> bool:
            return trip.owner is not None and mine(trip.owner)

        done = self._hand_over(lambda: self._cut(cuts, why))
        self._cut_aside(cuts, why)
        if done is not None:
            with suppress(TimeoutError):
                done.result(_CUT_PATIENCE)

    def close(self) -> None:
        """Cut all posts, and end the thread; closing twice is allowed."""
        done = self._hand_over(lambda: self._cut(lambda _: True, CLOSED), last=True)
        if done is None:
            return
        self._cut_aside(lambda _: True, CLOSED)
        with suppress(TimeoutError):
            done.result(_CUT_PATIENCE)
        self._resolvers.stop()
        for loop in self._spare:  # none is added any more
            loop.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def in_thread(self, work: Callable[[], T]) -> T:
        """
        Let a thread do what would block the loop; what it raises is raised here.

        It cannot be interrupted. A post that is cut does not wait for it.
        """
        answer: Future[T] = Future()

        def run() -> None:
            if answer.set_running_or_notify_cancel():
                try:
                    answer.set_result(work())
                except BaseException as error:  # noqa: BLE001
                    answer.set_exception(error)

        if not self._resolvers.submit(run):
            raise OSError(errno.EAGAIN, "the system lets exomock start no thread just now")
        return await asyncio.wrap_future(answer)

    def _hand_over(
        self, go: Callable[[], Coroutine[Any, Any, T]], *, last: bool = False
    ) -> "Future[T] | None":
        with self._turn:
            if self._closed:
                return None
            self._closed = last
            return asyncio.run_coroutine_threadsafe(go(), self._loop)

    async def _watched(self, trip: Trip, go: Callable[[], Coroutine[Any, Any, T]]) -> T:
        task = asyncio.current_task()
        assert task is not None
        self._open[trip] = task
        try:
            return await go()
        finally:
            self._open.pop(trip, None)

    def _cut_aside(self, cuts: Callable[[Trip], bool], why: str) -> None:
        """Cut posts in loops of other threads, and wait until they have let go."""
        with self._turn:
            found = [trip for trip in self._aside if cuts(trip)]
            for trip in found:
                self._aside[trip].loop.call_soon_threadsafe(self._end_aside, trip, why)
            self._let_go.wait_for(lambda: not self._aside.keys() & found, _CUT_PATIENCE)

    def _end_aside(self, trip: Trip, why: str) -> None:
        # The loop may have gone on to another post meanwhile, which nobody has cut.
        aside = self._aside.get(trip)
        if aside is not None and aside.task is not None:
            trip.why_cut = why
            aside.task.cancel()

    async def _cut(self, cuts: Callable[[Trip], bool], why: str) -> None:
        tasks = []
        for trip, task in self._open.items():
            if cuts(trip):
                trip.why_cut = why
                task.cancel()
                tasks.append(task)
        if tasks:
            await asyncio.wait(tasks)


async def _noted(aside: _Aside, go: Callable[[], Coroutine[Any, Any, T]]) -> T:
    aside.task = asyncio.current_task()
    return await go()


def has_loop() -> bool:
    """Whether this thread runs an event loop, as that of a test that is a coroutine does."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
