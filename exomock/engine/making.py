"""Accounts come to be there: those of a database and a command line, and those of clients."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count

from exomock.domain.errors import AccountGone, BoundReached
from exomock.engine.accounts import Accounts
from exomock.engine.credentials import NewAccount, completed
from exomock.engine.history import Begun
from exomock.engine.house import House
from exomock.engine.opening import Opening
from exomock.engine.owning import Elsewhere
from exomock.engine.scenarios import Scenarios
from exomock.engine.world import World
from exomock.storage.trouble import DatabaseFault


class Making:
    """
    Makes accounts, when a server begins and while it runs; safe for many threads.

    Args:
        house: The accounts, and what each change of them needs.
        seed: What chance is drawn from.
        accounts: Knows whose each account is.
        opening: Makes their worlds.
        scenarios: Says whether a scenario is permitted.
    """

    def __init__(
        self, house: House, seed: int, accounts: Accounts, opening: Opening, scenarios: Scenarios
    ) -> None:
        self._house = house
        self._seed = seed
        self._accounts = accounts
        self._opening = opening
        self._scenarios = scenarios
        self._numbers = count(1)

    def begin(self, wanted: Iterable[NewAccount], start: int | None) -> None:
        """
        Begin with the accounts of the database and the wanted ones, whose credentials are renewed.

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
            old = self._accounts.worlds.get(account.sid)
            if old is None:
                self._enter(self._opening.new(account))
            else:
                self._renew(old, account)

    def begin_shared(self, wanted: Iterable[NewAccount], start: int | None) -> None:
        """
        Begin without any account, because other processes share the database.

        Wanted accounts that nobody has made yet are made. One that there is gets the wanted key and
        token when this process takes it over.

        Args:
            wanted: As in `begin`.
            start: As in `begin`.

        Raises:
            DatabaseFault: The database cannot be read or written.
        """
        self._opening.start = start
        known = {account.sid: account for account in wanted if account.sid is not None}
        self._opening.wanted = known
        for sid, account in known.items():
            if not self._is_mine(sid) or self._house.store.accounts.one(sid) is not None:
                continue
            if self._accounts.owning.begin(sid):
                with self._unless_it_fails(sid):
                    self._enter(self._opening.new(account))

    def _is_mine(self, sid: str) -> bool:
        """Whether this process is to make a wanted account: where all want it, one makes it."""
        owning = self._accounts.owning
        return not owning.alike or owning.mine(sid)

    def _renew(self, old: World, wanted: NewAccount) -> None:
        """Give an account that is kept the credentials of the command line."""
        owners = self._accounts.owners
        owners.leave(old.sid, old.key, old.token)
        old.key, old.token = wanted.key or old.key, wanted.token or old.token
        owners.enter(old.sid, old.key, old.token)
        with old.state:
            self._house.keeping.save(old)

    def _enter(self, world: World, *, resume: bool = False) -> None:
        self._house.beginning.then(world, self._opening.woken(world, resume=resume))

    def make(self, new: NewAccount) -> World | None:
        """
        Make an account while the server runs.

        Returns:
            It, or None if there is one of that Sid already.

        Raises:
            BoundReached: There are as many accounts, or past calls, as the settings allow.
            DatabaseFault: The database cannot be written; there is no such account.
        """
        self._scenarios.check(new.scenario)
        worlds = self._house.worlds
        with worlds.lock:
            if new.sid in worlds.by_sid:
                return None
            if len(worlds) >= self._house.settings.max_accounts:
                raise BoundReached(f"max-accounts: there are {len(worlds)} accounts; delete some")
            given = self._begun(new)
            if given is None:
                return None
            assert given.sid is not None
            with self._unless_it_fails(given.sid):
                world, begun = self._made(given)
        try:
            self._house.beginning.then(world, begun)
        except DatabaseFault:
            # With half of its past it would look like any other, and could not be made again.
            with suppress(DatabaseFault, AccountGone):
                self._accounts.delete(given.sid)
            raise
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
        owning = self._accounts.owning
        while True:
            taken = Elsewhere(self._accounts.worlds, owning)
            given = completed(new, self._seed, self._numbers, taken)
            assert given.sid is not None
            if owning.begin(given.sid):
                return given
            if new.sid is not None:
                return None  # else draw another Sid, because another process has drawn this one

    @contextmanager
    def _unless_it_fails(self, sid: str) -> Iterator[None]:
        """Give up the ownership of a new account where it cannot be made."""
        try:
            yield
        except BaseException:
            with suppress(DatabaseFault):
                self._accounts.owning.end(sid)
            raise
