"""Callbacks in somebody's hands: each comes back with a recorded try, or is pending again."""

import logging
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from exomock.domain.telling import Move, Telling, leads_to, verdict
from exomock.engine.items import TriedCallback
from exomock.engine.world import World
from exomock.plain import plain
from exomock.settings import Settings
from exomock.storage.deliveries import Attempt, Delivery, Settled
from exomock.storage.store import Store
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
        now, told.id, told.kind, told.sid, told.notice, state, tried.due_at, tried.attempt
    )


class Ledger:
    """
    Hands callbacks out and records what became of each; lives as long as the server.

    A fate is written at once, and those that come together in one transaction: whoever writes takes
    along what other threads have brought meanwhile. While the database takes nothing, a thread
    tries again until it does, and the account is not idle until then.

    Safe for all threads. `flight` of each world guards its dues. `_turn` guards the fates that wait
    to be written. `_pen` is held by the one thread that writes them, and is taken before `flight`.
    Nobody who holds it waits for a `state`: one account's long advance would hold up all fates.

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
        self._pen = threading.Lock()
        self._brought: list[Settling] = []
        self._waiting: list[Settling] = []
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
            self._outbox.move(deliveries, Move.TAKEN)
            return dues  # noqa: TRY300
        except BaseException as error:
            self.drop(dues, error)
            raise

    def reserve(self, world: World, deliveries: Sequence[Delivery], dues: list[Due]) -> None:
        """
        Take callbacks in hand that are about to be kept as being sent; `world.state` is held.

        They are added to `dues` first: whatever is raised, `forget` finds them there.
        """
        world.held()
        dues += [Due(world, world.epoch, each) for each in deliveries]
        with world.flight:
            world.in_hand.update(dict.fromkeys(dues))

    def forget(self, dues: Sequence[Due]) -> None:
        """Let go of callbacks that were reserved and not kept: there is nothing to give back."""
        for due in dues:
            with due.world.flight:
                due.world.in_hand.pop(due, None)

    def drop(self, dues: Sequence[Due], error: BaseException) -> None:
        """
        Give callbacks back soon, because whoever had them in hand met an error.

        Not at once: the world's `state` may be held here, and giving back needs it.
        """
        for due in dues:
            if self._claimed(due):
                self._later([Settling(due)], error)

    def may_send(self, due: Due) -> bool:
        """Whether this callback may still be sent: nothing of an old epoch is begun."""
        with due.world.flight:
            return due.world.epoch == due.epoch and not due.kept

    def settle(
        self, due: Due, attempt: Attempt, *, refused: bool = False, last: bool = False
    ) -> None:
        """
        Record a try of a callback, and when the next one is due if it failed.

        Args:
            due: The callback.
            attempt: How the try went.
            refused: True if nothing was sent, and a retry could not go any better.
            last: True if no retry is to follow whatever came of it.
        """
        self.settle_all([self.tried(due, attempt, refused=refused, last=last)])

    def settle_all(self, fates: Sequence[Settling]) -> None:
        """Record tries that ended together, in one transaction for each account."""
        self._keep(fates)

    def tried(
        self, due: Due, attempt: Attempt, *, refused: bool = False, last: bool = False
    ) -> Settling:
        """What a try makes of a callback; as `settle`, which records it."""
        move, at = verdict(
            attempt.status, attempt.number, due.delivery.due_at, self._retry_after,
            refused=refused, last=last,
        )  # fmt: skip
        return Settling(due, Settled(due.delivery, attempt, move, at))

    def fail(self, due: Due, error: Exception, *, last: bool = False) -> None:
        """Record a try that exomock itself could not make; does nothing if its fate is known."""
        text = f"exomock itself failed: {type(error).__name__}: {plain(str(error), 200)}"
        # Without exc_info, which would print the error's text unescaped: it may hold a receiver's
        # words.
        frames = "".join(traceback.format_tb(error.__traceback__))
        _log.error("callback of %s %s: %s\n%s", *due.delivery.lane, text, frames)
        attempt = Attempt(due.delivery.tries + 1, self._wall(), None, text, 0.0)
        self.settle(due, attempt, last=last)

    def lost(self, due: Due) -> None:
        """Nothing can be said of what a callback is about: a reset came, or it is a failed try."""
        if self.may_send(due):
            self.fail(due, LookupError("its owner is no more"))
        else:
            self.give_back([due])

    def give_back(self, dues: Sequence[Due]) -> None:
        """Let those whose fate is not known be pending again, due as before: no try is counted."""
        self._keep([Settling(due) for due in dues])

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

    def _keep(self, fates: Sequence[Settling]) -> None:
        """Write fates, now or as soon as the database takes them; the first one counts."""
        mine = list(fates)
        try:
            mine = [fate for fate in mine if self._claimed(fate.due)]
            if mine:
                with self._turn:
                    self._brought += mine
                with self._pen:
                    self._write_brought()
                self._end([fate for fate in mine if fate.written])
        except Exception as error:  # noqa: BLE001
            self._later(mine, error)

    def _claimed(self, due: Due) -> bool:
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
                # One that another thread has written meanwhile must not be given back twice.
                if left := [fate for fate in mine if not fate.written]:
                    self._write(world, left)
        except Exception as error:  # noqa: BLE001
            self._later([fate for fate in brought if not fate.written], error)

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

    def _later(self, fates: Sequence[Settling], error: BaseException) -> None:
        with self._turn:
            self._waiting += fates
            if self._waiting and self._thread is None and not self._closed:
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
