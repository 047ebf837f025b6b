"""Requests a second of a call's details: finished calls, one that lasts, and while others come."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from benchmarks import connect
from benchmarks.bench import ROUNDS, Bench, Subject, ratios
from benchmarks.load import Window, request
from benchmarks.report import Figure
from benchmarks.servers import ACCOUNT, Server, exomock, placed

CALLS = 100_000
AIM_FIRST, AIM_AGAIN = 0.35, 3

_WARM = 2_000
_COMING = 10
"""Calls a second that are placed while others are read."""


def measure(bench: Bench) -> list[Figure]:
    """Read details out of 100,000 calls: for the first time, again, and of a call that lasts."""
    filled = bench.filled(CALLS)
    with exomock(bench.place("details"), "--database", str(filled.file)) as server:
        # Apart, and in this order: a call that lasts moves the account's version every few
        # seconds, and what was kept has to be made again.
        at_rest = [
            *_finished(bench, server, filled.sids, "json"),
            *_finished(bench, server, filled.sids, "xml"),
        ]
        figures = ratios(at_rest, bench.compare(at_rest))
        moving = list(_lasting(bench, server, filled.sids))
        return figures + ratios(moving, bench.compare(moving))


def _finished(bench: Bench, server: Server, sids: list[str], form: str) -> Iterator[Subject]:
    suffix = ".json" if form == "json" else ""
    asked = [request(f"{ACCOUNT}/Calls/{sid}{suffix}") for sid in sids]
    warm, cold = asked[:_WARM], asked[_WARM:]
    share = len(cold) // ROUNDS
    size = len(server.fetch(warm[0]))

    def again(_: int) -> Window:
        bench.generator.flood(server.port, warm, 30, once=True)
        return bench.flood(server.port, warm)

    yield Subject(
        f"details {form}, first read",
        size,
        lambda number: bench.flood(
            server.port, cold[number * share : (number + 1) * share], once=True
        ),
        aim=AIM_FIRST,
    )
    yield Subject(f"details {form}, read again", size, again, aim=AIM_AGAIN)


def _lasting(bench: Bench, server: Server, sids: list[str]) -> Iterator[Subject]:
    some = [request(f"{ACCOUNT}/Calls/{sid}.json") for sid in sids[:100]]
    size = len(server.fetch(some[0]))

    def polled(_: int) -> Window:
        sid = placed(server, connect.form())["Sid"]
        return bench.flood(server.port, [request(f"{ACCOUNT}/Calls/{sid}.json")])

    yield Subject("details json, one call in progress", size, polled)
    yield Subject(
        f"details json, {len(some)} finished calls while {_COMING} calls/s come",
        size,
        _while_calls_come(server, lambda: bench.flood(server.port, some)),
    )


def _while_calls_come(server: Server, run: Callable[[], Window]) -> Callable[[int], Window]:
    def running(_: int) -> Window:
        with _coming(server):
            return run()

    return running


@contextmanager
def _coming(server: Server) -> Iterator[None]:
    ended = threading.Event()
    chance = Random()

    def place() -> None:
        while not ended.wait(1 / _COMING):
            placed(server, connect.form(chance))

    thread = threading.Thread(target=place)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
