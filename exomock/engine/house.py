"""What everything that makes, sets and empties accounts works with."""

from collections.abc import Callable
from typing import NamedTuple

from exomock.engine.beginning import Beginning
from exomock.engine.keeping import Keeping
from exomock.engine.sources import Sources
from exomock.engine.worlds import Worlds
from exomock.settings import Settings
from exomock.storage.store import Store


class House(NamedTuple):
    """
    The accounts of one exomock, and the parts that each change of them needs.

    Args:
        store: Where accounts, calls and callbacks are kept.
        settings: What the server was told.
        wall: Reads the wall clock, microseconds since the epoch.
        worlds: The open accounts.
        sources: What falls due in them.
        keeping: Saves them.
        beginning: Lets scenarios begin in them.
    """

    store: Store
    settings: Settings
    wall: Callable[[], int]
    worlds: Worlds
    sources: Sources
    keeping: Keeping
    beginning: Beginning
