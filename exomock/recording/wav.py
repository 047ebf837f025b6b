"""WAV: how a recording is written without an encoder, and how any such file is read."""

import io
import struct
import sys
import wave
from array import array
from collections.abc import Iterator
from typing import NamedTuple

from exomock.domain.recording import Recording
from exomock.recording.tones import RATE, channels_of, samples_of, sound

_WIDTH = 2
_RATES = 4_000, 192_000
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
HEADER_BYTES = _HEADER.size


class NotAudio(ValueError):
    """A file that cannot be read as audio; says what was found, and what was expected."""


class Samples(NamedTuple):
    """Audio as it is heard: 16-bit samples of each channel, and how many there are a second."""

    rate: int
    channels: tuple["array[int]", ...]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.channels[0]) / self.rate


def size_of(recording: Recording) -> int:
    """Bytes of a recording as WAV."""
    return HEADER_BYTES + samples_of(recording) * channels_of(recording) * _WIDTH


def as_wav(recording: Recording) -> Iterator[bytes]:
    """A recording as WAV, in pieces."""
    channels = channels_of(recording)
    size, each = size_of(recording) - HEADER_BYTES, channels * _WIDTH
    yield _HEADER.pack(
        b"RIFF", HEADER_BYTES - 8 + size, b"WAVE", b"fmt ", 16, 1, channels, RATE, RATE * each,
        each, 8 * _WIDTH, b"data", size,
    )  # fmt: skip
    for piece in sound(recording):
        yield piece if sys.byteorder == "little" else _swapped(piece)


def _swapped(piece: bytes) -> bytes:
    samples = array("h", piece)
    samples.byteswap()
    return samples.tobytes()


def read_wav(raw: bytes) -> Samples:
    """
    The samples of a WAV file.

    Raises:
        NotAudio: It is none of 8 or 16 bits a sample, one or two channels and 4 to 192 kHz, or has
            no samples.
    """
    try:
        with wave.open(io.BytesIO(raw)) as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError, struct.error) as error:
        raise NotAudio(f"is no WAV file that can be read ({error}); expected PCM") from None
    if width not in (1, _WIDTH) or channels not in (1, 2):
        raise NotAudio(
            f"has {8 * width} bits a sample and {channels} channels; expected 8 or 16, and 1 or 2"
        )
    if not _RATES[0] <= rate <= _RATES[1]:
        raise NotAudio(f"has {rate} samples a second; expected {_RATES[0]} to {_RATES[1]}")
    found = _sixteen(data, width)
    if len(found) < channels:
        raise NotAudio("is a WAV file without a sample")
    found = found[: len(found) // channels * channels]
    return Samples(rate, tuple(found[each::channels] for each in range(channels)))


def _sixteen(data: bytes, width: int) -> "array[int]":
    if width == 1:  # from 0 to 255, around 128
        return array("h", [(each - 128) << 8 for each in data])
    found = array("h", data[: len(data) // _WIDTH * _WIDTH])
    if sys.byteorder == "big":
        found.byteswap()
    return found


def interleaved(samples: Samples) -> bytes:
    """Samples as `sound` has them: 16 bits in the machine's byte order, channels interleaved."""
    count = len(samples.channels)
    both = array("h", bytes(2 * count * len(samples.channels[0])))
    for at, channel in enumerate(samples.channels):
        both[at::count] = channel
    return both.tobytes()
