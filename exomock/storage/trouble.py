"""What can be wrong with a database: in one sentence, with the file and the way out."""

import logging
import re
import sqlite3
import threading
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from exomock.wall import stopwatch

QUIET = 60.0
"""Seconds after a line about a fault in which no other is written."""

_log = logging.getLogger("exomock.storage")

_ILLEGIBLE = "Could not decode to UTF-8"
"""How Python says, without a code, that a text of the file is none: exomock writes no such text."""

_UNPRINTABLE = re.compile(r"[^ -~]")


class DatabaseError(Exception):
    """The database cannot be used; its message is one line."""


class DatabaseFault(DatabaseError):
    """
    The database failed a use case, which had no effect; its message is one line.

    Only `DatabaseInDoubt` may have had one.

    The database itself has written it to the log: whoever catches it need not.
    """


class DatabaseAway(DatabaseFault):
    """As `DatabaseFault`, of a database that processes share: whoever asks again may be served."""


class DatabaseInDoubt(DatabaseAway):
    """
    The connection was lost before a commit was answered: the use case may have had its effect.

    The accounts that it wrote are opened anew from their rows (`storage.fence.Fence.doubt`).
    """

    def __init__(self, fault: Exception) -> None:
        super().__init__(f"{fault}; {_IN_DOUBT}")


class Displaced(sqlite3.OperationalError):
    """
    The database's name does not mean the file that was opened any more.

    Args:
        reason: What was found instead.
        way_out: What to do.
    """

    def __init__(self, reason: str, way_out: str = "put it back, or restart exomock") -> None:
        super().__init__(reason)
        self.way_out = way_out


_IN_DOUBT = (
    "it ended during a commit: what was asked may have been done, so look before asking again"
)

_FULL = "disk full", "free some room: exomock then goes on by itself"
_DAMAGED = "the file is damaged", "stop exomock and put a copy back, or name another file"
_GONE = "it cannot be opened", "look whether it was moved, or its folder may be written to"
_READ_ONLY = "it may only be read", "let this user write to the file and its folder"
_BUSY = "another program has locked it", "end that program's transaction"
_EMPTY = "there is no memory left", "end other programs: exomock then goes on by itself"
_REFUSED = "the disk refuses", "look at the disk's room, quotas and limits"

_REASONS = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _REFUSED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: ("the file is not a database", _DAMAGED[1]),
    sqlite3.SQLITE_CANTOPEN: _GONE,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_NOMEM: _EMPTY,
}
"""SQLite's primary result codes, each with a reason and a way out."""

LASTING = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""Codes of faults that no later success disproves: another page was read."""


def printable(text: str) -> str:
    """A text with whatever is no printable ASCII escaped, so that it stays one line."""
    return _UNPRINTABLE.sub(lambda odd: odd[0].encode("unicode_escape").decode(), text)


def code_of(error: BaseException | None) -> int:
    """The primary result code of an error of SQLite, 0 if it has none."""
    if str(error).startswith(_ILLEGIBLE):
        return sqlite3.SQLITE_CORRUPT
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def is_fault(error: DBAPIError) -> bool:
    """Whether an error is the database's, and not of a statement of ours."""
    # A broken constraint or a wrong argument is a bug of exomock, which needs its traceback.
    return type(error.orig) in (sqlite3.OperationalError, sqlite3.DatabaseError, Displaced)


def explain(file: Path, cannot: str, error: BaseException | None) -> str:
    """
    One line about an error of SQLite.

    Args:
        file: Which database.
        cannot: What cannot be done with it: opened, read or written.
        error: SQLite's own.
    """
    way_out = error.way_out if isinstance(error, Displaced) else _REFUSED[1]
    reason, way_out = _REASONS.get(code_of(error), (str(error), way_out))
    if reason == _REFUSED[0]:
        reason = f"{reason} ({error})"
    return printable(f"the database cannot be {cannot}: {reason} ({file}; {way_out})")


class Complaints:
    """
    Writes faults of one database to the log, a line a minute at most; safe for many threads.

    A full disk would otherwise be filled by its own log, with a traceback for each request.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._quiet_until = 0.0
        self._untold = 0
        self._told = False

    def fault(self, message: str, *, passes: bool) -> None:
        """
        Say what is wrong, or count it for the next line.

        Args:
            message: One line.
            passes: Whether a later write shows that it is over.
        """
        with self._lock:
            if stopwatch() < self._quiet_until:
                self._untold += 1
                return
            more = f" [{self._untold} more since the last line]" if self._untold else ""
            self._quiet_until, self._untold, self._told = stopwatch() + QUIET, 0, passes
        _log.error("%s%s", message, more)

    @property
    def told(self) -> bool:
        """Whether the last line was about a fault that a later write shows to be over."""
        return self._told

    def wrote(self) -> None:
        """Say that the database can be written again, once for each line about a fault."""
        if not self._told:
            return
        with self._lock:
            told, self._told = self._told, False
            untold, self._untold = self._untold, 0
        if told:
            _log.warning("the database can be written again [%d more faults were not told]", untold)
