"""What a million calls cost one client, against a thousand; and a start with them."""

import json
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any
from urllib.parse import quote_plus

from benchmarks.bench import ROUNDS, Bench
from benchmarks.fill import DAYS, Filled
from benchmarks.load import request
from benchmarks.pages import window
from benchmarks.report import Figure
from benchmarks.servers import ACCOUNT, Server, exomock

FEW, MANY = 1_000, 1_000_000
AIM = 2
"""How many times as long as with few calls an answer may take."""

AIM_START = 1.0
"""Seconds."""

_TURNS = 40
"""How often each is asked; the least of them counts, because other work only adds to it."""

Ask = Callable[[Server, Filled, int], bytes]


def measure(bench: Bench) -> list[Figure]:
    """Ask two servers the same in turns: a page, one number, the next page, what Total counts."""
    few, many = bench.filled(FEW), bench.filled(MANY)
    figures = []
    with (
        exomock(bench.place("few"), "--database", str(few.file)) as small,
        exomock(bench.place("many"), "--database", str(many.file)) as large,
    ):
        for name, ask in _questions():
            pairs = [_pair(ask, (small, few), (large, many)) for _ in range(ROUNDS)]
            times = [most / least for least, most in pairs]
            more = {"ms of few": pairs[0][0] * 1e3, "of many": pairs[0][1] * 1e3}
            figures.append(
                Figure(f"{name} at {MANY:,} calls against {FEW:,}", median(times), "x", min(times),
                       max(times), AIM, at_least=False, more=more)
            )  # fmt: skip
    return [*figures, _start(bench, many)]


def _questions() -> Iterator[tuple[str, Ask]]:
    yield "a page of 50", lambda _server, _filled, turn: _page(f"PageSize=50&Nothing={turn}")
    yield "To=", _one_number
    yield "the next page", _next_page
    yield "Total of a new window", _total


def _page(query: str) -> bytes:
    return request(f"{ACCOUNT}/Calls.json?{query}")


def _one_number(server: Server, filled: Filled, turn: int) -> bytes:
    sid = filled.sids[turn % len(filled.sids)]
    called = json.loads(server.fetch(request(f"{ACCOUNT}/Calls/{sid}.json")))["Call"]["To"]
    return _page(f"To={quote_plus(called)}&Nothing={turn}")


def _next_page(server: Server, _filled: Filled, turn: int) -> bytes:
    first: dict[str, Any] = json.loads(server.fetch(_page(f"PageSize={2 + turn}")))
    return request(first["Metadata"]["NextPageUri"])


def _total(_server: Server, filled: Filled, turn: int) -> bytes:
    # Nearly the whole month wide, so that it counts nearly all calls there are; never the same.
    return _page(f"DateCreated={window(filled, turn * DAYS)}")


def _pair(ask: Ask, *sides: tuple[Server, Filled]) -> tuple[float, float]:
    """Seconds of the shortest answer of each side, asked in turns."""
    took: list[list[float]] = [[], []]
    for turn in range(_TURNS):
        for (server, filled), found in zip(sides, took, strict=True):
            wanted = ask(server, filled, turn)
            began = time.perf_counter()
            server.fetch(wanted)
            found.append(time.perf_counter() - began)
    return min(took[0]), min(took[1])


def _start(bench: Bench, filled: Filled) -> Figure:
    took = []
    for turn in range(ROUNDS + 1):
        with exomock(bench.place(f"large-{turn}"), "--database", str(filled.file)) as server:
            took.append(server.started_in)
    ours = took[1:]  # the first may compile
    name = f"start with {MANY:,} calls"
    return Figure(name, median(ours), "s", min(ours), max(ours), AIM_START, at_least=False)
