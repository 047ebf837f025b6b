"""A lock on a file: one process holds it at a time, and it goes with the process."""

import contextlib
import os
import stat
import sys
import weakref
from pathlib import Path

from exomock.storage.trouble import printable

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# A planted symbolic link must not make exomock write to some other file.
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
_LONGEST = 300
_FAR = 1 << 30
"""The byte that Windows locks: what is locked cannot be read, and the words must be."""


class Held(Exception):
    """Somebody else has the lock; its message is what the holder wrote, in one line."""


class Holding:
    """
    A descriptor whose file this process holds a lock on; the kernel ends the lock with it.

    A child process does not hold it: what is forked closes it, what is executed never gets it.

    Args:
        fd: The descriptor; closed at the latest with this object.

    Attributes:
        identity: Of the file; a name may come to mean another one.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.identity = os.fstat(fd)
        self._closing = weakref.finalize(self, os.close, fd)
        _HOLDING.add(self)

    @property
    def held(self) -> bool:
        """Whether this process holds the lock."""
        return self._closing.alive

    def _leave(self) -> None:
        """Forget the lock in a child process, whose parent goes on to hold it."""
        if self._closing.detach() is not None:
            os.close(self._fd)


class Lock(Holding):
    """
    An advisory lock, held from its making to `close`, or to the end of the process.

    The kernel ends it with the process, also after `kill -9` and in any PID namespace. A second
    lock on the same file in the same process is refused as well.

    Args:
        file: Made where it is missing, and removed by `close` if that can be.
        words: Who holds it, for whoever is refused; empty writes nothing.

    Raises:
        Held: Somebody else has it.
        OSError: The file cannot be opened, or is no ordinary file.
    """

    def __init__(self, file: Path, words: str = "") -> None:
        super().__init__(_locked(file))
        self._file = file
        if words:
            self.say(words)

    @property
    def stands(self) -> bool:
        """Whether the file of that name is still the one that is locked."""
        return is_at(self.identity, self._file)

    def say(self, words: str) -> None:
        """Write who holds the lock."""
        # On a full disk the lock still holds, only without words.
        with contextlib.suppress(OSError):
            os.ftruncate(self._fd, 0)
            os.lseek(self._fd, 0, os.SEEK_SET)
            os.write(self._fd, words.encode(errors="replace"))

    def close(self, *, keep: bool = False) -> None:
        """
        Let go of the lock; once is enough.

        Args:
            keep: Whether the file stays, for somebody who is to lock it later.
        """
        if not self.held:
            return
        # Removed while it is held: whoever opened it before sees in `is_at` that it is gone.
        # Windows removes no open file, and nobody can have locked a file that it removes.
        if sys.platform != "win32" and not keep:
            self._remove()
        self._closing()
        if sys.platform == "win32" and not keep:
            self._remove()

    def _remove(self) -> None:
        """Remove the file, unless another one has its name: that is somebody else's."""
        # Its folder may be closed or gone. A file that stays is free all the same.
        with contextlib.suppress(OSError):
            if self.stands:
                self._file.unlink()


_HOLDING: "weakref.WeakSet[Holding]" = weakref.WeakSet()


def _leave_all() -> None:
    for lock in list(_HOLDING):
        lock._leave()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_all)


def _locked(file: Path) -> int:
    """The descriptor of a file that is locked, and still has its name."""
    while True:
        fd = os.open(file, _FLAGS, 0o644)
        try:
            if _hold(fd, file):
                return fd
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)


def _hold(fd: int, file: Path) -> bool:
    """Lock an open file; whether it still has its name."""
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        raise OSError(f"{file} is no ordinary file")
    if not _try_lock(fd):
        raise Held(_words(fd))
    return is_at(os.fstat(fd), file)


def _try_lock(fd: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(fd, _FAR, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def is_at(identity: os.stat_result, file: Path) -> bool:
    """Whether the file of that name is the one: its last holder may have removed it."""
    try:
        return os.path.samestat(identity, os.lstat(file))
    except FileNotFoundError:
        return False


def _words(fd: int) -> str:
    os.lseek(fd, 0, os.SEEK_SET)
    words = os.read(fd, _LONGEST).decode(errors="replace").strip()
    return printable(words) or "another process"
