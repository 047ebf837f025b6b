"""The hold on a database file: nobody else opens it, and it still has its name."""

import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from exomock.storage.lock import Held, Lock
from exomock.storage.trouble import DatabaseError, Displaced, printable

if TYPE_CHECKING:
    from exomock.storage.inode import Inode


class Hold:
    """
    The hold of one process on a database file; lives as long as the database.

    A file that was removed or renamed goes on to take what is written, and nobody ever finds it
    again. So every transaction asks before its commit whether the file's name still means the file
    that was opened. It does so while SQLite lets nobody else write: a second server that has come
    by another way writes after it, and the first one never again.

    Args:
        file: The database.
        shared: Whether another process has its locks.

    Raises:
        DatabaseError: Another server has it, or its lock cannot be taken.
    """

    def __init__(self, file: Path, *, shared: bool) -> None:
        self._file, self._name, self._words = file, str(file), _me()
        self._beside = file.with_name(f"{file.name}.lock")
        self._lock: Lock | None = None
        self._inode: Inode | None = None
        self._known: os.stat_result | None = None
        if not shared:
            self._take()

    def _take(self) -> None:
        said = f"database {printable(str(self._file))}"
        try:
            self._lock = Lock(self._beside, self._words)
            self._inode = _inode(self._file)
        except Held as holder:
            self.close()
            raise DatabaseError(
                f"{said}: in use by {holder}; end that server, or name another file"
            ) from None
        except OSError as error:
            raise DatabaseError(
                f"{said}: its lock cannot be taken ({printable(str(error))}); name a file in a "
                "folder that can be written to"
            ) from None
        if self._inode is not None:
            self._known = self._inode.identity

    def check(self) -> None:
        """
        Make sure that the file's name means the file that was opened; the first time it learns it.

        Raises:
            Displaced: It does not.
        """
        try:
            # A link would do for the file, but not for SQLite's log beside it.
            found = os.lstat(self._name)
        except (FileNotFoundError, NotADirectoryError):
            raise Displaced("its file is gone") from None
        except OSError as error:
            raise Displaced(f"its file cannot be seen ({error.strerror})") from None
        if self._known is None:
            self._known = found
        # Where no file has a number (some of Windows), none can be moved while it is open.
        elif found.st_ino and not os.path.samestat(found, self._known):
            raise Displaced("its file is another one now")

    def check_lock(self) -> None:
        """
        Make sure that no second server can come in; a lock that was removed is made anew.

        Raises:
            Displaced: It cannot be.
        """
        # The lock on the file itself keeps others out, whatever became of the one beside it.
        if self._inode is not None or self._lock is None or self._lock.stands:
            return
        try:
            again = Lock(self._beside, self._words)
        except (Held, OSError) as error:
            raise Displaced(f"its lock was taken away ({error})", "restart exomock") from None
        self._lock.close(keep=True)
        self._lock = again

    def tell(self, where: str) -> None:
        """Tell whoever is refused the file where its server listens."""
        self._words = f"{_me()}, {where}"
        if self._lock is not None:
            self._lock.say(self._words)

    def close(self) -> None:
        """Let go of the file, after every connection is closed."""
        if self._inode is not None:
            self._inode.close()
        if self._lock is not None:
            self._lock.close()


def _me() -> str:
    return f"process {os.getpid()} on {platform.node() or 'this machine'}"


def _inode(file: Path) -> "Inode | None":
    """The lock on the file itself, None where there is no such."""
    if sys.platform != "linux":
        return None
    from exomock.storage.inode import Inode

    try:
        return Inode(file)
    except OSError:  # some network file systems; SQLite says what else is wrong with the file
        return None
