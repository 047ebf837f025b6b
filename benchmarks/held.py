"""How many callbacks a second are posted in time: more and more, until they come late."""

import sqlite3
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path
from random import Random

from benchmarks import connect
from benchmarks.bench import Bench
from benchmarks.control import Control
from benchmarks.lateness import p99, wait
from benchmarks.load import request
from benchmarks.receiver import Receiver
from benchmarks.report import Figure
from benchmarks.servers import ACCOUNT, Server, database, exomock

RATES = (100, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1300, 1600, 2000)
BOUND = 100
"""Milliseconds within which 99 of 100 must have arrived."""

AIM = 800
LASTS = 10
"""Times the length of a window: how long the callbacks of one rate fall due."""

_BEFORE, _RINGS = 1, 2
# The ends of calls that were placed at one moment, spread by chance over the same time.
_SCENARIO = "rules:\n  - leg1: {{answer: 1s}}\n    leg2: {{answer: 1s}}\n    talk: {0}s..{1}s\n"


def measure(bench: Bench) -> list[Figure]:
    """Calls placed while the clock stands; then it runs, and nobody places any more."""
    held, last = 0, 0.0
    more: dict[str, float] = {}
    for rate in RATES:
        late, lost = _late(bench, rate)
        if late > BOUND or lost:
            more = {"next tried": rate, "its p99 ms": late, "its lost": lost}
            break
        held, last = rate, late
    more = {"p99 ms": last, **more}
    name = f"callbacks a second held, p99 ≤ {BOUND} ms"
    return [Figure(name, held, "/s", held, held, AIM, more=more)]


def _late(bench: Bench, rate: int) -> tuple[float, int]:
    """The p99 in milliseconds of so many callbacks a second, and how many were lost."""
    folder, chance = bench.place(f"held-{rate}"), Random(8)
    lasts = max(1, round(LASTS * bench.seconds))
    scenario = folder / "spread.yaml"
    scenario.write_text(_SCENARIO.format(_BEFORE, _BEFORE + lasts))
    options = ("--clock", "frozen", "--scenario", str(scenario))
    with Receiver() as receiver, exomock(folder, *options) as server:
        told = {"StatusCallback": receiver.url, "StatusCallbackEvents": "terminal"}
        orders = [
            request(f"{ACCOUNT}/Calls/connect.json", connect.form(chance) | told)
            for _ in range(rate * lasts)
        ]
        bench.generator.flood(server.port, orders, 0, once=True)
        ahead = _set_going(server)
        time.sleep(_BEFORE + _RINGS + lasts)
        arrivals = wait(receiver, len(orders))
        due = _due(database(folder))
    late = sorted((at // 1000 - due[sid] - ahead) / 1000 for sid, at in arrivals)
    return p99(late), len(orders) - len(arrivals)


def _set_going(server: Server) -> int:
    """Let the clock run; how far this machine's is ahead of it, in microseconds."""
    control = Control(server)
    control.put("accounts/exomock/clock", {"rate": 1})
    found = []
    for _ in range(20):
        before = time.time_ns()
        now = datetime.fromisoformat(control.get("accounts/exomock/clock")["now"])
        after = time.time_ns()
        found.append((after - before, (before + after) // 2000 - round(now.timestamp() * 1e6)))
    return min(found)[1]


def _due(file: Path) -> dict[str, int]:
    """When each call's end was to be told, by the plan in the server's own books."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as books:
        return dict(books.execute("SELECT sid, due_at FROM callbacks"))
