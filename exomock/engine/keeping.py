"""What is kept of an account itself: its row, and how far its time has come."""

import json
from collections.abc import Callable
from contextlib import ExitStack

from exomock.domain.scenario import Scenario
from exomock.engine.world import World
from exomock.engine.worlds import Worlds
from exomock.storage.accounts import AccountRow
from exomock.storage.store import Store


class Keeping:
    """
    Saves the accounts of one exomock; lives as long as the server, safe for many threads.

    Args:
        store: Where they are kept.
        wall: Reads the wall clock, microseconds since the epoch.
        worlds: The open accounts.
    """

    def __init__(self, store: Store, wall: Callable[[], int], worlds: Worlds) -> None:
        self._store = store
        self._wall = wall
        self._worlds = worlds

    def save(self, world: World) -> None:
        """Keep an account as it is now; its `state` is held."""
        world.held()
        now = world.clock.at(self._wall())
        world.kept = False  # until it is: the database may be full
        self._store.accounts.save(self.row(world, now, world.rate, world.scenario))
        world.kept = True

    def row(self, world: World, time: int, rate: float, scenario: Scenario) -> AccountRow:
        """
        An account as it is kept.

        Args:
            world: Whose row.
            time: Its time, microseconds.
            rate: Account seconds per wall second.
            scenario: What becomes of its calls.
        """
        # Scenarios from files have no text in the row: a restart reads the files again.
        server = scenario is self._worlds.scenario or scenario.from_files
        return AccountRow(
            world.sid, world.key, world.token, world.seed, rate, time, world.origin.time,
            None if server else scenario.text, world.collect, world.made,
            json.dumps({k: v for k, v in world.options._asdict().items() if v is not None}),
            world.created,
        )  # fmt: skip

    def save_times(self) -> None:
        """Keep how far each account's time has come, where anything happened since."""
        wall, changed = self._wall(), self._worlds.alarms.changed()
        kept: list[World] = []
        try:
            with ExitStack() as holding:
                held = [world for world in changed if _hold(world, holding)]
                self._store.accounts.save_times((world.sid, world.clock.at(wall)) for world in held)
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
