"""
What falls due next in an account, by source.

Theory
------

A *source* is something with a life: it knows when its next thing happens, and can make it happen.
Calls, the calls that come in by themselves, and the outbox of callbacks are sources. Whatever gets
a life later (a text message, a media stream) is one more, and needs no change anywhere else: the
heartbeat, an advance, `until: idle`, a restart, a reset and a restore ask every source alike.

What moves: the *moment* of each source in each account, which is when its next thing falls due.
Account time, microseconds; none if nothing is to come. `World.due_at` is the earliest of all
moments. `World.plays_at` is the earliest of those whose playing sends nothing.

Who may move it: only this file writes moments, and only while the account's `state` is held. The
alarm of the account follows by itself, so a source cannot forget it.

In which order, for each change:

1. The source commits its rows. Before that, a moment would promise what a crash takes back.
2. The moment is written: `look` asks the source, `sooner` is told by it. A moment that is too early
   is harmless: the source is played, finds nothing, and is asked again. One that is too late is a
   lost event. So where a moment cannot be known, because the database fails, it is now.
3. `World.touch` wakes whoever waits. Earlier, a waiter would find the old moment and sleep again.

Sources are played in the order they were added, those that send after those that do not: what
happens to a call must be in the outbox before the outbox is asked.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from typing import ClassVar, NamedTuple

from exomock.engine.items import Occurred
from exomock.engine.settling import Due
from exomock.engine.world import World
from exomock.engine.worlds import Worlds
from exomock.storage.trouble import DatabaseFault

_NOW = 0
"""A moment that has come in every account."""


class Played(NamedTuple):
    """
    What came of playing a source.

    Args:
        events: What happened, in any order.
        owed: Callbacks that must be sent now; who plays the source sends them or gives them back.
    """

    events: list[Occurred]
    owed: list[Due]


class Source(ABC):
    """
    Something with a life in every account; one for each engine, safe for many threads.

    Attributes:
        sends: Whether playing it takes things to be sent. Only the thread that moves the account's
            time plays such a source; the others are also played by whoever reads the account.
    """

    sends: ClassVar[bool] = False

    @abstractmethod
    def next_at(self, world: World) -> int | None:
        """When its next thing falls due in an account (microseconds); None if nothing does."""

    @abstractmethod
    def play(self, world: World, now: int) -> Played:
        """
        Let happen what is due by `now`, and commit it; a part of it where it is much.

        The account is alive, its `state` is held, and its moment has come. Whoever plays a source
        asks it for its next moment afterwards, and wakes who waits.
        """

    def take(self, world: World, now: int) -> Played:
        """As `play`, in the turn of who moves time: what is to be sent may be taken as well."""
        return self.play(world, now)

    def moment(self, world: World) -> float:
        """When its next thing falls due in an account as it was last looked up, inf if never."""
        return world.moments.get(self, math.inf)

    def stop_at(self, world: World, _end: float) -> float:
        """
        The next moment at which an advance must stop for it.

        That is its next event, because somebody may be told about it. A source says a later moment
        where it knows that nobody is told anything before.

        Args:
            world: Whose.
            _end: Where the advance ends; inf if it goes on until nothing is due any more.
        """
        return self.moment(world)

    def keeps_busy(self, world: World) -> bool:
        """Whether the account is not idle because of it; False of what never ends by itself."""
        return self.moment(world) < math.inf

    def empty(self, world: World) -> None:  # noqa: B027 - most sources keep nothing of their own
        """
        Delete what it keeps of an account, which is reset or ends; `state` and `flight` are held.

        Nothing for a source whose rows are the store's own: those are deleted with the account's.
        It may be asked twice, because a fault leaves the account as it was.
        """


class Sources:
    """
    Every source of one engine, and the only writer of moments; safe for many threads.

    Args:
        worlds: The open accounts.
    """

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        self.playing: tuple[Source, ...] = ()
        self._sending: tuple[Source, ...] = ()

    def __iter__(self) -> Iterator[Source]:
        """Each source in the order in which they are played."""
        yield from self.playing
        yield from self._sending

    def add(self, source: Source) -> None:
        """Add a source, and look at once what it has to come in the accounts that are open."""
        if source.sends:
            self._sending += (source,)
        else:
            self.playing += (source,)
        for world in self._worlds.all():
            with world.state:
                self.look(world, source)

    def busy(self, world: World) -> bool:
        """Whether anything is to come for which `until: idle` waits."""
        return any(source.keeps_busy(world) for source in self)

    def look(self, world: World, source: Source) -> None:
        """
        Ask a source for its next moment in an account; `state` is held.

        Raises:
            DatabaseFault: It could not be asked: the next beat asks it again.
        """
        try:
            found = source.next_at(world)
        except BaseException:
            self._write(world, source, _NOW)
            raise
        self._write(world, source, math.inf if found is None else found)

    def look_or_ring(self, world: World, *sources: Source) -> None:
        """
        Ask sources for their next moments, or let the next beat ask them; `state` is held.

        For use after a commit: what is done must not seem to have failed.
        """
        for source in sources:
            with suppress(DatabaseFault):
                self.look(world, source)

    def look_all(self, world: World) -> None:
        """Ask every source for its next moment in an account; `state` is held."""
        for source in self:
            self.look(world, source)

    def sooner(self, world: World, source: Source, at: float) -> None:
        """
        Note that something of a source falls due at `at`, if that is sooner; `state` is held.

        The source knows it already: `look` would ask the database once more for each call.
        """
        world.held()
        if at >= source.moment(world):
            return
        world.moments[source] = at
        if not source.sends and at < world.plays_at:
            world.plays_at = at
        if at < world.due_at:
            self._bring_forward(world, at)

    def silence(self, world: World) -> None:
        """Let nothing be due in an account any more, whose rows are gone; `state` is held."""
        world.held()
        world.moments.clear()
        world.plays_at = world.due_at = math.inf

    def _write(self, world: World, source: Source, at: float) -> None:
        world.held()
        moments, before = world.moments, world.due_at
        if at == math.inf:
            moments.pop(source, None)
        else:
            moments[source] = at
        world.plays_at = min([moments.get(each, math.inf) for each in self.playing])
        due_at = min(moments.values(), default=math.inf)
        if due_at < before:
            self._bring_forward(world, due_at)
        else:
            # No new alarm: the one that is set rings too early, which is harmless.
            world.due_at = due_at

    def _bring_forward(self, world: World, due_at: float) -> None:
        # Write before arming, so that a thread which sets the alarm at the same time reads it.
        world.due_at = due_at
        self._worlds.alarms.arm(world)
