"""What calls and messages share as sources: their rows have plans, which owe callbacks."""

import math
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple, Protocol

from exomock.engine.alarms import or_never
from exomock.engine.items import Occurred
from exomock.engine.news import Owing
from exomock.engine.outgoing import Outgoing
from exomock.engine.sources import Played, Source, Sources
from exomock.engine.world import World
from exomock.storage.deliveries import Owed

_AT = attrgetter("at")
_DUE_AT = attrgetter("due_at")

_COLLECTED_AT_ONCE = 5_000
"""Plans that tell, and which a collecting account plays between two stops; a second's work."""

Kept = Callable[[list[Owed]], list[Owed]]
"""Turns callbacks that are owed into rows to keep: some as being sent, or collected, at once."""


class StillToCome(Protocol):
    """What the storage knows of what is to come in an account; microseconds, None if nothing is."""

    def next_at(self, account: str) -> int | None:
        """When the next step of any plan falls due."""

    def next_telling_at(self, account: str, others: int = 0) -> int | None:
        """When somebody is told next; with `others`, when so many more have been told."""

    def last_at(self, account: str) -> int | None:
        """When the last step of all falls due."""


class Batch(NamedTuple):
    """
    Plans that were played in memory, before they are kept.

    Args:
        played: Whose plans, as they are now.
        fresh: What happened, in any order.
        owed: What they have come to owe, in any order.
        save: Keeps them with what is owed, in one transaction; tells the ids before the commit.
    """

    played: Sequence[Owing]
    fresh: Sequence[Occurred]
    owed: Iterable[Owed]
    save: Callable[[Sequence[Owed], Callable[[Sequence[int]], None]], None]


class Plans(Source):
    """
    A source whose rows have plans.

    Args:
        coming: What the storage knows of them.
        sources: Told when something falls due.
        outgoing: Told which callbacks have come to be owed.
    """

    def __init__(self, coming: StillToCome, sources: Sources, outgoing: Outgoing) -> None:
        self._coming = coming
        self._sources = sources
        self._outgoing = outgoing

    @abstractmethod
    def _batch(self, world: World, now: int) -> Batch:
        """Play in memory what is due by `now`, at most as much as one transaction keeps."""

    def next_at(self, world: World) -> int | None:
        """When the next step of any plan falls due."""
        return self._coming.next_at(world.sid)

    def play(self, world: World, now: int) -> Played:
        """Let every step happen that is due, a batch in each transaction."""
        return self._play(world, now, lambda owed: owed)

    def take(self, world: World, now: int) -> Played:
        """As `play`; what is due at once is kept as being sent, or as collected."""
        return self._play(world, now, lambda owed: self._outgoing.at_once(world, owed, now))

    def _play(self, world: World, now: int, kept: Kept) -> Played:
        done = Played([], [])
        try:
            while self.moment(world) <= now:
                self._play_batch(world, self._batch(world, now), kept, done)
        except BaseException as error:
            self._outgoing.ledger.drop(done.owed, error)
            raise
        return done

    def _play_batch(self, world: World, batch: Batch, kept: Kept, done: Played) -> None:
        fresh = sorted(batch.fresh, key=_AT)
        owed = kept(sorted(batch.owed, key=_DUE_AT))
        with self._outgoing.keeping(world, owed, done.owed) as ids:
            batch.save(owed, ids.note)
        # At once, because what follows asks the database, which may fail.
        world.news.played(batch.played, fresh, owed)
        self._outgoing.tell_collected(world, owed, ids.found)
        done.events.extend(fresh)
        self._sources.look(world, self)
        self._outgoing.owe(world, owed)

    def stop_at(self, world: World, end: float) -> float:
        """
        When the next step happens that somebody is told about.

        An advance does not stop at the others: they are played in one go. An account that collects
        tells nobody, so that it stops only to let others have its `state`. One that has no end
        stops at the last step of all.
        """
        if self.moment(world) == math.inf:
            return math.inf  # most often of messages; the database would say the same
        others = _COLLECTED_AT_ONCE if world.collect else 0
        telling = or_never(self._coming.next_telling_at(world.sid, others))
        last = or_never(self._coming.last_at(world.sid)) if end == math.inf else math.inf
        return min(telling, last)

    def _added(self, world: World, moments: Iterable[int | None], owed: Sequence[Owed]) -> None:
        """Note plans that were added, by when each goes on; `state` is held."""
        world.held()
        world.written = True
        for each in moments:
            self._sources.sooner(world, self, or_never(each))
        self._outgoing.owe(world, owed)
        world.touch()
