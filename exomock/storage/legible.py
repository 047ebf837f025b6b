"""
SQLite connections of which every error is SQLite's own.

A damaged file puts bytes that are no UTF-8 into SQLite's messages ("malformed database schema …").
Python then raises the `UnicodeDecodeError` of reading the message, and nobody takes that for a
fault of the file. Where SQLite finds no memory Python raises a `MemoryError`, as of its own.
"""

import sqlite3
from typing import Any


def connect(uri: str, **how: Any) -> sqlite3.Connection:
    """
    Open a file, as `sqlite3.connect` does.

    Args:
        uri: SQLite's own URI.
        how: Its other options.
    """
    try:
        return sqlite3.connect(uri, uri=True, factory=_Connection, **how)
    except MemoryError as error:
        raise _own(error) from error


class _Cursor(sqlite3.Cursor):
    def execute(self, *asked: Any) -> Any:
        try:
            return super().execute(*asked)
        except (UnicodeDecodeError, MemoryError) as error:
            raise _own(error) from error

    def executemany(self, *asked: Any) -> Any:
        try:
            return super().executemany(*asked)
        except (UnicodeDecodeError, MemoryError) as error:
            raise _own(error) from error

    def fetchall(self) -> Any:
        try:
            return super().fetchall()
        except MemoryError as error:
            raise _own(error) from error


class _Connection(sqlite3.Connection):
    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    def execute(self, *asked: Any) -> Any:
        # The original makes a cursor of its own kind.
        return self.cursor().execute(*asked)

    def commit(self) -> None:
        try:
            super().commit()
        except MemoryError as error:
            raise _own(error) from error

    def rollback(self) -> None:
        try:
            super().rollback()
        except MemoryError as error:
            raise _own(error) from error


def _own(error: UnicodeDecodeError | MemoryError) -> sqlite3.DatabaseError:
    if isinstance(error, MemoryError):
        empty = sqlite3.OperationalError("out of memory")
        empty.sqlite_errorcode = sqlite3.SQLITE_NOMEM
        return empty
    found = sqlite3.DatabaseError(error.object.decode("utf-8", "replace"))
    found.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return found
