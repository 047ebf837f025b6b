"""An account's time is a line over wall time: two anchors and a rate."""

import math
from dataclasses import dataclass

SECOND = 1_000_000
"""All times and spans inside exomock are whole microseconds; times count from the Unix epoch."""


IST = 19_800 * SECOND
"""How far Indian Standard Time, which knows no summer time, is ahead of UTC."""


def second_of_day(moment: int) -> int:
    """Seconds since midnight in IST, at a moment in microseconds since the epoch."""
    return (moment + IST) // SECOND % 86_400


@dataclass(frozen=True, slots=True)
class Clock:
    """
    What an account's time is at a given wall time.

    Args:
        wall0: Wall time of the anchor, microseconds since the epoch.
        time0: The account's time at that moment, microseconds since the epoch.
        rate: Account seconds per wall second, 0 or more: 0 is frozen, 1 real, 60 a minute a second.
    """

    wall0: int
    time0: int
    rate: float

    def at(self, wall: int) -> int:
        """The account's time when the wall clock shows `wall` (microseconds)."""
        return self.time0 + math.floor((wall - self.wall0) * self.rate)

    def wall_of(self, time: int) -> float:
        """The wall time (microseconds) at which the account reaches `time`; inf if never."""
        if time <= self.time0:
            return self.wall0
        if self.rate == 0:
            return math.inf
        return self.wall0 + math.ceil((time - self.time0) / self.rate)

    def pinned(self, wall: int, time: int) -> "Clock":
        """The same clock standing still at `time`, for as long as an advance holds it there."""
        return Clock(wall, time, 0)

    def running_from(self, wall: int, time: int) -> "Clock":
        """The line with the same rate that passes through (`wall`, `time`)."""
        return Clock(wall, time, self.rate)
