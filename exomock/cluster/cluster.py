"""The life of this process in the cluster: it joins, plays accounts, and hands them over."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from exomock.cluster.deeds import Deeds
from exomock.cluster.directory import Directory
from exomock.cluster.membership import Advertised, Membership
from exomock.cluster.peers import Peers
from exomock.cluster.registrar import Registrar
from exomock.cluster.rounds import Rounds
from exomock.cluster.transfers import Transfers
from exomock.cluster.where import There
from exomock.cluster.whole import whole_of
from exomock.engine import Engine
from exomock.metrics import Now
from exomock.settings import Settings
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

    The front asks its directory, and the engine its registrar; both exist from `plays` on. Safe
    for many threads.

    Args:
        store: The database, which is shared.
        me: How other processes know and find this one.
        settings: For how long a lease is, and how often it is renewed.

    Attributes:
        member: The lease.
        fence: What this process may write; the store asks it.
        directory: Where each account is played.
        registrar: Enters accounts that are made here.
    """

    directory: Directory
    registrar: Registrar

    def __init__(self, store: Store, me: Advertised, settings: Settings) -> None:
        self._store = store
        self._me = me
        self.member = Membership(
            store.processes, me, lease=settings.lease, renewal=settings.lease_renewal
        )
        self.fence = store.fence = Deeds()
        self._peers = Peers(store.processes, self.member)
        self._transfers: Transfers
        self._rounds: Rounds

    def plays(self, engine: Engine) -> None:
        """Learn which engine plays the accounts of this process; before `join`."""
        owners, playing = self._store.owners, engine.accounts
        self._transfers = Transfers(owners, self.member, self.fence, playing)
        self.directory = Directory(self._store, self.member, self._peers, self._transfers)
        self.registrar = Registrar(owners, self.member, self.fence, self._peers, self._transfers)

        def quiet(sid: str) -> int | None:
            world = engine.worlds.get(sid)
            if world is None or world.in_flight or engine.sources.busy(world):
                return None
            return world.version

        self._rounds = Rounds(owners, self.member, self._peers, self._transfers, playing, quiet)
        meters = engine.accounts.stand.meters
        self.member.counted, self._transfers.taken_over = meters.renewed, meters.taken_over
        self.member.lost, self.member.alone = self._transfers.drop_all, playing.restarted
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

        Each account is saved and given to the process that it names among the others. An account
        that cannot be saved in time is given to nobody: the others take it over, as after a kill.
        A second call finds nothing to hand over.
        """
        self._peers.leaving = self._transfers.leaving = True
        # A database that hangs must not hold up the end: a container is killed after ten seconds.
        late = threading.Timer(_HANDING, self._store.cut, kwargs={"for_good": True})
        late.daemon = True
        try:
            late.start()
        except RuntimeError:
            # No thread can be started, and they are what hands accounts over: the others take them
            # over.
            self._rounds.stop()
            self.member.leave()
            return
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
            return  # the log has the fault
        finally:
            self.member.leave()

    def _give_all(self) -> None:
        end = stopwatch() + _HANDING

        def give(sid: str) -> None:
            if stopwatch() < end:
                to = self._peers.named(sid)
                self._transfers.give(sid, None if to is None else to.process)

        # Side by side, because each account waits a moment for its callbacks on the wire.
        with ThreadPoolExecutor(_AT_ONCE, "exomock-handing") as pool:
            for done in [pool.submit(give, sid) for sid in self._transfers.here()]:
                done.result()

    @property
    def takeovers(self) -> int:
        """How many accounts this process has taken whose owner was gone."""
        return self._transfers.takeovers

    def tell_of_others(self, changed: Callable[[list[There]], None]) -> None:
        """Call a function with the other processes now, and whenever one joins or goes."""
        self._peers.changed = changed
        changed(self._peers.others())

    def now(self) -> Now:
        """What this process and its fellow workers have at this moment; reads the database."""
        return whole_of(self._store, self._me.url)
