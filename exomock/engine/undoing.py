"""What a request took or counted in memory is given back where the database refuses it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any

from exomock.engine.house import House
from exomock.engine.world import World
from exomock.storage.trouble import DatabaseFault

_NOTHING: tuple[Any, ...] = ((), (), (), (), {})


class undone:  # noqa: N801 - read as a verb in a `with`, like the functions of contextlib
    """
    Gives back fates taken from `next`, and counts of twists and the rate limit, after a fault.

    No generator, because every connect has one of these, and a generator costs a microsecond more.

    Args:
        world: Whose; its `state` is held.
    """

    __slots__ = ("_before", "_world")

    def __init__(self, world: World) -> None:
        self._world = world
        self._before: tuple[Any, ...] | None = None

    def __enter__(self) -> None:
        """Note what there is; most often there is nothing."""
        world = self._world
        world.held()
        unsaved = world.laid.unsaved
        if world.nexts or world.next_messages or world.overlays or world.connects or unsaved:
            self._before = (
                world.nexts.copies(),
                world.next_messages.copies(),
                world.overlays.kept(),
                list(world.connects),
                dict(unsaved),
            )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Give back what is taken, where the database failed; what was raised is raised."""
        if not isinstance(error, DatabaseFault):
            return
        world = self._world
        nexts, texts, overlays, connects, unsaved = self._before or _NOTHING
        world.nexts[:], world.next_messages[:] = nexts, texts
        world.overlays[:] = [replace(each) for each in overlays]
        world.connects[:] = connects
        world.laid.unsaved = dict(unsaved)


@contextmanager
def as_before(house: House, world: World) -> Iterator[None]:
    """
    Let what a client changes of an account be as it was, where the database fails.

    Not its clock, which readers see without a lock: who sets it sets it after the commit.

    Args:
        house: Lets its callers go on as before.
        world: Whose; its `state` is held.
    """
    world.held()
    options, scenario = world.options, world.scenario
    arrivals, connects = list(world.arrivals), list(world.connects)
    faults = [replace(each) for each in world.faults]
    laid = replace(world.laid, unsaved=dict(world.laid.unsaved))
    try:
        yield
    except DatabaseFault:
        world.options, world.scenario = options, scenario
        world.connects[:], world.faults, world.laid = connects, faults, laid
        house.beginning.traffic.go_on(world, arrivals)
        raise
