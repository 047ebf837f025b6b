"""
An account is let go of while the server runs: it goes to another process, or is another's already.

Theory
------

What moves: `alive` and `left` first. From then on nobody changes the account: use cases raise
`NotOwner`, an advance stops, and nothing more is taken to be sent. Then the epoch: what is still
under way belongs to a dead one. At last the account is hidden.

Where it is *saved*, this process owns it all the while. What is on the wire has a moment to end,
and its tries are recorded. Then it is cut off, is pending again, and costs no try. Where it is not
saved, it may be another's already: nothing is written, what is on the wire is cut off, and what
still ends is recorded nowhere.

In which order: `state` is held to mark the account, and then given back, because whoever must end
may need it. Nobody waits for receivers under a lock. The account is hidden under `Worlds.lock` and
`state`, so that nobody can open it again before it is written.
"""

from collections.abc import Callable
from contextlib import suppress

from exomock.engine.house import House
from exomock.engine.resets import IN_FLIGHT_PATIENCE, Resets
from exomock.engine.turns import let_turns_end
from exomock.engine.world import World
from exomock.storage.trouble import DatabaseFault


class Handing:
    """
    Lets go of accounts; lives as long as the server, safe for many threads.

    Args:
        house: The accounts, and what each change of them needs.
        resets: Begins epochs, and cuts off what is on the wire.
        forget: Forgets what else is kept of an account in memory: its snapshots.
    """

    def __init__(self, house: House, resets: Resets, forget: Callable[[str], None]) -> None:
        self._forget = forget
        self._house = house
        self._resets = resets

    def let_go(self, world: World, *, save: bool) -> bool:
        """
        Let go of an account.

        Args:
            world: It.
            save: Whether it is this process's still: it is written as it is now.

        Returns:
            False if somebody else lets go of it, or it was deleted: nothing was done.
        """
        if not self._leave(world):
            return False
        if save:
            world.wait_for(lambda: not world.in_hand, IN_FLIGHT_PATIENCE)
            let_turns_end([world], IN_FLIGHT_PATIENCE)
        with world.state, world.flight:
            self._resets.begin_epoch(world)
        self._resets.cut_off(world)
        if save:
            world.touch()
            world.wait_for(lambda: not world.trailing, IN_FLIGHT_PATIENCE)
        self._hide(world, save=save)
        return True

    def _leave(self, world: World) -> bool:
        """Let nobody change an account any more; False where it is left or deleted already."""
        with world.state:
            if not world.alive:
                return False
            world.left, world.alive = True, False
        world.touch()
        return True

    def _hide(self, world: World, *, save: bool) -> None:
        worlds = self._house.worlds
        with worlds.lock:
            with world.state:
                if save:
                    # Where it cannot be written it is as after a kill: the next owner finds what
                    # was written before.
                    with suppress(DatabaseFault):
                        self._house.keeping.save(world)
                        self._house.store.orphaned.give_back(world.sid, self._house.wall())
                worlds.alarms.forget(world)
            # `left` first: a thread that does not find the account must learn that it has gone to
            # another process, and was not deleted.
            worlds.left.add(world.sid)
            worlds.hide(world)
        world.journal.clear()
        world.news.end()
        world.touch()
        self._forget(world.sid)
