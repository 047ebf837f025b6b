"""The accounts of an exomock: opened at start, made and ended while it runs."""

import json
from collections.abc import Iterable
from contextlib import suppress
from itertools import count

from exomock.domain.clock import LATEST, Clock
from exomock.domain.dialect import Dialect
from exomock.domain.errors import BoundReached
from exomock.domain.scenario import AccountOptions, ClockStart, Scenario
from exomock.engine.books import Books
from exomock.engine.clocks import Clocks
from exomock.engine.counted import CountedNews
from exomock.engine.credentials import NewAccount, Owners, completed, first_said
from exomock.engine.house import House
from exomock.engine.items import Did
from exomock.engine.journal import Journal, Shelf
from exomock.engine.news import News
from exomock.engine.newsstand import Newsstand
from exomock.engine.origin import Origin
from exomock.engine.resets import Resets
from exomock.engine.scenarios import Scenarios
from exomock.engine.world import World
from exomock.storage.accounts import AccountRow
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

    Attributes:
        books: What the applications under test have met, by suite.
    """

    def __init__(
        self, house: House, seed: int, clocks: Clocks, scenarios: Scenarios, resets: Resets
    ) -> None:
        self._house = house
        self._clocks = clocks
        self._scenarios = scenarios
        self._resets = resets
        self._seed = seed
        self._start: int | None = None
        self.open_house = house.settings.open_house
        said = house.settings
        self._shelf = Shelf(said.journal_entries, said.journal_bytes)
        self.stand = Newsstand(said.events_kept, said.events_bytes, house.wall)
        self.books = Books()
        self._numbers = count(1)

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
        self._start = start
        for row in self._house.store.accounts.all():
            self._enter(self._kept(row), resume=True)
        for account in wanted:
            assert account.sid is not None
            old = self.worlds.get(account.sid)
            if old is None:
                self._enter(self._new(account))
            else:
                self.owners.leave(old.sid, old.key, old.token)
                old.key, old.token = account.key or old.key, account.token or old.token
                self.owners.enter(old.sid, old.key, old.token)
                with old.state:
                    self._house.keeping.save(old)

    def _kept(self, row: AccountRow) -> World:
        # --clock holds for the accounts of the command line. An account that a client made keeps
        # the rate that the client gave it.
        rate = row.rate if row.made else self._house.settings.rate
        seed = row.seed if row.made else self._seed
        scenario = self._scenarios.read(row.sid, row.scenario)
        world = self._world(row.sid, row.key, row.token, seed, Origin(row.began_at, rate, scenario))
        world.clock = Clock(self._house.wall(), min(row.saved_at, LATEST), rate)
        world.made, world.collect = row.made, row.collect
        world.created = row.created
        world.options = _options(row.options)
        return world

    def _new(self, new: NewAccount) -> World:
        scenario = new.scenario or self.scenario
        seed = first_said(new.seed, new.scenario.seed if new.scenario else None, self._seed)
        # `settings` hold the command line: it beats the server's scenario, but not the scenario
        # that this account was given.
        own = new.scenario.clock if new.scenario else ClockStart()
        rate = first_said(new.rate, own.rate, self._house.settings.rate)
        time = first_said(new.time, own.now, self._start, scenario.clock.now)
        origin = Origin(time, rate, scenario)
        assert new.sid is not None
        assert new.key is not None
        assert new.token is not None
        world = self._world(new.sid, new.key, new.token, seed, origin, new.suite)
        world.collect, world.options = new.collect, new.options
        world.created = world.clock.at(self._house.wall())
        return world

    def _world(
        self, sid: str, key: str, token: str, seed: int, origin: Origin, suite: str | None = None
    ) -> World:
        journal = Journal(self._shelf)
        clock, followed = self._clocks.at_first(origin)
        return World(
            sid, key, token, seed, clock, origin.scenario, origin, journal=journal,
            news=self._news(sid, suite), followed=followed,
        )  # fmt: skip

    def _news(self, sid: str, suite: str | None) -> News:
        if suite is None:
            return News(self.stand, sid)
        return CountedNews(self.stand, sid, self.books.open(suite))

    def _enter(self, world: World, *, resume: bool = False) -> None:
        now = world.clock.at(self._house.wall())
        with world.state:
            self._house.keeping.save(world)
            world.knows_kinds = not self._house.store.has_any(world.sid)
            self._house.sources.look_all(world)
            begun = self._house.beginning.now(world, now, resume=resume)
        self._house.worlds.show(world)
        self._house.beginning.then(world, begun)

    def close(self) -> None:
        """Keep every account's time and close the database."""
        wall = self._house.wall()
        try:
            # A full disk must not keep the server from ending. The log has the error already.
            with suppress(DatabaseFault):
                self._house.store.accounts.save_times(
                    (w.sid, w.clock.at(wall)) for w in self._house.worlds.all()
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
            world = self._new(completed(new, self._seed, self._numbers, self.worlds))
            world.made = True
            world.knows_kinds, world.written = True, False
            now = world.clock.at(self._house.wall())
            with world.state:
                self._house.keeping.save(world)
                begun = self._house.beginning.now(world, now)
            self._house.worlds.show(world)
        self._house.beginning.then(world, begun)
        return world

    def delete(self, sid: str) -> None:
        """
        End an account: nothing more is sent for it, and nothing of it is kept.

        Raises:
            AccountGone: There is none.
        """
        with self._house.worlds.lock:
            world = self.world(sid)
            with world.state:
                self._resets.empty(world)
                try:
                    self._house.store.accounts.delete(sid)
                except DatabaseFault:
                    # Its calls are gone, and it is there still.
                    keep = ["scenario", "clock"]
                    world.tell(Did.RESET, self._house.wall(), keep=keep)
                    raise
                world.tell(Did.DELETED, self._house.wall())
                world.alive = False
                self._house.worlds.alarms.forget(world)
            self._house.worlds.hide(world)
        world.journal.clear()
        world.news.end()
        world.touch()
        self._resets.cut_off(world)


def _options(text: str) -> AccountOptions:
    """What was said of an account, from its row."""
    said = AccountOptions(**json.loads(text))
    return said._replace(dialect=said.dialect and Dialect(said.dialect))
