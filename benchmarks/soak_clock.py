"""A server's wall clock that can be stepped, where libfaketime is installed."""

from collections import Counter
from pathlib import Path

FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


class Clock:
    """The server's wall clock, some seconds away from this machine's where libfaketime is there."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "faketime"
        self._ahead = 0
        self.steps: Counter[str] = Counter()
        self._write()

    def step(self, seconds: int) -> None:
        """Step it."""
        self._ahead += seconds
        self._write()
        self.steps[f"{seconds:+d} s"] += 1

    def environment(self) -> dict[str, str]:
        """What a server's environment needs for this clock; nothing without libfaketime."""
        if not FAKETIME:
            return {}
        return {
            "LD_PRELOAD": str(FAKETIME[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",  # seconds; else each look at the clock reads the file
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def _write(self) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(f"{self._ahead:+d}s\n")
        new.replace(self._file)  # at once: half a line would be another time
