"""How a database is connected to: not again at once where a try has failed, and not for ever."""

from collections.abc import Callable

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from exomock.storage.trouble import DatabaseAway, DatabaseFault
from exomock.wall import stopwatch

_GIVEN_UP = "the database has not answered, and this server is about to end"


class Connecting:
    """
    Makes the connections of one database; safe for many threads.

    Args:
        engine: Makes one.
        explain: One line about why there is none.
        afar: Whether it is a server's, which may take its time to say no. A file answers at once,
            and is asked each time: whoever waits a moment finds no other answer there.
    """

    def __init__(self, engine: Engine, explain: Callable[[DBAPIError], str], *, afar: bool) -> None:
        self._engine, self._explain, self._afar = engine, explain, afar
        self._not_before, self._away = 0.0, ""
        self._given_up = False

    def connect(self) -> Connection:
        """
        A new connection.

        Where a try has failed, others fail for as long as it took: a hundred requests would wait
        one after the other for a machine that does not answer.

        Raises:
            DatabaseAway: A try has failed just now.
        """
        if not self._afar:
            return self.connect_now()
        begun = stopwatch()
        if begun < self._not_before:
            raise DatabaseAway(self._away)
        try:
            return self.connect_now()
        except DBAPIError as error:
            self._away = self._explain(error)
            now = stopwatch()
            self._not_before = now + (now - begun)
            raise

    def connect_now(self) -> Connection:
        """
        A new connection, whatever others have met with.

        Raises:
            DatabaseFault: It was given up.
        """
        if self._given_up:
            raise (DatabaseAway if self._afar else DatabaseFault)(_GIVEN_UP)
        return self._engine.connect()

    def give_up(self) -> None:
        """Make no connection any more."""
        self._given_up = True
