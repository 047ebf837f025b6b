"""Overlays are laid over the calls of accounts, and lifted."""

from collections.abc import Callable

from exomock.domain.errors import BoundReached
from exomock.domain.overlay import ArmedOverlay, Overlay
from exomock.engine.items import Did
from exomock.engine.world import World

MOST_OVERLAYS = 1000
"""How many overlays may be laid down in one account at once."""


class Twisting:
    """
    Lays overlays over the calls of worlds, and lifts them; lives as long as the server.

    Args:
        wall: Reads the wall clock, microseconds since the epoch.
    """

    def __init__(self, wall: Callable[[], int]) -> None:
        self._wall = wall

    def add(self, world: World, overlay: Overlay) -> ArmedOverlay:
        """
        Lay an overlay over the calls that are placed from now on.

        Raises:
            BoundReached: So many are there already; each is asked at every call.
        """
        with world.state:
            laid = world.overlays
            if len(laid) >= MOST_OVERLAYS:
                raise BoundReached(f"twists: there are {MOST_OVERLAYS} already; lift some")
            laid.made += 1
            now = world.clock.at(self._wall())
            key = f"{world.seed}:{world.sid}:twist:{laid.made}"
            armed = ArmedOverlay(str(laid.made), overlay, now, key)
            laid.insert(0, armed)
            world.tell(Did.TWIST, self._wall(), armed.id, by=overlay.place)
        world.touch()
        return armed

    def remove(self, world: World, overlay: str | None = None) -> bool:
        """Lift the overlay of that id, or all; whether there was any such."""
        with world.state:
            laid = world.overlays
            left = [each for each in laid if overlay is not None and each.id != overlay]
            found = len(left) < len(laid)
            laid[:] = left
            if found:
                world.tell(Did.STRAIGHTENED, self._wall(), overlay)
        world.touch()
        return found or overlay is None
