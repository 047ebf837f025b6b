"""Hearing: the marks that are in a recording, from its samples alone."""

import math
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from operator import mul
from typing import NamedTuple

from exomock.domain.script import Party
from exomock.recording.marks import ALPHABET, LENGTH, Mark, read
from exomock.recording.tones import BEEP, BEEP_BLOCKS, BLOCK, HALF, RATE, tone_of
from exomock.recording.wav import Samples

_COARSE, _FINE = 64, 8
"""Samples between two places where a beep is looked for: first anywhere, then around the best."""

_CLEAR = 1.5
"""How much stronger a symbol's tone is than the next; less is noise."""


class HeardRecording(NamedTuple):
    """
    What a recording says of itself.

    Args:
        sid: The last eight characters of the call's Sid.
        seconds: How long the file is.
        channels: Who speaks on each channel, in the order of their first words.
        first: The first second that can be read.
        last: The last one.
        marks: How many marks can be read; each party has one a second.
    """

    sid: str
    seconds: float
    channels: tuple[tuple[Party, ...], ...]
    first: int
    last: int
    marks: int


def hear(samples: Samples) -> HeardRecording | None:
    """What a recording says of itself; None where it says nothing, because it is not exomock's."""
    found = [list(_marks(_resampled(each, samples.rate))) for each in samples.channels]
    every = [mark for channel in found for mark in channel]
    if not every:
        return None
    sid, times = Counter(mark.sid for mark in every).most_common(1)[0]
    if times * 2 <= len(every):
        return None  # what chance reads into music is another call each time
    seconds = [mark.second for mark in every if mark.sid == sid]
    return HeardRecording(
        sid,
        samples.seconds,
        tuple(_speakers(channel, sid) for channel in found),
        min(seconds),
        max(seconds),
        times,
    )


def _speakers(marks: Sequence[Mark], sid: str) -> tuple[Party, ...]:
    return tuple(dict.fromkeys(mark.party for mark in marks if mark.sid == sid))


def _marks(samples: "array[int]") -> Iterator[Mark]:
    """The marks of a channel, in their order."""
    start = _first_beep(samples)
    for place in range(start - RATE, len(samples), HALF):
        first = place + BEEP_BLOCKS * BLOCK
        if first < 0:
            continue
        mark = _mark_at(samples, first)
        if mark is not None:
            yield mark


def _first_beep(samples: "array[int]") -> int:
    """Where the loudest beep of the first two seconds begins."""
    length = BEEP_BLOCKS * BLOCK
    end = max(1, min(len(samples) - length, 2 * RATE))

    def loudness(at: int) -> float:
        return _strength(samples[at : at + length], BEEP, length)

    best = max(range(0, end, _COARSE), key=loudness)
    around = range(max(0, best - _COARSE), best + _COARSE, _FINE)
    return max(around, key=loudness)


def _mark_at(samples: "array[int]", first: int) -> Mark | None:
    symbols = []
    for at in range(first, first + LENGTH * BLOCK, BLOCK):
        symbol = _symbol(samples[at : at + BLOCK])
        if symbol is None:
            return None
        symbols.append(symbol)
    return read("".join(symbols))


def _symbol(block: "array[int]") -> str | None:
    if len(block) < BLOCK:
        return None
    strengths = {symbol: _strength(block, tone_of(symbol), BLOCK) for symbol in ALPHABET}
    (_, second), (symbol, best) = sorted(strengths.items(), key=lambda each: each[1])[-2:]
    return symbol if best > _CLEAR * second else None


def _strength(block: Sequence[int], periods: int, length: int) -> float:
    """How strong a tone is in a block, as a power."""
    cosine, sine = _waves(periods, length)
    return math.hypot(sum(map(mul, block, cosine)), sum(map(mul, block, sine)))


@cache
def _waves(periods: int, length: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    turn = 2 * math.pi * periods / BLOCK
    return (
        tuple(math.cos(turn * i) for i in range(length)),
        tuple(math.sin(turn * i) for i in range(length)),
    )


def _resampled(samples: "array[int]", rate: int) -> "array[int]":
    """The same sound with 8,000 samples a second, each between its two neighbours."""
    if rate == RATE:
        return samples
    steps = (at * rate / RATE for at in range(int((len(samples) - 1) * RATE / rate)))
    between = list(pairwise(samples))
    return array("h", [_between(*between[int(step)], step % 1) for step in steps])


def _between(left: int, right: int, share: float) -> int:
    return round(left + (right - left) * share)
