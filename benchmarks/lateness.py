"""How late terminal callbacks arrive while calls come and go."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from itertools import cycle
from pathlib import Path
from random import Random

from benchmarks import connect
from benchmarks.bench import Bench
from benchmarks.load import Placed, request
from benchmarks.receiver import Receiver
from benchmarks.report import Figure
from benchmarks.servers import ACCOUNT, CannotMeasure, Server, database, exomock

RATE = 200
LASTS = 30
"""Times the length of a window: 30 s where nothing is said."""

AIM = 40
BUSY_AIM = 100
LOOPS = 4

_SCENARIO = "rules:\n  - leg1: {answer: 1s}\n    leg2: {answer: 1s}\n    talk: 2s\n"
_OVER = 4
"""Seconds from placing a call to its end, by the scenario above."""


def measure(bench: Bench) -> list[Figure]:
    """200 calls a second, each of 4 s and with one terminal callback; then beside busy loops."""
    figures = lateness(bench, RATE, "callback lateness", lambda _server: [ACCOUNT])
    name = f"callback lateness beside {LOOPS} busy loops"
    return figures + lateness(bench, RATE, name, lambda _server: [ACCOUNT], BUSY_AIM, _busy)


@contextmanager
def _busy() -> Iterator[None]:
    """Processes that take what the scheduler gives them."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(LOOPS)]
    try:
        yield
    finally:
        for each in loops:
            each.kill()
            each.wait()


def lateness(
    bench: Bench,
    rate: int,
    name: str,
    accounts: Callable[[Server], list[str]],
    aim: float = AIM,
    beside: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> list[Figure]:
    """
    How late the terminal callbacks of 4 s calls are.

    Args:
        bench: Where and how long.
        rate: Calls placed a second.
        name: What to call the figures.
        accounts: Makes the accounts that place them in turn; their paths.
        aim: Milliseconds that the p99 should not exceed.
        beside: What else the machine does once the server runs.
    """
    folder = bench.place(name.replace(" ", "-"))
    scenario = folder / "four-seconds.yaml"
    scenario.write_text(_SCENARIO)
    chance = Random(4)
    with Receiver() as receiver, exomock(folder, "--scenario", str(scenario)) as server:
        asked = {"StatusCallback": receiver.url, "StatusCallbackEvents": "terminal"}
        turns = cycle(accounts(server))
        requests = [
            request(f"{next(turns)}/Calls/connect.json", connect.form(chance) | asked)
            for _ in range(round(rate * LASTS * bench.seconds))
        ]
        with beside():
            placed = bench.generator.pace(server.port, requests, rate)
            arrivals = wait(receiver, len(requests))
        due = due_of(database(folder), _OVER)
    low, high = ahead(placed, due)
    late = sorted((at // 1000 - due[sid][1] - (low + high) // 2) / 1000 for sid, at in arrivals)
    more = {
        "callbacks": len(arrivals),
        "lost": len(requests) - len(arrivals),
        "clock known to ms": (high - low) / 2000,
        "connect p99 ms": p99(sorted((p.answered - p.sent) / 1e6 for p in placed)),
        "calls/s": len(placed) / ((placed[-1].sent - placed[0].sent) / 1e9),
    }
    middle = late[len(late) // 2]
    return [
        Figure(f"{name}, median", middle, "ms", late[0], late[-1]),
        Figure(f"{name}, p99", p99(late), "ms", late[0], late[-1], aim, False, more),
    ]


def p99(ordered: list[float]) -> float:
    """The value below which 99 of 100 lie."""
    return ordered[int(len(ordered) * 0.99)]


def wait(receiver: Receiver, count: int) -> list[tuple[str, int]]:
    """Everything that arrives until all is there, or nothing came for some seconds."""
    found: list[tuple[str, int]] = []
    quiet = time.perf_counter()
    while len(found) < count and time.perf_counter() - quiet < 3 * _OVER:
        time.sleep(0.2)
        now = receiver.arrivals()
        if len(now) > len(found):
            quiet = time.perf_counter()
        found = now
    if not found:
        raise CannotMeasure("no callback arrived")
    return found


def due_of(file: Path, after: int) -> dict[str, tuple[int, int]]:
    """
    When each call was placed and what it tells due, by the server's own books (microseconds).

    Args:
        file: The server's database.
        after: Seconds from placing a call to what it tells.
    """
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as books:
        rows = books.execute(
            "SELECT calls.sid, created, due_at FROM calls "
            "JOIN callbacks ON callbacks.sid = calls.sid"
        ).fetchall()
    for sid, created, due in rows:
        if due != created + after * 1_000_000:
            raise CannotMeasure(f"call {sid} tells {due - created} microseconds after its start")
    return {sid: (created, due) for sid, created, due in rows}


def ahead(placed: list[Placed], due: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """
    How far this machine's clock is ahead of the account's: between which two, in microseconds.

    A call was created after its request went out and before its answer was there; thousands of
    them leave little in between.
    """
    low, high = -(2**62), 2**62
    for each in placed:
        created = due[json.loads(each.body)["Call"]["Sid"]][0]
        low = max(low, each.sent // 1000 - created)
        high = min(high, each.answered // 1000 - created)
    return low, high
