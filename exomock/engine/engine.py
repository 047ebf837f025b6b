"""The use cases of the v1 API, and what a test may do to a call."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from random import Random

from exomock.domain.call import Call
from exomock.domain.clock import SECOND
from exomock.domain.errors import AccountGone, CallNotFound, NotIndian
from exomock.domain.listing import CallFilter, Page, window
from exomock.domain.number import Number
from exomock.domain.order import Direction, Order
from exomock.domain.plan import hung_up, plan
from exomock.domain.scenario import Scenario, choose, number_of
from exomock.domain.script import Choice, Party, Script
from exomock.domain.sid import call_key, call_sid
from exomock.domain.telecom import NumberInfo, derive
from exomock.engine.accounts import Accounts
from exomock.engine.agenda import Agenda, happen, or_never
from exomock.engine.snapshots import Snapshots
from exomock.engine.world import World
from exomock.numbering import is_mobile
from exomock.scenarios.directive import read_directive
from exomock.settings import Settings
from exomock.storage import listing
from exomock.storage.rows import order_json, placed
from exomock.storage.store import Store

BY_NEXT = "the control API's next"
BY_DIRECTIVE = "directive in CustomField"
BY_CONTROL = "placed by the control API"


class Engine:
    """
    Everything a client can make an exomock do; one for each server, safe for many threads.

    Args:
        store: Where everything is kept.
        settings: What the server was told.
        scenario: What becomes of calls in accounts that have no scenario of their own.
        wall: Reads the wall clock, microseconds since the epoch.
        seed: What chance is drawn from.
    """

    KINDS_KEPT = 50_000
    """How many fingerprints an account remembers with their count; others are looked up again."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        scenario: Scenario,
        wall: Callable[[], int],
        seed: int,
    ) -> None:
        self.store = store
        self.settings = settings
        self.wall = wall
        self.agenda = Agenda(store, wall, settings)
        self.accounts = Accounts(store, settings, scenario, wall, seed)
        self.snapshots = Snapshots(self.accounts, store, settings, wall)

    @property
    def worlds(self) -> dict[str, World]:
        """The open accounts by Sid."""
        return self.accounts.worlds

    def delete_account(self, sid: str) -> None:
        """
        End an account: nothing more is sent for it, and nothing of it is kept.

        Raises:
            AccountGone: There is none.
        """
        self.accounts.delete(sid)
        self.snapshots.forget(sid)

    # Calls

    def connect(self, account: str, order: Order) -> Call:
        """
        Place a call: its whole future is planned now, nothing is waited for.

        Args:
            account: The account's Sid.
            order: What the client asked for.

        Returns:
            The call as it was placed.

        Raises:
            AccountGone: The account was deleted.
            CallRefused: Its fate is to be refused; nothing is kept.
            DirectiveWrong: CustomField holds a directive that cannot be read.
        """
        world = self.accounts.world(account)
        choice = self._fate(world, order)
        if choice.script.refuse is not None:
            raise choice.script.refuse.error(order, choice.by)
        return self._place(world, order, choice)

    def _fate(self, world: World, order: Order) -> Choice:
        """Who decides, in this order: next, a directive, then the scenario with its magic."""
        directive = read_directive(order.custom_field)
        if world.nexts:
            with world.state:
                given = world.take_next()
            if given is not None:
                world.touch()
                return Choice(given, BY_NEXT)
        if directive is not None:
            return Choice(directive, f"{BY_DIRECTIVE}: {order.custom_field}")
        return choose(world.scenario, order)

    def inbound(self, account: str, order: Order, script: Script) -> Call:
        """
        Let somebody call an ExoPhone.

        Args:
            account: The account's Sid.
            order: From whom, to which ExoPhone; its direction becomes inbound.
            script: What becomes of the call; leg 1 is the caller's and is answered at once.

        Raises:
            AccountGone: The account was deleted.
        """
        world = self.accounts.world(account)
        return self._place(
            world, replace(order, direction=Direction.INBOUND), Choice(script, BY_CONTROL)
        )

    def _place(self, world: World, order: Order, choice: Choice) -> Call:
        script, text = choice.script, order_json(order)
        kind = sha256(text.encode()).hexdigest()
        record = script.record if order.record is None else order.record
        with world.state:
            if not world.alive:
                raise AccountGone(world.sid)
            now = world.clock.at(self.wall())
            nth = self._nth(world, kind)
            key = call_key(world.seed, world.sid, kind, nth)
            events = plan(script, order, now, self.settings.late_fields, Random(key))
            call = Call(
                world.sid,
                call_sid(key, now),
                order,
                now,
                events,
                0,
                record,
                script.price,
                choice.why,
            )
            begun, _events, owed = happen(call, now)
            self.store.add_calls([placed(begun, kind, nth, text)], owed)
            world.kinds[kind] = nth + 1
            self._alarm(world, begun, owed[0].due_at if owed else None)
        return begun

    def _alarm(self, world: World, call: Call, callback_at: int | None) -> None:
        if call.next_at is not None:
            world.call_at = min(world.call_at, call.next_at)
        if callback_at is not None:
            world.callback_at = min(world.callback_at, callback_at)
        world.touch()

    def _nth(self, world: World, kind: str) -> int:
        known = world.kinds.get(kind)
        if known is not None:
            return known
        if len(world.kinds) >= self.KINDS_KEPT:
            world.kinds.popitem(last=False)
            world.knows_kinds = False
        return 0 if world.knows_kinds else self.store.next_nth(world.sid, kind)

    def hang_up(self, account: str, sid: str, by: Party) -> Call:
        """
        A party hangs up now.

        Raises:
            AccountGone: There is no such account.
            CallNotFound: The account has no such call.
            NotOnTheLine: The call has ended, or the party is not on the line yet.
        """
        world = self.accounts.world(account)
        self.agenda.catch_up(world)
        with world.state:
            now = world.clock.at(self.wall())
            call = self._call(account, sid)
            after, _events, owed = happen(hung_up(call, by, now, self.settings.late_fields), now)
            self.store.save_replanned(after, owed)
            # The old plan's alarm would ring for nothing, and `idle` would wait for it.
            world.call_at = or_never(self.store.next_call_at(account))
            self._alarm(world, after, owed[0].due_at if owed else None)
        return after

    def details(self, account: str, sid: str) -> Call:
        """
        The call of that Sid as it is now.

        Raises:
            AccountGone: The account was deleted.
            CallNotFound: The account has none.
        """
        self.agenda.catch_up(self.accounts.world(account))
        return self._call(account, sid)

    def _call(self, account: str, sid: str) -> Call:
        call = self.store.call(account, sid)
        if call is None:
            raise CallNotFound(sid)
        return call

    def list_calls(self, account: str, asked: CallFilter) -> Page:
        """
        One page of the account's ended calls.

        Raises:
            AccountGone: The account was deleted.
            WindowRefused: DateCreated asks for more than the service searches.
        """
        world = self.accounts.world(account)
        self.agenda.catch_up(world)
        now = world.clock.at(self.wall())
        found = listing.page(self.store, account, asked, window(asked.gte, asked.lte, now))
        return replace(found, second=now // SECOND)

    # Numbers

    def number(self, account: str, number: Number) -> tuple[NumberInfo, str]:
        """
        What is known of a number, and by what: the scenario, else derived from the number.

        Raises:
            AccountGone: The account was deleted.
            NotIndian: Only Indian numbers have a circle.
        """
        if not number.indian:
            raise NotIndian(number.sent)
        scenario = self.accounts.world(account).scenario
        known = number_of(scenario, number)
        if known is not None:
            return known, f"numbers of {scenario.name}"
        return derive(number.shown[1:], mobile=is_mobile(number)), "derived from the number"
