"""
Playing: what is due in an account happens.

Theory
------

What moves: nothing here but the sources' own rows and moments. Time stands or runs as the account's
clock says, and playing brings an account up to the time that its clock shows.

Who may play:

- The heartbeat, and an advance at each of its stops: everything, callbacks too. They have the
  account's *turn*. A beat that does not get it at once leaves the account to whoever has it.
- Whoever reads the account: what sends nothing, so that a read need not wait for a beat. A reader
  has no turn, and nobody would send what it takes.

In which order: each source in its turn (`sources.py`), under one hold of `state`. The source plays
and commits, its next moment is looked up, and whoever waits is woken: also when it failed, because
a part of it may be committed. What was taken to be sent before an error is given back.
"""

from collections.abc import Callable

from exomock.engine.items import Occurred
from exomock.engine.ledger import Ledger
from exomock.engine.locks import held
from exomock.engine.settling import Due
from exomock.engine.sources import Played, Source, Sources
from exomock.engine.world import World


class Agenda:
    """
    Plays what is due in the worlds of one engine; shared by all threads.

    Args:
        wall: Reads the wall clock, microseconds since the epoch.
        sources: What is played.
        ledger: Takes back what was to be sent, when an error comes.
    """

    def __init__(self, wall: Callable[[], int], sources: Sources, ledger: Ledger) -> None:
        self._wall = wall
        self._sources = sources
        self._ledger = ledger

    def catch_up(self, world: World) -> None:
        """Play what is due now and sends nothing, so that a read need not wait for a beat."""
        if world.plays_at <= world.clock.at(self._wall()):
            with world.state:
                if world.alive:
                    self._play(world, world.clock.at(self._wall()))

    def run_due(self, world: World) -> list[Due]:
        """
        Play what is due, and take the callbacks that are to be sent now.

        Does nothing while somebody else has the account's turn: an advance sends its own.
        """
        turn = world.turn  # a reset puts another in its place
        if not turn.acquire(blocking=False):
            return []
        try:
            with world.state:
                if turn is not world.turn:
                    return []  # a reset came between: this turn is an old epoch's
                return self.take(world, world.clock.at(self._wall())).owed
        finally:
            turn.release()

    def take(self, world: World, now: int) -> Played:
        """Play what is due by `now`, callbacks too; `turn` and `state` are held."""
        held(world.turn)
        if not world.alive:
            return Played([], [])
        return self._play(world, now, taking=True)

    def _play(self, world: World, now: int, *, taking: bool = False) -> Played:
        world.held()
        events: list[Occurred] = []
        owed: list[Due] = []
        try:
            for source in self._sources if taking else self._sources.playing:
                if source.moment(world) <= now:
                    play = source.take if taking else source.play
                    self._play_one(world, source, lambda: play(world, now), Played(events, owed))  # noqa: B023
        except BaseException as error:
            self._ledger.drop(owed, error)
            raise
        events.sort(key=lambda each: each.at)
        return Played(events, owed)

    def _play_one(
        self, world: World, source: Source, play: Callable[[], Played], done: Played
    ) -> None:
        before = source.moment(world)
        try:
            played = play()
            done.events.extend(played.events)
            done.owed.extend(played.owed)
            # A source that has looked itself has moved its moment, and need not be asked again.
            if source.moment(world) == before:
                self._sources.look(world, source)
        finally:
            # Only now, because who sees the new version must find the new rows and moments.
            world.touch()
