"""The cluster as the rest of exomock sees it: where an account is, what begins and what ends."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from exomock.cluster.deeds import Deeds
from exomock.cluster.membership import Advertised, Membership
from exomock.cluster.peers import Peers
from exomock.cluster.rounds import Rounds
from exomock.cluster.transfers import NO_LEASE, Playing, Transfers
from exomock.cluster.view import view_of
from exomock.cluster.where import Here, There, Unsettled, Where
from exomock.cluster.whole import whole_of
from exomock.engine import Engine
from exomock.metrics import Now
from exomock.settings import Settings
from exomock.storage.fence import NotOwner
from exomock.storage.store import Store
from exomock.storage.trouble import DatabaseFault
from exomock.wall import rest, stopwatch

_HANDING = 8.0
"""Seconds in which accounts are handed over: a container is killed 10 s after it is told to end."""

_AT_ONCE = 16
"""How many accounts are handed over at once."""

_MEETING, _LOOK = 15.0, 0.05
"""Seconds that a worker waits for the others of its crew, and between two looks."""


class Cluster:
    """
    This process among those that share a database; lives from `join` to `leave`.

    It is the engine's `Owning`, too: it is asked before an account is made and told of its end.
    Safe for many threads.

    Args:
        store: The database, which is shared.
        me: How other processes know and find this one.
        settings: For how long a lease is, and how often it is renewed.

    Attributes:
        member: The lease.
        fence: What this process may write; the store asks it.
        alike: Whether the other processes were told the same as this one.
    """

    def __init__(self, store: Store, me: Advertised, settings: Settings) -> None:
        self._store = store
        self._me = me
        self.alike = me.crew > 1
        self.member = Membership(
            store.processes, me, lease=settings.lease, renewal=settings.lease_renewal
        )
        self.fence = store.fence = Deeds()
        self._peers = Peers(store.processes, self.member)
        self._transfers: Transfers
        self._rounds: Rounds

    def plays(self, engine: Engine) -> None:
        """Learn who plays accounts, and who counts; before `join`."""
        playing: Playing = engine.accounts
        self._transfers = Transfers(self._store.owners, self.member, self.fence, playing)

        def quiet(sid: str) -> int | None:
            world = engine.worlds.get(sid)
            if world is None or world.in_flight or engine.sources.busy(world):
                return None
            return world.version

        self._rounds = Rounds(
            self._store.owners, self.member, self._peers, self._transfers, playing, quiet
        )
        meters = engine.accounts.stand.meters
        self.member.counted, self._transfers.taken_over = meters.renewed, meters.taken_over
        self.member.lost = self._transfers.drop_all
        self.member.stuck = lambda: self._store.cut(for_good=self._peers.leaving)
        self.fence.missed = self._rounds.missed
        engine.ledger.leased = lambda: self.member.holds

    def join(self) -> None:
        """
        Enter the table of processes, and keep the lease from now on.

        Raises:
            UrlTaken: A living process advertises the same URL.
            DatabaseFault: The database could not be read or written.
        """
        self.member.join()
        self.member.start()
        self._store.owners.settle()
        self._peers.look()

    def meet(self) -> None:
        """
        Wait until the whole crew has joined, so that accounts are shared out among all of it.

        A worker that does not come is not waited for longer than `_MEETING`.

        Raises:
            DatabaseFault: The database could not be read.
        """
        bell, until = threading.Event(), stopwatch() + _MEETING
        while len(self._peers.others()) + 1 < self._me.crew and stopwatch() < until:
            rest(bell, _LOOK)
            self._peers.look()

    def start(self) -> None:
        """Look for orphans once a second from now on."""
        self._rounds.start()

    def leave(self) -> None:
        """
        Hand all accounts over, and leave the table of processes.

        Each account is saved and given to whom it names among the others. What cannot be written,
        or takes too long, is left: it is everybody's, as after a kill. Once is enough.
        """
        self._peers.leaving = self._transfers.leaving = True
        # Whoever ends a container waits ten seconds, and no longer for a database that hangs.
        late = threading.Timer(_HANDING, self._store.cut, kwargs={"for_good": True})
        late.daemon = True
        late.start()
        try:
            self._rounds.stop()
            self._leave()
        finally:
            late.cancel()

    def _leave(self) -> None:
        try:
            if self.member.holds:
                self._peers.look()
                self._give_all()
        except DatabaseFault:
            return  # the database has said so
        finally:
            self.member.leave()

    def _give_all(self) -> None:
        end = stopwatch() + _HANDING

        def give(sid: str) -> None:
            if stopwatch() < end:
                to = self._peers.named(sid)
                self._transfers.give(sid, None if to is None else to.process)

        # Side by side, because each waits a moment for what it has on the wire.
        with ThreadPoolExecutor(_AT_ONCE, "exomock-handing") as pool:
            for done in [pool.submit(give, sid) for sid in self._transfers.here()]:
                done.result()

    # Where an account is

    @property
    def me(self) -> str:
        """What an operator calls this process: `worker-1` and so on, else its URL."""
        return self._me.shown

    @property
    def holds(self) -> bool:
        """Whether this process holds its lease, and so may answer."""
        return self.member.holds

    @property
    def takeovers(self) -> int:
        """How many accounts this process has taken whose owner was gone."""
        return self._transfers.takeovers

    @property
    def tenure(self) -> int | None:
        """The id under which this process holds its lease, None while it does not."""
        return self.member.id if self.member.holds else None

    def others(self) -> list[There]:
        """The other processes that lived a second ago; never reads the database."""
        return self._peers.others()

    def tell_of_others(self, changed: Callable[[list[There]], None]) -> None:
        """Call this with the others now, and whenever one has joined or gone."""
        self._peers.changed = changed
        changed(self.others())

    def lives(self, process: int) -> bool:
        """Whether a process lived a second ago, or is newer; never reads the database."""
        return self._peers.lives(process)

    def term(self, sid: str) -> int | None:
        """
        The term under which an account is played here, None if it is not; never reads the database.

        An answer is good only if the term is the same before and after it was made: a process that
        was frozen meanwhile may have lost the account, and may even have got it back.
        """
        return self._transfers.term(sid)

    def here(self, sid: str) -> bool:
        """Whether an account is played here; never reads the database."""
        return self._transfers.term(sid) is not None

    def where(self, sid: str) -> Where:
        """
        Where an account is played; one whose owner is gone is taken over first.

        It may read and write the database, and build the account: it has no place in an event loop.
        """
        if self._transfers.term(sid) is not None:
            return Here()
        try:
            if self._peers.leaving:
                return self._transfers.gone_to(sid)
            return self._transfers.settle(sid)
        except DatabaseFault as fault:
            return Unsettled(str(fault))

    def home(self, sid: str) -> Here | There | Unsettled:
        """Where an account is to be made that does not exist: in the process that it names."""
        if not self.member.holds or self._peers.leaving:
            return self._peers.named(sid) or NO_LEASE
        return self._peers.named(sid) or Here()

    def view(self, account: str | None = None) -> dict[str, Any]:
        """
        Who lives, and who plays what: the JSON of `GET /_exomock/cluster`.

        Args:
            account: Only this account's row; None is all.

        Raises:
            DatabaseFault: The database could not be read.
        """
        return view_of(self._store, self.me, account)

    def now(self) -> Now:
        """What this process and its fellow workers have at this moment; reads the database."""
        return whole_of(self._store, self._me.url)

    # What the engine asks and tells

    def mine(self, sid: str) -> bool:
        """Whether a new account of that Sid would be this process's."""
        return self._peers.names_me(sid)

    def begin(self, sid: str) -> bool:
        """
        Enter a new account as this process's, before its row is written.

        Returns:
            False if there is one.

        Raises:
            NotOwner: This process holds no lease.
            DatabaseFault: The database could not be written.
        """
        me = self.member.id
        if me is None or not self.member.holds:
            raise NotOwner(sid)
        if not self._store.owners.begin(sid, me):
            return False
        self.fence.enter(sid, me, 1)
        self._transfers.arrived.add(sid)
        return True

    def end(self, sid: str) -> None:
        """Forget an account that is deleted, or was not made after all."""
        deed = self.fence.of(sid)
        if deed is not None:
            self.fence.drop(sid)
            self._store.owners.forget(sid, deed.process, deed.term)
