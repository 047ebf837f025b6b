"""
`python -m benchmarks.soak [--seconds 600]`: calls, failing receivers, kills and clock steps.

A real `exomock serve --database` is killed and started again on its database, its clock is stepped
(where libfaketime is installed), and one callback in twenty is answered badly. In the end each call
that was answered 200 must be in the list, and each callback that is owed must have been received or
be recorded as failed after three tries. Exits 1 if one was lost.
"""

import argparse
import http.client
import itertools
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64encode
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.servers import CannotMeasure
from benchmarks.soak_clock import FAKETIME, Clock
from benchmarks.soak_receiver import FailingReceiver
from exomock.testing.ports import free_port

RATE = 100  # calls a second
CLIENTS = 4
LIFE = 30  # seconds between two kills, about
STEPS = (1, -1, 3600, 1, -1)  # seconds that the clock is stepped by, in turn
STEP_EVERY = 7  # seconds
TRIES = 3
OWED = {"answered": 2, "terminal": 1}
"""Callbacks that a call of SCENARIO owes, by event: each leg that answers, and the end."""

SCENARIO = """
rules:
  - leg1: {answer: 1s}
    leg2: {answer: 1s}
    talk: 2s
"""
ACCOUNT = "/v1/Accounts/exomock"
AUTH = {"Authorization": "Basic " + b64encode(b"exomock-key:exomock-token").decode()}


Rows = list[tuple[str, int, bool]]
"""What was counted, how often, and whether anything above 0 of it is a loss."""


class Served:
    """`exomock serve` on one port and one database, through any number of kills."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.port = free_port()
        self.database = folder / "calls.db"
        self.starts = 0
        self._folder, self._clock = folder, clock
        (folder / "soak.yaml").write_text(SCENARIO)

    def start(self) -> None:
        """Start it and wait until it answers."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("EXOMOCK_")}
        options = (
            "--port", str(self.port), "--database", str(self.database), "--scenario", "soak.yaml",
            "--callback-retry-after", "1", "--callback-timeout", "1", "--log-level", "error",
        )  # fmt: skip
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "exomock", "serve", *options],
                cwd=self._folder,
                env=kept | {"TMPDIR": str(self._folder)} | self._clock.environment(),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.starts += 1
        for _ in range(600):
            if ask(self.port, "GET", "/_exomock/health")[0] == 200:
                return
            time.sleep(0.05)
        raise CannotMeasure(f"no start: {(self._folder / 'server.log').read_text()[-2000:]}")

    def kill(self) -> None:
        """End it as a power cut would."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def resident(self) -> int:
        """Resident memory of its main process, MiB; 0 where the system does not tell."""
        try:
            text = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return 0
        return int(text.partition("VmRSS:")[2].split()[0]) // 1024


def ask(port: int, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
    """Status and body of an answer; status 0 if none came."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        line.request(method, path, body, AUTH | form)
        answer = line.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        line.close()


@dataclass
class Clients:
    """
    Threads that place calls at RATE until they are told to end.

    Args:
        port: Of the server.
        callback: URL of the receiver.
        placed: Sids of the calls that were answered 200.
        answers: How often each status came; 0 is no answer.
    """

    port: int
    callback: str
    placed: set[str] = field(default_factory=set)
    answers: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(CLIENTS)]
        for each in self._threads:
            each.start()

    def end(self) -> None:
        """Place no more."""
        self._over.set()
        for each in self._threads:
            each.join()

    def _run(self) -> None:
        order = {
            "From": "09811100001", "To": "09822200002", "CallerId": "08047112233",
            "StatusCallback": self.callback, "StatusCallbackEvents": "terminal,answered",
        }  # fmt: skip
        form, due = urlencode(order), time.perf_counter()
        while not self._over.wait(max(0, due - time.perf_counter())):
            # What a dead server could not take is not made up for: it would be a flood.
            due = max(due + CLIENTS / RATE, time.perf_counter() - 1)
            status, body = ask(self.port, "POST", f"{ACCOUNT}/Calls/connect.json", form)
            self.answers[status] += 1
            if status == 200:
                self.placed.add(json.loads(body)["Call"]["Sid"])


def storm(served: Served, clock: Clock, seconds: float) -> None:
    """Kill and start the server, and step its clock, for so many seconds."""
    chance, end = random.Random(8), time.perf_counter() + seconds
    steps = itertools.cycle(STEPS)
    kill = time.perf_counter() + LIFE * chance.uniform(0.3, 1)
    while (now := time.perf_counter()) < end:
        time.sleep(min(STEP_EVERY, max(0.01, min(kill, end) - now)))
        if time.perf_counter() >= kill:
            served.kill()
            served.start()
            kill = time.perf_counter() + LIFE * chance.uniform(0.7, 1.3)
        elif FAKETIME:
            clock.step(next(steps))


def until_idle(port: int, patience: float) -> bool:
    """Whether the account became idle within so many seconds."""
    end = time.perf_counter() + patience
    while time.perf_counter() < end:
        path = "/_exomock/accounts/exomock/wait?idle=true&timeout=5"
        if ask(port, "GET", path)[0] == 200:
            return True
    return False


def listed(port: int) -> set[str]:
    """Sids of all calls in the list, page by page."""
    found, path = set[str](), f"{ACCOUNT}/Calls.json?PageSize=100"
    while path:
        status, body = ask(port, "GET", path)
        if status != 200:
            raise CannotMeasure(f"{path}: {status} {body[:300]!r}")
        page = json.loads(body)
        found |= {call["Sid"] for call in page["Calls"]}
        path = page["Metadata"]["NextPageUri"]
    return found


def callbacks(database: Path) -> tuple[Counter[str], dict[tuple[str, str], int]]:
    """How many callbacks are in each state, and how many of each call and event failed for good."""
    states: Counter[str] = Counter()
    failed: dict[tuple[str, str], int] = defaultdict(int)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as open_database:
        rows = open_database.execute("SELECT sid, notice, state, tries FROM callbacks")
        for sid, notice, state, tries in rows:
            states[state] += 1
            if state == "failed" and tries >= TRIES:
                failed[sid, notice] += 1
    return states, failed


def account(
    served: Served, clients: Clients, receiver: FailingReceiver
) -> list[tuple[str, int, bool]]:
    """What was tried and what was lost."""
    idle = until_idle(served.port, 120)
    there = listed(served.port)
    states, failed = callbacks(served.database)
    received, bad = receiver.account()
    owed = {(sid, event): count for sid in clients.placed for event, count in OWED.items()}
    missing = {key: max(0, count - received.get(key, 0)) for key, count in owed.items()}
    all_owed, short = sum(owed.values()), sum(missing.values())
    recorded = sum(min(count, failed.get(key, 0)) for key, count in missing.items())
    answers = clients.answers
    return [
        ("calls answered 200", len(clients.placed), False),
        ("connects without an answer (killed)", answers[0], False),
        ("connects answered otherwise", answers.total() - answers[0] - answers[200], True),
        ("calls in the list", len(there), False),
        ("calls lost", len(clients.placed - there), True),
        ("callbacks owed", all_owed, False),
        ("callbacks owed and received", all_owed - short, False),
        ("callbacks not received, recorded failed", recorded, False),
        ("callbacks lost", short - recorded, True),
        ("callbacks left pending or sending", states["pending"] + states["sending"], True),
        ("still not idle after 120 s", int(not idle), True),
        *((f"posts answered badly: {how}", count, False) for how, count in sorted(bad.items())),
        ("kills", served.starts - 1, False),
        ("resident memory at the end, MiB", served.resident(), False),
    ]


def soaked(folder: Path, seconds: float) -> tuple[Rows, Counter[str], str]:
    """The account of a soak, the clock's steps, and what the server logged."""
    clock = Clock(folder)
    served = Served(folder, clock)
    served.start()
    try:
        with FailingReceiver() as receiver:
            clients = Clients(served.port, receiver.url)
            try:
                storm(served, clock, seconds)
            finally:
                clients.end()
            rows = account(served, clients, receiver)
    finally:
        served.kill()
    return rows, clock.steps, (folder / "server.log").read_text(errors="replace")


def main() -> None:
    """Soak for as long as was asked, print the account, exit 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--seconds", type=float, default=600, help="how long to place calls [600]")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(prefix="exomock-soak-") as folder:
        rows, steps, log = soaked(Path(folder), seconds)
    rows.append(("tracebacks in the server's log", log.count("Traceback"), True))
    said = ", ".join(f"{count} times {step}" for step, count in steps.items())
    print(f"{seconds:g} s at {RATE} calls/s; clock steps: {said or 'none (no libfaketime)'}")
    for what, count, loss in rows:
        print(f"  {what:<42} {count:>8}{'  LOST' if loss and count else ''}")
    print(log[log.find("Traceback") :][:3000] if "Traceback" in log else "", end="")
    sys.exit(any(loss and count for _what, count, loss in rows))


if __name__ == "__main__":
    main()
