"""What open boards of the console cost a client of v1: latency, and the server's processor time."""

import json
import os
from random import Random
from statistics import median

from benchmarks import connect
from benchmarks.bench import ROUNDS, Bench
from benchmarks.crowd import Crowd
from benchmarks.lateness import p99
from benchmarks.load import request
from benchmarks.report import Figure
from benchmarks.servers import ACCOUNT, Server, exomock
from benchmarks.worlds import ticks

BOARDS = 50
RATE = 80
"""Calls placed a second: four events each, over the eight seconds that they last."""

LASTS = 3
"""Times the length of a window."""

_SCENARIO = "rules:\n  - leg1: {answer: 2s}\n    leg2: {answer: 2s}\n    talk: 4s\n"


def measure(bench: Bench) -> list[Figure]:
    """Place calls without and with 50 open boards, in turns on one server."""
    folder = bench.place("boards")
    scenario = folder / "eight-seconds.yaml"
    scenario.write_text(_SCENARIO)
    chance, pairs, asked = Random(8), [], []
    with exomock(folder, "--scenario", str(scenario)) as server:
        _window(bench, server, chance)
        for _ in range(ROUNDS):
            without = _window(bench, server, chance)
            with Crowd(server.port, "exomock", BOARDS) as crowd:
                pairs.append((without, _window(bench, server, chance)))
            asked.append(crowd.drawings / BOARDS / (LASTS * bench.seconds))
    more = {"drawings/s of a board": median(asked)}
    return [
        _figure(f"connect beside {BOARDS} boards, median", "ms", pairs, 0),
        _figure(f"connect beside {BOARDS} boards, p99", "ms", pairs, 1),
        _figure(f"CPU of the server beside {BOARDS} boards", "% of a core", pairs, 2, more),
    ]


def _figure(
    name: str, unit: str, pairs: list[tuple[list[float], list[float]]], place: int,
    more: dict[str, float] | None = None,
) -> Figure:  # fmt: skip
    alone = median(without[place] for without, _ in pairs)
    beside = [with_[place] for _, with_ in pairs]
    more = {f"without {unit}": alone} | (more or {})
    return Figure(name, median(beside), unit, min(beside), max(beside), more=more)


def _window(bench: Bench, server: Server, chance: Random) -> list[float]:
    """Median and p99 of connect in milliseconds, and the server's share of a core in per cent."""
    requests = [
        request(f"{ACCOUNT}/Calls/connect.json", connect.form(chance))
        for _ in range(round(RATE * LASTS * bench.seconds))
    ]
    before = ticks(server.process.pid)
    placed = bench.generator.pace(server.port, requests, RATE)
    used = (ticks(server.process.pid) - before) / os.sysconf("SC_CLK_TCK")
    assert "Sid" in json.loads(placed[-1].body)["Call"]
    took = sorted((each.answered - each.sent) / 1e6 for each in placed)
    lasted = (placed[-1].answered - placed[0].sent) / 1e9
    return [took[len(took) // 2], p99(took), used / lasted * 100]
