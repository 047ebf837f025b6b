"""What measurements share: the generator, filled databases, and rounds against the bare view."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.fill import Filled, fill
from benchmarks.load import Generator, Window, request
from benchmarks.report import Figure
from benchmarks.servers import bare

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
"""How often each window is repeated."""


@dataclass(frozen=True)
class Subject:
    """
    Something whose requests a second are set against the bare view's.

    Args:
        name: What.
        like: Its answer's size in bytes: the bare view's will have the same.
        run: One window of load on it; given the number of the round.
        form: What the bare view is posted; None for a GET.
        aim: The least ratio aimed at.
    """

    name: str
    like: int
    run: Callable[[int], Window]
    form: dict[str, str] | None = None
    aim: float | None = None


@dataclass
class Bench:
    """
    One run of the measurements.

    Args:
        generator: The load.
        folder: For everything; goes when the run ends.
        seconds: The length of each window.
    """

    generator: Generator
    folder: Path
    seconds: float
    _filled: dict[int, Filled] = field(default_factory=dict)

    def filled(self, count: int) -> Filled:
        """A database of so many finished calls; the same for all who ask in this run."""
        if count not in self._filled:
            self._filled[count] = fill(self.folder / f"filled-{count}.db", count)
        return self._filled[count]

    def place(self, name: str) -> Path:
        """A new folder for one server."""
        found = self.folder / name
        found.mkdir()
        return found

    def flood(self, port: int, requests: Sequence[bytes], *, once: bool = False) -> Window:
        """A window of load."""
        return self.generator.flood(port, requests, self.seconds, once=once)

    def compare(self, subjects: Sequence[Subject]) -> dict[str, list[tuple[Window, Window]]]:
        """
        Rounds of: the bare view, a subject, the bare view, the next subject, …

        Returns:
            By the subject's name, for each round the bare view's window and the subject's.
        """
        found: dict[str, list[tuple[Window, Window]]] = {each.name: [] for each in subjects}
        sizes = dict.fromkeys(each.like for each in subjects)
        with bare(self.folder, *sizes) as baseline:
            for number in range(ROUNDS):
                for each in subjects:
                    plain = self.flood(baseline.port, [request(f"/{each.like}", each.form)])
                    found[each.name].append((plain, each.run(number)))
        return found


def ratios(
    subjects: Sequence[Subject], found: dict[str, list[tuple[Window, Window]]]
) -> list[Figure]:
    """Each subject's share of the bare view's requests a second."""
    figures = []
    for each in subjects:
        pairs = found[each.name]
        shares = [window.rate / plain.rate for plain, window in pairs]
        more = {
            "req/s": median(window.rate for _, window in pairs),
            "bare req/s": median(plain.rate for plain, _ in pairs),
            "p99 ms": median(window.p99 for _, window in pairs),
            "generator": max(window.busy for _, window in pairs),
        }
        figures.append(
            Figure(each.name, median(shares), "x", min(shares), max(shares), each.aim, more=more)
        )
    return figures
