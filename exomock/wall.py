"""The one place that reads the machine's clock."""

import time

_ZERO_WALL = time.time_ns()  # noqa: TID251
_ZERO_MONOTONIC = time.monotonic_ns()


def wall_now() -> int:
    """
    Wall time in microseconds since the Unix epoch.

    It is the start of the process plus the monotonic clock, so it never steps back: an account's
    time would step back with it.
    """
    return (_ZERO_WALL + time.monotonic_ns() - _ZERO_MONOTONIC) // 1000


def stopwatch() -> float:
    """Seconds of wall time since some moment: for how long something may take, or took."""
    return time.monotonic()
