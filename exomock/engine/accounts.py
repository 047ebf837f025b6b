"""The accounts of an exomock: opened at start, made, taken over, let go of and ended."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count

from exomock.domain.errors import BoundReached
from exomock.domain.scenario import Scenario
from exomock.engine.clocks import Clocks
from exomock.engine.credentials import NewAccount, Owners, completed
from exomock.engine.handing import Handing
from exomock.engine.history import Begun
from exomock.engine.house import House
from exomock.engine.items import Did
from exomock.engine.opening import Opening
from exomock.engine.owning import Elsewhere, Owning
from exomock.engine.resets import Resets
from exomock.engine.scenarios import Scenarios
from exomock.engine.world import World
from exomock.storage.fence import NotOwner
from exomock.storage.trouble import DatabaseFault


class Accounts:
    """
    Every account of one exomock; lives as long as the server, safe for many threads.

    Args:
        house: The accounts, and what each change of them needs.
        seed: What chance is drawn from.
        clocks: Sets their clocks.
        scenarios: Gives them their scenarios.
        resets: Empties those that end.
        handing: Lets go of those that go to another process.

    Attributes:
        stand: What the news of all accounts share.
        books: What the applications under test have met, by suite.
        owning: Whose each account is; None where all are this process's.
    """

    def __init__(
        self, house: House, seed: int, clocks: Clocks, scenarios: Scenarios, resets: Resets,
        handing: Handing,
    ) -> None:  # fmt: skip
        self._house = house
        self._scenarios = scenarios
        self._resets = resets
        self._seed = seed
        self._opening = Opening(house, seed, clocks, scenarios)
        self.open_house = house.settings.open_house
        self.stand, self.books = self._opening.stand, self._opening.books
        self._numbers = count(1)
        self._handing = handing
        self.owning: Owning | None = None

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

    def open(self, wanted: Iterable[NewAccount], start: int | None) -> None:
        """
        Open the accounts of the database and the wanted ones, whose credentials are renewed.

        Args:
            wanted: Accounts that must be there, with Sid, key and token.
            start: Time of an account that is new, microseconds since the epoch; one that is kept
                goes on from the last moment that was saved. None is the wall clock's.
        """
        self._opening.start = start
        texts = self._house.store.laid.all()
        for row in self._house.store.accounts.all():
            self._enter(self._opening.kept(row, texts.get(row.sid, {})), resume=True)
        for account in wanted:
            assert account.sid is not None
            old = self.worlds.get(account.sid)
            if old is None:
                self._enter(self._opening.new(account))
            else:
                self.owners.leave(old.sid, old.key, old.token)
                old.key, old.token = account.key or old.key, account.token or old.token
                self.owners.enter(old.sid, old.key, old.token)
                with old.state:
                    self._house.keeping.save(old)

    def begin_shared(self, wanted: Iterable[NewAccount], start: int | None) -> None:
        """
        Begin without any account, because other processes share the database.

        Wanted accounts that nobody has made yet are made. One that there is gets the wanted key and
        token when this process takes it over.

        Args:
            wanted: As in `open`.
            start: As in `open`.

        Raises:
            DatabaseFault: The database cannot be read or written.
        """
        self._opening.start = start
        known = {account.sid: account for account in wanted if account.sid is not None}
        self._opening.wanted = known
        for sid, account in known.items():
            if not self._is_mine(sid) or self._house.store.accounts.one(sid) is not None:
                continue
            if self._begin(sid):
                with self._unless_it_fails(sid):
                    self._enter(self._opening.new(account))

    def _is_mine(self, sid: str) -> bool:
        """Whether this process is to make a wanted account: where all want it, one makes it."""
        return self.owning is None or not self.owning.alike or self.owning.mine(sid)

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

    def _enter(self, world: World, *, resume: bool = False) -> None:
        self._house.beginning.then(world, self._opening.woken(world, resume=resume))

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

    def make(self, new: NewAccount) -> World | None:
        """
        Make an account while the server runs.

        Returns:
            It, or None if there is one of that Sid already.

        Raises:
            BoundReached: There are as many accounts, or past calls, as the settings allow.
        """
        self._scenarios.check(new.scenario)
        with self._house.worlds.lock:
            if new.sid in self.worlds:
                return None
            if len(self.worlds) >= self._house.settings.max_accounts:
                raise BoundReached(
                    f"max-accounts: there are {len(self.worlds)} accounts; delete some"
                )
            given = self._begun(new)
            if given is None:
                return None
            assert given.sid is not None
            with self._unless_it_fails(given.sid):
                world, begun = self._made(given)
        self._house.beginning.then(world, begun)
        return world

    def _made(self, new: NewAccount) -> tuple[World, Begun]:
        world = self._opening.new(new)
        world.made = True
        world.knows_kinds, world.written = True, False
        now = world.clock.at(self._house.wall())
        with world.state:
            begun = self._house.beginning.now(world, now)
            self._house.keeping.save(world)
        self._house.worlds.show(world)
        return world, begun

    def _begun(self, new: NewAccount) -> NewAccount | None:
        """A new account with all that it needs, this process's; None if there is one."""
        while True:
            taken = Elsewhere(self.worlds, self.owning)
            given = completed(new, self._seed, self._numbers, taken)
            assert given.sid is not None
            if self._begin(given.sid):
                return given
            if new.sid is not None:
                return None  # else draw another Sid, because another process has drawn this one

    def _begin(self, sid: str) -> bool:
        return self.owning is None or self.owning.begin(sid)

    @contextmanager
    def _unless_it_fails(self, sid: str) -> Iterator[None]:
        """Give up the ownership of a new account where it cannot be made."""
        try:
            yield
        except BaseException:
            if self.owning is not None:
                with suppress(DatabaseFault):
                    self.owning.end(sid)
            raise

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
            if self.owning is not None:
                self.owning.end(sid)
        world.journal.clear()
        world.news.end()
        world.touch()
        self._resets.cut_off(world)
