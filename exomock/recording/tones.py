"""The sound of a recording: a second is a beep, From's voice and mark, then To's."""

import math
from array import array
from collections.abc import Iterator
from functools import cache

from exomock.domain.recording import Recording
from exomock.domain.script import Party
from exomock.recording.marks import ALPHABET, SID_DIGITS, Mark, written

RATE = 8_000
"""Samples a second. Source: telephony; issue 12 asks for 8 kHz."""

BLOCK = 256
"""Samples of one symbol. Every tone has whole periods in it, so no symbol begins with a click."""

BEEP_BLOCKS = 2
HALF = RATE // 2
"""Samples for which each party speaks in turn."""

VOICES = {Party.FROM: 8, Party.TO: 20}
"""The tone of each party in periods a block: 250 Hz and 625 Hz, so whole periods a second too."""

BEEP = 28
"""875 Hz, at the beginning of each second."""

LOWEST, STEP = 34, 2
"""The symbols' tones: 1062.5 Hz to 3250 Hz, 62.5 Hz apart."""

_VOICE_LEVEL, _SYMBOL_LEVEL, _BEEP_LEVEL = 6_000, 10_000, 12_000
_PIECE = 10
"""Seconds of sound in a piece."""


def tone_of(symbol: str) -> int:
    """The tone of a symbol, in periods a block."""
    return LOWEST + STEP * ALPHABET.index(symbol)


def hertz(periods: int) -> float:
    """A tone in Hz."""
    return periods * RATE / BLOCK


@cache
def _block(*tones: tuple[int, int]) -> bytes:
    """A block of tones: periods in it, and level."""
    turn = 2 * math.pi / BLOCK
    wave = (sum(level * math.sin(turn * n * i) for n, level in tones) for i in range(BLOCK))
    return array("h", map(round, wave)).tobytes()


def _silence(samples: int) -> bytes:
    return bytes(2 * samples)


def _spoken(sid: str, party: Party, second: int) -> bytes:
    """Half a second of a party: its voice, and over it the mark."""
    voice = (VOICES[party], _VOICE_LEVEL)
    marked = [
        _block(voice, (tone_of(each), _SYMBOL_LEVEL)) for each in written(Mark(sid, party, second))
    ]
    lead = _block(voice) if party is Party.TO else _block((BEEP, _BEEP_LEVEL))
    said = b"".join([lead * BEEP_BLOCKS, *marked, _block(voice)])
    return said[: 2 * HALF]


def _second(recording: Recording, second: int) -> tuple[bytes, bytes]:
    """A second of each party, who is silent while the other speaks; the beep is heard by both."""
    sid = recording.sid[-SID_DIGITS:]
    beep = _block((BEEP, _BEEP_LEVEL)) * BEEP_BLOCKS
    first = _spoken(sid, Party.FROM, second)
    then = _silence(HALF)
    if Party.TO in recording.parties:
        then = _spoken(sid, Party.TO, second)
    pause = _silence(HALF - BEEP_BLOCKS * BLOCK)
    return first + _silence(HALF), beep + pause + then


def _mono(recording: Recording, second: int) -> bytes:
    ours, theirs = _second(recording, second)
    return ours[: 2 * HALF] + theirs[2 * HALF :]


def _dual(recording: Recording, second: int) -> bytes:
    both = array("h", bytes(4 * RATE))
    both[0::2], both[1::2] = (array("h", each) for each in _second(recording, second))
    return both.tobytes()


def samples_of(recording: Recording) -> int:
    """How many samples each channel of a recording has."""
    return round(recording.seconds * RATE)


def channels_of(recording: Recording) -> int:
    """How many channels a recording has."""
    return 2 if recording.dual else 1


def sound(recording: Recording) -> Iterator[bytes]:
    """
    The sound of a recording: 16-bit samples of the machine's byte order, channels interleaved.

    It comes in pieces, the first of one second, so that a client has something to read at once.
    """
    left = samples_of(recording) * channels_of(recording) * 2
    second, length = 0, 1
    of_second = _dual if recording.dual else _mono
    while left > 0:
        piece = b"".join(of_second(recording, second + i) for i in range(length))[:left]
        yield piece
        left -= len(piece)
        second, length = second + length, _PIECE
