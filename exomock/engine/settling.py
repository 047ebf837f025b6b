"""What became of callbacks is written: now, or as soon as the database takes it."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from exomock.domain.clock import SECOND
from exomock.domain.telling import Telling, leads_to
from exomock.engine.items import TriedCallback
from exomock.engine.world import World
from exomock.plain import plain
from exomock.storage.deliveries import Delivery, Settled
from exomock.storage.outbox import Outbox
from exomock.wall import stopwatch

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


@dataclass(eq=False, slots=True)
class Settling:
    """
    What is to be written of a callback that was in somebody's hands.

    Args:
        due: The callback.
        tried: The try and what it makes of it, None where it is given back.
        written: Whether the database has it.
    """

    due: Due
    tried: Settled | None = None
    written: bool = False

    @property
    def pending_at(self) -> int | None:
        """When its callback is due again, None if it is not."""
        if self.tried is None:
            return self.due.delivery.due_at
        return self.tried.due_at if leads_to(self.tried.move) is Telling.PENDING else None


def _news_of(tried: Settled, now: int) -> TriedCallback:
    told, state = tried.delivery, leads_to(tried.move)
    return TriedCallback(
        now, told.id, told.kind, told.sid, told.notice, state, tried.due_at, tried.attempt,
        told.url,
    )  # fmt: skip


def _late(world: World, tried: Settled) -> float | None:
    """Seconds that a first try came late; None where time stands, or is moved by hand."""
    if tried.attempt.number > 1 or not world.clock.rate or world.line is not None:
        return None
    return max(0.0, tried.attempt.wall - world.clock.wall_of(tried.delivery.due_at)) / SECOND


class Settler:
    """
    Writes fates of callbacks; lives as long as the server.

    A fate is written at once, and those that come together in one transaction: whoever writes takes
    along what other threads have brought meanwhile. While the database takes nothing, a thread
    tries again until it does.

    Safe for all threads. `flight` of each world guards its dues. `_turn` guards the fates that wait
    to be written. `_pen` is held by the one thread that writes them, and is taken before `flight`.
    Nobody who holds it waits for a `state`: one account's long advance would hold up all fates.

    Args:
        outbox: Where callbacks are kept.
        wall: Reads the wall clock, microseconds since the epoch.

    Attributes:
        due_again: Told when a callback is pending again, under its `state`; set by `Outgoing`.
    """

    def __init__(self, outbox: Outbox, wall: Callable[[], int]) -> None:
        self._outbox = outbox
        self._wall = wall
        self._turn = threading.Condition()
        self._pen = threading.Lock()
        self._brought: list[Settling] = []
        self._waiting: list[Settling] = []
        self._thread: threading.Thread | None = None
        self._said = -_QUIET
        self._closed = False
        self.due_again: Callable[[World, int], None] = lambda _world, _at: None

    @property
    def unwritten(self) -> int:
        """How many fates wait for the database to take them."""
        with self._turn:
            return len(self._waiting)

    def close(self, patience: float = 1.0) -> None:
        """Try once more to write what waits, for at most `patience` seconds; then no more."""
        with self._turn:
            self._closed = True
            thread = self._thread
            self._turn.notify_all()
        if thread is not None:
            thread.join(patience)

    def keep(self, fates: Sequence[Settling]) -> None:
        """Write fates, now or as soon as the database takes them; the first one counts."""
        mine = list(fates)
        try:
            mine = [fate for fate in mine if self.claim(fate.due)]
            if mine:
                with self._turn:
                    self._brought += mine
                with self._pen:
                    self._write_brought()
                self._end([fate for fate in mine if fate.written])
        except Exception as error:  # noqa: BLE001
            self.later(mine, error)

    def claim(self, due: Due) -> bool:
        """Claim the fate of this callback for who asks; False if somebody has claimed it before."""
        with due.world.flight:
            first = not due.kept
            due.kept = True
        return first

    def _write_brought(self) -> None:
        """Write what threads have brought; `_pen` is held. What cannot be written waits."""
        brought: list[Settling] = []
        try:
            with self._turn:
                brought, self._brought = self._brought, []
            for world in dict.fromkeys(fate.due.world for fate in brought):
                mine = [fate for fate in brought if fate.due.world is world]
                # A callback that another thread has written meanwhile must not be given back twice.
                if left := [fate for fate in mine if not fate.written]:
                    self._write(world, left)
        except Exception as error:  # noqa: BLE001
            with self._turn:
                left, self._brought = [*brought, *self._brought], []
            self.later([fate for fate in left if not fate.written], error)

    def _write(self, world: World, fates: Sequence[Settling]) -> None:
        """Write fates of one world in one transaction."""
        # `state` is not needed: recording a try need not wait while calls are played. `flight` is
        # needed: a restore between the check and the write would have its new row changed.
        with world.flight:
            alive = [fate for fate in fates if fate.due.epoch == world.epoch]
            recorded = self._outbox.settle(
                [fate.tried for fate in alive if fate.tried is not None],
                [fate.due.delivery for fate in alive if fate.tried is None],
            )
            for fate in fates:
                fate.written = True
            self._tell(world, recorded)

    def _tell(self, world: World, recorded: Sequence[Settled]) -> None:
        if recorded:
            now = world.clock.at(self._wall())
            world.news.tried(*(_news_of(each, now) for each in recorded))
            for each in recorded:
                if (late := _late(world, each)) is not None:
                    world.news.late(late)

    def _end(self, fates: Sequence[Settling]) -> None:
        """Alarm worlds for what is due again; nobody has these callbacks in hand any more."""
        for world in dict.fromkeys(fate.due.world for fate in fates):
            mine = [fate for fate in fates if fate.due.world is world]
            self._alarm(world, mine)
            with world.flight:
                for fate in mine:
                    world.in_hand.pop(fate.due, None)
                    world.trailing.pop(fate.due, None)
            world.touch()

    def _alarm(self, world: World, fates: Sequence[Settling]) -> None:
        due = [(fate.due.epoch, at) for fate in fates if (at := fate.pending_at) is not None]
        if due:
            with world.state:
                moments = [at for epoch, at in due if epoch == world.epoch]
                if moments:
                    self.due_again(world, min(moments))

    # While the database takes nothing

    def later(self, fates: Sequence[Settling], error: BaseException) -> None:
        """Write fates soon, because of an error: in a thread of its own, until it can."""
        with self._turn:
            self._waiting += fates
            if self._waiting and self._thread is None and not self._closed:
                self._start()
        self._say(error)

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="exomock-ledger", daemon=True)
        with suppress(RuntimeError):  # no thread can start now: the next fate tries again
            thread.start()
            self._thread = thread

    def _say(self, error: BaseException) -> None:
        now = stopwatch()
        if now - self._said >= _QUIET:
            self._said = now
            _log.error(
                "a callback waits for the database (%s: %s); trying again until it can",
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
        for index, fate in enumerate(waiting):
            try:
                if not fate.written:
                    self._write(fate.due.world, [fate])
                self._end([fate])
            except Exception as error:  # noqa: BLE001
                with self._turn:
                    self._waiting += [*waiting[index + 1 :], fate]
                self._say(error)
                return False
        return True
