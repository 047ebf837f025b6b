"""The use cases of the v1 API, and what a test may do to a call."""

from collections.abc import Callable
from dataclasses import replace

from exomock.domain.call import Call
from exomock.domain.changes import Leave
from exomock.domain.clock import SECOND
from exomock.domain.errors import CallNotFound
from exomock.domain.flows.inputs import Answered
from exomock.domain.listing import CallFilter, Page, read_until, window_read
from exomock.domain.order import Direction, Order
from exomock.domain.replan import Change
from exomock.domain.scenario import Scenario
from exomock.domain.script import Choice, Party, Script
from exomock.engine.accounts import Accounts
from exomock.engine.advancing import Advancing
from exomock.engine.agenda import Agenda
from exomock.engine.beginning import Beginning
from exomock.engine.calls import Calls
from exomock.engine.changing import Changing, telling
from exomock.engine.clocks import Clocks
from exomock.engine.deciding import BY_CONTROL, Decider, decide
from exomock.engine.enquiring import Enquiring
from exomock.engine.fates import Fates
from exomock.engine.faults import Faults
from exomock.engine.handing import Handing
from exomock.engine.history import Past
from exomock.engine.holdings import Holdings
from exomock.engine.house import House
from exomock.engine.items import Did
from exomock.engine.keeping import Keeping
from exomock.engine.lookups import LookUps
from exomock.engine.making import Making
from exomock.engine.message_deciding import Lists
from exomock.engine.messages import Messages
from exomock.engine.opening import Opening
from exomock.engine.outgoing import Outgoing
from exomock.engine.phones import Phones
from exomock.engine.placing import Asked, Placer, asked
from exomock.engine.resets import Resets
from exomock.engine.scenarios import Scenarios
from exomock.engine.snapshots import Snapshots
from exomock.engine.sources import Sources
from exomock.engine.standing import LiveStanding
from exomock.engine.texting import Texting
from exomock.engine.traffic import Traffic
from exomock.engine.twisting import Twisting
from exomock.engine.undoing import undone
from exomock.engine.world import World
from exomock.engine.worlds import Worlds
from exomock.recording.addresses import Addresses
from exomock.settings import Settings
from exomock.storage import listing
from exomock.storage.store import Store

FIRST_BALANCE = 1_000_000
"""What an account has where its scenario says nothing, thousandths of a rupee; it never ends."""


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

    def __init__(
        self, store: Store, settings: Settings, scenario: Scenario, wall: Callable[[], int],
        seed: int,
    ) -> None:  # fmt: skip
        self.store, self.settings, self.wall = store, settings, wall
        self.recordings = Addresses(settings.recording_base)
        worlds = Worlds(scenario)
        self.alarms = worlds.alarms
        self.keeping = Keeping(store, wall, worlds)
        self.sources = Sources(worlds)
        self.outgoing = Outgoing(store, wall, settings, self.sources)
        self.ledger = self.outgoing.ledger
        self.calls = Calls(store, settings, self.sources, self.outgoing)
        self.changing = Changing(store, wall, self.calls, self.outgoing)
        self.enquiring = Enquiring(store, wall, self.changing)
        self.holdings = Holdings(store, wall, worlds)
        self.placer = Placer(store, settings, self.calls, self.holdings.exophones)
        self.lookups = LookUps(store, wall, worlds, self.placer, self.holdings)
        self.traffic = Traffic(store, self.placer, self.holdings, self.sources)
        # Callers first, so that a call which has come in is played in the same go.
        self.messages = Messages(store, self.sources, self.outgoing)
        for source in (self.traffic, self.calls, self.messages, self.outgoing):
            self.sources.add(source)
        self.agenda = Agenda(wall, self.sources, self.ledger)
        kept = self.keeping
        self.advancing = Advancing(kept, wall, settings, self.agenda, self.ledger, self.sources)
        lists = Lists(self.holdings.exophones.known, self.lookups.barred)
        kinds = self.placer.kinds
        self.texting = Texting(store, wall, worlds, self.agenda, self.messages, kinds, lists)
        self._house(worlds, seed)

    def _house(self, worlds: Worlds, seed: int) -> None:
        """Put up what makes, sets and empties accounts; each part knows only those before it."""
        store, wall = self.store, self.wall
        self.past = Past(store)
        self.faults = Faults(store, wall)
        self.twisting = Twisting(store, wall)
        self.fates = Fates(store, wall)
        beginning = Beginning(self.faults, self.traffic, self.past)
        house = House(store, self.settings, wall, worlds, self.sources, self.keeping, beginning)
        self.clocks = Clocks(house)
        self.scenarios = Scenarios(house)
        self.phones = Phones(house)
        self.resets = Resets(house, self.clocks)
        self.snapshots = Snapshots(house, self.clocks, self.resets, self.traffic)
        handing = Handing(house, self.resets, self.snapshots.forget)
        opening = Opening(house, seed, self.clocks, self.scenarios)
        self.accounts = Accounts(house, opening, self.resets, handing)
        self.making = Making(house, seed, self.accounts, opening, self.scenarios)

    def listens_at(self, url: str) -> None:
        """Note where the server listens: for who is refused its database, and for recordings."""
        self.store.tell(url)
        self.recordings.own = url

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
        wanted = asked(order)
        with world.living(), undone(world):
            now = world.clock.at(self.wall())
            standing = self._standing(world, wanted)
            change = decide(order, standing, now)
            standing.note_connect(now)
            refusal = change.refusal
            if refusal is None:
                return self.placer.place(world, wanted, change.choice, now, standing.counts.new)
            standing.keep_refusal(counts=change.decider is not Decider.LIMIT)
        raise refusal.error(order, change.choice.why, change.choice.party)

    def inbound(
        self,
        account: str,
        order: Order,
        script: Script | None,
        replies: tuple[Answered, ...] = (),
    ) -> Call:
        """
        Let somebody call an ExoPhone.

        Args:
            account: The account's Sid.
            order: From whom, to which ExoPhone; its direction becomes inbound.
            script: What becomes of the call, None asks the scenario; leg 1 is the caller's and is
                answered at once.
            replies: Answers to the first questions of its flow; nobody else is asked these.

        Raises:
            AccountGone: The account was deleted.
        """
        world = self.accounts.world(account)
        order = replace(order, direction=Direction.INBOUND)
        wanted = asked(order)._replace(replies=replies)
        with world.living(), undone(world):
            now = world.clock.at(self.wall())
            standing = self._standing(world, wanted)
            given = None if script is None else Choice(script, BY_CONTROL)
            choice = decide(order, standing, now, given).choice
            call = self.placer.place(world, wanted, choice, now, standing.counts.new)
            world.tell(Did.INBOUND, self.wall(), call.sid)
            return call

    def _standing(self, world: World, wanted: Asked) -> LiveStanding:
        return LiveStanding(world, self.store, self.placer, self.holdings, wanted.kind)

    def hang_up(self, account: str, sid: str, by: Party) -> Call:
        """
        A party hangs up now.

        Raises:
            AccountGone: There is no such account.
            CallNotFound: The account has no such call.
            NotOnTheLine: The call has ended, or the party is not on the line yet.
        """
        return self.replan(account, sid, Leave(by))

    def replan(self, account: str, sid: str, change: Change) -> Call:
        """
        Change what becomes of a call from now on; the reply to an open question is one way.

        Raises:
            AccountGone: There is no such account.
            CallNotFound: The account has no such call.
            NotOnTheLine: The call has ended, or a party is not on the line that would have to be.
            NoQuestion: The change is a reply, and no question is open.
            PhoneCannot: A person wants what a telephone cannot do now.
        """
        world = self.accounts.world(account)
        self.agenda.catch_up(world)
        tell = telling(world, self.wall, sid, change)
        with world.living():
            return self.changing.change(world, self.call(account, sid), change, tell)

    def details(self, account: str, sid: str) -> Call:
        """
        The call of that Sid as it is now.

        Raises:
            AccountGone: The account was deleted.
            CallNotFound: The account has none.
        """
        self.agenda.catch_up(self.accounts.world(account))
        return self.call(account, sid)

    def balance(self, account: str) -> tuple[int, int]:
        """
        What is left of an account's money (thousandths), and the second in which it is so.

        Raises:
            AccountGone: The account was deleted.
        """
        world = self.accounts.world(account)
        self.agenda.catch_up(world)
        began, second = world.scenario.terms.balance, self.second(account)
        return (FIRST_BALANCE if began is None else began) - self.store.spent(account), second

    def second(self, account: str) -> int:
        """
        An account's time, unix seconds.

        Raises:
            AccountGone: The account was deleted.
        """
        return self.accounts.world(account).clock.at(self.wall()) // SECOND

    def call(self, account: str, sid: str) -> Call:
        """
        The call of that Sid as it is kept, which may be a beat behind its plan.

        Raises:
            CallNotFound: The account has none.
        """
        call = self.store.calls.one(account, sid)
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
        wall, ahead = self.wall(), self.clocks.machine_ahead()
        now = world.clock.at(wall)
        searched, read = window_read(asked.gte, asked.lte, now, wall + ahead)
        found = listing.page(self.store, account, asked, searched)
        until = read_until(asked.lte, wall + ahead) - ahead
        return replace(found, second=now // SECOND, read=read, until=until)
