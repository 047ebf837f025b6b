"""SQLite: a file, which one server at a time holds."""

import sqlite3
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from exomock.storage.backend import COMPILED
from exomock.storage.file import file_of, inspect, look, uri_of
from exomock.storage.hold import Hold
from exomock.storage.lawful import LAWFUL
from exomock.storage.legible import connect
from exomock.storage.tables import APPLICATION_ID, SCHEMA_VERSION, metadata
from exomock.storage.trouble import LASTING, Displaced, code_of, explain, is_fault

# As many pages as a call with its indexes takes: a smaller one might find room where none has.
_PROBE = "INSERT OR REPLACE INTO probe VALUES (1, randomblob(16384))"


class SQLite:
    """
    A file with one server: locks on it and `<file>.lock` say so, until `close` or the process ends.

    Args:
        parts: The URL of the file.
        durable: False gives up safety against power loss (a temporary file has none to give).
        shared: Whether other processes use it as well; somebody else has the locks then.

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
        self._hold: Hold | None = None

    def engine(self) -> Engine:
        """What makes its connections."""
        return create_engine(
            "sqlite://",
            creator=self._connection,
            poolclass=NullPool,
            query_cache_size=COMPILED,
        )

    def _connection(self) -> sqlite3.Connection:
        if self._hold is not None and self._mode == "rw":
            # Or it would be another database's.
            self._hold.check()
        made = connect(uri_of(self.file, self._mode), check_same_thread=False)
        try:
            made.execute("PRAGMA journal_mode=WAL")
            made.execute(f"PRAGMA synchronous={'NORMAL' if self._durable else 'OFF'}")
            made.execute("PRAGMA busy_timeout=5000")
            made.execute("PRAGMA cache_size=-512")
        except BaseException:
            made.close()
            raise
        return made

    def claim(self) -> None:
        """
        Take its locks, and look whether it is exomock's.

        Raises:
            DatabaseError: It cannot be used, or another server uses it.
        """
        look(self.file)
        self._hold = Hold(self.file, shared=self.immediate)
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
        self.verify(tx)
        # From here on a missing file is a fault: made anew it would be empty.
        self._mode = "rw"
        return not self.immediate

    def alive(self, writer: Connection) -> bool:
        """
        Whether the last transaction is over: a ROLLBACK that failed leaves it open.

        Else what was refused would be committed with the next.
        """
        driver: Any = writer.connection.driver_connection
        return not driver.in_transaction

    def verify(self, _tx: Connection) -> None:
        """Make sure, before a commit, that the file still has its name."""
        assert self._hold is not None
        try:
            self._hold.check()
            self._hold.check_lock()
        except Displaced as error:
            raise DBAPIError("COMMIT", None, error) from error

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
        if self._hold is not None:
            self._hold.tell(where)

    def close(self) -> None:
        """Let go of its locks."""
        if self._hold is not None:
            self._hold.close()


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
