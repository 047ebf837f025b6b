"""Calls as a source: what is due of their plans happens, and callbacks are owed for it."""

import math
from collections.abc import Callable, Sequence
from operator import attrgetter

from exomock.domain.call import Call
from exomock.domain.clock import SECOND
from exomock.domain.leg import Event
from exomock.engine.alarms import or_never
from exomock.engine.happening import Happened, come_about, with_agent_as_to
from exomock.engine.outgoing import Outgoing
from exomock.engine.sources import Played, Source, Sources
from exomock.engine.world import World
from exomock.settings import Settings
from exomock.storage.deliveries import Owed
from exomock.storage.store import Store

_AT = attrgetter("at")

_COLLECTED_AT_ONCE = 5_000
"""How many calls come to owe what is collected between two stops; a second's work."""


class Calls(Source):
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
        self._store = store
        self._rung_is_to = settings.flow_to == "agent"
        self._sources = sources
        self._outgoing = outgoing

    def next_at(self, world: World) -> int | None:
        """When the next transition of any call falls due."""
        return self._store.coming.next_at(world.sid)

    def play(self, world: World, now: int) -> Played:
        """Let every transition happen that is due, a batch of calls in each transaction."""
        return self._play(world, now, lambda owed: owed)

    def take(self, world: World, now: int) -> Played:
        """As `play`; what is due at once is kept as being sent, or as collected."""
        return self._play(world, now, lambda owed: self._outgoing.at_once(world, owed, now))

    def _play(self, world: World, now: int, kept: Callable[[list[Owed]], list[Owed]]) -> Played:
        done = Played([], [])
        try:
            while self.moment(world) <= now:
                self._play_batch(world, now, kept, done)
        except BaseException as error:
            self._outgoing.ledger.drop(done.owed, error)
            raise
        return done

    def _play_batch(
        self, world: World, now: int, kept: Callable[[list[Owed]], list[Owed]], done: Played
    ) -> None:
        played, fresh, owed, ended, others = [], [], [], [], []
        calls, until = self._store.coming.due(world.sid, now)
        for call in calls:
            after, happened, owes = self.come_about(world, call, until)
            played.append(after)
            if after.plan is not call.plan or after.order is not call.order:
                others.append(after)
            fresh.extend(happened)
            owed.extend(owes)
            if Event.ENDED in [each.event for each in happened]:
                ended.append(call.created // SECOND)
        owed.sort(key=lambda each: each.due_at)
        fresh.sort(key=_AT)
        owed = kept(owed)
        with self._outgoing.keeping(world, owed, done.owed) as ids:
            self._store.calls.save_played(world.sid, played, owed, now, ended, ids.note, others)
        # At once, because what follows asks the database, which may fail.
        world.news.played(played, fresh, owed)
        self._outgoing.tell_collected(world, owed, ids.found)
        done.events.extend(fresh)
        self._sources.look(world, self)
        self._outgoing.owe(world, owed)

    def come_about(
        self, world: World, call: Call, now: int
    ) -> tuple[Call, list[Happened], list[Owed]]:
        """Let happen what is due of a call by `now`, in memory: it, what happened, what it owes."""
        after, happened, owes = come_about(call, now, asks=not world.collect)
        if self._rung_is_to:
            after = with_agent_as_to(call, after, happened)
        return after, happened, owes

    def stop_at(self, world: World, end: float) -> float:
        """
        When the next transition happens that somebody is told about.

        An advance does not stop at the others: they are played in one go. An account that collects
        tells nobody, so that it stops only to let others have its `state`. One that has no end
        stops at the last transition of all.
        """
        others = _COLLECTED_AT_ONCE if world.collect else 0
        telling = or_never(self._store.coming.next_telling_at(world.sid, others))
        return min(telling, self._last_at(world)) if end == math.inf else telling

    def _last_at(self, world: World) -> float:
        return or_never(self._store.coming.last_at(world.sid))

    def keeps_busy(self, world: World) -> bool:
        """Whether anything is to come of a call that did not come in by itself."""
        if not world.arrivals or self.moment(world) == math.inf:
            return super().keeps_busy(world)
        return self._store.coming.has_own(world.sid)

    def placed(self, world: World, call: Call, owed: Sequence[Owed]) -> None:
        """Note a call that was added to the account's, and what it owes; `state` is held."""
        world.held()
        world.written = True
        self._sources.sooner(world, self, or_never(call.next_at))
        self._outgoing.owe(world, owed)
        world.touch()

    def replanned(self, world: World, owed: Sequence[Owed]) -> None:
        """Note that the future of a call that is kept has changed; `state` is held."""
        # The old plan's moment would ring for nothing, and `until: idle` would wait for it.
        self._sources.look(world, self)
        self._outgoing.owe(world, owed)
        world.touch()
