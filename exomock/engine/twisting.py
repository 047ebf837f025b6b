"""Overlays are laid over the calls of accounts, and lifted."""

from collections.abc import Callable

from exomock.domain.errors import BoundReached
from exomock.domain.overlay import ArmedOverlay, Overlay
from exomock.engine.items import Did
from exomock.engine.laid import TWIST, armed_texts, forgotten, made
from exomock.engine.world import World
from exomock.storage.store import Store

MOST_OVERLAYS = 1000
"""How many overlays may be laid down in one account at once."""


class Twisting:
    """
    Lays overlays over the calls of worlds, and lifts them; lives as long as the server.

    Args:
        store: Where they are kept.
        wall: Reads the wall clock, microseconds since the epoch.
    """

    def __init__(self, store: Store, wall: Callable[[], int]) -> None:
        self._store = store
        self._wall = wall

    def add(self, world: World, overlay: Overlay, said: str) -> ArmedOverlay:
        """
        Lay an overlay over the calls that are placed from now on.

        Args:
            world: Whose.
            overlay: What.
            said: Its words, as they are kept.

        Raises:
            AccountGone: The account was deleted.
            BoundReached: So many are there already; each is asked at every call.
            DatabaseFault: It cannot be kept; nothing is laid down.
        """
        with world.living():
            laid = world.overlays
            if len(laid) >= MOST_OVERLAYS:
                raise BoundReached(f"twists: there are {MOST_OVERLAYS} already; lift some")
            number, now = laid.made + 1, world.clock.at(self._wall())
            key = key_of(world, number)
            armed = ArmedOverlay(str(number), overlay, now, key, said=said)
            texts = armed_texts((), [armed]) | made(world.laid.faults_made, number)
            self._store.laid.save(world.sid, texts)
            laid.made, world.written = number, True
            laid.insert(0, armed)
            world.tell(Did.TWIST, self._wall(), armed.id, by=overlay.place)
        world.touch()
        return armed

    def remove(self, world: World, overlay: str | None = None) -> bool:
        """
        Lift the overlay of that id, or all; whether there was any such.

        Raises:
            AccountGone: The account was deleted.
            DatabaseFault: It cannot be written; nothing is lifted.
        """
        with world.living():
            laid = world.overlays
            gone = [each.id for each in laid if overlay is None or each.id == overlay]
            if gone:
                texts = forgotten(TWIST, gone)
                self._store.laid.save(world.sid, texts)
                for what in texts:
                    world.laid.unsaved.pop(what, None)
                laid[:] = [each for each in laid if each.id not in gone]
                world.tell(Did.STRAIGHTENED, self._wall(), overlay)
        world.touch()
        return bool(gone) or overlay is None


def key_of(world: World, number: int | str) -> str:
    """What the chance of an account's overlay is drawn from."""
    return f"{world.seed}:{world.sid}:twist:{number}"
