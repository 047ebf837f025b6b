"""What tests pay for worlds of their own: accounts, advances, many clocks, a long journal."""

import json
import os
import time
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from benchmarks import connect
from benchmarks.bench import ROUNDS, Bench
from benchmarks.lateness import lateness
from benchmarks.load import request
from benchmarks.receiver import Receiver
from benchmarks.report import Figure
from benchmarks.servers import ACCOUNT, CannotMeasure, Server, exomock, placed

CALLS, DAY = 10_000, 86_400
ACCOUNTS = 200
BUSY = 20
"""Calls a second, over all accounts."""
MILLION = 1_000_000


_HALF_HOUR = """
rules:
  - {leg1: {answer: 3s}, leg2: {answer: 5s}, talk: 30m, callbacks: {terminal: {repeat: 2}}}
"""


def measure(bench: Bench) -> list[Figure]:
    """Advance a day, make and reset accounts, idle under many clocks, answer a million requests."""
    return [*_advances(bench), *_accounts(bench), *_clocks(bench), *_million(bench)]


class Control:
    """One keep-alive connection to the control API."""

    def __init__(self, server: Server) -> None:
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=600)

    def get(self, path: str) -> dict[str, Any]:
        """The answer to a GET."""
        self._connection.request("GET", f"/_exomock/{path}")
        return dict(json.loads(self._connection.getresponse().read()))

    def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer to a POST that must succeed."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        raw = json.dumps(body) if body is not None else None
        self._connection.request("POST", f"/_exomock/{path}", raw, headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise CannotMeasure(f"{path}: {response.status} {answer[:300]!r}")
        return dict(json.loads(answer))


def _advances(bench: Bench) -> list[Figure]:
    folder, chance = bench.place("advance"), Random(6)
    orders = [request(f"{ACCOUNT}/Calls/connect.json", connect.form(chance)) for _ in range(CALLS)]
    with exomock(folder, "--clock", "frozen") as server:
        bench.generator.flood(server.port, orders, 120, once=True)
        control = Control(server)
        began = time.perf_counter()
        went = control.post("accounts/exomock/clock/advance", {"seconds": DAY})
        took = time.perf_counter() - began
    if len(went["events"]) < CALLS:
        raise CannotMeasure(f"only {len(went['events'])} events, stopped: {went['stopped']}")
    more = {"calls/s": CALLS / took, "events": len(went["events"])}
    day = Figure(f"advance of 24 h over {CALLS} calls", took, "s", took, took, more=more)
    return [day, _half_hour(bench)]


def _half_hour(bench: Bench) -> Figure:
    folder = bench.place("half-hour")
    scenario = folder / "half-hour.yaml"
    scenario.write_text(_HALF_HOUR)
    took = []
    with (
        Receiver() as receiver,
        exomock(folder, "--clock", "frozen", "--scenario", str(scenario)) as server,
    ):
        control = Control(server)
        events = {"StatusCallback": receiver.url, "StatusCallbackEvents": "terminal,answered"}
        for _ in range(ROUNDS * 4):
            began = time.perf_counter()
            placed(server, connect.form(Random(7)) | events)
            control.post("accounts/exomock/clock/advance", {"until": "idle"})
            took.append((time.perf_counter() - began) * 1000)
    return Figure(
        "a 30-minute call with its four callbacks, POST to the end of advance",
        median(took), "ms", min(took), max(took), 50, False,
    )  # fmt: skip


def _accounts(bench: Bench) -> list[Figure]:
    rates = []
    with exomock(bench.place("accounts")) as server:
        control = Control(server)
        for turn in range(ROUNDS):
            count, end = 0, time.perf_counter() + bench.seconds
            while time.perf_counter() < end:
                control.post("accounts", {"sid": f"a{turn}-{count}", "clock": {"rate": 0}})
                control.post(f"accounts/a{turn}-{count}/reset")
                count += 1
            rates.append(count / bench.seconds)
    return [Figure("accounts made and reset", median(rates), "/s", min(rates), max(rates), 300)]


def _clocks(bench: Bench) -> list[Figure]:
    with exomock(bench.place("clocks")) as server:
        control = Control(server)
        for number in range(ACCOUNTS):
            control.post("accounts", {"sid": f"a{number}", "clock": {"rate": 1}})
        time.sleep(1)
        shares = []
        for _ in range(ROUNDS):
            before = _ticks(server.process.pid)
            time.sleep(bench.seconds)
            used = (_ticks(server.process.pid) - before) / os.sysconf("SC_CLK_TCK")
            shares.append(used / bench.seconds * 100)
    name = f"idle, {ACCOUNTS} accounts with running clocks"
    idle = Figure(name, median(shares), "% of a core", min(shares), max(shares), 3, False)
    return [idle, *lateness(bench, BUSY, f"lateness over {ACCOUNTS} accounts", _made)]


def _made(server: Server) -> list[str]:
    """Accounts with running clocks, under the credentials that all load carries."""
    control = Control(server)
    first = control.get("accounts/exomock")
    sids = [f"a{number}" for number in range(ACCOUNTS)]
    for sid in sids:
        control.post("accounts", {"sid": sid, "key": first["key"], "token": first["token"]})
    return [f"/v1/Accounts/{sid}" for sid in sids]


def _ticks(pid: int) -> int:
    """Processor time of a process and its children, in clock ticks; 0 without /proc."""
    total = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(file.parent.name) == pid or int(fields[1]) == pid:
            total += int(fields[11]) + int(fields[12])
    return total


def _million(bench: Bench) -> list[Figure]:
    with exomock(bench.place("million")) as server:
        call = placed(server, connect.form())["Sid"]
        asked = 0.0
        while asked < MILLION:
            window = bench.generator.flood(
                server.port, [request(f"{ACCOUNT}/Calls/{call}.json")], 20
            )
            asked += window.rate * 20
        size = server.resident()
    return [
        Figure(f"resident memory after {asked:.0f} requests", size, "MiB", size, size, 200, False)
    ]
