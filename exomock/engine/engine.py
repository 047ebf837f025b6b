"""The use cases of the v1 API, and the accounts they act for."""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from hashlib import sha256
from random import Random
from typing import NamedTuple

from exomock.domain.call import Call
from exomock.domain.clock import SECOND, Clock
from exomock.domain.errors import CallNotFound, NotIndian
from exomock.domain.listing import CallFilter, Page, window
from exomock.domain.number import Number
from exomock.domain.order import Order
from exomock.domain.plan import plan
from exomock.domain.scenario import Scenario, choose, number_of
from exomock.domain.sid import call_key, call_sid
from exomock.domain.telecom import NumberInfo, derive
from exomock.engine.agenda import Agenda, happen
from exomock.engine.world import World
from exomock.numbering import is_mobile
from exomock.settings import Settings
from exomock.storage import listing
from exomock.storage.rows import order_json, placed
from exomock.storage.store import AccountRow, Store


class NewAccount(NamedTuple):
    """An account's credentials."""

    sid: str
    key: str
    token: str


class Engine:
    """
    Everything a client can make an exomock do; one for each server, safe for many threads.

    Args:
        store: Where everything is kept.
        settings: What the server was told.
        scenario: What becomes of calls.
        wall: Reads the wall clock, microseconds since the epoch.
    """

    KINDS_KEPT = 50_000
    """How many fingerprints are remembered with their count; others are looked up again."""

    def __init__(
        self, store: Store, settings: Settings, scenario: Scenario, wall: Callable[[], int]
    ) -> None:
        self.store = store
        self.settings = settings
        self.scenario = scenario
        self.wall = wall
        self.agenda = Agenda(store, wall, settings.retry_after)
        self.worlds: dict[str, World] = {}
        self._kinds: OrderedDict[tuple[str, str], int] = OrderedDict()
        # As long as this process has seen every call there is, it need not ask the database.
        self._all_known = not store.any_call()

    # Accounts

    def open_accounts(self, wanted: Iterable[NewAccount], seed: int, start: int) -> None:
        """
        Open the accounts of the database and the wanted ones, whose credentials are renewed.

        Args:
            wanted: Accounts that must be there.
            seed: What chance is drawn from.
            start: Time of an account that is new, microseconds since the epoch; one that is kept
                goes on from the last moment that was saved.
        """
        kept = {row.sid: row for row in self.store.accounts()}
        rows = {row.sid: row._replace(seed=seed) for row in kept.values()}
        for account in wanted:
            saved = kept[account.sid].saved_at if account.sid in kept else start
            rows[account.sid] = AccountRow(*account, seed, self.settings.rate, saved)
        for row in rows.values():
            self._open(row._replace(rate=self.settings.rate))

    def _open(self, row: AccountRow) -> None:
        self.store.save_account(row)
        clock = Clock(self.wall(), row.saved_at, row.rate)
        world = World(row.sid, row.key, row.token, row.seed, scenario=self.scenario, clock=clock)
        world.call_at = _or_never(self.store.next_call_at(row.sid))
        world.callback_at = _or_never(self.store.next_callback_at(row.sid))
        self.worlds[row.sid] = world

    def save_times(self) -> None:
        """Keep how far each account's time has come, where anything happened since."""
        wall = self.wall()
        moved = [w for w in self.worlds.values() if w.version != w.saved_version]
        for world in moved:
            world.saved_version = world.version
        self.store.save_times((world.sid, world.clock.at(wall)) for world in moved)

    def close(self) -> None:
        """Keep every account's time and close the database."""
        wall = self.wall()
        self.store.save_times((w.sid, w.clock.at(wall)) for w in self.worlds.values())
        self.store.close()

    # Calls

    def connect(self, account: str, order: Order) -> Call:
        """
        Place a call: its whole future is planned now, nothing is waited for.

        Args:
            account: The account's Sid, which must be open.
            order: What the client asked for.

        Returns:
            The call as it was placed.

        Raises:
            CallRefused: The scenario or a magic number says so; nothing is kept.
        """
        world = self.worlds[account]
        choice = choose(world.scenario, order)
        script = choice.script
        if script.refuse is not None:
            raise script.refuse.error(order)
        text = order_json(order)
        kind = sha256(text.encode()).hexdigest()
        record = script.record if order.record is None else order.record
        with world.state:
            now = world.clock.at(self.wall())
            nth = self._nth(account, kind)
            key = call_key(world.seed, account, kind, nth)
            events = plan(script, order, now, self.settings.late_fields, Random(key))
            call = Call(
                account, call_sid(key, now), order, now, events, 0, record, script.price, choice.by
            )
            self._place(world, call, kind, nth, text)
        return call

    def _place(self, world: World, call: Call, kind: str, nth: int, text: str) -> None:
        begun, owed = happen(call, call.created)
        self.store.add_calls([placed(begun, kind, nth, text)], owed)
        self._kinds[call.account, kind] = nth + 1
        if begun.next_at is not None:
            world.call_at = min(world.call_at, begun.next_at)
        if owed:
            world.callback_at = min(world.callback_at, owed[0].due_at)
        world.version += 1

    def _nth(self, account: str, kind: str) -> int:
        known = self._kinds.get((account, kind))
        if known is not None:
            return known
        if len(self._kinds) >= self.KINDS_KEPT:
            self._kinds.popitem(last=False)
            self._all_known = False
        return 0 if self._all_known else self.store.next_nth(account, kind)

    def details(self, account: str, sid: str) -> Call:
        """
        The call of that Sid as it is now.

        Raises:
            CallNotFound: The account has none.
        """
        self.agenda.catch_up(self.worlds[account])
        call = self.store.call(account, sid)
        if call is None:
            raise CallNotFound(sid)
        return call

    def list_calls(self, account: str, asked: CallFilter) -> Page:
        """
        One page of the account's ended calls.

        Raises:
            WindowRefused: DateCreated asks for more than the service searches.
        """
        world = self.worlds[account]
        self.agenda.catch_up(world)
        now = world.clock.at(self.wall())
        found = listing.page(self.store, account, asked, window(asked.gte, asked.lte, now))
        return replace(found, second=now // SECOND)

    # Numbers

    def number(self, account: str, number: Number) -> NumberInfo:
        """
        What is known of a number: what the scenario says, else derived from the number.

        Raises:
            NotIndian: Only Indian numbers have a circle.
        """
        if not number.indian:
            raise NotIndian(number.sent)
        known = number_of(self.worlds[account].scenario, number)
        return known or derive(number.shown[1:], mobile=is_mobile(number))


def _or_never(moment: int | None) -> float:
    return math.inf if moment is None else moment
