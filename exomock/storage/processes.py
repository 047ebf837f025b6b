"""The processes that share a database: each has a lease, by the database's clock."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from exomock.storage.backend import now_there
from exomock.storage.database import Database
from exomock.storage.tables import owners, processes
from exomock.storage.trouble import DatabaseError, DatabaseInDoubt

FORGOTTEN_AFTER = 600_000_000
"""Microseconds for which a process that is gone is still shown, from the end of its lease."""


class UrlTaken(DatabaseError):
    """
    A living process advertises this URL already; its message is one line.

    Args:
        url: The URL.
        name: The worker's name, else empty.
        pid: Of the process that has it.
    """

    def __init__(self, url: str, name: str, pid: int) -> None:
        whose = f"{url} as {name}" if name else url
        super().__init__(
            f"process {pid} lives in this database and advertises {whose} too; "
            "give each process a URL of its own: --advertise http://HOST:PORT"
        )
        self.url, self.name, self.pid = url, name, pid


class Process(NamedTuple):
    """
    A process as it is kept.

    Args:
        id: Never given twice.
        url: What it advertises.
        reach: How a sibling connects to it.
        name: `worker-1` and so on among workers of one machine, else empty.
        pid: In the process table of its machine.
        until: When its lease ends by the database's clock, microseconds.
        alive: Whether the lease is not over, and nobody has declared the process dead.
    """

    id: int
    url: str
    reach: str
    name: str
    pid: int
    until: int
    alive: bool

    @property
    def shown(self) -> str:
        """What an operator calls it: its name among workers, else its URL."""
        return self.name or self.url


OVERDUE = and_(~processes.c.dead, processes.c.until <= now_there())
LIVES = and_(~processes.c.dead, processes.c.until > now_there())

_LEASE = now_there() + bindparam("lease", type_=BigInteger)
_JOIN = insert(processes).values(
    url=bindparam("url_"),
    reach=bindparam("reach_"),
    name=bindparam("name_"),
    pid=bindparam("pid_"),
    until=_LEASE,
    dead=False,
)
# A lease that is over is never renewed, because another process may have taken accounts since.
_RENEW = update(processes).where(processes.c.id == bindparam("me"), LIVES).values(until=_LEASE)
_DIES = update(processes).values(dead=True)
_LEAVES = _DIES.where(processes.c.id == bindparam("me"), ~processes.c.dead)
_BURY = _DIES.where(processes.c.id == bindparam("which"), OVERDUE)
_NAMESAKES = and_(processes.c.url == bindparam("url_"), processes.c.name == bindparam("name_"))
_COLUMNS = (
    processes.c.id,
    processes.c.url,
    processes.c.reach,
    processes.c.name,
    processes.c.pid,
    processes.c.until,
    case((LIVES, literal(1)), else_=literal(0)).label("alive"),
)
_ANY = select(processes.c.id).where(LIVES).limit(1)
_ALL = select(*_COLUMNS).order_by(processes.c.id)
_FORGET = delete(processes).where(
    processes.c.dead,
    processes.c.until < now_there() - FORGOTTEN_AFTER,
    ~select(owners.c.account).where(owners.c.owner == processes.c.id).exists(),
)


def bury(tx: Connection, process: int | None) -> None:
    """
    Declare a process dead in a transaction, if its lease is over; it can renew nothing then.

    It waits for a renewal that is under way. Either that comes first, and the process lives, or it
    finds the process dead.
    """
    if process is not None:
        tx.execute(_BURY, {"which": process})


class KeptProcesses:
    """
    The processes of one database; lives as long as it, safe for many threads.

    Args:
        database: Where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._in_doubt = False

    def join(
        self,
        url: str,
        reach: str,
        *,
        name: str = "",
        pid: int,
        lease: float,
        instead: int | None = None,
        alone: Callable[[Connection], None] | None = None,
    ) -> int:
        """
        Enter a process, whose lease begins now.

        Args:
            url: What it advertises.
            reach: How a sibling connects to it.
            name: Its name among workers of one machine.
            pid: In the process table of its machine.
            lease: Seconds.
            instead: Its id before a lost lease, which is ended now.
            alone: Called in the same transaction where no process lives.

        Returns:
            Its id, which no process ever had.

        Raises:
            UrlTaken: A living process of that name advertises the URL.
            DatabaseFault: The database could not be written.
        """
        named = {"url_": url, "name_": name}
        try:
            with self._database.writing() as tx:
                self._end_old(tx, named, pid, instead)
                if alone is not None and tx.execute(_ANY).first() is None:
                    alone(tx)
                row = {**named, "reach_": reach, "pid_": pid, "lease": _micro(lease)}
                key = tx.execute(_JOIN, row).inserted_primary_key
                assert key is not None
                entered = int(key[0])
        except IntegrityError:
            raise self._taken(url, name) from None
        except DatabaseInDoubt:
            # It may have joined, and would take itself for another process, which has its URL.
            self._in_doubt = True
            raise
        self._in_doubt = False
        return entered

    def _end_old(
        self, tx: Connection, named: dict[str, str], pid: int, instead: int | None
    ) -> None:
        """End what a process was before, and those of its name whose lease is over."""
        if instead is not None:
            tx.execute(_LEAVES, {"me": instead})
        tx.execute(_DIES.where(_NAMESAKES, OVERDUE), named)
        if self._in_doubt:
            tx.execute(_DIES.where(_NAMESAKES, processes.c.pid == pid), named)
        tx.execute(_FORGET)

    def _taken(self, url: str, name: str) -> UrlTaken:
        found = [each for each in self.all() if (each.url, each.name) == (url, name)]
        return UrlTaken(url, name, found[-1].pid if found else 0)

    def namesake(self, url: str, name: str = "") -> Process | None:
        """The living process of that name that advertises the URL."""
        return next((each for each in self.living() if (each.url, each.name) == (url, name)), None)

    def renew(self, me: int, lease: float) -> bool:
        """
        Renew a lease.

        Args:
            me: Whose.
            lease: Seconds from now on.

        Returns:
            False if it was over, or somebody has declared the process dead: nothing is renewed.

        Raises:
            DatabaseFault: The database could not be written.
        """
        # A renewal does not queue with other writers: one may wait longer than a lease lasts.
        return bool(self._database.at_once(_RENEW, {"me": me, "lease": _micro(lease)}))

    def leave(self, me: int) -> None:
        """End a process now; any other may take the accounts that it still owns."""
        with self._database.writing() as tx:
            tx.execute(_LEAVES, {"me": me})

    def living(self) -> list[Process]:
        """The processes whose lease is not over, the oldest first."""
        return [each for each in self.all() if each.alive]

    def all(self) -> list[Process]:
        """Every process that is kept, the oldest first, with those that are gone."""
        return [_process(row) for row in self._database.reader.execute(_ALL)]

    def owning(self) -> dict[int, int]:
        """How many accounts each process owns, by its id."""
        counted = select(owners.c.owner, func.count(type_=Integer)).group_by(owners.c.owner)
        rows = self._database.reader.execute(counted)
        return {owner: number for owner, number in rows if owner is not None}


def _process(row: Any) -> Process:
    return Process(*row)._replace(alive=bool(row[-1]))


def _micro(seconds: float) -> int:
    return round(seconds * 1_000_000)
