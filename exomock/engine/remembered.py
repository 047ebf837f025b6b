"""How many calls and messages of each fingerprint there were, as far as accounts remember it."""

import threading
from weakref import WeakSet

from exomock.engine.world import World


class Kinds:
    """A bound on the fingerprints that accounts remember; forgotten ones are looked up."""

    MOST = 50_000
    """Fingerprints of all accounts together; each takes some 250 bytes."""

    _BETWEEN = 500
    """Fingerprints that are added before all are counted again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worlds: WeakSet[World] = WeakSet()
        self._added = 0

    def remember(self, world: World, kind: str, times: int) -> None:
        """Remember how many calls of a fingerprint there are; the world's `state` is held."""
        world.held()
        if kind not in world.kinds:
            with self._lock:
                self._worlds.add(world)
                self._added += 1
                if self._added >= self._BETWEEN:
                    self._added = 0
                    self._make_room(world)
        world.kinds[kind] = times

    def _make_room(self, mine: World) -> None:
        """Let the accounts that remember most forget all, until the rest is few enough."""
        total = sum(len(world.kinds) for world in self._worlds)
        for world in sorted(self._worlds, key=lambda world: len(world.kinds), reverse=True):
            if total <= self.MOST:
                return
            total -= len(world.kinds)
            self._forget(world, mine)

    def _forget(self, world: World, mine: World) -> None:
        # The caller holds `mine.state`. Another world's `state` is only tried, because two threads
        # that wait for each other's would wait for ever. A busy world keeps its counts.
        if world is mine or world.state.acquire(blocking=False):
            world.knows_kinds = False
            world.kinds.clear()
            if world is not mine:
                world.state.release()
