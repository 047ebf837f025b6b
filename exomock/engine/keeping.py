"""What is kept of an account itself: its row, and how far its time has come."""

import json
from collections.abc import Callable
from contextlib import ExitStack

from exomock.domain.clock import Clock
from exomock.domain.scenario import Scenario
from exomock.engine.births import LIFE
from exomock.engine.laid import ORIGIN
from exomock.engine.world import World
from exomock.engine.worlds import Worlds
from exomock.storage.accounts import AccountRow, Moment
from exomock.storage.store import Store
from exomock.wall import machine_ahead


class Keeping:
    """
    Saves the accounts of one exomock; lives as long as the server, safe for many threads.

    Args:
        store: Where they are kept.
        wall: Reads the wall clock, microseconds since the epoch.
        worlds: The open accounts.

    Attributes:
        ahead: How far the machine's time is ahead of the wall, microseconds: lines are kept by the
            machine's time, because each process has a wall of its own.
    """

    def __init__(self, store: Store, wall: Callable[[], int], worlds: Worlds) -> None:
        self._store = store
        self._wall = wall
        self._worlds = worlds
        self.ahead = machine_ahead

    def save(self, world: World, *, clock: Clock | None = None, counts_anew: bool = False) -> None:
        """
        Keep an account as it is now, and what was laid down in it.

        Args:
            world: It; its `state` is held.
            clock: By which it is about to go on; None is its own.
            counts_anew: Whether nothing has been counted for its scenario yet.
        """
        world.held()
        laid, wall = world.laid, self._wall()
        now, rate = (clock or world.clock).at(wall), world.rate if clock is None else clock.rate
        laid.unsaved |= self.origin(world, rate, world.scenario)
        row = self.row(world, now, rate, world.scenario, clock)
        world.kept = False  # until it is: the database may be full
        self._store.accounts.save(row, laid.unsaved, counts_anew=counts_anew)
        self._saved(world)
        # Of several processes each asks with every write whether the account is still its own.
        world.kept = not self._store.shared

    def says_all(self, world: World) -> bool:
        """
        Whether the database says all of an account, but how far its time has come.

        As long as nothing but the clock was changed since it was saved; its `state` is held.
        """
        world.held()
        origin = world.origin
        begun = origin.scenario is world.scenario and origin.rate == world.rate
        return world.kept and begun and not world.laid.unsaved

    def save_laid(self, world: World) -> None:
        """Keep what was laid down in an account, where that has changed; its `state` is held."""
        world.held()
        if world.laid.unsaved:
            self._store.laid.save(world.sid, world.laid.unsaved)
            self._saved(world)

    def _saved(self, world: World) -> None:
        if world.laid.unsaved:
            world.written = True
            world.laid.unsaved.clear()

    def origin(self, world: World, rate: float, scenario: Scenario) -> dict[str, str | None]:
        """What keeps how an account began, where it goes on by another rate or scenario."""
        origin, laid = world.origin, world.laid
        if origin.scenario is scenario and origin.rate == rate:
            found: dict[str, str | None] = {ORIGIN: None} if laid.origin else {}
            laid.origin = False
            return found
        laid.origin, first = True, origin.scenario
        own = None if self._is_servers(first) else first.text
        return {ORIGIN: json.dumps([origin.rate, first.name, own], ensure_ascii=False)}

    def _is_servers(self, scenario: Scenario) -> bool:
        # Scenarios from files have no text in the row: a restart reads the files again.
        return scenario is self._worlds.scenario or scenario.from_files

    def restored(self, world: World, time: int, rate: float, scenario: Scenario) -> AccountRow:
        """As `row`, of an account whose clock is about to be set so."""
        return self.row(world, time, rate, scenario, Clock(self._wall(), time, rate))

    def row(
        self,
        world: World,
        time: int,
        rate: float,
        scenario: Scenario,
        clock: Clock | None = None,
    ) -> AccountRow:
        """
        An account as it is kept.

        Args:
            world: Whose row.
            time: Its time, microseconds.
            rate: Account seconds per wall second.
            scenario: What becomes of its calls.
            clock: By which it is about to go on; None is its own.
        """
        server, line = self._is_servers(scenario), clock or world.line or world.clock
        return AccountRow(
            world.sid, world.key, world.token, world.seed, rate, time, world.origin.time,
            None if server else scenario.text, world.collect, world.made,
            json.dumps({k: v for k, v in world.options._asdict().items() if v is not None}),
            world.created, self._machine(line), line.time0,
            world.version // LIFE * LIFE, world.journal.total, None if server else scenario.name,
        )  # fmt: skip

    def moment(self, world: World, at: int) -> Moment:
        """How far an account's time has come (microseconds), and by which line it goes on."""
        # While an advance holds the clock, the account goes on by the line from before it. The
        # time that it has come to is later, and counts.
        line = world.line or world.clock
        return Moment(world.sid, at, self._machine(line), line.time0, world.journal.total)

    def _machine(self, line: Clock) -> int:
        """The machine's time at which a clock was set; 0 where it stands still, and none counts."""
        return line.wall0 + self.ahead() if line.rate else 0

    def save_moment(self, world: World, at: int) -> None:
        """Keep how far an account's time has come, microseconds; its `state` is held."""
        world.held()
        self._store.accounts.save_times([self.moment(world, at)])

    def save_times(self) -> None:
        """Keep how far each account's time has come, where anything happened since."""
        wall, changed = self._wall(), self._worlds.alarms.changed()
        kept: list[World] = []
        try:
            with ExitStack() as holding:
                held = [world for world in changed if _hold(world, holding)]
                self._store.accounts.save_times(
                    [self.moment(world, world.clock.at(wall)) for world in held]
                )
            # Only after the commit: times that a full disk refused are saved with a later beat.
            kept = held
        finally:
            self._worlds.alarms.still_changed(set(changed) - set(kept))


def _hold(world: World, holding: ExitStack) -> bool:
    """
    Hold the `state` of a world if it is free.

    Without it, a restore could come between the reading of a time and its row, which would then
    be ahead of the account. An account that is busy is saved a second later.
    """
    if not world.state.acquire(blocking=False):
        return False
    holding.callback(world.state.release)
    return True
