"""An account's time is a line over wall time: two anchors and a rate."""

import math
from dataclasses import dataclass

SECOND = 1_000_000
"""All times and spans inside exomock are whole microseconds; times count from the Unix epoch."""


LATEST = 4_102_444_800 * SECOND - 1
"""The last moment that an account can show: 2099-12-31T23:59:59.999999 UTC; the first is 0."""

REAL = 1.0
"""The rate of a clock that follows the machine's."""

IST = 19_800 * SECOND
"""How far Indian Standard Time, which knows no summer time, is ahead of UTC."""


def second_of_day(moment: int) -> int:
    """Seconds since midnight in IST, at a moment in microseconds since the epoch."""
    return (moment + IST) // SECOND % 86_400


@dataclass(frozen=True, slots=True)
class Clock:
    """
    The account's time at a given wall time.

    Args:
        wall0: Wall time of the anchor, microseconds since the epoch.
        time0: The account's time at that moment, microseconds since the epoch.
        rate: Account seconds per wall second, 0 or more: 0 is frozen, 1 real, 60 a minute a second.
    """

    wall0: int
    time0: int
    rate: float

    def at(self, wall: int) -> int:
        """
        The account's time when the wall clock shows `wall` (microseconds).

        Before its anchor a clock waits: it shows the anchor's time, so that an anchor in the future
        makes an account stand still until then. It never shows more than `LATEST`.
        """
        passed = wall - self.wall0
        time = self.time0 if passed <= 0 else self.time0 + math.floor(passed * self.rate)
        return time if 0 <= time <= LATEST else min(max(time, 0), LATEST)

    def wall_of(self, time: int) -> float:
        """
        The wall time (microseconds) from which on the account shows `time` or more.

        Returns:
            -inf where it always does, inf where it never will.
        """
        if time <= self.time0:
            return -math.inf
        if self.rate == 0 or time > LATEST:
            return math.inf
        ahead = (time - self.time0) / self.rate
        return ahead if ahead == math.inf else self.wall0 + math.ceil(ahead)

    def pinned(self, wall: int, time: int) -> "Clock":
        """The same clock standing still at `time`, for as long as an advance holds it there."""
        return Clock(wall, time, 0)

    def running_from(self, wall: int, time: int) -> "Clock":
        """The line with the same rate that passes through (`wall`, `time`)."""
        return Clock(wall, time, self.rate)

    def stepped(self, wall: int, step: int) -> "Clock":
        """
        The clock after the machine's time has stepped, for a clock of rate 1.

        Args:
            wall: Wall time now, microseconds since the epoch.
            step: How far it stepped, microseconds: forward the account jumps as far, backward
                (less than 0) it waits as long where it is.
        """
        here = self if wall <= self.wall0 else self.running_from(wall, self.at(wall))
        return Clock(here.wall0 - step, here.time0, self.rate)
