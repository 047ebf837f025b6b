"""Callbacks in somebody's hands: each comes back with a recorded try, or is pending again."""

import logging
import traceback
from collections.abc import Callable, Sequence

from exomock.domain.telling import Move, verdict
from exomock.engine.settling import Due, Settler, Settling
from exomock.engine.world import World
from exomock.plain import plain
from exomock.settings import Settings
from exomock.storage.deliveries import Attempt, Delivery, Settled
from exomock.storage.fence import NotOwner
from exomock.storage.store import Store

_log = logging.getLogger("exomock.callbacks")


class Ledger:
    """
    Hands callbacks out and records what became of each; lives as long as the server.

    What is in hand keeps its account busy until its fate is written (`settling.py`). Safe for all
    threads; `flight` of each world guards its dues.

    Args:
        store: Where callbacks are kept.
        wall: Reads the wall clock, microseconds since the epoch.
        settings: When retries are due.

    Attributes:
        closing: Whether exomock is stopping, and nothing more is handed out.
        settler: Writes what became of callbacks.
        leased: Whether this process may send at all: it shares no database, or holds its lease.
    """

    def __init__(self, store: Store, wall: Callable[[], int], settings: Settings) -> None:
        self._outbox = store.outbox
        self._wall = wall
        self._retry_after = settings.retry_after
        self.settler = Settler(store.outbox, wall)
        self.closing = False
        self.leased: Callable[[], bool] = lambda: True

    def hand_out(self, world: World, deliveries: Sequence[Delivery]) -> list[Due]:
        """
        Take callbacks in hand and mark them as being sent; `world.state` is held.

        Each has to be settled or given back. While exomock stops, none is handed out.

        Raises:
            NotOwner: This process may send nothing, because its lease is over.
        """
        world.held()
        if self.closing:
            return []
        if not self.leased():
            # An empty list would be wrong: these callbacks stay due, and whoever moves time would
            # ask for them again and again.
            raise NotOwner(world.sid)
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
            if self.settler.claim(due):
                self.settler.later([Settling(due)], error)

    def may_send(self, due: Due) -> bool:
        """Whether this callback may still be sent: nothing of an old epoch or lease is begun."""
        if not self.leased():
            return False
        with due.world.flight:
            return due.world.epoch == due.epoch and not due.kept

    def settle(
        self,
        due: Due,
        attempt: Attempt,
        *,
        refused: bool = False,
        last: bool = False,
        asks: bool = False,
    ) -> None:
        """
        Record a try of a callback, and when the next one is due if it failed.

        Args:
            due: The callback.
            attempt: How the try went.
            refused: True if nothing was sent, and a retry could not go any better.
            last: True if no retry is to follow whatever came of it.
            asks: True if any answer is one.
        """
        self.settle_all([self.tried(due, attempt, refused=refused, last=last, asks=asks)])

    def settle_all(self, fates: Sequence[Settling]) -> None:
        """Record tries that ended together, in one transaction for each account."""
        self.settler.keep(fates)

    def tried(
        self,
        due: Due,
        attempt: Attempt,
        *,
        refused: bool = False,
        last: bool = False,
        asks: bool = False,
    ) -> Settling:
        """What a try makes of a callback; as `settle`, which records it."""
        move, at = verdict(
            attempt.status, attempt.number, due.delivery.due_at, self._retry_after,
            refused=refused, last=last, asks=asks,
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

    def lost(self, due: Due, *, last: bool = False) -> None:
        """Settle a callback whose owner is gone: given back after a reset, else a failed try."""
        if self.may_send(due):
            self.fail(due, LookupError("its owner is no more"), last=last)
        else:
            self.give_back([due])

    def give_back(self, dues: Sequence[Due]) -> None:
        """Let those whose fate is not known be pending again, due as before: no try is counted."""
        self.settler.keep([Settling(due) for due in dues])

    def close(self) -> None:
        """Hand out nothing more, and try once more to write what waits."""
        self.closing = True
        self.settler.close()
