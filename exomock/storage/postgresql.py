"""PostgreSQL: a server elsewhere, which several processes may use."""

import os
import threading
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from exomock.storage.backend import COMPILED
from exomock.storage.faults import LOST, reason_of, refused, starting
from exomock.storage.locators import shown
from exomock.storage.schema import SchemaRefused, settle
from exomock.storage.sockets import Sockets
from exomock.storage.trouble import DatabaseError, printable
from exomock.wall import stopwatch

TRIED_FOR = 10.0
"""Seconds for which a server that cannot be reached is tried at start: issue 15."""

_AGAIN = 0.2
"""Seconds between two tries."""

_ANSWERS = 3
"""Seconds in which a server has to answer who connects; also tells a dead one from a slow one."""

_SESSION = (
    # As long as SQLite's busy_timeout.
    ("lock_timeout", "5s"),
    # A process that is stopped in the middle of a transaction must not hold up the others.
    ("idle_in_transaction_session_timeout", "5s"),
    # Our questions are small: to compile one takes longer than to answer it.
    ("jit", "off"),
)
_ALIVE = {
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}
"""A machine that is gone is noticed within some five seconds; libpq's own words."""


class PostgreSQL:
    """
    A database of a server, shared by all processes that are told its URL.

    Args:
        parts: Its URL.
        durable: False gives up what was written last when the server dies.

    Raises:
        DatabaseError: psycopg is not installed.
    """

    shared = True
    immediate = False
    apart = True
    readers = 8
    """A server has some hundred connections for all that use it."""

    def __init__(self, parts: URL, *, durable: bool) -> None:
        self.said = shown(parts)
        self._url = parts.set(drivername="postgresql+psycopg")
        self._durable = durable
        self._sockets = Sockets()
        try:
            import psycopg  # an extra: most people have no PostgreSQL
        except ImportError:
            raise DatabaseError(
                f"database {self.said}: PostgreSQL needs psycopg: pip install 'exomock[postgresql]'"
            ) from None
        self._driver_fault = (psycopg.OperationalError, psycopg.InterfaceError)
        self._idle = psycopg.pq.TransactionStatus.IDLE

    def engine(self) -> Engine:
        """What makes its connections."""
        known: dict[str, Any] = {
            "client_encoding": "utf8",
            **_ALIVE,
            "connect_timeout": _ANSWERS,
            "application_name": "exomock",
        }
        try:
            made = create_engine(
                self._url,
                poolclass=NullPool,
                query_cache_size=COMPILED,
                use_native_hstore=False,
                connect_args={
                    name: value for name, value in known.items() if name not in self._url.query
                },
            )
        except (ArgumentError, TypeError, ValueError) as error:
            raise _refusal(self.said, str(error)) from None
        event.listen(made, "connect", self._session)
        return made

    def _session(self, connection: Any, _record: Any) -> None:
        from exomock.storage.texts import SafeText

        connection.adapters.register_dumper(str, SafeText)
        settings = [*_SESSION, *(() if self._durable else (("synchronous_commit", "off"),))]
        said = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in settings)
        connection.autocommit = True
        connection.execute(f"SELECT {said}")
        connection.autocommit = False
        self._sockets.enter(connection)

    def claim(self) -> None:
        """Nothing is held: others use it as well."""

    def opened(self, engine: Engine) -> Connection:
        """
        The first connection; a server that is not there yet is waited for.

        Raises:
            DatabaseError: It is not there after `TRIED_FOR`, or lets us not in.
        """
        begun = stopwatch()
        while True:
            try:
                return engine.connect()
            except DBAPIError as error:
                said = _line(error)
                why = refused(said)
                if why is not None:
                    raise _refusal(self.said, f"{why} ({said})") from None
                if stopwatch() - begun >= TRIED_FOR:
                    raise _refusal(
                        self.said, f"{starting(said)} for {TRIED_FOR:g} s ({said})"
                    ) from None
                threading.Event().wait(_AGAIN)

    def prepare(self, tx: Connection) -> bool:
        """
        Make the tables where there are none; others may use the database.

        Raises:
            DatabaseError: It is another program's, or of another release.
        """
        try:
            settle(tx)
        except SchemaRefused as error:
            raise _refusal(self.said, str(error)) from None
        return False

    def alive(self, writer: Connection) -> bool:
        """Whether a connection is idle still, and the server has not ended it; it asks nobody."""
        driver: Any = writer.connection.driver_connection
        try:
            for _ in range(2):  # its last words, and its end
                driver.pgconn.consume_input()
        except self._driver_fault:
            return False
        return not driver.broken and driver.info.transaction_status == self._idle

    def verify(self, _tx: Connection) -> None:
        """A server keeps its files itself."""

    def cut(self) -> None:
        """
        End every connection at once, whoever waits for an answer over it.

        libpq waits for ever where packets are swallowed by what lies between, and says it lives.
        """
        self._sockets.shut()

    def probe(self, tx: Connection) -> None:
        """Write as much as a call takes; a row of its own, so that no process waits for another."""
        made = tx.exec_driver_sql(
            "INSERT INTO probe (filler) VALUES (%s) RETURNING id", (os.urandom(16384),)
        ).scalar_one()
        tx.exec_driver_sql("DELETE FROM probe WHERE id = %s", (made,))

    def is_fault(self, error: DBAPIError) -> bool:
        """Whether an error is the database's, and not of a statement of ours."""
        # A broken constraint or a wrong argument is a bug of exomock, which needs its traceback.
        state = getattr(error.orig, "sqlstate", None)
        return isinstance(error.orig, self._driver_fault) or reason_of(state) is not None

    def lasts(self, _error: DBAPIError) -> bool:
        """Nothing lasts: a server is mended, or its standby takes over."""
        return False

    def explain(self, cannot: str, error: DBAPIError) -> str:
        """One line about an error; `cannot` says what cannot be done."""
        reason, way_out = reason_of(getattr(error.orig, "sqlstate", None)) or LOST
        return printable(
            f"the database cannot be {cannot}: {reason} ({_line(error)}; {self.said}; {way_out})"
        )

    def tell(self, where: str) -> None:
        """Nobody is refused it."""

    def close(self) -> None:
        """Nothing is held."""


def _refusal(said: str, why: str) -> DatabaseError:
    return DatabaseError(f"database {said}: {printable(why)}")


def _line(error: DBAPIError) -> str:
    """What the driver says, as one line."""
    first, *_ = str(error.orig).strip().split("\n")
    return printable(first)
