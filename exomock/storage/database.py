"""A database behind an exomock: SQLite, one writer at a time, readers that never wait for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, CursorResult, create_engine, event, select, update
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from exomock.storage.tables import SCHEMA_VERSION, callbacks, metadata

BATCH = 500
"""How many due calls or callbacks are handled in one transaction."""


class DatabaseError(Exception):
    """The database cannot be used; its message is one line."""


class Database:
    """
    One database; lives as long as the server, safe for many threads.

    Writers take turns on one connection: with SQLite's own busy waiting 64 threads saw a p99 of
    476 ms. Readers have a connection each, in WAL mode, and never wait for a writer.

    Args:
        url: A SQLAlchemy URL of SQLite.
        durable: False gives up safety against power loss (a temporary file has none to give).

    Raises:
        DatabaseError: No SQLite URL, not openable, or of another version.
    """

    def __init__(self, url: str, *, durable: bool = True) -> None:
        self._durable = durable
        self._lock = threading.Lock()
        self._local = threading.local()
        try:
            if make_url(url).get_backend_name() != "sqlite":
                raise DatabaseError(f"database {url}: this release keeps calls in SQLite only")
            self._engine = create_engine(
                url, connect_args={"check_same_thread": False}, max_overflow=-1
            )
            event.listen(self._engine, "connect", self._pragmas)
            self._writer = self._engine.connect()
            self._prepare()
        except ArgumentError:
            raise DatabaseError(
                f"database {url}: expected a URL such as sqlite:///calls.db"
            ) from None
        except DBAPIError as error:
            raise DatabaseError(f"database {url}: {error.orig}") from None

    def _pragmas(self, connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'NORMAL' if self._durable else 'OFF'}")
        connection.execute("PRAGMA busy_timeout=5000")
        # Each thread's reader has its own: 80 of 1 MiB were most of what a busy server held.
        connection.execute("PRAGMA cache_size=-256")

    def _prepare(self) -> None:
        with self.writing() as tx:
            version = tx.exec_driver_sql("PRAGMA user_version").scalar_one()
            if version not in (0, SCHEMA_VERSION):
                raise DatabaseError(
                    f"database was written by another exomock (schema {version}, expected "
                    f"{SCHEMA_VERSION}); start with a new file"
                )
            for statement in _definitions():
                tx.exec_driver_sql(statement)
            tx.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")
            # What was on the wire when the last server died goes out again: at least once.
            tx.execute(
                update(callbacks).where(callbacks.c.state == "sending").values(state="pending")
            )

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction; others that write wait for it."""
        with self._lock, self._writer.begin():
            yield self._writer

    @property
    def reader(self) -> Connection:
        """The calling thread's own connection to read from."""
        reader: Connection | None = getattr(self._local, "reader", None)
        if reader is None:
            # Autocommit: a read then costs no BEGIN and no ROLLBACK.
            reader = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._local.reader = reader
        return reader

    def close(self) -> None:
        """Close the database; nothing may be read or written after it."""
        with self._lock:
            self._writer.close()
            self._engine.dispose()

    def ping(self) -> None:
        """Raise unless the database answers."""
        self.reader.execute(select(1))


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
    return tuple(made)


def moment(found: CursorResult[Any]) -> int | None:
    """The one moment (microseconds) a query found, None if it found none."""
    at: int | None = found.scalar_one()
    return at
