"""Accounts come to be in memory: from their rows, or new."""

import json
from collections.abc import Mapping

from sqlalchemy import Connection

from exomock.domain.clock import LATEST, Clock
from exomock.domain.dialect import Dialect
from exomock.domain.scenario import AccountOptions, ClockStart
from exomock.engine.births import born
from exomock.engine.books import Books
from exomock.engine.clocks import Clocks
from exomock.engine.counted import CountedNews
from exomock.engine.credentials import NewAccount, first_said
from exomock.engine.history import Begun
from exomock.engine.house import House
from exomock.engine.journal import Journal, Shelf
from exomock.engine.laid import ORIGIN
from exomock.engine.news import News
from exomock.engine.newsstand import Newsstand
from exomock.engine.origin import Origin
from exomock.engine.scenarios import Scenarios
from exomock.engine.waking import wake
from exomock.engine.world import World
from exomock.storage.accounts import AccountRow
from exomock.storage.restarting import go_on


class Opening:
    """
    Makes worlds; lives as long as the server.

    Args:
        house: The accounts, and what each change of them needs.
        seed: What chance is drawn from.
        clocks: Sets their clocks.
        scenarios: Gives them their scenarios.

    Attributes:
        books: What the applications under test have met, by suite.
        start: Time of an account that is new, microseconds; None is the wall clock's.
        wanted: Accounts of the command line, whose credentials are renewed.
    """

    def __init__(self, house: House, seed: int, clocks: Clocks, scenarios: Scenarios) -> None:
        self._house = house
        self._clocks = clocks
        self._scenarios = scenarios
        self._seed = seed
        self.start: int | None = None
        self.wanted: dict[str, NewAccount] = {}
        said = house.settings
        self._shelf = Shelf(said.journal_entries, said.journal_bytes)
        self.stand = Newsstand(said.events_kept, said.events_bytes, house.wall)
        self.books = Books()

    def kept(self, row: AccountRow, texts: Mapping[str, str], *, taken: bool = False) -> World:
        """
        An account as it is kept, which goes on from the last moment that was saved.

        Args:
            row: Its row.
            texts: What was laid down in it.
            taken: Whether it comes from another process, and goes on as it would there.
        """
        # --clock holds for the accounts of the command line when the server starts. An account that
        # a client made keeps the rate that the client gave it.
        own = row.made or taken
        rate = row.rate if own else self._house.settings.rate
        seed = row.seed if own else self._seed
        scenario = self._scenarios.read(row.sid, row.scenario, row.named)
        origin = Origin(row.began_at, rate, scenario)
        world = self._world(row.sid, row.key, row.token, seed, origin)
        if ORIGIN in texts:
            world.origin, world.laid.origin = self._origin(row, texts[ORIGIN], rate, own=own), True
        world.clock = Clock(self._house.wall(), min(row.saved_at, LATEST), rate)
        world.made, world.collect = row.made, row.collect
        world.created = row.created
        world.options = _options(row.options)
        world.version = born(row.version)
        wake(world, texts)
        return world

    def _origin(self, row: AccountRow, text: str, rate: float, *, own: bool) -> Origin:
        """How an account began that goes on by another rate or scenario."""
        first, name, said = json.loads(text)
        scenario = self._scenarios.read(row.sid, said, name)
        return Origin(row.began_at, first if own else rate, scenario)

    def restarted(self, tx: Connection) -> None:
        """
        Let every account go on from the last moment that was saved, and as the command line says.

        Args:
            tx: The transaction in which this process joins others; none of them lives.
        """
        rate = self._house.settings.rate
        wall = self._house.wall() + self._clocks.machine_ahead()

        def begun(text: str) -> str:
            return json.dumps([rate, *json.loads(text)[1:]], ensure_ascii=False)

        go_on(tx, wall, rate, self._seed, ORIGIN, begun)

    def taken(self, row: AccountRow) -> World:
        """An account that comes from another process; what that had on the wire is pending."""
        store, wall = self._house.store, self._house.wall()
        store.totals.forget(row.sid)  # others have written since it was counted here
        store.orphaned.give_back(row.sid, wall)
        if row.sid in self.wanted:
            said = self.wanted[row.sid]
            row = row._replace(key=said.key or row.key, token=said.token or row.token)
        world = self.kept(row, store.laid.of(row.sid), taken=True)
        world.clock, world.followed = self._clocks.going_on(row)
        world.journal.total = row.requests
        world.journal.taken_over = world.clock.at(wall)
        return world

    def new(self, new: NewAccount) -> World:
        """An account as it begins."""
        scenario = new.scenario or self._house.worlds.scenario
        seed = first_said(new.seed, new.scenario.seed if new.scenario else None, self._seed)
        # `settings` hold the command line: it beats the server's scenario, but not the scenario
        # that this account was given.
        own = new.scenario.clock if new.scenario else ClockStart()
        rate = first_said(new.rate, own.rate, self._house.settings.rate)
        time = first_said(new.time, own.now, self.start, scenario.clock.now)
        origin = Origin(time, rate, scenario)
        assert new.sid is not None
        assert new.key is not None
        assert new.token is not None
        world = self._world(new.sid, new.key, new.token, seed, origin, new.suite)
        world.collect, world.options = new.collect, new.options
        world.created = world.clock.at(self._house.wall())
        return world

    def woken(self, world: World, *, resume: bool = True) -> Begun:
        """Let an account be seen that is complete; `Beginning.then` must follow."""
        now = world.clock.at(self._house.wall())
        with world.state:
            world.knows_kinds = not self._house.store.has_any(world.sid)
            self._house.sources.look_all(world)
            begun = self._house.beginning.now(world, now, resume=resume)
            self._house.keeping.save(world)
        self._house.worlds.show(world)
        return begun

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


def _options(text: str) -> AccountOptions:
    """What was said of an account, from its row."""
    said = AccountOptions(**json.loads(text))
    return said._replace(dialect=said.dialect and Dialect(said.dialect))
