"""Lengths of time: fixed, a range, or a distribution; chance draws one for each call."""

from dataclasses import dataclass
from random import Random

from exomock.domain.clock import SECOND


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time, fixed or drawn evenly between two ends; microseconds, 0 <= low <= high."""

    low: int
    high: int

    def draw(self, rng: Random) -> int:
        """One length, in microseconds; a fixed one takes nothing from `rng`."""
        if self.low == self.high:
            return self.low
        # The number that `randint` draws, without the four functions that it goes through: each
        # call draws three.
        many = self.high - self.low + 1
        drawn = rng.getrandbits(bits := many.bit_length())
        while drawn >= many:
            drawn = rng.getrandbits(bits)
        return self.low + drawn


@dataclass(frozen=True, slots=True)
class Normal:
    """A length of time drawn from a normal distribution, never below 0; microseconds."""

    mean: int
    deviation: int

    def draw(self, rng: Random) -> int:
        """One length, in microseconds."""
        return max(0, round(rng.gauss(self.mean, self.deviation)))


Length = Span | Normal


def seconds(value: float) -> Span:
    """The fixed span of so many seconds."""
    return Span(round(value * SECOND), round(value * SECOND))


NO_TIME = Span(0, 0)
