"""
The one place that reads the machine's clocks.

Two of them. The *wall* is a steady line: the machine's time when this process began, plus what its
steady clock has counted since. Accounts run on it, because it never steps. The *machine's time* is
what the machine shows now. It steps after a sleep, by NTP, or by hand; `machine_ahead` tells by how
much.

Both are read where a test's own tools cannot change them: freezegun and time-machine replace what
`time.time` and its like answer in the whole process, and a server in that process must go on.
"""

import os
import select
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

_COARSE = 5
"""CLOCK_REALTIME_COARSE of Linux, which Python does not name; time-machine does not replace it."""

_COARSE_NS = 20_000_000
"""Nanoseconds by which the coarse clock may be late; it moves by a tick of the kernel, 1-10 ms."""


class _Line:
    """
    A steady line that never runs back, safe for many threads; there is one in a process.

    The readers are attributes of an object: freezegun looks for clocks in modules only.

    Args:
        steady: Nanoseconds of a clock that is not set; it may still step back (libfaketime).
        real: Nanoseconds since the epoch, as the machine shows them.
    """

    def __init__(self, steady: Callable[[], int], real: Callable[[], int]) -> None:
        self._steady, self.real = steady, real
        self._turn = threading.Lock()
        self._offset = _begin(real()) - steady()
        self._last = 0

    def now(self) -> int:
        """Nanoseconds since the epoch; never less than what any thread was told before."""
        # The order matters: what is read before the clock cannot be ahead of it.
        last, offset = self._last, self._offset
        now = self._steady() + offset
        if now < last:
            return self._mended()
        self._last = now
        return now

    def _mended(self) -> int:
        """Go on from the last value: the steady clock itself has stepped back."""
        with self._turn:
            last = self._last
            now = self._steady() + self._offset
            if now < last:
                self._offset += last - now
                now = last
            self._last = now
            return now


def _begin(real: int) -> int:
    """The exact time of the beginning, where `time.time_ns` answers what the machine shows."""
    exact = time.time_ns()  # noqa: TID251
    return exact if 0 <= exact - real <= _COARSE_NS else real


def _steady_clock() -> Callable[[], int]:
    if hasattr(time, "CLOCK_MONOTONIC"):
        # freezegun leaves this function alone, and time-machine this clock.
        read, which = time.clock_gettime_ns, time.CLOCK_MONOTONIC
        return lambda: read(which)
    return _machines("monotonic_ns")  # Windows


def _real_clock() -> Callable[[], int]:
    if sys.platform == "linux":
        read = time.clock_gettime_ns
        return lambda: read(_COARSE)
    return lambda: int(_machines("time_ns")())


def _machines(name: str) -> Callable[[], int]:
    """A function of `time` as the machine answers it, whatever a test has put in its place."""
    found: Callable[[], int] = getattr(time, name)
    if "freezegun.api" in sys.modules:
        found = getattr(sys.modules["freezegun.api"], f"real_{name}", found)
    if "time_machine" in sys.modules:
        hatch: Any = sys.modules["time_machine"].escape_hatch
        found = getattr(hatch.time, name, found)
    return found


_LINE = _Line(_steady_clock(), _real_clock())


def wall_now() -> int:
    """Wall time in microseconds since the Unix epoch; it never steps back."""
    return _LINE.now() // 1000


def machine_ahead() -> int:
    """How far the machine's time is ahead of the wall, microseconds; less than 0 is behind."""
    return (_LINE.real() - _LINE.now()) // 1000


def stopwatch() -> float:
    """Seconds of wall time since some moment: for how long something may take, or took."""
    return _LINE.now() / 1e9


def _sleepless_clock() -> Callable[[], int]:
    """A steady clock that goes on while the machine sleeps, where the system has one."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        read, which = time.clock_gettime_ns, time.CLOCK_BOOTTIME
        return lambda: read(which)
    return _steady_clock()


_SLEEPLESS = _Line(_sleepless_clock(), lambda: 0)


def lease_clock() -> float:
    """Seconds since some moment; nobody sets this clock, and the machine's sleep counts."""
    return _SLEEPLESS.now() / 1e9


TIMERS_OVERSLEEP = "faketime" in os.environ.get("LD_PRELOAD", "") and not os.environ.get(
    "FAKETIME_DONT_FAKE_MONOTONIC"
)
"""Whether a timer of the system may wait for ever: libfaketime moves its deadline."""


def rest(bell: threading.Event, seconds: float) -> None:
    """Wait so many seconds, or less if `bell` rings."""
    if TIMERS_OVERSLEEP:
        # For so long, not until a moment: the clock may be stepped before a sleep until it begins.
        select.select([], [], [], seconds)
    else:
        bell.wait(seconds)
