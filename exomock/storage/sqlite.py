"""SQLite: a file, which one server at a time holds."""

import os
import platform
import sqlite3
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from exomock.storage.backend import COMPILED
from exomock.storage.file import file_of, inspect, look, uri_of
from exomock.storage.lawful import LAWFUL
from exomock.storage.legible import connect
from exomock.storage.lock import Held, Lock
from exomock.storage.tables import APPLICATION_ID, SCHEMA_VERSION, metadata
from exomock.storage.trouble import LASTING, DatabaseError, code_of, explain, is_fault, printable

# As many pages as a call with its indexes takes: a smaller one might find room where none has.
_PROBE = "INSERT OR REPLACE INTO probe VALUES (1, randomblob(16384))"


class SQLite:
    """
    A file with one server: a lock on `<file>.lock` says so, until `close` or the process ends.

    Args:
        parts: The URL of the file.
        durable: False gives up safety against power loss (a temporary file has none to give).
        shared: Whether other processes use it as well; somebody else holds the lock then.

    Raises:
        DatabaseError: The URL names no file.
    """

    apart = False
    readers = 16
    """Each holds two descriptors."""

    def __init__(self, parts: URL, *, durable: bool, shared: bool) -> None:
        self.file = file_of(parts)
        self.said = str(self.file)
        self.shared = self.immediate = shared
        self._durable = durable
        self._mode = "rwc"
        self._lock: Lock | None = None

    def engine(self) -> Engine:
        """What makes its connections."""
        made = create_engine(
            "sqlite://",
            creator=self._connection,
            poolclass=NullPool,
            query_cache_size=COMPILED,
        )
        event.listen(made, "connect", self._pragmas)
        return made

    def _connection(self) -> sqlite3.Connection:
        return connect(uri_of(self.file, self._mode), check_same_thread=False)

    def _pragmas(self, connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'NORMAL' if self._durable else 'OFF'}")
        connection.execute("PRAGMA busy_timeout=5000")
        connection.execute("PRAGMA cache_size=-512")

    def claim(self) -> None:
        """
        Take its lock, and look whether it is exomock's.

        Raises:
            DatabaseError: It cannot be used, or another server uses it.
        """
        look(self.file)
        if not self.immediate:
            self._lock = _locked(self.file)
        inspect(self.file)

    def opened(self, engine: Engine) -> Connection:
        """The first connection."""
        return engine.connect()

    def prepare(self, tx: Connection) -> bool:
        """Make the tables; whether nobody else uses them."""
        # Whole or not: after a kill in the middle, half of the tables would be nobody's.
        tx.exec_driver_sql("BEGIN IMMEDIATE")
        for statement in _definitions():
            tx.exec_driver_sql(statement)
        # From here on a missing file is a fault: made anew it would be empty.
        self._mode = "rw"
        return not self.immediate

    def alive(self, _writer: Connection) -> bool:
        """A file does not go away by itself."""
        return True

    def cut(self) -> None:
        """A file always answers."""

    def probe(self, tx: Connection) -> None:
        """Write as much as a call takes."""
        tx.exec_driver_sql(_PROBE)

    def is_fault(self, error: DBAPIError) -> bool:
        """Whether an error is the database's, and not of a statement of ours."""
        return is_fault(error)

    def lasts(self, error: DBAPIError) -> bool:
        """Whether no later success disproves a fault."""
        return code_of(error.orig) in LASTING

    def explain(self, cannot: str, error: DBAPIError) -> str:
        """One line about an error; `cannot` says what cannot be done."""
        return explain(self.file, cannot, error.orig)

    def tell(self, where: str) -> None:
        """Tell whoever is refused the file where its server listens."""
        if self._lock is not None:
            self._lock.say(f"{_me()}, {where}")

    def close(self) -> None:
        """Let go of the lock."""
        if self._lock is not None:
            self._lock.close()


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
