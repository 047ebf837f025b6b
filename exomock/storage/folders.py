"""Temporary folders: a server's own while it lives, swept when nobody lives in it."""

import contextlib
import os
import re
import secrets
import shutil
import signal
import stat
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from exomock.storage.lock import Held, Lock
from exomock.storage.trouble import DatabaseError, printable

_LOCK_FILE = re.compile(r"exomock-(serve|test|recordings)-[0-9a-f]{16}\.lock")
_WAY_OUT = "set TMPDIR to a folder that can be written to, or name a file for the database"

_SHORT = Path("/tmp")  # noqa: S108
"""The folder for what must have a short path: a Unix socket takes a hundred bytes."""

_swept: set[str] = set()

_ENDING = {
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
}


class TemporaryFolder:
    """
    A folder that goes with `close`, with this object, or with the process, however it ends.

    Beside each folder `exomock-x` lies its lock `exomock-x.lock`. The folder is made after the
    lock is held, and removed before it is let go: so a folder whose lock can be had has no owner
    any more, and there is no moment in which a living one could be taken for a dead one. Process
    ids are not asked: they mean nothing to a process in another container.

    Args:
        kind: `serve` sweeps what others have left each time, the others once a process.
        short: Whether its path must be short, wherever TMPDIR is.

    Raises:
        DatabaseError: No temporary folder can be written to.
    """

    def __init__(
        self, kind: Literal["serve", "test", "recordings"], *, short: bool = False
    ) -> None:
        try:
            root = _SHORT if short else Path(tempfile.gettempdir())
            if kind == "serve" or str(root) not in _swept:
                _swept.add(str(root))
                sweep(root)
            with _undisturbed():
                self.path, lock = _made(root, kind)
                self._closing = weakref.finalize(self, _remove, self.path, lock)
        except OSError as error:
            what = f"no temporary folder can be made: {error}"
            raise DatabaseError(f"{printable(what)}; {_WAY_OUT}") from None

    def close(self) -> None:
        """Remove the folder and all in it; once is enough."""
        self._closing()


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let no Ctrl-C come between a folder and what removes it: the folder would stay."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def temporary_database() -> Iterator[str]:
    """
    The URL of a database that goes when the server goes.

    Raises:
        DatabaseError: No temporary folder can be written to.
    """
    folder = TemporaryFolder("serve")
    try:
        yield f"sqlite:///{folder.path / 'calls.db'}"
    finally:
        folder.close()


def sweep(root: Path) -> None:
    """
    Remove the folders of servers that were killed.

    Only what has a lock file of exomock's beside it is looked at, so that a folder which
    somebody named `exomock-something` stays.

    Args:
        root: The folder in which they lie.
    """
    with os.scandir(root) as entries:
        locks = [entry.name for entry in entries if _LOCK_FILE.fullmatch(entry.name)]
    for name in locks:
        # Held by the living; an OSError is another user's file, which is not ours to remove.
        with contextlib.suppress(Held, OSError):
            _remove(root / name.removesuffix(".lock"), Lock(root / name))


def _made(root: Path, kind: str) -> tuple[Path, Lock]:
    while True:
        folder = root / f"exomock-{kind}-{secrets.token_hex(8)}"
        # Held only by a sweep that has found the file before it was locked.
        with contextlib.suppress(Held):
            lock = Lock(Path(f"{folder}.lock"))
            try:
                folder.mkdir(0o700)
            except OSError:
                lock.close()
                raise
            return folder, lock


def _remove(folder: Path, lock: Lock) -> None:
    """Remove a folder whose lock is held, then the lock; a folder that stays keeps its lock."""
    if not lock.held:  # a child process: the folder is its parent's
        return
    if _is_own(folder):
        shutil.rmtree(folder, ignore_errors=True)
    lock.close(keep=os.path.lexists(folder))


def _is_own(folder: Path) -> bool:
    """Whether it is a folder of this user; a link could lead to anything of his."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and (
        not hasattr(os, "getuid") or found.st_uid == os.getuid()
    )
