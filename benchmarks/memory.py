"""Resident memory: fresh, after connects, and after reading many different calls."""

from random import Random

from benchmarks import connect
from benchmarks.bench import Bench
from benchmarks.load import request
from benchmarks.report import Figure
from benchmarks.servers import ACCOUNT, Server, exomock

_PLACED = 5_000
_READ = 50_000


def measure(bench: Bench) -> list[Figure]:
    """Look at a server at three moments."""
    folder, filled = bench.place("memory"), bench.filled(100_000)
    chance = Random(5)
    connects = [
        request(f"{ACCOUNT}/Calls/connect.json", connect.form(chance)) for _ in range(_PLACED)
    ]
    reads = [request(f"{ACCOUNT}/Calls/{sid}.json") for sid in filled.sids[:_READ]]
    with exomock(folder) as server:
        figures = [resident(server, "fresh", 125)]
        bench.generator.flood(server.port, connects, 120, once=True)
        figures.append(resident(server, f"after {_PLACED} connects"))
    with exomock(folder, "--database", str(filled.file)) as server:
        bench.generator.flood(server.port, reads, 120, once=True)
        figures.append(resident(server, f"after {_READ} details of {len(filled.sids)} calls"))
    return figures


def resident(
    server: Server, when: str, aim: float | None = None, more: dict[str, float] | None = None
) -> Figure:
    """The resident set, and beside it the proportional one: what is shared counts by halves."""
    size, proportional = server.memory()
    figures = {"PSS MiB": proportional, **(more or {})}
    return Figure(f"resident memory, {when}", size, "MiB", size, size, aim, False, figures)
