"""What clients give an account beside calls: ExoPhones and a whitelist."""

from collections.abc import Callable

from exomock.engine.exophones import ExoPhones
from exomock.engine.whitelists import Whitelists
from exomock.engine.worlds import Worlds
from exomock.storage.store import Store


class Holdings:
    """
    What the accounts of one exomock hold; lives as long as the server, safe for many threads.

    Args:
        store: Where it is kept.
        wall: Reads the wall clock, microseconds since the epoch.
        worlds: The open accounts.

    Attributes:
        exophones: Their ExoPhones.
        whitelists: Whom they may reach although he is on DND.
    """

    def __init__(self, store: Store, wall: Callable[[], int], worlds: Worlds) -> None:
        self.exophones = ExoPhones(store, wall, worlds)
        self.whitelists = Whitelists(store, wall, worlds, self.exophones)
