"""From the command to the first 200."""

from statistics import median

from benchmarks.bench import ROUNDS, Bench
from benchmarks.report import Figure
from benchmarks.servers import exomock

AIM = 0.55


def measure(bench: Bench) -> list[Figure]:
    """Start exomock again and again; the first start may compile, and does not count."""
    # Not beside the bare view: to have exomock's settings it imports exomock, and starts like it.
    folder = bench.place("start")
    took = []
    for _ in range(ROUNDS + 1):
        with exomock(folder) as server:
            took.append(server.started_in)
    ours = took[1:]
    return [Figure("start to first 200", median(ours), "s", min(ours), max(ours), AIM, False)]
