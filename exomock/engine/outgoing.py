"""
What is on the wire: callbacks leave the outbox, to be sent or collected.

Theory
------

What moves: a callback is `pending` in the outbox until its moment comes. Then it is marked
`sending` and is *in hand*: the ledger holds it until its fate is written, or until it is given back
and pending again. An account that collects marks it `collected`, and nothing leaves.

Who may take callbacks: whoever has the account's turn (a beat, an advance) takes all that are due.
A connect whose callbacks must beat its answer takes those of its call. The control API takes one,
to send it again. All three hold `state`, so no callback is taken twice.

What a call has come to owe and is due already needs no second transaction: whoever has the turn
keeps it as `sending`. It is in hand before the commit, because no fault after it may find it in
nobody's hands. Without the commit it is let go.

In which order: marked in the database, then in hand, then the next moment is looked up, then
whoever waits is woken. With the moment first, the account would look idle although a callback is on
its way. Whoever takes callbacks must settle them or give them back, also when an error comes.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from exomock.domain.telling import Move, Telling
from exomock.engine.happening import at_once
from exomock.engine.items import Did, TriedCallback
from exomock.engine.ledger import Ledger
from exomock.engine.settling import Due
from exomock.engine.sources import Played, Source, Sources
from exomock.engine.world import World
from exomock.settings import Settings
from exomock.storage.database import BATCH
from exomock.storage.deliveries import Delivery, Owed
from exomock.storage.store import Store

Deliver = Callable[[Sequence[Due]], None]


class Outgoing(Source):
    """
    The outbox as a source: playing it takes the callbacks that are due in hand.

    Args:
        store: Where callbacks are kept.
        wall: Reads the wall clock, microseconds since the epoch.
        settings: When retries are due.
        sources: Told when a callback falls due.

    Attributes:
        ledger: Holds what was taken until its fate is written.
    """

    sends = True

    def __init__(
        self, store: Store, wall: Callable[[], int], settings: Settings, sources: Sources
    ) -> None:
        self._store = store
        self._wall = wall
        self._sources = sources
        self.ledger = Ledger(store, wall, settings)
        self.ledger.settler.due_again = self._due

    def next_at(self, world: World) -> int | None:
        """When the next callback or retry falls due."""
        return self._store.outbox.next_at(world.sid)

    def play(self, world: World, now: int) -> Played:
        """Take the callbacks that are due in hand, at most a batch."""
        return Played([], self._hand_out(world, self._store.outbox.due(world.sid, now)))

    def keeps_busy(self, world: World) -> bool:
        """Whether a callback is to come of a call that did not come in by itself."""
        if not world.arrivals or not super().keeps_busy(world):
            return super().keeps_busy(world)
        return self._store.outbox.owes_own(world.sid)

    def owe(self, world: World, owed: Sequence[Owed]) -> None:
        """Note callbacks that were put into the outbox; `state` is held."""
        world.held()
        for each in owed:
            if each.state is Telling.PENDING:
                self._due(world, each.due_at)

    def tell_collected(self, world: World, owed: Sequence[Owed], ids: Sequence[int]) -> None:
        """Tell of callbacks that were kept as collected; `state` is held."""
        told = [
            _collected(each.delivery(world.sid, number), each.due_at)
            for each, number in zip(owed, ids, strict=True)
            if each.state is Telling.COLLECTED
        ]
        world.news.tried(*told)

    def at_once(self, world: World, owed: list[Owed], now: int) -> list[Owed]:
        """
        Callbacks as they are to be kept: collected, or being sent, where they are due already.

        They are sent at once only while nothing older waits, because a lane has its order.
        """
        if world.collect:
            return at_once(owed, now, Move.COLLECTED)
        if self.ledger.closing or self.moment(world) <= now:
            return owed
        return [*at_once(owed[:BATCH], now, Move.TAKEN), *owed[BATCH:]]

    @contextmanager
    def keeping(self, world: World, owed: Sequence[Owed], dues: list[Due]) -> Iterator["_Ids"]:
        """
        Hold callbacks in hand while they are kept as being sent, and add them to `dues`.

        `state` is held. Whoever uses this notes the ids in what is yielded, before the commit.
        """
        taken: list[Due] = []
        sending = [each for each in owed if each.state is Telling.SENDING]
        try:
            if sending:
                deliveries = [each.delivery(world.sid, 0) for each in sending]
                self.ledger.reserve(world, deliveries, taken)
            yield _Ids(owed, taken)
        except BaseException:
            self.ledger.forget(taken)
            raise
        dues += taken

    def moved(self, world: World) -> None:
        """Note that callbacks in the outbox are due at other times; `state` is held."""
        self._sources.look_or_ring(world, self)

    def _due(self, world: World, at: int) -> None:
        self._sources.sooner(world, self, at)

    def take_call(self, world: World, call_sid: str) -> list[Due]:
        """The callbacks of one call that are to be sent now, as where they beat the answer."""
        with world.state:
            if not world.alive:
                return []
            now = world.clock.at(self._wall())
            return self._take(world, self._store.outbox.due(world.sid, now, call_sid))

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
                self.ledger.give_back(dues)
        return dues is not None

    def _take_one(self, world: World, callback: int) -> list[Due] | None:
        with world.state:
            found = self._store.outbox.one(world.sid, callback) if world.alive else None
            if found is None:
                return None
            dues = self._take(world, [found])
            world.tell(Did.REPLAYED, self._wall(), callback)
            return dues

    def _take(self, world: World, found: Sequence[Delivery]) -> list[Due]:
        """Take callbacks in hand although nobody plays the outbox, and look for the next one."""
        dues = self._hand_out(world, found)
        try:
            self._sources.look(world, self)
        except BaseException as error:
            self.ledger.drop(dues, error)
            raise
        world.touch()
        return dues

    def _hand_out(self, world: World, found: Sequence[Delivery]) -> list[Due]:
        world.held()
        if not world.collect:
            return self.ledger.hand_out(world, found)
        self._store.outbox.move(found, Move.COLLECTED)
        now = world.clock.at(self._wall())
        world.news.tried(*(_collected(each, now) for each in found))
        return []


def _collected(found: Delivery, now: int) -> TriedCallback:
    return TriedCallback(
        now, found.id, found.kind, found.sid, found.notice, Telling.COLLECTED, found.due_at,
        url=found.url,
    )  # fmt: skip


class _Ids:
    """
    The ids of what is kept, once they are known.

    Args:
        owed: What is kept.
        dues: Those of it that are in hand, and have no id yet.
    """

    def __init__(self, owed: Sequence[Owed], dues: Sequence[Due]) -> None:
        self._owed, self._dues = owed, dues
        self.found: Sequence[int] = ()

    def note(self, ids: Sequence[int]) -> None:
        """Tell callbacks in hand their ids; before the commit, so that no fault finds one bare."""
        self.found = ids
        kept = zip(self._owed, ids, strict=True)
        sending = [number for each, number in kept if each.state is Telling.SENDING]
        for due, number in zip(self._dues, sending, strict=True):
            due.delivery = replace(due.delivery, id=number)
