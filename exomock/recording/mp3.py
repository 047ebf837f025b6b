"""mp3, by LAME: how a recording is written and read where `exomock[mp3]` is installed."""

import logging
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from exomock.domain.recording import Recording
from exomock.recording.tones import RATE, channels_of, samples_of, sound
from exomock.recording.wav import NotAudio, Samples

_log = logging.getLogger("exomock.recordings")

HIGH_QUALITY = 32
"""Kilobits a second for each channel of `mp3-hq`. Source: issue 12 (V: the vendor's portal)."""

# UNVERIFIED: the bit rate of a plain `mp3`; the file of a live recording would settle it.
PLAIN_QUALITY = 16
"""Kilobits a second for each channel of `mp3`."""

_SPEED = 7
"""LAME's choice between quality (0) and speed (9)."""

_FRAME = 576
"""Samples of a frame at 8 kHz (MPEG-2.5 layer III)."""

_MORE_FRAMES = 2
"""Frames that LAME needs beside those of the sound, for its delay; a law holds it to this."""

_HOW = (
    "recordings come as WAV, because lameenc is not installed; for mp3, as the real service has "
    "them: pip install 'exomock[mp3]'"
)


@cache
def lame() -> Any | None:
    """The encoder; None, and one line in the log, where it is not installed."""
    try:
        import lameenc  # an extra: LGPL, and a wheel for each platform
    except ImportError:
        _log.warning("%s", _HOW)
        return None
    return lameenc


def quality_of(recording: Recording) -> int:
    """The bit rate of a recording, kilobits a second of all its channels."""
    each = HIGH_QUALITY if recording.high_quality else PLAIN_QUALITY
    return each * channels_of(recording)


def size_of(recording: Recording) -> int:
    """Bytes of a recording as mp3: each frame is as long as any other."""
    frames = -(-samples_of(recording) // _FRAME) + _MORE_FRAMES
    return frames * _FRAME // 8 * quality_of(recording) * 1000 // RATE


def as_mp3(recording: Recording) -> Iterator[bytes]:
    """A recording as mp3, in pieces; only where `lame()` is there."""
    kilobits, channels = quality_of(recording), channels_of(recording)
    yield from encoded(sound(recording), RATE, channels, kilobits)


def encoded(sounds: Iterable[bytes], rate: int, channels: int, kilobits: int) -> Iterator[bytes]:
    """
    Sound as mp3 of 8,000 samples a second, in pieces.

    Args:
        sounds: Its pieces: 16-bit samples of the machine's byte order; at least one.
        rate: Samples a second that it has.
        channels: 1 or 2.
        kilobits: A second, of all channels.
    """
    encoder = lame().Encoder()  # type: ignore[union-attr]
    encoder.silence()
    encoder.set_bit_rate(kilobits)
    encoder.set_in_sample_rate(rate)
    encoder.set_out_sample_rate(RATE)
    encoder.set_channels(channels)
    encoder.set_quality(_SPEED)
    for piece in sounds:
        yield bytes(encoder.encode(piece))
    yield bytes(encoder.flush())


def read_mp3(raw: bytes) -> Samples:
    """
    The samples of an mp3 file.

    Raises:
        NotAudio: It is none, or nothing is installed that reads it.
    """
    try:
        import miniaudio  # of the same extra as the encoder
    except ImportError:
        raise NotAudio("is mp3; to read it: pip install 'exomock[mp3]'") from None
    try:
        found = miniaudio.mp3_read_s16(raw)
    except miniaudio.MiniaudioError:
        raise NotAudio("is no mp3 that can be read") from None
    if not found.num_frames:
        raise NotAudio("is an mp3 without a sample")
    channels = tuple(found.samples[each :: found.nchannels] for each in range(found.nchannels))
    return Samples(found.sample_rate, channels)
