"""Connections to read from: few, lent for one query each, and closed together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Executable, Row, RowMapping
from sqlalchemy.exc import DBAPIError

from exomock.storage.trouble import DatabaseFault

_LOOK = 0.5
"""Seconds after which whoever waits for a connection looks whether the database was closed."""

CLOSED = "the database is closed"

T = TypeVar("T")


class Rows(Generic[T]):
    """
    What a query found, all of it: the connection is free for others already.

    Args:
        rows: The rows, in order.
    """

    __slots__ = ("_rows",)

    def __init__(self, rows: Sequence[T]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[T]:
        """Row by row."""
        return iter(self._rows)

    def all(self) -> list[T]:
        """Every row."""
        return list(self._rows)

    def first(self) -> T | None:
        """The first row, None if there is none."""
        return self._rows[0] if self._rows else None

    def scalar(self) -> Any:
        """The first column of the first row, None if there is none."""
        return self._rows[0][0] if self._rows else None  # type: ignore[index]

    def scalar_one(self) -> Any:
        """The first column of the one row there must be."""
        (row,) = self._rows
        return row[0]  # type: ignore[index]

    def mappings(self) -> "Rows[RowMapping]":
        """The rows as mappings by column."""
        return Rows([row._mapping for row in self._rows])  # type: ignore[attr-defined]  # noqa: SLF001


class Readers:
    """
    Reads from one database; lives as long as it does, safe for many threads.

    A connection belongs to a query, not to a thread: threads that end, or that live longer than
    the database, leave nothing open.

    Args:
        connect: Opens a connection.
        fault: What is to be raised for an error of the database; itself where it is a bug.
        limit: How many connections there are at most. Who finds none waits.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        fault: Callable[[DBAPIError], Exception],
        limit: int,
    ) -> None:
        self._limit = limit
        self._connect = connect
        self._fault = fault
        # A None is leave to open a connection, in place of one that failed.
        self._idle: SimpleQueue[Connection | None] = SimpleQueue()
        self._lock = Lock()
        self._given = 0
        self._closed = False

    def execute(self, query: Executable, parameters: Mapping[str, Any] | None = None) -> Rows[Any]:
        """
        Read what a query finds.

        Raises:
            DatabaseFault: The database cannot be read.
        """
        try:
            rows = self._read(query, parameters)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise self._fault(error) from error
            rows = self._read_anew(query, parameters)
        if self._closed:
            self.close()
        return Rows(rows)

    def _read(self, query: Executable, parameters: Mapping[str, Any] | None) -> Sequence[Row[Any]]:
        connection = self._take() or self._opened()
        try:
            rows = connection.execute(query, parameters).fetchall()
        except BaseException:
            self._idle.put(None)
            discard(connection)
            raise
        self._idle.put(connection)
        return rows

    def _read_anew(
        self, query: Executable, parameters: Mapping[str, Any] | None
    ) -> Sequence[Row[Any]]:
        """Read once more: a server that was restarted has ended all that were idle."""
        for _ in range(self._drop_idle()):
            self._idle.put(None)
        try:
            return self._read(query, parameters)
        except DBAPIError as error:
            raise self._fault(error) from error

    def _take(self) -> Connection | None:
        if self._closed:
            raise DatabaseFault(CLOSED)
        try:
            return self._idle.get_nowait()
        except Empty:
            pass
        with self._lock:
            if self._given < self._limit:
                self._given += 1
                return None
        return self._wait()

    def _wait(self) -> Connection | None:
        while not self._closed:
            with suppress(Empty):
                return self._idle.get(timeout=_LOOK)
        raise DatabaseFault(CLOSED)

    def _opened(self) -> Connection:
        try:
            # Autocommit: a read then costs no BEGIN and no ROLLBACK.
            return self._connect().execution_options(isolation_level="AUTOCOMMIT")
        except BaseException:
            self._idle.put(None)
            raise

    def close(self) -> None:
        """Close every connection; one that is lent is closed when it comes back."""
        self._closed = True
        self._drop_idle()

    def _drop_idle(self) -> int:
        """Close the connections that nobody has; how many were there, open or to be opened."""
        left = []
        with suppress(Empty):
            while True:
                left.append(self._idle.get_nowait())
        for connection in left:
            if connection is not None:
                discard(connection)
        return len(left)


def discard(connection: Connection) -> None:
    """Close a connection whatever state it is in; what was not committed is gone."""
    with suppress(Exception):
        connection.invalidate()
    with suppress(Exception):
        connection.close()
