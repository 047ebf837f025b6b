"""A database behind an exomock: SQLite, one writer at a time, readers that never wait for it."""

import os
import platform
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from exomock.storage.fence import Fence
from exomock.storage.file import file_of, inspect, look, uri_of
from exomock.storage.lock import Held, Lock
from exomock.storage.readers import CLOSED, Readers, Rows, discard
from exomock.storage.tables import (
    APPLICATION_ID,
    COUNT_ASKED_AGAIN,
    GIVE_ALL_BACK,
    LAWFUL,
    SAY_ASKED_AGAIN,
    SCHEMA_VERSION,
    metadata,
)
from exomock.storage.trouble import (
    LASTING,
    Complaints,
    DatabaseError,
    DatabaseFault,
    code_of,
    explain,
    is_fault,
    printable,
)
from exomock.wall import stopwatch, wall_now

BATCH = 500
"""How many due calls or callbacks are handled in one transaction."""

HEALTH_HOLDS = 1.0
"""Seconds for which an answer about health is given again, so that asking often costs nothing."""

# As many pages as a call with its indexes takes: a smaller one might find room where none has.
_PROBE = text("INSERT OR REPLACE INTO probe VALUES (1, randomblob(16384))")


class Database:
    """
    One database; lives as long as the server, safe for many threads.

    Writers take turns on one connection: with SQLite's own busy waiting 64 threads saw a p99 of
    476 ms. Readers have connections of their own, in WAL mode, and never wait for a writer.

    A database has one server: a lock on the file `<database>.lock` says so, from the making to
    `close` or the end of the process.

    Args:
        url: A SQLAlchemy URL of SQLite.
        durable: False gives up safety against power loss (a temporary file has none to give).
        shared: Whether other processes write it too: then there is no lock on the file, and what
            they have on the wire stays theirs.

    Raises:
        DatabaseError: No SQLite URL, not openable, not exomock's, of another version, damaged, or
            in use by another server.

    Attributes:
        fence: Says which accounts this process may write; None where all are its own.
        shared: Whether other processes write it too.
    """

    def __init__(self, url: str, *, durable: bool = True, shared: bool = False) -> None:
        self._durable = durable
        self.shared = shared
        self._lock = threading.Lock()
        self._complaints = Complaints()
        self._asking = threading.Lock()
        self._trouble: str | None = None
        self._damage: str | None = None
        self._asked_at = 0.0
        self.file = file_of(url)
        self._mode = "rwc"
        self._engine = create_engine(
            "sqlite://",
            creator=self._connection,
            poolclass=NullPool,
            # A question of a list takes up to 250 kB compiled, and clients choose its form.
            query_cache_size=60,
        )
        event.listen(self._engine, "connect", self._pragmas)
        self._writer: Connection | None = None
        self._closed = False
        self.fence: Fence | None = None
        self.reader = Readers(self._engine.connect, lambda error: self._fault(error, "read"))
        look(self.file)
        self._one_server = None if shared else _locked(self.file)
        try:
            inspect(self.file)
            self._prepare()
        except BaseException:
            self.close()
            raise
        # From here on a missing file is a fault: made anew it would be empty.
        self._mode = "rw"

    def _connection(self) -> sqlite3.Connection:
        return sqlite3.connect(uri_of(self.file, self._mode), uri=True, check_same_thread=False)

    def _pragmas(self, connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'NORMAL' if self._durable else 'OFF'}")
        connection.execute("PRAGMA busy_timeout=5000")
        connection.execute("PRAGMA cache_size=-512")

    def _prepare(self) -> None:
        try:
            self._writer = self._engine.connect()
            with self._writer.begin():
                # Whole or not: after a kill in the middle, half of the tables would be nobody's.
                self._writer.exec_driver_sql("BEGIN IMMEDIATE")
                for statement in _definitions():
                    self._writer.exec_driver_sql(statement)
                if not self.shared:
                    _take_back(self._writer)
        except DBAPIError as error:
            raise DatabaseError(explain(self.file, "opened", error.orig)) from None

    def tell(self, url: str) -> None:
        """Tell whoever is refused this database where its server listens."""
        if self._one_server is not None:
            self._one_server.say(f"{_me()}, {url}")

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
        """
        with self._lock:
            if self._closed:
                raise DatabaseFault(CLOSED)
            try:
                writer = self._writer
                if writer is None:
                    writer = self._writer = self._engine.connect()
                with writer.begin():
                    if self.shared:
                        # Or what the fence has read could change before the first write.
                        writer.exec_driver_sql("BEGIN IMMEDIATE")
                    if self.fence is not None and accounts:
                        self.fence.check(writer, accounts)
                    yield writer
                if then is not None:
                    then()
            except DBAPIError as error:
                # A failed COMMIT may leave a transaction open, and a ROLLBACK may fail as well.
                self._forget_writer()
                raise self._fault(error, "written") from error
        self._complaints.wrote()

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

    def _forget_writer(self) -> None:
        if self._writer is not None:
            discard(self._writer)
            self._writer = None

    def _fault(self, error: DBAPIError, cannot: str) -> Exception:
        """What is to be raised for an error of SQLite; the error itself where it is our bug."""
        if not is_fault(error):
            return error
        message = explain(self.file, cannot, error.orig)
        if code_of(error.orig) in LASTING:
            self._damage = message
        self._trouble, self._asked_at = message, stopwatch()
        self._complaints.fault(message, passes=cannot == "written" and self._damage is None)
        return DatabaseFault(message)

    def close(self) -> None:
        """Close the database and let go of its lock; nothing may be read or written after it."""
        with self._lock:
            self._closed = True
            self._forget_writer()
            self.reader.close()
            self._engine.dispose()
            if self._one_server is not None:
                self._one_server.close()

    def trouble(self) -> str | None:
        """
        Why no call can be kept now, in one line; None if one could be.

        It writes as much as a call takes, at most once a second.
        """
        with self._asking:
            if self._damage is not None:
                return self._damage
            if stopwatch() - self._asked_at >= HEALTH_HOLDS:
                self._trouble = None
                with suppress(DatabaseFault), self.writing() as tx:
                    tx.execute(_PROBE)
                self._asked_at = stopwatch()
            return self._trouble


def _take_back(tx: Connection) -> None:
    """Callbacks on the wire when the last server died go out again: a try may not have arrived."""
    tx.exec_driver_sql(SAY_ASKED_AGAIN, (wall_now(),))
    tx.exec_driver_sql(COUNT_ASKED_AGAIN)
    tx.exec_driver_sql(GIVE_ALL_BACK)


def _me() -> str:
    return f"process {os.getpid()} on {platform.node() or 'this machine'}"


def _locked(file: Path) -> Lock:
    said = f"database {printable(str(file))}"
    try:
        return Lock(file.with_name(f"{file.name}.lock"), _me())
    except Held as holder:
        raise DatabaseError(
            f"{said}: in use by {holder}; end that server, or name another file"
        ) from None
    except OSError as error:
        raise DatabaseError(
            f"{said}: its lock cannot be taken ({printable(str(error))}); name a file in a folder "
            "that can be written to"
        ) from None


@cache
def _definitions() -> tuple[str, ...]:
    """The tables and indexes as SQL, compiled once: a test that starts a server waits for it."""
    made: list[str] = []
    for table in metadata.sorted_tables:
        made.append(str(CreateTable(table, if_not_exists=True).compile(dialect=dialect())))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        made += [
            str(CreateIndex(index, if_not_exists=True).compile(dialect=dialect()))
            for index in indexes
        ]
    return (
        *made,
        LAWFUL,
        f"PRAGMA application_id={APPLICATION_ID}",
        f"PRAGMA user_version={SCHEMA_VERSION}",
    )


def moment(found: Rows[Any]) -> int | None:
    """The one moment (microseconds) a query found, None if it found none."""
    at: int | None = found.scalar_one()
    return at
