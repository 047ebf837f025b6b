"""What a request took or counted in memory is given back where the database refuses it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from exomock.engine.world import World
from exomock.storage.trouble import DatabaseFault


@contextmanager
def undone(world: World) -> Iterator[None]:
    """
    Give back what is taken from `next`, or counted for twists and the rate limit, in a fault.

    Args:
        world: Whose; its `state` is held.

    Raises:
        DatabaseFault: The one that was raised; the world is in memory what it was.
    """
    world.held()
    nexts, texts = world.nexts.copies(), world.next_messages.copies()
    overlays = world.overlays.kept() if world.overlays else ()
    connects, unsaved = list(world.connects), dict(world.laid.unsaved)
    try:
        yield
    except DatabaseFault:
        world.nexts[:], world.next_messages[:] = nexts, texts
        world.overlays[:] = [replace(each) for each in overlays]
        world.connects[:] = connects
        world.laid.unsaved = unsaved
        raise
