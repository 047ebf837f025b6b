"""Resident memory: fresh, after connects, and after reading many different calls."""

from random import Random

from benchmarks import connect
from benchmarks.bench import Bench
from benchmarks.load import request
from benchmarks.report import Figure
from benchmarks.servers import ACCOUNT, exomock

_PLACED = 5_000
_READ = 50_000


def measure(bench: Bench) -> list[Figure]:
    """Look at both processes of a server at three moments."""
    folder, filled = bench.place("memory"), bench.filled(100_000)
    chance = Random(5)
    connects = [
        request(f"{ACCOUNT}/Calls/connect.json", connect.form(chance)) for _ in range(_PLACED)
    ]
    reads = [request(f"{ACCOUNT}/Calls/{sid}.json") for sid in filled.sids[:_READ]]
    with exomock(folder) as server:
        figures = [_figure("fresh", server.resident())]
        bench.generator.flood(server.port, connects, 120, once=True)
        figures.append(_figure(f"after {_PLACED} connects", server.resident()))
    with exomock(folder, "--database", str(filled.file)) as server:
        bench.generator.flood(server.port, reads, 120, once=True)
        figures.append(
            _figure(f"after {_READ} details of {len(filled.sids)} calls", server.resident())
        )
    return figures


def _figure(when: str, size: float) -> Figure:
    return Figure(f"resident memory, {when}", size, "MiB", size, size)
