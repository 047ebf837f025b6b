"""How long an audio file is, from its beginning and its size: WAV, and mp3 by tinytag."""

import io
import struct
import wave

from exomock.domain.clock import SECOND
from exomock.recording.wav import NotAudio

_LONGEST = 24 * 3600 * SECOND
"""Microseconds; a header that says more is wrong."""


def length_of(beginning: bytes, size: int) -> int:
    """
    How long a file plays, microseconds.

    Args:
        beginning: Its first bytes, some 64 KiB; a shorter file is whole.
        size: Bytes of the whole file.

    Raises:
        NotAudio: It is neither WAV (PCM) nor mp3, or plays nothing.
    """
    if beginning.startswith(b"RIFF"):
        found = _of_wav(beginning, size)
    elif beginning.startswith(b"ID3") or (beginning[:1] == b"\xff" and beginning[1:2] >= b"\xe0"):
        found = _of_mp3(beginning, size)
    else:
        raise NotAudio("it is neither WAV nor mp3")
    if not 0 < found <= _LONGEST:
        raise NotAudio("it has no sound, by what it says of itself")
    return found


def _of_wav(beginning: bytes, size: int) -> int:
    raw = io.BytesIO(beginning)
    try:
        with wave.open(raw) as file:
            at, each = raw.tell(), file.getnchannels() * file.getsampwidth()
            rate, said = file.getframerate(), file.getnframes()
    except (wave.Error, EOFError, struct.error, ZeroDivisionError) as error:
        raise NotAudio(f"it is no WAV file that can be read ({error})") from None
    if not rate or not each:
        raise NotAudio("it is a WAV file without a rate")
    # A file that was written while it was made says a size that is not its own.
    frames: int = min(said, (size - at) // each)
    return frames * SECOND // int(rate)


def _of_mp3(beginning: bytes, size: int) -> int:
    from tinytag import TinyTag, TinyTagException  # not each server plays an mp3

    file = _Beginning(beginning, size)
    try:
        seconds: float = TinyTag.get(file_obj=file, tags=False).duration or 0.0
    except TinyTagException as error:
        raise NotAudio(f"it is no mp3 that can be read ({error})") from None
    if file.missed:
        # Of a variable rate, and no frame says how long: as it begins, so it goes on.
        seconds *= size / len(beginning)
    return round(seconds * SECOND)


class _Beginning(io.BytesIO):
    """
    The beginning of a file that is longer.

    Attributes:
        missed: Whether what was read last is not there, because it lies behind the beginning.
    """

    def __init__(self, beginning: bytes, size: int) -> None:
        super().__init__(beginning)
        self._size, self._longer = size, size > len(beginning)
        self.missed = False

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """As of the whole file."""
        if whence == io.SEEK_END:
            return super().seek(max(0, self._size + offset))
        return super().seek(offset, whence)

    def read(self, size: int | None = -1, /) -> bytes:
        """What is there."""
        found = super().read(size)
        self.missed = self._longer and size is not None and len(found) < size
        return found
