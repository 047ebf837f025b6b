"""The cache of recordings: files, so that each is made once while there is room."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import BinaryIO

from exomock.storage.folders import TemporaryFolder
from exomock.storage.trouble import DatabaseError

_log = logging.getLogger("exomock.recordings")

_PIECE = 65_536
"""Bytes that are read at once."""


class AudioCache:
    """
    Keeps recordings in a temporary folder; safe for many threads, lives as long as the server.

    `_lock` guards which files there are, how long they are, and the folder. No audio is read or
    written under it: who has a file open reads it to its end, also after it was put away.

    Args:
        most: Bytes of all files together; 0 keeps none.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._folder: TemporaryFolder | None = None
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._drafts = count()
        self._open = True

    def pieces(self, name: str, make: Callable[[], Iterable[bytes]]) -> Iterator[bytes]:
        """
        The bytes of a recording: kept ones, else made now, and kept once they are whole.

        Args:
            name: A file name; other bytes have another one.
            make: Makes them.
        """
        kept = self._found(name)
        if kept is not None:
            with kept:
                yield from iter(lambda: kept.read(_PIECE), b"")
            return
        draft, last = _Draft(self._place()), b""
        try:
            for piece in make():
                draft.write(piece)
                if last:
                    yield last
                last = piece
            # Before the last piece, because a client that has all bytes may close at once.
            self._keep(name, draft)
            yield last
        finally:
            draft.close()

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        with self._lock:
            return sum(self._sizes.values())

    def close(self) -> None:
        """Remove the folder; what is asked for afterwards is made, and not kept."""
        with self._lock:
            self._open = False
            self._sizes.clear()
            folder, self._folder = self._folder, None
        if folder is not None:
            folder.close()

    def _found(self, name: str) -> BinaryIO | None:
        with self._lock:
            if self._folder is None or name not in self._sizes:
                return None
            self._sizes.move_to_end(name)
            try:
                return (self._folder.path / name).open("rb")
            except OSError:  # somebody has emptied the temporary folder
                del self._sizes[name]
                return None

    def _place(self) -> Path | None:
        """Where to write a draft; None where nothing is kept."""
        with self._lock:
            if not (self._open and self._most):
                return None
            if self._folder is None:
                try:
                    self._folder = TemporaryFolder("recordings")
                except DatabaseError as error:
                    self._most = 0
                    _log.warning("recordings are made anew each time: %s", error)
                    return None
            return self._folder.path / f"draft-{next(self._drafts)}"

    def _keep(self, name: str, draft: "_Draft") -> None:
        with self._lock:
            if not self._open or self._folder is None or draft.size > self._most:
                return
            if not draft.moved(self._folder.path / name):
                return
            self._sizes[name] = draft.size
            self._sizes.move_to_end(name)
            while sum(self._sizes.values()) > self._most:
                oldest, _size = self._sizes.popitem(last=False)
                with suppress(OSError):  # Windows keeps a file that is being read
                    (self._folder.path / oldest).unlink()


class _Draft:
    """A file that is being written; a disk that is full or read-only ends it, and nothing else."""

    def __init__(self, path: Path | None) -> None:
        self.size = 0
        self._path = path
        self._file: BinaryIO | None = None
        if path is not None:
            with suppress(OSError):
                self._file = path.open("wb")

    def write(self, piece: bytes) -> None:
        """Add a piece."""
        self.size += len(piece)
        if self._file is not None:
            try:
                self._file.write(piece)
            except OSError:
                self.close()

    def moved(self, target: Path) -> bool:
        """Whether it is whole, and stands there now."""
        if self._file is None or self._path is None:
            return False
        try:
            self._file.close()
            self._path.replace(target)
        except OSError:
            return False
        self._file = None
        return True

    def close(self) -> None:
        """Remove what was not kept."""
        file, self._file = self._file, None
        if file is None or self._path is None:
            return
        with suppress(OSError):
            file.close()
        with suppress(OSError):
            self._path.unlink()
