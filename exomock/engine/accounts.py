"""The accounts of an exomock: found, taken over, let go of and ended; `making` makes them."""

from contextlib import suppress

from exomock.domain.scenario import Scenario
from exomock.engine.credentials import Owners
from exomock.engine.handing import Handing
from exomock.engine.house import House
from exomock.engine.items import Did
from exomock.engine.opening import Opening
from exomock.engine.owning import Alone, Owning
from exomock.engine.resets import Resets
from exomock.engine.world import World
from exomock.storage.fence import NotOwner
from exomock.storage.trouble import DatabaseFault


class Accounts:
    """
    Every account of one exomock; lives as long as the server, safe for many threads.

    Args:
        house: The accounts, and what each change of them needs.
        opening: Makes their worlds.
        resets: Empties those that end.
        handing: Lets go of those that go to another process.

    Attributes:
        stand: What the news of all accounts share.
        books: What the applications under test have met, by suite.
        owning: Whose each account is.
        restarted: Called in the transaction in which a first process joins: `Opening.restarted`.
    """

    def __init__(self, house: House, opening: Opening, resets: Resets, handing: Handing) -> None:
        self._house = house
        self._opening = opening
        self._resets = resets
        self._handing = handing
        self.stand, self.books = opening.stand, opening.books
        self.restarted = opening.restarted
        self.owning: Owning = Alone()

    @property
    def worlds(self) -> dict[str, World]:
        """The open accounts by Sid."""
        return self._house.worlds.by_sid

    @property
    def owners(self) -> Owners:
        """The credentials of all accounts."""
        return self._house.worlds.owners

    @property
    def scenario(self) -> Scenario:
        """The scenario of accounts that have none of their own."""
        return self._house.worlds.scenario

    def take(self, sid: str) -> World | None:
        """
        Open an account that this process has come to own, as it is in the database.

        What its last owner had on the wire is sent again. It has the journal, the news and the
        snapshots of no other process; `Journal.taken_over` says so.

        Returns:
            It, also where it is open already; None if there is no such account.

        Raises:
            DatabaseFault: The database cannot be read or written; nothing is open.
            NotOwner: It is another process's, or is being let go of.
        """
        with self._house.worlds.lock:
            world = self.worlds.get(sid)
            if world is not None:
                if world.left:
                    raise NotOwner(sid)
                return world
            row = self._house.store.accounts.one(sid)
            if row is None:
                # Here, because whoever makes one of that Sid has the same lock, and a row like it.
                self.owning.end(sid)
                return None
            world = self._opening.taken(row)
            begun = self._opening.woken(world)
        self._house.beginning.then(world, begun)
        return world

    def let_go(self, sid: str, *, save: bool) -> bool:
        """
        Let go of an account that goes to another process, or is another's already.

        Waits a moment for what is on the wire where it is saved. Whoever waits for the account
        meets `NotOwner`, and its streams end.

        Args:
            sid: Its Sid.
            save: Whether it is this process's still: it is written as it is now.

        Returns:
            False if it is not open, or somebody else lets go of it.
        """
        world = self.worlds.get(sid)
        return world is not None and self._handing.let_go(world, save=save)

    def close(self) -> None:
        """Keep every account's time and close the database."""
        wall = self._house.wall()
        try:
            # A full disk must not keep the server from ending. The log has the error already.
            with suppress(DatabaseFault):
                self._house.store.accounts.save_times(
                    self._house.keeping.moment(w, w.clock.at(wall))
                    for w in self._house.worlds.all()
                )
        finally:
            self._house.store.close()

    @property
    def changing(self) -> bool:
        """Whether an account is being made or ended now, so that another would have to wait."""
        return self._house.worlds.lock.locked()

    def world(self, sid: str) -> World:
        """
        The open account of that Sid.

        Raises:
            AccountGone: There is none.
        """
        return self._house.worlds.of(sid)

    def find(self, sid: str) -> World | None:
        """
        The open account of that Sid, None if there is none.

        Raises:
            NotOwner: It has gone to another process.
        """
        return self._house.worlds.find(sid)

    def ended(self, sid: str) -> None:
        """Learn that an account is no more, which may have gone to another process before."""
        self._house.worlds.left.discard(sid)

    def delete(self, sid: str) -> None:
        """
        End an account: nothing more is sent for it, and nothing of it is kept.

        Raises:
            AccountGone: There is none.
        """
        with self._house.worlds.lock:
            world = self.world(sid)
            with world.living():
                self._resets.empty(world)
                try:
                    self._house.store.accounts.delete(sid)
                except DatabaseFault:
                    # The calls are deleted, and the account is not: that is a reset.
                    keep = ["scenario", "clock"]
                    world.tell(Did.RESET, self._house.wall(), keep=keep)
                    raise
                world.tell(Did.DELETED, self._house.wall())
                world.alive = False
                self._house.worlds.alarms.forget(world)
            self._house.worlds.hide(world)
            # The account is no more: a row that says whose it was goes with a later round.
            with suppress(DatabaseFault):
                self.owning.end(sid)
        world.journal.clear()
        world.news.end()
        world.touch()
        self._resets.cut_off(world)
