"""An account is emptied: its calls, callbacks and journal are gone, and a new epoch begins."""

from collections.abc import Callable
from typing import NamedTuple

from exomock.domain.clock import SECOND
from exomock.domain.scenario import Scenario
from exomock.engine.clocks import Clocks
from exomock.engine.house import House
from exomock.engine.items import Did
from exomock.engine.laid import LaidDown
from exomock.engine.locks import held
from exomock.engine.world import World

IN_FLIGHT_PATIENCE = 1.0
"""Seconds a reset waits for callbacks that are on the wire; then it cuts them off."""


class Resets:
    """
    Empties the accounts of one exomock; lives as long as the server, safe for many threads.

    Args:
        house: The accounts, and what each change of them needs.
        clocks: Sets their clocks.

    Attributes:
        cut_off: Ends what is on the wire of a world; the courier puts it there.
    """

    def __init__(self, house: House, clocks: Clocks) -> None:
        self.cut_off: Callable[[World], None] = lambda _world: None
        self._house = house
        self._clocks = clocks

    def reset(self, sid: str, *, keep_scenario: bool = False, keep_clock: bool = False) -> World:
        """
        Empty an account's world: calls, callbacks, journal; credentials and snapshots stay.

        Ends what waits for the account: an advance, a wait, a delayed answer. Waits a moment for
        callbacks that are on the wire, then cuts them off, so that none of them lands in what
        comes next.

        Args:
            sid: Its Sid.
            keep_scenario: Whether the scenario stays what it is; else that of its beginning.
            keep_clock: Whether time goes on as it is; else as in its beginning.

        Raises:
            AccountGone: There is none.
        """
        world = self._house.worlds.of(sid)
        with world.living():
            before = _Before(world.scenario, world.rate, world.clock.at(self._house.wall()))
            self.empty(world)
            world.journal.clear()
            if not keep_scenario:
                world.scenario = world.origin.scenario
            if not keep_clock:
                world.clock, world.followed = self._clocks.at_first(world.origin)
            # Before the save, which may fail: the calls are gone already.
            keep = {"scenario": keep_scenario, "clock": keep_clock}
            names = [name for name in keep if keep[name]]
            world.tell(Did.RESET, self._house.wall(), keep=names)
            world.laid.faults_made = world.overlays.made = 0
            now = self._house.wall()
            begun = self._house.beginning.now(world, world.clock.at(now))
            if not (self._house.keeping.says_all(world) and before.goes_on(world, now)):
                self._house.keeping.save(world)
            world.touch()
        self._house.beginning.then(world, begun)
        self.end_trailing(world)
        return world

    def forget_requests(self, sid: str) -> None:
        """
        Forget what clients sent to an account.

        Raises:
            AccountGone: There is none.
        """
        world = self._house.worlds.of(sid)
        world.journal.clear()
        world.tell(Did.FORGOTTEN, self._house.wall())

    def end_trailing(self, world: World) -> None:
        """Wait for callbacks of older epochs that are on the wire, then cut them off."""
        if not world.wait_for(lambda: not world.trailing, IN_FLIGHT_PATIENCE):
            self.cut_off(world)
            world.wait_for(lambda: not world.trailing, IN_FLIGHT_PATIENCE)

    def empty(self, world: World) -> None:
        """Take everything out of a world whose `state` is held; a fault leaves it as it is."""
        world.held()
        # Delete the rows before the epoch moves. If the deletion fails, the callbacks on the wire
        # still belong to this epoch, so that their tries are recorded.
        with world.flight:
            if world.written:
                self._house.store.contents.clear(world.sid)
            for source in self._house.sources:
                source.empty(world)
            self.begin_epoch(world)
        world.written = False
        self.forget(world)

    def begin_epoch(self, world: World) -> None:
        """Let what belongs to a world's time before be dead; `state` and `flight` are held."""
        world.held()
        held(world.flight)
        if world.line is not None:
            now = self._house.wall()
            world.clock = world.line.running_from(now, world.clock.at(now))
        world.begin_epoch()
        self._house.worlds.alarms.arm(
            world
        )  # a clock at the end of time is looked at once in each epoch

    def forget(self, world: World) -> None:
        """Forget what is in memory of a world whose rows are others now; its `state` is held."""
        world.held()
        self._house.sources.silence(world)
        world.nexts.clear()
        world.next_messages.clear()
        world.connects.clear()
        world.faults = []
        world.overlays.clear()
        world.laid = LaidDown(world.laid.faults_made)
        world.kinds.clear()
        world.knows_kinds = True


class _Before(NamedTuple):
    """The parts of an account's row that a reset may change, as they were before it."""

    scenario: Scenario
    rate: float
    time: int

    def goes_on(self, world: World, wall: int) -> bool:
        """
        Whether the account goes on as it was, and its time by no more than a beat saves.

        A time that has gone back, or far ahead, must be saved at once: a restart goes on from the
        one that was saved.
        """
        same = self.scenario is world.scenario and self.rate == world.rate
        return same and 0 <= world.clock.at(wall) - self.time <= SECOND
