"""Audio: a recording as bytes, in the best format that this installation can write."""

from collections.abc import Callable, Iterable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from exomock.domain.recording import Recording
from exomock.recording import mp3, wav
from exomock.recording.hearing import HeardRecording, hear
from exomock.recording.wav import NotAudio, Samples

MP3, WAV = "audio/mpeg", "audio/wav"

LONGEST_FILE = 16 * 1024 * 1024
"""Bytes of an audio file that a scenario may name."""

_SUFFIXES = {".mp3": MP3, ".wav": WAV}


class Audio(NamedTuple):
    """
    A recording as it is served.

    Args:
        name: What its bytes are a function of; other bytes have another name.
        media_type: audio/mpeg or audio/wav.
        size: Bytes.
        make: Makes them, in pieces.
    """

    name: str
    media_type: str
    size: int
    make: Callable[[], Iterable[bytes]]


def audio_of(recording: Recording) -> Audio:
    """The audio of a recording: mp3 where `exomock[mp3]` is installed, else WAV."""
    if mp3.lame() is None:
        size, make, kind = wav.size_of(recording), wav.as_wav, WAV
    else:
        size, make, kind = mp3.size_of(recording), mp3.as_mp3, MP3
    return Audio(_name(kind, *recording), kind, size, partial(make, recording))


def audio_of_file(path: Path, kilobits: int) -> Audio:
    """
    The audio of a file that a scenario names: WAV becomes mp3 where that can be, mp3 stays.

    Args:
        path: The file.
        kilobits: A second and channel, where it is encoded.

    Raises:
        NotAudio: It is neither, too long, or no more there.
    """
    raw = read_file(path)
    if kind_of(path) == MP3:
        return _whole(raw, MP3)
    samples = wav.read_wav(raw)
    if mp3.lame() is None:
        return _whole(raw, WAV)
    channels = len(samples.channels)
    sounds = [wav.interleaved(samples)]
    return _whole(b"".join(mp3.encoded(sounds, samples.rate, channels, kilobits * channels)), MP3)


def _whole(raw: bytes, kind: str) -> Audio:
    return Audio(_name(kind, sha256(raw).hexdigest()), kind, len(raw), lambda: [raw])


def _name(*of: object) -> str:
    return sha256(repr(of).encode()).hexdigest()[:32]


def read_file(path: Path) -> bytes:
    """
    The bytes of an audio file.

    Raises:
        NotAudio: It cannot be read, or is too long.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LONGEST_FILE + 1)
    except OSError as error:
        raise NotAudio(f"cannot be read: {error.strerror}") from None
    if len(raw) > LONGEST_FILE:
        raise NotAudio(f"is longer than {LONGEST_FILE} bytes")
    return raw


def check_file(path: Path) -> None:
    """
    Insist that a file can be served as audio.

    Raises:
        NotAudio: It is neither WAV nor mp3, too long, or cannot be read.
    """
    kind, raw = kind_of(path), read_file(path)
    if kind == WAV:
        wav.read_wav(raw)
    elif not (raw.startswith(b"ID3") or (raw[:1] == b"\xff" and raw[1:2] >= b"\xe0")):
        raise NotAudio("is no mp3: it begins with no frame")


def kind_of(path: Path) -> str:
    """
    The media type of a file, by its name.

    Raises:
        NotAudio: Its name ends neither in .wav nor in .mp3.
    """
    found = _SUFFIXES.get(path.suffix.lower())
    if found is None:
        raise NotAudio("is neither .wav nor .mp3")
    return found


def read_samples(raw: bytes) -> Samples:
    """
    The samples of a file, whatever it is called.

    Raises:
        NotAudio: It is neither WAV nor mp3.
    """
    return wav.read_wav(raw) if raw.startswith(b"RIFF") else mp3.read_mp3(raw)


def heard_in(raw: bytes) -> HeardRecording | None:
    """
    What a recording of exomock's says of itself; None where it is not one.

    Args:
        raw: The bytes of a WAV or mp3 file.

    Raises:
        NotAudio: It is neither.
    """
    return hear(read_samples(raw))
