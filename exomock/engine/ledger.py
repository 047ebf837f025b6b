"""Callbacks in somebody's hands: each comes back with a recorded try, or is pending again."""

import logging
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from exomock.engine.items import TriedCallback
from exomock.engine.world import World
from exomock.plain import plain
from exomock.settings import Settings
from exomock.storage.outbox import Attempt, Delivery
from exomock.storage.store import Store
from exomock.wall import stopwatch

TRIES = 3
"""A callback is tried once and up to 2 more times. Source: exotel-v1.md section 8 (V)."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two attempts to write while the database takes nothing."""

_QUIET = 60.0
"""Seconds between two log lines about a database that takes nothing."""

_log = logging.getLogger("exomock.callbacks")


@dataclass(eq=False, slots=True)
class Due:
    """
    A callback that is to be sent now; somebody has it in hand until its fate is written.

    Args:
        world: Whose it is.
        epoch: The world's epoch it belongs to.
        delivery: What to send.
        kept: Whether its fate is known: recorded, or about to be.
    """

    world: World
    epoch: int
    delivery: Delivery
    kept: bool = False


Write = Callable[[], None]


class Ledger:
    """
    Hands callbacks out and records what became of each; lives as long as the server.

    A fate is written at once. While the database takes nothing, a thread tries again until it does,
    and the account is not idle until then. Safe for all threads: `flight` of each world guards its
    dues, and `_turn` guards the fates that wait to be written.

    Args:
        store: Where callbacks are kept.
        wall: Reads the wall clock, microseconds since the epoch.
        settings: When retries are due.

    Attributes:
        closing: Whether exomock is stopping, and nothing more is handed out.
        due_again: Told when a callback is pending again, under its `state`; set by `Outgoing`.
    """

    def __init__(self, store: Store, wall: Callable[[], int], settings: Settings) -> None:
        self._outbox = store.outbox
        self._wall = wall
        self._retry_after = settings.retry_after
        self._turn = threading.Condition()
        self._waiting: list[tuple[Due, Write]] = []
        self._thread: threading.Thread | None = None
        self._said = -_QUIET
        self._closed = False
        self.closing = False
        self.due_again: Callable[[World, int], None] = lambda _world, _at: None

    def hand_out(self, world: World, deliveries: Sequence[Delivery]) -> list[Due]:
        """
        Take callbacks in hand and mark them as being sent; `world.state` is held.

        Each has to be settled or given back. While exomock stops, none is handed out.
        """
        world.held()
        if self.closing:
            return []
        dues: list[Due] = []
        try:
            dues = [Due(world, world.epoch, each) for each in deliveries]
            with world.flight:
                world.in_hand.update(dict.fromkeys(dues))
            self._outbox.mark(deliveries, "sending")
            return dues  # noqa: TRY300
        except BaseException as error:
            self.drop(dues, error)
            raise

    def drop(self, dues: Sequence[Due], error: BaseException) -> None:
        """
        Give callbacks back soon, because whoever had them in hand met an error.

        Not at once: the world's `state` may be held here, and giving back needs it.
        """
        for due in dues:
            if self._claimed(due):
                self._later(due, partial(self._return, due), error)

    def may_send(self, due: Due) -> bool:
        """Whether this callback may still be sent: nothing of an old epoch is begun."""
        with due.world.flight:
            return due.world.epoch == due.epoch and not due.kept

    def settle(
        self, due: Due, attempt: Attempt, *, refused: bool = False, last: bool = False
    ) -> None:
        """
        Record a try of a callback, and when the next one is due if it failed.

        A retry is due from when the failed try was *due*, not from when it ended: an advance in
        two halves then gives the same as one. Source of the rule: exotel-v1.md section 8.

        Args:
            due: The callback.
            attempt: How the try went.
            refused: True if nothing was sent, and a retry could not go any better.
            last: True if no retry is to follow whatever came of it.
        """
        delivered = attempt.status is not None and 200 <= attempt.status < 300  # noqa: PLR2004
        state, at = "refused" if refused else "failed", due.delivery.due_at
        if delivered:
            state = "delivered"
        elif attempt.number < TRIES and not (refused or last):
            state = "pending"
            at += self._retry_after[attempt.number - 1]
        self._keep(due, partial(self._record, due, attempt, state, at))

    def fail(self, due: Due, error: Exception, *, last: bool = False) -> None:
        """Record a try that exomock itself could not make; does nothing if its fate is known."""
        text = f"exomock itself failed: {type(error).__name__}: {plain(str(error), 200)}"
        # Without exc_info, which would print the error's text unescaped: it may hold a receiver's
        # words.
        frames = "".join(traceback.format_tb(error.__traceback__))
        _log.error("callback of call %s: %s\n%s", due.delivery.call.sid, text, frames)
        attempt = Attempt(due.delivery.tries + 1, self._wall(), None, text, 0.0)
        self.settle(due, attempt, last=last)

    def give_back(self, dues: Sequence[Due]) -> None:
        """Let those whose fate is not known be pending again, due as before: no try is counted."""
        for due in dues:
            self._keep(due, partial(self._return, due))

    @property
    def unwritten(self) -> int:
        """How many fates wait for the database to take them."""
        with self._turn:
            return len(self._waiting)

    def close(self, patience: float = 1.0) -> None:
        """Try once more to write what waits, for at most `patience` seconds; then no more."""
        with self._turn:
            self.closing = self._closed = True
            thread = self._thread
            self._turn.notify_all()
        if thread is not None:
            thread.join(patience)

    def _keep(self, due: Due, write: Write) -> None:
        """Write a fate, now or as soon as the database takes it; the first one counts."""
        try:
            if not self._claimed(due):
                return
            write()
            self._end(due)
        except Exception as error:  # noqa: BLE001
            self._later(due, write, error)

    def _claimed(self, due: Due) -> bool:
        with due.world.flight:
            first = not due.kept
            due.kept = True
        return first

    def _record(self, due: Due, attempt: Attempt, state: str, at: int) -> None:
        # `state` is not needed: recording a try need not wait while calls are played. `flight` is
        # needed: a restore between the check and the write would have its new row changed.
        with due.world.flight:
            if due.world.epoch == due.epoch and self._outbox.settle(
                due.delivery, attempt, state, at
            ):
                self._tell(due, attempt, state, at)
        if state == "pending":
            self._alarm(due, at)

    def _tell(self, due: Due, attempt: Attempt, state: str, at: int) -> None:
        world, told = due.world, due.delivery
        now = world.clock.at(self._wall())
        event = told.notice.event
        world.news.tried(TriedCallback(now, told.id, told.call.sid, event, state, at, attempt))

    def _return(self, due: Due) -> None:
        with due.world.flight:
            if due.world.epoch == due.epoch:
                self._outbox.give_back([due.delivery])
        self._alarm(due, due.delivery.due_at)

    def _alarm(self, due: Due, at: int) -> None:
        world = due.world
        with world.state:
            if world.epoch == due.epoch:
                self.due_again(world, at)

    def _end(self, due: Due) -> None:
        """Take a callback out of its world: nobody has it in hand any more."""
        with due.world.flight:
            due.world.in_hand.pop(due, None)
            due.world.trailing.pop(due, None)
        due.world.touch()

    # While the database takes nothing

    def _later(self, due: Due, write: Write, error: BaseException) -> None:
        with self._turn:
            self._waiting.append((due, write))
            if self._thread is None and not self._closed:
                self._start()
        self._say(error)

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="exomock-ledger", daemon=True)
        with suppress(RuntimeError):  # no thread to be had: the next fate that waits asks again
            thread.start()
            self._thread = thread

    def _say(self, error: BaseException) -> None:
        now = stopwatch()
        if now - self._said >= _QUIET:
            self._said = now
            _log.error(
                "what came of a callback cannot be written (%s: %s); trying again until it can",
                type(error).__name__, plain(str(error), 200),
            )  # fmt: skip

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._closed, pause)
                closing = self._closed
            all_written = self._written()
            with self._turn:
                if closing or (all_written and not self._waiting):
                    self._thread = None
                    return
            pause = _FIRST_PAUSE if all_written else min(2 * pause, _LONGEST_PAUSE)

    def _written(self) -> bool:
        """Write the waiting fates until one fails; put that one last, and say whether none did."""
        with self._turn:
            waiting, self._waiting = self._waiting, []
        for index, (due, write) in enumerate(waiting):
            try:
                write()
                self._end(due)
            except Exception as error:  # noqa: BLE001
                with self._turn:
                    self._waiting += [*waiting[index + 1 :], waiting[index]]
                self._say(error)
                return False
        return True
