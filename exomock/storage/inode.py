"""A lock on a database file itself, whatever name it is opened under."""

import fcntl
import os
import struct
import threading
import weakref
from pathlib import Path

from exomock.storage.lock import Held, Holding

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
_WHO = "another server, which has opened this very file under another name or lock"

# A byte that no file has, and that SQLite does not lock.
_BYTE = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 1 << 62, 1, 0)


class Inode(Holding):
    """
    A lock on a database file, held from its making to `close`, or to the end of the process.

    The lock beside a file goes by its name. This one goes with the file when it is renamed, and
    holds when the other's file was removed.

    It is of the kind that belongs to a descriptor (Linux): SQLite, which opens and closes the same
    file, would end one that belongs to the process. Conversely, closing this descriptor ends
    SQLite's locks: so it is closed after all connections, and a file that this process holds is not
    even opened a second time.

    Args:
        file: Made empty where it is missing, which is a new database.

    Raises:
        Held: Somebody else has it.
        OSError: The file cannot be opened, or its file system has no such locks.
    """

    def __init__(self, file: Path) -> None:
        with _TURN:
            if _is_ours(file):
                raise Held(_WHO)
            super().__init__(_locked(file))
            _OURS.add(self)

    def close(self) -> None:
        """Let go of the lock; once is enough."""
        self._closing()


_TURN = threading.Lock()
_OURS: "weakref.WeakSet[Inode]" = weakref.WeakSet()


def _is_ours(file: Path) -> bool:
    try:
        found = file.stat()
    except OSError:
        return False
    return any(each.held and os.path.samestat(each.identity, found) for each in _OURS)


def _locked(file: Path) -> int:
    fd = os.open(file, _FLAGS, 0o644)
    try:
        fcntl.fcntl(fd, fcntl.F_OFD_SETLK, _BYTE)
    except (BlockingIOError, PermissionError):
        os.close(fd)
        raise Held(_WHO) from None
    except BaseException:
        os.close(fd)
        raise
    return fd
