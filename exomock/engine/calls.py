"""Calls as a source: what is due of their plans happens, and callbacks are owed for it."""

import math
from collections.abc import Callable, Sequence

from exomock.domain.call import Call
from exomock.domain.clock import SECOND
from exomock.domain.leg import Event
from exomock.engine.happening import Happened, come_about, with_agent_as_to
from exomock.engine.outgoing import Outgoing
from exomock.engine.plans import Batch, Plans
from exomock.engine.sources import Sources
from exomock.engine.world import World
from exomock.settings import Settings
from exomock.storage.deliveries import Owed
from exomock.storage.store import Store


class Calls(Plans):
    """
    Plays the calls of every account.

    Args:
        store: Where they are kept.
        settings: Whose number To of an inbound call is.
        sources: Told when something of a call falls due.
        outgoing: Told which callbacks a call has come to owe.
    """

    def __init__(
        self, store: Store, settings: Settings, sources: Sources, outgoing: Outgoing
    ) -> None:
        super().__init__(store.coming, sources, outgoing)
        self._store = store
        self._rung_is_to = settings.flow_to == "agent"

    def _batch(self, world: World, now: int) -> Batch:
        calls, until = self._store.coming.due(world.sid, now)
        played: list[Call] = []
        fresh: list[Happened] = []
        owed: list[Owed] = []
        ended, others = [], []
        for call in calls:
            after, happened, owes = self.come_about(world, call, until)
            played.append(after)
            if after.plan is not call.plan or after.order is not call.order:
                others.append(after)
            fresh.extend(happened)
            owed.extend(owes)
            if Event.ENDED in [each.event for each in happened]:
                ended.append(call.created // SECOND)

        def save(owed: Sequence[Owed], note: Callable[[Sequence[int]], None]) -> None:
            self._store.calls.save_played(world.sid, played, owed, now, ended, note, others)

        return Batch(played, fresh, owed, save)

    def come_about(
        self, world: World, call: Call, now: int
    ) -> tuple[Call, list[Happened], list[Owed]]:
        """Let happen what is due of a call by `now`, in memory: it, what happened, what it owes."""
        after, happened, owes = come_about(call, now, asks=not world.collect, lengths=world.lengths)
        if self._rung_is_to:
            after = with_agent_as_to(call, after, happened)
        return after, happened, owes

    def keeps_busy(self, world: World) -> bool:
        """Whether anything is to come of a call that did not come in by itself."""
        if not world.arrivals or self.moment(world) == math.inf:
            return super().keeps_busy(world)
        return self._store.coming.has_own(world.sid)

    def placed(self, world: World, call: Call, owed: Sequence[Owed]) -> None:
        """Note a call that was added to the account's, and what it owes; `state` is held."""
        self._added(world, [call.next_at], owed)

    def replanned(self, world: World, owed: Sequence[Owed]) -> None:
        """Note that the future of a call that is kept has changed; `state` is held."""
        # The old plan's moment would ring for nothing, and `until: idle` would wait for it.
        self._sources.look_or_ring(world, self)
        self._outgoing.owe(world, owed)
        world.touch()
