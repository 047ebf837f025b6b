"""What becomes of the next calls, or the next messages, is laid down by a test."""

from collections.abc import Callable

from exomock.domain.message import MessageScript
from exomock.domain.script import Script
from exomock.engine.items import Did
from exomock.engine.nexts import Laid, NextFate, Nexts
from exomock.engine.world import World
from exomock.storage.store import Store


class Fates:
    """
    Lays down fates in worlds; lives as long as the server.

    Args:
        store: Where they are kept.
        wall: Reads the wall clock, microseconds since the epoch.
    """

    def __init__(self, store: Store, wall: Callable[[], int]) -> None:
        self._store = store
        self._wall = wall

    def lay_down(
        self, world: World, script: Script | MessageScript, several: int, said: str
    ) -> int:
        """
        Lay down what becomes of the next ones, after what was laid down before.

        Args:
            world: Whose.
            script: Their script, of calls or of messages.
            several: For how many of them it holds.
            said: Its words, as they are kept.

        Returns:
            For how many something is laid down now.

        Raises:
            AccountGone: The account was deleted.
            BoundReached: So much is laid down already.
            DatabaseFault: It cannot be kept; nothing is laid down.
        """
        with world.living():
            if isinstance(script, MessageScript):
                waiting = self._keep(world, world.next_messages, NextFate(script, several, said))
                world.tell(Did.NEXT, self._wall(), messages=several)
            else:
                waiting = self._keep(world, world.nexts, NextFate(script, several, said))
                world.tell(Did.NEXT, self._wall(), calls=several)
            return waiting

    def _keep(self, world: World, nexts: Nexts[Laid], fate: NextFate[Laid]) -> int:
        self._store.laid.save(world.sid, nexts.numbered(fate))
        world.written = True
        nexts.append(fate)
        return nexts.waiting
