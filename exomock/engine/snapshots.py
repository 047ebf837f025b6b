"""Snapshots: accounts' worlds, kept in memory and brought back."""

import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import orjson

from exomock.domain.errors import BoundReached
from exomock.domain.fault import ArmedFault
from exomock.domain.overlay import ArmedOverlay
from exomock.domain.scenario import Scenario
from exomock.engine.arrival import Arrival
from exomock.engine.clocks import Clocks
from exomock.engine.house import House
from exomock.engine.items import Did
from exomock.engine.laid import armed_texts, began, lifted, made
from exomock.engine.locks import Rank, held, new_lock
from exomock.engine.resets import Resets
from exomock.engine.traffic import Traffic
from exomock.engine.world import World
from exomock.storage.laid import laid_down, laid_rows
from exomock.storage.outbox import Batch
from exomock.storage.pages import weight_of

_EACH = 2_000
"""Bytes of a snapshot itself, of a fault and of a generator in it."""

_SHRINKS = 20
"""How much smaller packed rows are than rows in memory, roughly."""


class Packed:
    """
    An account's rows as they are kept: calls are alike, so that they shrink to a twentieth.

    Args:
        found: Batches of rows; each is let go before the next one is asked for.

    Attributes:
        size: Bytes.
    """

    def __init__(self, found: Iterable[Batch]) -> None:
        self._batches = [self._packed(name, rows) for name, rows in found]
        self.size = sum(map(len, self._batches))

    def _packed(self, name: str, rows: list[dict[str, Any]]) -> bytes:
        # SQLAlchemy gives a quoted column's name as a subclass of str. Without this option orjson
        # refuses it as a key.
        return zlib.compress(orjson.dumps([name, rows], option=orjson.OPT_NON_STR_KEYS), 1)

    def __iter__(self) -> Iterator[Batch]:
        """Unpack the batches, one at a time."""
        for each in self._batches:
            name, rows = orjson.loads(zlib.decompress(each))
            yield name, rows


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A world as it was; rows are batches of the store's, each packed."""

    account: str
    time: int
    rate: float
    scenario: Scenario
    rows: Packed
    faults: list[ArmedFault]
    overlays: list[ArmedOverlay]
    lifted: list[str]
    arrivals: list[Arrival]
    began: int | None
    weight: int


def _snapshot(world: World, time: int, rows: Packed, weight: int) -> Snapshot:
    """A copy of what is in memory, beside the rows."""
    return Snapshot(
        world.sid,
        time,
        world.rate,
        world.scenario,
        rows,
        [replace(each) for each in world.faults],
        world.overlays.kept(),
        list(world.laid.lifted),
        [replace(each) for each in world.arrivals],
        world.laid.began,
        weight,
    )


class Snapshots:
    """
    The snapshots of one exomock; live until the server ends, or their account does.

    Args:
        house: The accounts, and what each change of them needs.
        clocks: Sets clocks back.
        resets: Begins epochs.
        traffic: Lets callers go on from where they were.
    """

    def __init__(self, house: House, clocks: Clocks, resets: Resets, traffic: Traffic) -> None:
        self._house = house
        self._clocks = clocks
        self._resets = resets
        self._traffic = traffic
        self._lock = new_lock(Rank.INNER)
        self._kept: OrderedDict[str, Snapshot] = OrderedDict()

    def take(self, sid: str) -> str:
        """
        Keep an account's world as it is now, in memory, until the server ends.

        Returns:
            The snapshot's id.

        Raises:
            AccountGone: There is none.
            BoundReached: There are as many snapshots, or as many bytes, as the settings allow.
        """
        world = self._house.worlds.of(sid)
        # Wait until a past that is being made is whole, because a snapshot of half of it looks like
        # any other.
        with world.past, world.living(), self._lock:
            if len(self._kept) >= self._house.settings.max_snapshots:
                raise BoundReached(
                    f"max-snapshots: there are {len(self._kept)}; delete accounts, or raise it"
                )
            self._measure(world)
            time = world.clock.at(self._house.wall())
            rows = Packed(self._house.store.contents.dump(sid))
            weight = _EACH + rows.size + len(world.scenario.text)
            weight += _EACH * (len(world.faults) + len(world.overlays) + len(world.arrivals))
            self._permit(weight)
            number = sum(1 for snap in self._kept.values() if snap.account == sid) + 1
            key = f"{sid}-{number}"
            self._kept[key] = _snapshot(world, time, rows, weight)
            world.tell(Did.SNAPSHOT, self._house.wall(), key)
        return key

    def _measure(self, world: World) -> None:
        """Refuse a world that is too large even to be read; asked before it is."""
        raw, most = weight_of(self._house.store, world.sid), self._house.settings.snapshot_bytes
        if raw > most * _SHRINKS:
            raise BoundReached(
                f"snapshot-bytes: {most} is the most, and this account's {raw} bytes of calls "
                "shrink to no less; raise it"
            )

    def _permit(self, weight: int) -> None:
        """Refuse what does not fit beside what is kept; `_lock` is held."""
        held(self._lock)
        kept, most = sum(s.weight for s in self._kept.values()), self._house.settings.snapshot_bytes
        if kept + weight > most:
            raise BoundReached(
                f"snapshot-bytes: {kept} bytes are kept, this one takes {weight}, and {most} is "
                "the most; delete accounts, or raise it"
            )

    def of(self, sid: str) -> list[str]:
        """The ids of an account's snapshots, the oldest first."""
        with self._lock:
            return [key for key, snap in self._kept.items() if snap.account == sid]

    def restore(self, sid: str, snapshot: str) -> World | None:
        """
        Bring an account's world back to a snapshot; what happened since is gone.

        It happens whole or not: the rows change in one transaction, and memory after its commit.

        Returns:
            The account, or None if it has no such snapshot.

        Raises:
            AccountGone: There is no such account.
            DatabaseFault: The database cannot be written; nothing has changed.
        """
        world = self._house.worlds.of(sid)
        kept = self._kept.get(snapshot)
        if kept is None or kept.account != sid:
            return None
        with world.living():
            row = self._house.keeping.restored(world, kept.time, kept.rate, kept.scenario)
            laid = self._laid(world, kept)
            # Rows and epoch change together under `flight`. So a late try is recorded before the
            # new rows are there, or belongs to an old epoch and leaves them alone.
            with world.flight:
                rows = laid_rows(sid, laid)
                batches = [(laid_down.name, list(rows))] if rows else []
                self._house.store.contents.restore(row, chain(kept.rows, batches))
                self._resets.begin_epoch(world)
            self._wake(world, kept)
            world.tell(Did.RESTORED, self._house.wall(), snapshot)
            world.touch()
        self._resets.end_trailing(world)
        return world

    def _laid(self, world: World, kept: Snapshot) -> dict[str, str | None]:
        """What is to be kept of what was laid down; a `next` is in no snapshot."""
        texts = armed_texts(kept.faults, kept.overlays)
        texts |= made(world.laid.faults_made, world.overlays.made)
        texts |= began(kept.scenario, kept.began) | lifted(kept.lifted)
        return texts | self._house.keeping.origin(world, kept.rate, kept.scenario)

    def _wake(self, world: World, kept: Snapshot) -> None:
        """Bring a world's memory to what its rows are already; nothing here can fail."""
        origin = world.laid.origin
        self._resets.forget(world)
        world.laid.began, world.laid.lifted = kept.began, list(kept.lifted)
        world.laid.origin = origin
        world.knows_kinds, world.written = False, True
        self._clocks.anchor(world, kept.time, kept.rate)
        world.scenario = kept.scenario
        self._traffic.go_on(world, kept.arrivals)
        world.faults = [replace(each) for each in kept.faults]
        world.overlays[:] = [replace(each) for each in kept.overlays]
        self._house.sources.look_or_ring(world, *self._house.sources)

    def forget(self, sid: str) -> None:
        """Forget an account's snapshots."""
        for key in self.of(sid):
            self._kept.pop(key, None)
