"""What several processes cost: workers, a hop, a take-over, and many accounts that are idle."""

import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from benchmarks import connect
from benchmarks.bench import ROUNDS, Bench
from benchmarks.control import Control
from benchmarks.load import request
from benchmarks.report import Figure
from benchmarks.servers import CannotMeasure, Server, exomock
from benchmarks.worlds import ticks

WORTH_AIM, HOP_AIM = 0.85, 1.5
LEASE = 5.0
"""Seconds: as servers come."""

TAKEN_AIM = LEASE + 1
CPU_AIM, STATEMENTS_AIM = 5, 20
MANY = 10_000

_SIDS = [f"team{number}" for number in range(16)]
_ACCOUNTS = [word for sid in _SIDS for word in ("--account", f"{sid}:exomock-key:exomock-token")]
_QUIET = "rules:\n  - leg1: no_answer\n"
_EACH, _ONE = 200, 150
"""Requests of each client in a round; requests of each kind in a round of hops."""


def measure(bench: Bench) -> list[Figure]:
    """Workers and a hop on a file; take-over and idling on PostgreSQL, where there is one."""
    figures = [*_workers(bench), *_hop(bench)]
    with _postgresql() as found:
        if found is None:
            print("scale: no PostgreSQL, so no take-over and no idling", file=sys.stderr)
            return figures
        return [*figures, *_taking_over(bench, found), *_idling(bench, found)]


def _crew(bench: Bench, name: str, workers: int) -> Server:
    folder = bench.place(name)
    (folder / "quiet.yaml").write_text(_QUIET)
    file, scenario = str(folder / "calls.db"), str(folder / "quiet.yaml")
    options = ("--database", file, "--scenario", scenario, "--quiet", "--clock", "frozen")
    return exomock(folder, "--workers", str(workers), *options, *_ACCOUNTS)


# Requests per CPU second

_OWN, _ANY = "each client its account", "each request another account"


def _workers(bench: Bench) -> list[Figure]:
    pairs: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for turn in range(ROUNDS):
        one, two = (_spent(bench, turn, workers) for workers in (1, 2))
        for what, spent in one.items():
            pairs.setdefault(what, []).append((spent, two[what]))
    figures = []
    for whose in (_OWN, _ANY):
        places, reads = pairs["connects", whose], pairs["details", whose]
        mix = [(a[0] + b[0], a[1] + b[1]) for a, b in zip(places, reads, strict=True)]
        figures += [
            _worth(f"connects and details, {whose}", mix, WORTH_AIM),
            _worth(f"connects, {whose}", places),
            _worth(f"details, {whose}", reads),
        ]
    return figures


def _spent(bench: Bench, turn: int, workers: int) -> dict[tuple[str, str], float]:
    """Processor milliseconds of all processes for a request, by its kind and by whose it is."""
    chance, found = Random(turn), {}
    with _crew(bench, f"crew-{turn}-{workers}", workers) as server:
        calls = {sid: placed_in(server, sid, chance) for sid in _SIDS}
        for whose in (_OWN, _ANY):
            for what in ("connects", "details"):
                # One client for each account, or each client for all of them.
                lists = [[sid] for sid in _SIDS] if whose == _OWN else [_SIDS] * len(_SIDS)
                wanted = [
                    [_request(what, chance.choice(sids), calls, chance) for _ in range(_EACH)]
                    for sids in lists
                ]
                _asked(server, [each[: _EACH // 8] for each in wanted])  # warms up
                found[what, whose] = _asked(server, wanted)
    return found


def _request(what: str, sid: str, calls: dict[str, str], chance: Random) -> bytes:
    if what == "connects":
        return request(f"/v1/Accounts/{sid}/Calls/connect.json", connect.form(chance))
    return request(f"/v1/Accounts/{sid}/Calls/{calls[sid]}.json")


def _asked(server: Server, wanted: list[list[bytes]]) -> float:
    """Processor milliseconds of a request; each list is a client's, one after the other."""
    before = ticks(server.process.pid)
    with ThreadPoolExecutor(len(wanted)) as pool:
        for done in [pool.submit(_through, server, each) for each in wanted]:
            done.result()
    used = (ticks(server.process.pid) - before) / os.sysconf("SC_CLK_TCK")
    return used * 1000 / sum(map(len, wanted))


def _through(server: Server, wanted: list[bytes]) -> None:
    client = _Client(server)
    for each in wanted:
        client.took(each)


def placed_in(server: Server, sid: str, chance: Random) -> str:
    """The Sid of a call that a connect places in an account."""
    said = connect.form(chance)
    body = server.fetch(request(f"/v1/Accounts/{sid}/Calls/connect.json", said))
    return str(json.loads(body)["Call"]["Sid"])


def _worth(what: str, pairs: list[tuple[float, float]], aim: float | None = None) -> Figure:
    """What a CPU second of two workers answers, as a share of what one process's does."""
    shares = [one / two for one, two in pairs]
    more = {
        "CPU ms of one": median(one for one, _ in pairs),
        "of two workers": median(two for _, two in pairs),
    }
    name = f"requests per CPU second, 2 workers against 1: {what}"
    return Figure(name, median(shares), "x", min(shares), max(shares), aim, more=more)


# A hop


def _hop(bench: Bench) -> list[Figure]:
    found: dict[str, list[float]] = {"details": [], "connect": []}
    with _crew(bench, "hop", 2) as server:
        chance = Random(11)
        calls = {sid: placed_in(server, sid, chance) for sid in _SIDS}
        owners = {each["sid"]: each["owner"] for each in Control(server).get("cluster")["accounts"]}
        client = _Client(server)
        mine = [sid for sid in _SIDS if owners[sid] == client.worker]
        others = [sid for sid in _SIDS if owners[sid] != client.worker]
        for _ in range(ROUNDS):
            for what, differences in found.items():
                direct: list[float] = []
                hopped: list[float] = []
                for _turn in range(_ONE):
                    for sids, times in ((mine, direct), (others, hopped)):
                        sid = chance.choice(sids)
                        target = f"/v1/Accounts/{sid}/Calls/{calls[sid]}.json"
                        wanted = request(target)
                        if what == "connect":
                            target = f"/v1/Accounts/{sid}/Calls/connect.json"
                            wanted = request(target, connect.form(chance))
                        times.append(client.took(wanted))
                differences.append((median(hopped) - median(direct)) * 1000)
    return [
        Figure(f"a hop, {what}", median(times), "ms", min(times), max(times), HOP_AIM, False)
        for what, times in found.items()
    ]


class _Client:
    """A keep-alive connection, made again when it is closed."""

    def __init__(self, server: Server) -> None:
        self._port = server.port
        self._connect()
        self.worker = self._ask(request("/_exomock/health"))

    def _connect(self) -> None:
        self._sock = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def took(self, wanted: bytes) -> float:
        """Seconds until the answer to a request is there."""
        began = time.perf_counter()
        self._ask(wanted)
        return time.perf_counter() - began

    def _ask(self, wanted: bytes) -> str:
        self._sock.sendall(wanted)
        answer = http.client.HTTPResponse(self._sock)
        answer.begin()
        answer.read()
        if answer.status >= 300:
            raise CannotMeasure(f"{wanted[:200]!r}: {answer.status}")
        if answer.headers["Connection"] == "close":
            self._sock.close()
            self._connect()
        return answer.headers["X-Exomock-Owner"] or ""


# PostgreSQL


@contextmanager
def _postgresql() -> Iterator[Any]:
    """A PostgreSQL of this run's own, as the tests have one; None where there is none."""
    try:
        from tests import postgres
    except ImportError:
        yield None
        return
    if postgres.programs() is None:
        yield None
        return
    found = postgres.made()
    try:
        yield found
    finally:
        found.stop("immediate")


def _shared(bench: Bench, name: str, database: str, *options: str) -> Server:
    advertised = ("--advertise", "http://127.0.0.1:{port}", "--database", database, "--quiet")
    return exomock(bench.place(name), *advertised, *options)


def _taking_over(bench: Bench, postgresql: Any) -> list[Figure]:
    """From kill -9 of an account's process to the first answer for it from another one."""
    database = postgresql.url(postgresql.create())
    took = []
    with _shared(bench, "stays", database) as stays:
        for turn in range(ROUNDS):
            with _shared(bench, f"killed-{turn}", database) as killed:
                sid = _made_in(killed, turn)
                wanted = request(f"/v1/Accounts/{sid}/Calls.json")
                killed.fetch(wanted)
                began = time.perf_counter()
                killed.process.send_signal(signal.SIGKILL)
                while not _answers(stays, wanted):
                    time.sleep(0.01)
                took.append(time.perf_counter() - began)
    name = f"kill -9 to the first answer, lease {LEASE:g} s"
    return [Figure(name, median(took), "s", min(took), max(took), TAKEN_AIM, False)]


def _made_in(server: Server, turn: int) -> str:
    """An account that a server plays: the Sids are tried until one names it."""
    control, me = Control(server), f"http://127.0.0.1:{server.port}"
    for number in range(100):
        sid = f"a{turn}-{number}"
        credentials = {"key": "exomock-key", "token": "exomock-token"}
        control.post("accounts", {"sid": sid, **credentials})
        (found,) = control.get(f"cluster?account={sid}")["accounts"]
        if found["owner"] == me:
            return sid
    raise CannotMeasure("no account is played by the process that is to be killed")


def _answers(server: Server, wanted: bytes) -> bool:
    try:
        server.fetch(wanted)
    except CannotMeasure:
        return False
    return True


def _idling(bench: Bench, postgresql: Any) -> list[Figure]:
    """What a process does with ten thousand accounts for which nobody asks."""
    name = postgresql.create()
    database = postgresql.url(name)
    with _shared(bench, "first", database) as server:
        Control(server).get("accounts/exomock")
    _multiplied(postgresql, name)
    with _shared(bench, "idle", database) as server:
        began = time.perf_counter()
        while _owned(server) < MANY:
            time.sleep(0.25)
        taken = time.perf_counter() - began
        time.sleep(2)
        shares, statements = [], []
        for _ in range(ROUNDS):
            spent, said = _watched(postgresql, server, 3 * bench.seconds)
            shares.append(spent * 100)
            statements.append(said)
    said_by = f"idle, {MANY:,} accounts"
    return [
        _figure(f"{said_by}: CPU", shares, "% of a core", CPU_AIM),
        _figure(f"{said_by}: statements", statements, "/s", STATEMENTS_AIM),
        Figure(f"{MANY:,} accounts taken over at a start", taken, "s", taken, taken),
    ]


def _figure(name: str, found: list[float], unit: str, aim: float) -> Figure:
    return Figure(name, median(found), unit, min(found), max(found), aim, at_least=False)


def _multiplied(postgresql: Any, name: str) -> None:
    """Give the database as many accounts: rows as the server's own, under other Sids."""
    rows = postgresql.run(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_name = 'accounts' ORDER BY ordinal_position",
        name,
    )
    columns = [f'"{each}"' for (each,) in rows]
    drawn = ["'a' || n" if each == '"sid"' else each for each in columns]
    postgresql.run(
        f"INSERT INTO accounts ({', '.join(columns)}) SELECT {', '.join(drawn)} "
        f"FROM accounts, generate_series(1, {MANY}) AS n",
        name,
    )


def _owned(server: Server) -> int:
    text = server.fetch(request("/metrics")).decode()
    found = [line for line in text.splitlines() if line.startswith("exomock_accounts_owned ")]
    return int(float(found[0].split()[1])) if found else 0


def _watched(postgresql: Any, server: Server, seconds: float) -> tuple[float, float]:
    """The share of a core that a server takes, and the statements a second it sends."""
    log = Path(postgresql.folder) / "log"
    postgresql.run("ALTER SYSTEM SET log_statement = 'all'")
    postgresql.run("SELECT pg_reload_conf()")
    time.sleep(0.5)
    start, before, began = log.stat().st_size, ticks(server.process.pid), time.perf_counter()
    time.sleep(seconds)
    spent = (ticks(server.process.pid) - before) / os.sysconf("SC_CLK_TCK")
    took = time.perf_counter() - began
    with log.open("rb") as lines:
        lines.seek(start)
        told = sum(b"LOG:  statement: " in line or b"LOG:  execute " in line for line in lines)
    postgresql.run("ALTER SYSTEM RESET log_statement")
    postgresql.run("SELECT pg_reload_conf()")
    return spent / took, told / took
