"""A database behind an exomock: one writer at a time, readers that never wait for it."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Connection, Executable, text
from sqlalchemy.exc import DBAPIError

from exomock.storage.apart import Apart
from exomock.storage.backend import Backend, bare, run, words
from exomock.storage.connecting import Connecting
from exomock.storage.diagnosis import Diagnosis
from exomock.storage.faults import unanswered
from exomock.storage.fence import Fence
from exomock.storage.lawful import COUNT_ASKED_AGAIN, GIVE_ALL_BACK, SAY_ASKED_AGAIN
from exomock.storage.locators import KINDS, parts_of
from exomock.storage.readers import CLOSED, Readers, Rows, discard
from exomock.storage.sqlite import SQLite
from exomock.storage.trouble import DatabaseError, DatabaseFault, DatabaseInDoubt
from exomock.wall import wall_now

BATCH = 500
"""How many due calls or callbacks are handled in one transaction."""

_BEGIN = words("BEGIN IMMEDIATE")
_CHECK = text("PRAGMA quick_check(1)")  # no other kind of database is ever found damaged


class Database:
    """
    One database; lives as long as the server, safe for many threads.

    Writers take turns on one connection: with SQLite's own busy waiting 64 threads saw a p99 of
    476 ms. Readers have connections of their own, and never wait for a writer.

    A file has one server, a database of PostgreSQL as many as are told its URL.

    Args:
        url: A SQLAlchemy URL of SQLite or PostgreSQL.
        durable: False gives up safety against power loss (a temporary file has none to give).
        shared: Whether other processes use the file as well; PostgreSQL is always shared.

    Raises:
        DatabaseError: No such URL, not openable, not exomock's, of another version, damaged, or
            in use by another server.

    Attributes:
        fence: Says which accounts this process may write; None where all are its own.
        shared: Whether other processes write it too.
    """

    def __init__(self, url: str, *, durable: bool = True, shared: bool = False) -> None:
        self._lock = threading.Lock()
        self._backend = backend_of(url, durable=durable, shared=shared)
        self.shared = self._backend.shared
        self._diagnosis = Diagnosis(self._backend, self._probe, partial(_is_whole, self))
        self._engine = self._backend.engine()
        self._connecting = Connecting(
            self._engine,
            lambda error: self._backend.explain("reached", error),
            afar=self._backend.apart,
        )
        self._writer: Connection | None = None
        self._closed = False
        self.fence: Fence | None = None
        self.reader = Readers(
            self._connecting.connect,
            lambda error: self._diagnosis.fault(error, "read"),
            self._backend.readers,
        )
        # A renewal connects whatever others have met with, or their patience would cost the lease.
        self._apart = Apart(
            self._connecting.connect_now,
            self._backend.alive,
            lambda error: self._diagnosis.fault(error, "written"),
        )
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        self._backend.claim()
        try:
            writer = self._writer = self._backend.opened(self._engine)
            with writer.begin():
                if self._backend.prepare(writer):
                    # Callbacks on the wire when the last server died go out again: a try may not
                    # have arrived.
                    run(writer, words(SAY_ASKED_AGAIN), (wall_now(),))
                    run(writer, words(COUNT_ASKED_AGAIN))
                    run(writer, words(GIVE_ALL_BACK))
        except DBAPIError as error:
            raise DatabaseError(self._backend.explain("opened", error)) from None

    def tell(self, url: str) -> None:
        """Tell whoever is refused this database where its server listens."""
        self._backend.tell(url)

    @contextmanager
    def writing(
        self, *accounts: str, then: Callable[[], None] | None = None
    ) -> Iterator[Connection]:
        """
        One transaction; others that write wait for it.

        Args:
            accounts: Whose rows it writes; none where they are nobody's.
            then: Done after the commit, before anybody else can write.

        Raises:
            NotOwner: An account is another process's.
            DatabaseFault: It could not be written, and had no effect. With room again the next
                one can be.
            DatabaseInDoubt: Nobody knows whether it was committed; its accounts are opened anew.
        """
        with self._transaction(accounts, then) as tx:
            yield tx
        self._diagnosis.wrote()

    @contextmanager
    def _transaction(
        self, accounts: Collection[str] = (), then: Callable[[], None] | None = None
    ) -> Iterator[Connection]:
        with self._lock:
            if self._closed:
                raise DatabaseFault(CLOSED)
            commits = False
            try:
                writer = self._opened()
                with writer.begin():
                    if self._backend.immediate:
                        # Or what the fence has read could change before the first write.
                        bare(writer, _BEGIN)
                    if self.fence is not None and accounts:
                        self.fence.check(writer, accounts)
                    yield writer
                    self._backend.verify(writer)
                    commits = True
                if then is not None:
                    then()
            except DBAPIError as error:
                # A failed COMMIT may leave a transaction open, and a ROLLBACK may fail as well.
                self._forget_writer()
                fault = self._diagnosis.fault(error, "written")
                # A commit that failed on a file was rolled back; one on a server may have happened.
                if commits and self._backend.apart and unanswered(error):
                    if self.fence is not None:
                        self.fence.doubt(accounts)
                    fault = DatabaseInDoubt(fault)
                raise fault from error

    def at_once(self, query: Executable, parameters: Mapping[str, Any]) -> int:
        """
        Change rows of no account by one statement, which waits for nobody of this process.

        In a file it does: there is one writer, whatever the number of connections.

        Returns:
            How many.

        Raises:
            DatabaseFault: The database could not be written.
        """
        if self._backend.apart:
            return self._apart.execute(query, parameters)
        with self.writing() as tx:
            return tx.execute(query, parameters).rowcount

    def cut(self, *, for_good: bool = False) -> None:
        """
        End every connection at once, so that nobody waits for a server that does not answer.

        Args:
            for_good: Whether none is to be made any more, because this process ends.
        """
        if for_good:
            self._connecting.give_up()
        self._backend.cut()

    def owned(self, tx: Connection, accounts: Collection[str]) -> Collection[str]:
        """Which of these accounts this process may write, as a transaction of its own sees it."""
        return accounts if self.fence is None else self.fence.owned(tx, accounts)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Hold up everybody who writes."""
        with self._lock:
            yield

    @property
    def writes(self) -> bool:
        """Whether somebody writes now, so that another writer would have to wait."""
        return self._lock.locked()

    def _opened(self) -> Connection:
        """The connection to write with; another one where the server has ended it."""
        if self._writer is not None and not self._backend.alive(self._writer):
            self._forget_writer()
        if self._writer is None:
            self._writer = self._connecting.connect()
        return self._writer

    def _forget_writer(self) -> None:
        if self._writer is not None:
            discard(self._writer)
            self._writer = None

    def close(self) -> None:
        """Close the database and let go of its lock; nothing may be read or written after it."""
        with self._lock:
            self._closed = True
            self._forget_writer()
            self.reader.close()
            self._apart.close()
            self._engine.dispose()
            self._backend.close()

    def trouble(self) -> str | None:
        """
        Why no call can be kept now, in one line; None if one could be.

        It writes as much as a call takes, at most once a second.
        """
        return self._diagnosis.trouble()

    def _probe(self) -> None:
        with self._transaction() as tx:
            self._backend.probe(tx)


def _is_whole(database: Database) -> bool:
    return bool(database.reader.execute(_CHECK).scalar_one() == "ok")


def backend_of(url: str, *, durable: bool, shared: bool) -> Backend:
    """
    The database that a URL names; nothing is opened.

    Raises:
        DatabaseError: It names none.
    """
    parts = parts_of(url)
    if KINDS[parts.drivername] == "postgresql":
        # Imported here: its dialect is a twentieth of a start, and most starts have a file.
        from exomock.storage.postgresql import PostgreSQL

        return PostgreSQL(parts, durable=durable)
    return SQLite(parts, durable=durable, shared=shared)


def moment(found: Rows[Any]) -> int | None:
    """The one moment (microseconds) a query found, None if it found none."""
    at: int | None = found.scalar_one()
    return at
