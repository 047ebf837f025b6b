"""Bodies that come slowly, or not to their end."""

import threading
from collections.abc import Callable, Iterable, Iterator

from exomock.domain.fault import HUNG
from exomock.wall import stopwatch

_PAUSE = 0.02  # without a pause before a short end, servers send nothing at all
_DROPS = 10  # pieces a second of an answer that drips


class Cut:
    """
    A body that ends before its announced length.

    Args:
        pieces: The body; closed with this.
        most: Bytes of it that are sent.
    """

    def __init__(self, pieces: Iterable[bytes], most: int) -> None:
        self._pieces, self._left, self._over = iter(pieces), most, False
        self._of = pieces

    def __iter__(self) -> Iterator[bytes]:
        """Itself."""
        return self

    def __next__(self) -> bytes:
        """The next piece; the last one is followed by a pause."""
        if self._over:
            threading.Event().wait(_PAUSE)
            raise StopIteration
        piece = next(self._pieces, b"")[: self._left]
        self._left -= len(piece)
        self._over = not (piece and self._left)
        return piece

    def close(self) -> None:
        """Let go of the body."""
        _close(self._of)


class Drops:
    """
    A body that comes at so many bytes a second of wall time, for `HUNG` seconds at most.

    No generator, because closing one that never began runs none of its code: the place among the
    waiting answers would never be given back.

    Args:
        pieces: What drips; closed with this.
        rate: Bytes a second.
        done: Called once, when all is sent or nobody wants it any more.
    """

    def __init__(self, pieces: Iterable[bytes], rate: float, done: Callable[[], None]) -> None:
        self._size = max(1, round(rate / _DROPS))
        self._of, self._pieces = pieces, _of_size(pieces, self._size)
        self._pause, self._between = threading.Event(), self._size / rate
        self._end, self._begun = stopwatch() + HUNG, False
        self._done: Callable[[], None] | None = done

    def __iter__(self) -> Iterator[bytes]:
        """Itself."""
        return self

    def __next__(self) -> bytes:
        """The next piece, after its pause."""
        if self._begun:
            self._pause.wait(self._between)
        self._begun = True
        piece = next(self._pieces, None)
        if piece is None or stopwatch() > self._end:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        """Give the place back."""
        done, self._done = self._done, None
        if done is not None:
            _close(self._of)
            done()

    __del__ = close


def _of_size(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of one size, but for the last."""
    rest = b""
    for piece in pieces:
        rest += piece
        whole = len(rest) - len(rest) % size
        yield from (rest[at : at + size] for at in range(0, whole, size))
        rest = rest[whole:]
    if rest:
        yield rest


def _close(pieces: Iterable[bytes]) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()
