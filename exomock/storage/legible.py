"""
SQLite connections of which every error is SQLite's own.

A damaged file puts bytes that are no UTF-8 into SQLite's messages ("malformed database schema …").
Python then raises the `UnicodeDecodeError` of reading the message, and nobody takes that for a
fault of the file.
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
    return sqlite3.connect(uri, uri=True, factory=_Connection, **how)


class _Cursor(sqlite3.Cursor):
    def execute(self, *asked: Any) -> Any:
        try:
            return super().execute(*asked)
        except UnicodeDecodeError as error:
            raise _damage(error) from error

    def executemany(self, *asked: Any) -> Any:
        try:
            return super().executemany(*asked)
        except UnicodeDecodeError as error:
            raise _damage(error) from error


class _Connection(sqlite3.Connection):
    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    def execute(self, *asked: Any) -> Any:
        # The original makes a cursor of its own kind.
        return self.cursor().execute(*asked)


def _damage(error: UnicodeDecodeError) -> sqlite3.DatabaseError:
    found = sqlite3.DatabaseError(error.object.decode("utf-8", "replace"))
    found.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return found
