"""What is on the wire: callbacks are taken out of the outbox, to be sent or collected."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from exomock.domain.telling import Move, Telling
from exomock.engine.alarms import or_never
from exomock.engine.happening import at_once
from exomock.engine.ledger import Due, Ledger
from exomock.engine.world import World
from exomock.storage.database import BATCH
from exomock.storage.deliveries import Delivery, Owed
from exomock.storage.store import Store

Deliver = Callable[[Sequence[Due]], None]


def numbered(owed: Sequence[Owed], ids: Sequence[int], dues: Sequence[Due]) -> None:
    """Tell callbacks in hand their ids, before the commit that keeps them."""
    sending = [
        number for each, number in zip(owed, ids, strict=True) if each.state is Telling.SENDING
    ]
    for due, number in zip(dues, sending, strict=True):
        due.delivery = replace(due.delivery, id=number)


class Outgoing:
    """
    Takes callbacks of the worlds of one engine in hand; shared by all threads.

    Args:
        store: Where callbacks are kept.
        wall: Reads the wall clock, microseconds since the epoch.
        ledger: Holds what is taken until its fate is written.
    """

    def __init__(self, store: Store, wall: Callable[[], int], ledger: Ledger) -> None:
        self._store = store
        self._wall = wall
        self._ledger = ledger

    def take(self, world: World, now: int, call_sid: str | None = None) -> list[Due]:
        """The callbacks, of one call or of all, that are to be sent by now; `state` is held."""
        return self._in_hand(world, self._store.outbox.due(world.sid, now, call_sid))

    def _in_hand(self, world: World, found: Sequence[Delivery]) -> list[Due]:
        """Take callbacks in hand, or collect them, and look when the next one is due."""
        dues: list[Due] = []
        if world.collect:
            self._store.outbox.move(found, Move.COLLECTED)
        else:
            dues = self._ledger.hand_out(world, found)
        try:
            # Only once they are in hand: with neither, the account would look idle for a moment.
            world.callback_at = or_never(self._store.outbox.next_at(world.sid))
        except BaseException as error:
            self._ledger.drop(dues, error)
            raise
        world.touch()
        return dues

    def at_once(self, world: World, owed: list[Owed], now: int) -> list[Owed]:
        """
        Callbacks as they are to be kept: collected, or being sent, where they are due already.

        They are sent at once only while nothing older waits, because a lane has its order. `state`
        is held, and they must be reserved before they are kept.
        """
        if world.collect:
            return at_once(owed, now, Move.COLLECTED)
        if self._ledger.closing or world.callback_at <= now:
            return owed
        return [*at_once(owed[:BATCH], now, Move.TAKEN), *owed[BATCH:]]

    def reserve(self, world: World, owed: Sequence[Owed], dues: list[Due]) -> None:
        """Take in hand, into `dues`, what is about to be kept as being sent; `state` is held."""
        sending = [each for each in owed if each.state is Telling.SENDING]
        if sending:
            self._ledger.reserve(world, [each.delivery(world.sid, 0) for each in sending], dues)

    def forget(self, dues: Sequence[Due]) -> None:
        """Let go of what was reserved and then not kept."""
        self._ledger.forget(dues)

    def drop(self, dues: Sequence[Due], error: BaseException) -> None:
        """Give callbacks back soon, because whoever had them in hand met an error."""
        self._ledger.drop(dues, error)

    def take_call(self, world: World, call_sid: str) -> list[Due]:
        """The callbacks of one call that are to be sent now, as where they beat the answer."""
        with world.state:
            if not world.alive:
                return []
            return self.take(world, world.clock.at(self._wall()), call_sid)

    def send_again(self, world: World, callback: int, deliver: Deliver) -> bool:
        """
        Send a callback again now, whatever became of it.

        An account that collects its callbacks records this one as collected, and sends nothing.

        Returns:
            Whether there is such a callback, and it is not on the wire already.
        """
        dues = self._take_one(world, callback)
        if dues:
            try:
                deliver(dues)
            finally:
                self._ledger.give_back(dues)
        return dues is not None

    def _take_one(self, world: World, callback: int) -> list[Due] | None:
        with world.state:
            found = self._store.outbox.one(world.sid, callback) if world.alive else None
            return None if found is None else self._in_hand(world, [found])
