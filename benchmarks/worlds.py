"""What tests pay for worlds of their own: accounts, many clocks, a long journal."""

import os
import time
from pathlib import Path
from statistics import median

from benchmarks import connect
from benchmarks.bench import ROUNDS, Bench
from benchmarks.control import Control
from benchmarks.lateness import lateness
from benchmarks.load import request
from benchmarks.memory import resident
from benchmarks.report import Figure
from benchmarks.servers import ACCOUNT, Server, exomock, placed

ACCOUNTS = 200
BUSY = 20
"""Calls a second, over all accounts."""
MILLION = 1_000_000


def measure(bench: Bench) -> list[Figure]:
    """Make and reset accounts, idle under many clocks, answer a million requests."""
    return [*_accounts(bench), *_clocks(bench), *_million(bench)]


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
    return [Figure("accounts made and reset", median(rates), "/s", min(rates), max(rates), 420)]


def _clocks(bench: Bench) -> list[Figure]:
    with exomock(bench.place("clocks")) as server:
        control = Control(server)
        for number in range(ACCOUNTS):
            control.post("accounts", {"sid": f"a{number}", "clock": {"rate": 1}})
        time.sleep(1)
        shares = []
        for _ in range(ROUNDS):
            before = ticks(server.process.pid)
            time.sleep(bench.seconds)
            used = (ticks(server.process.pid) - before) / os.sysconf("SC_CLK_TCK")
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


def ticks(pid: int) -> int:
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
        return [resident(server, f"after {MILLION:,} requests", 160, {"requests": round(asked)})]
