"""A connection apart: for single statements that must not wait for other writers."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError

from exomock.storage.readers import CLOSED, discard
from exomock.storage.trouble import DatabaseFault


class Apart:
    """
    Changes rows over a connection of its own; lives as long as the database, safe for many threads.

    A write that waits for a row which another process has locked takes up to five seconds. A lease
    that was renewed behind it would be lost.

    Args:
        connect: Opens a connection.
        alive: Whether a connection that was idle can be used still.
        fault: Gives the exception for an error of the driver; a bug of ours stays what it is.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        alive: Callable[[Connection], bool],
        fault: Callable[[DBAPIError], Exception],
    ) -> None:
        self._connect, self._alive, self._fault = connect, alive, fault
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._closed = False

    def execute(self, query: Executable, parameters: Mapping[str, Any]) -> int:
        """
        Change rows by one statement, which is a transaction of its own.

        Returns:
            How many.

        Raises:
            DatabaseFault: The database could not be written.
        """
        with self._lock:
            if self._closed:
                raise DatabaseFault(CLOSED)
            try:
                return self._opened().execute(query, parameters).rowcount
            except DBAPIError as error:
                self._forget()
                raise self._fault(error) from error

    def _opened(self) -> Connection:
        if self._connection is not None and not self._alive(self._connection):
            self._forget()
        if self._connection is None:
            # Autocommit, because BEGIN and COMMIT would make it take three times as long.
            self._connection = self._connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._connection

    def _forget(self) -> None:
        if self._connection is not None:
            discard(self._connection)
            self._connection = None

    def close(self) -> None:
        """Close the connection; nothing goes over it any more."""
        with self._lock:
            self._closed = True
            self._forget()
