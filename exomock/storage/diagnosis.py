"""What is wrong with a database: as an error, in the log, and for whoever asks about health."""

import threading
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.exc import DBAPIError

from exomock.storage.backend import Backend
from exomock.storage.trouble import Complaints, DatabaseAway, DatabaseFault
from exomock.wall import stopwatch

HEALTH_HOLDS = 1.0
"""Seconds for which an answer about health is given again, so that asking often costs nothing."""


DAMAGE_HOLDS = 10.0
"""Seconds after which it is worth reading a database again that was found damaged."""


class Diagnosis:
    """
    Knows what is wrong with one database; safe for many threads.

    Args:
        backend: The database.
        probe: Writes as much as a call takes.
        whole: Reads all of the database, and says whether it is whole.
    """

    def __init__(
        self, backend: Backend, probe: Callable[[], None], whole: Callable[[], bool]
    ) -> None:
        self._backend = backend
        self._probe = probe
        self._whole = whole
        self._complaints = Complaints()
        self._asking = threading.Lock()
        self._trouble: str | None = None
        self._damage: str | None = None
        self._asked_at = self._read_at = 0.0

    def fault(self, error: DBAPIError, cannot: str) -> Exception:
        """
        Take down an error of the driver, and tell the log.

        Args:
            error: It.
            cannot: What cannot be done: `read` or `written`.

        Returns:
            What must be raised in its place; itself where it is our bug.
        """
        if not self._backend.is_fault(error):
            return error
        message = self._backend.explain(cannot, error)
        if self._backend.lasts(error):
            self._damage, self._read_at = message, stopwatch()
        self._trouble, self._asked_at = message, stopwatch()
        self._complaints.fault(message, passes=cannot == "written" and self._damage is None)
        return (DatabaseAway if self._backend.shared else DatabaseFault)(message)

    def wrote(self) -> None:
        """
        Take down that a transaction was committed.

        It may have written nothing, or so little that a full disk had room for it. So after a fault
        only the probe shows that it is over.
        """
        if self._complaints.told:
            self._probed()

    def trouble(self) -> str | None:
        """Why no call can be kept now, in one line; None if one could be. Probes once a second."""
        with self._asking:
            if self._damage is not None and not self._is_whole():
                return self._damage
            if stopwatch() - self._asked_at >= HEALTH_HOLDS:
                self._trouble = None
                self._probed()
                self._asked_at = stopwatch()
            return self._trouble

    def _is_whole(self) -> bool:
        """
        Whether damage that was met is no more: a disk that fails once looks like damage.

        To read all of it takes its time, so it is done seldom.
        """
        if stopwatch() - self._read_at < DAMAGE_HOLDS:
            return False
        self._read_at = stopwatch()
        with suppress(DatabaseFault):
            if self._whole():
                self._damage, self._asked_at = None, 0.0
        return self._damage is None

    def _probed(self) -> None:
        with suppress(DatabaseFault):
            self._probe()
            self._complaints.wrote()
