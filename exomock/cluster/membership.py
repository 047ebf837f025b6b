"""
The lease of this process: entered, renewed once a second, left; and what if it is lost.

Theory
------

What moves: the row of this process in the table of processes, and until when this process *holds*
its lease. The database's clock decides when a lease is over. This process reckons by a steady clock
that counts sleep as well, from before the renewal was sent, less a margin. So it stops answering
before anybody else may take its accounts, also when it was frozen or its machine slept.

Who may: one thread renews, and nobody else writes these fields. Every thread reads `holds`. A
second thread looks whether a renewal takes as long as the lease. Then the network swallows packets
between this process and the database, and every connection to it is cut. Otherwise each thread that
has asked the database would wait until the network heals.

In which order, when the lease is lost: first `holds` is false, so that nobody is answered. Then the
process has no id, so that no account taken under the old one counts. Then every account is let go
of. Only then it joins again, under an id that no process ever had.
"""

import logging
import threading
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Connection

from exomock.storage.processes import KeptProcesses, UrlTaken
from exomock.storage.trouble import DatabaseError, DatabaseFault
from exomock.wall import lease_clock, rest

_MARGIN = 0.1
"""The part of a lease by which it is given up early: clocks do not run equally fast."""

_AGAIN = 0.25
"""Seconds after which a renewal that failed is tried again, if renewals are no more frequent."""

_LAPSED = "this process cannot renew its lease in the database, and answers for no account"

_log = logging.getLogger("exomock.cluster")


class Advertised(NamedTuple):
    """
    How other processes know and find this one.

    Args:
        url: What it advertises.
        reach: How to connect to it: the same URL, or `unix:/path/of.sock`.
        name: `worker-1` and so on among workers of one machine, else empty.
        pid: In the process table of its machine.
        crew: How many workers its server has, it among them; 1 for a process of its own.
    """

    url: str
    reach: str
    name: str
    pid: int
    crew: int = 1

    @property
    def shown(self) -> str:
        """What an operator calls it: its name among workers, else its URL."""
        return self.name or self.url


class Membership:
    """
    This process among those that share the database; lives from `join` to `leave`.

    Args:
        processes: Where leases are kept.
        me: How other processes know and find this one.
        lease: Seconds that it lives without a renewal.
        renewal: Seconds between two renewals.
        clock: Seconds of a steady clock that counts sleep.

    Attributes:
        trouble: Why the last renewal failed, in one line; empty if it did not.
        id: Under which it has joined, None while it has not; never the same after a loss.
        alone: Called in the transaction in which it joins for the first time, if no other lives.
        lost: Lets go of every account, without writing; called by the thread that renews.
        stuck: Called, by a thread of its own, when a renewal has taken as long as the lease.
        counted: Told what became of each renewal (`engine.meters.Meters.renewed`).
    """

    def __init__(
        self,
        processes: KeptProcesses,
        me: Advertised,
        *,
        lease: float,
        renewal: float,
        clock: Callable[[], float] = lease_clock,
    ) -> None:
        self.me = me
        self.id: int | None = None
        self.alone: Callable[[Connection], None] = lambda _tx: None
        self.trouble = ""
        self.lost: Callable[[], None] = lambda: None
        self.stuck: Callable[[], None] = lambda: None
        self.counted: Callable[[str], None] = lambda _result: None
        self._processes = processes
        self._lease = lease
        self._renewal = renewal
        self._clock = clock
        self._until = self._over = 0.0
        self._before: int | None = None
        self._said = ""
        self._begun: float | None = None
        self._bell, self._left = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def holds(self) -> bool:
        """Whether its lease is not over, so that what it owns is nobody else's."""
        return self._clock() < self._until

    @property
    def lapse(self) -> str:
        """Why it answers nobody while it does not hold its lease, in one line."""
        return f"{_LAPSED}: {self.trouble}" if self.trouble else _LAPSED

    def join(self) -> None:
        """
        Enter the table of processes.

        A process that was killed leaves its URL behind until its lease is over. So a process that
        finds its URL taken looks on until that lease is renewed, which is an error, or over.

        Raises:
            UrlTaken: A living process advertises the URL too.
            DatabaseFault: The database could not be written.
        """
        seen: int | None = None
        while True:
            try:
                return self._enter()
            except UrlTaken:
                other = self._processes.namesake(self.me.url, self.me.name)
                if other is not None and seen is not None and other.until != seen:
                    raise
                seen = seen if other is None else other.until
                rest(self._bell, min(self._renewal, _AGAIN))

    def start(self) -> None:
        """Renew the lease from now on, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="exomock-lease", daemon=True)
        self._thread.start()
        threading.Thread(target=self._watch, name="exomock-lease-watch", daemon=True).start()

    def leave(self) -> None:
        """Leave the table; any process may take the accounts that this one still owns."""
        self._bell.set()
        if self._thread is not None:
            self._thread.join()
        self._left.set()
        self._until = 0.0
        gone, self.id = self.id, None
        if gone is not None:
            try:
                self._processes.leave(gone)
            except DatabaseFault:
                return  # the log has the fault, and the lease ends by itself

    def beat(self) -> float:
        """Renew the lease, or join again where it was lost; seconds until the next time."""
        self._begun = self._clock()
        try:
            if self.id is None:
                self._enter()
            else:
                self._renew(self.id)
        except DatabaseError as error:
            self.counted("failed")
            self.trouble = str(error)
            if isinstance(error, UrlTaken):
                self._say(f"this process cannot join again: {error}")
            if self._clock() >= self._over:
                self._lose("it could not be renewed in time")
            return min(self._renewal, _AGAIN)
        finally:
            self._begun = None
        return self._renewal

    def look(self) -> None:
        """See whether a renewal is under way that comes too late, whatever becomes of it."""
        begun = self._begun
        if begun is not None and self._clock() - begun >= self._lease:
            self.stuck()

    def _watch(self) -> None:
        while not self._left.is_set():
            rest(self._left, self._renewal)
            self.look()

    def _run(self) -> None:
        pause = self._renewal
        while not self._bell.is_set():
            rest(self._bell, pause)
            if self._bell.is_set():
                return
            try:
                pause = self.beat()
            except Exception:  # noqa: BLE001
                # The thread must go on: without it the process would answer nobody ever again.
                _log.exception("the lease could not be renewed")

    def _enter(self) -> None:
        sent = self._clock()
        url, reach, name, pid, _crew = self.me
        entered = self._processes.join(
            url, reach, name=name, pid=pid, lease=self._lease, instead=self._before,
            # Its accounts went on by their lines while it had no lease, and clients saw it.
            alone=self.alone if self._before is None else None,
        )  # fmt: skip
        self.id, self._before = entered, entered
        self._holds_from(sent)
        self._said = ""
        _log.info("joined as process %d", entered)

    def _renew(self, me: int) -> None:
        sent = self._clock()
        if not self._processes.renew(me, self._lease):
            self._lose("it was over before it was renewed")
            return
        self.counted("ok")
        self._holds_from(sent)

    def _holds_from(self, sent: float) -> None:
        self.trouble = ""
        self._over = sent + self._lease
        self._until = self._over - self._lease * _MARGIN

    def _lose(self, why: str) -> None:
        self._until = 0.0
        if self.id is None:
            return
        self.id = None
        self.counted("lost")
        self._say(f"the lease of this process is lost ({why}): it lets go of its accounts")
        self.lost()

    def _say(self, text: str) -> None:
        """Say something, once until there is something else to say."""
        if text != self._said:
            self._said = text
            _log.warning("%s", text)
