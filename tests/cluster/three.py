"""Three real processes behind one database, and clients that ask any of them."""

import random
import signal
import socket
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import create_engine, text

from conftest import EXOPHONE, FROM
from serve.conftest import Server, until

LEASE, RENEWAL = 1.5, 0.3
"""Seconds; short, because a test waits for a lease to be over."""

SCENARIO = """
rules:
  - leg1: {answer: 1s}
    attempts:
      - {leg2: {busy: 2s}}
      - {leg2: {no_answer: 3s}}
      - {leg2: {answer: 2s}, talk: 5s}
"""
"""The first call to a number is busy, the second not answered, each later one completed."""

LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+05:30")

ENDS = ("busy", "no-answer", "completed")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return int(holder.getsockname()[1])


class Processes:
    """
    Some processes that share a database; each has its port again when it is started again.

    Args:
        home: Their folder.
        databases: The URL of the database as each process sees it.
        options: More options of `exomock serve`.
    """

    def __init__(self, home: Path, databases: list[str], *options: str):
        self.home, self.databases, self.options = home, databases, options
        (home / "story.yaml").write_text(SCENARIO)
        self.ports = [free_port() for _ in databases]
        self.urls = [f"http://127.0.0.1:{port}" for port in self.ports]
        self.servers = [self._start(which) for which in range(len(databases))]
        try:
            for server in self.servers:
                server.ready()
        except BaseException:
            self.close()
            raise

    def _start(self, which: int) -> Server:
        return Server(
            self.home, "--database", self.databases[which], "--port", str(self.ports[which]),
            "--advertise", self.urls[which], "--lease", str(LEASE), "--lease-renewal",
            str(RENEWAL), "--clock", "x5", "--scenario", "story.yaml", *self.options,
        )  # fmt: skip

    def kill(self, which: int) -> None:
        """End a process as a power cut would, and start it again."""
        self.servers[which].kill()
        self.again(which)

    def end(self, which: int) -> None:
        """End a process by SIGTERM, and start it again."""
        assert 0 == self.servers[which].end()
        self.again(which)

    def freeze(self, which: int) -> None:
        """Stop a process for longer than its lease, and let it go on."""
        self.servers[which].signal(signal.SIGSTOP)
        threading.Event().wait(LEASE * 1.5)
        self.servers[which].signal(signal.SIGCONT)

    def again(self, which: int) -> None:
        """Start a process in the place of one that has ended."""
        self.servers[which] = self._start(which).ready()

    def cluster(self, which: int) -> dict[str, Any]:
        """What a process says of all."""
        return requests.get(f"{self.urls[which]}/_exomock/cluster", timeout=10).json()

    def agree(self) -> bool:
        """Whether all say the same of who owns what, and each account has a living owner."""
        said = [self.cluster(which) for which in range(len(self.urls))]
        owners = [{each["sid"]: each["owner"] for each in one["accounts"]} for one in said]
        alive = {each["url"] for each in said[0]["processes"] if each["alive"]}
        return owners[1:] == owners[:-1] and set(owners[0].values()) <= alive == set(self.urls)

    def close(self) -> None:
        """Leave nothing behind."""
        for server in self.servers:
            with suppress(ProcessLookupError):
                server.signal(signal.SIGCONT)
            server.close()


@dataclass
class Asked:
    """
    What clients have asked and heard; safe for many threads.

    Attributes:
        placed: The Sids of calls whose placing was answered with 200, by account and To.
        tried: How many placings were sent, by account and To.
        odd: Answers that are neither 200 nor 503.
        backward: Accounts whose time a client has seen run back.
    """

    placed: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    backward: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Clients:
    """
    Threads that ask random processes about random accounts, until `stop`.

    Args:
        processes: Whom they ask.
        accounts: Which accounts, by Sid; each has the key `k` and the token `t`.
        callback: Where callbacks go.
        threads: How many.
        pause: Seconds between two requests of a thread.
        seed: What chance is drawn from.
    """

    def __init__(
        self, processes: Processes, accounts: list[str], callback: str, *,
        threads: int = 4, pause: float = 0.02, seed: int = 1,
    ):  # fmt: skip
        self.processes, self.accounts, self.callback = processes, accounts, callback
        self.asked, self._pause, self._stop = Asked(), pause, threading.Event()
        self._times: dict[str, datetime] = {}
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(seed * 100 + number),))
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> Asked:
        """Ask no more, and say what was heard."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()
        return self.asked

    def _run(self, chance: random.Random) -> None:
        with requests.Session() as session:
            while not self._stop.is_set():
                sid, base = chance.choice(self.accounts), chance.choice(self.processes.urls)
                if chance.random() < 0.6:
                    self._place(session, base, sid, chance)
                else:
                    self._look(session, base, sid, chance)
                self._stop.wait(self._pause)

    def _place(self, session: requests.Session, base: str, sid: str, chance: random.Random) -> None:
        to = f"0982220000{chance.randrange(3)}"
        with self.asked.lock:
            self.asked.tried[sid, to] += 1
        form = {"From": FROM, "To": to, "CallerId": EXOPHONE, "StatusCallback": self.callback}
        answer = self._ask(
            session, "POST", f"{base}/v1/Accounts/{sid}/Calls/connect.json", data=form
        )
        if answer is not None and answer.status_code == 200:
            with self.asked.lock:
                self.asked.placed.setdefault((sid, to), []).append(answer.json()["Call"]["Sid"])

    def _look(self, session: requests.Session, base: str, sid: str, chance: random.Random) -> None:
        with self.asked.lock:
            known = [
                call
                for (of, _to), calls in self.asked.placed.items()
                if of == sid
                for call in calls
            ]
        if known and chance.random() < 0.5:
            self._ask(session, "GET", f"{base}/v1/Accounts/{sid}/Calls/{chance.choice(known)}.json")
            return
        with self.asked.lock:
            before = self._times.get(sid, LONG_AGO)
        answer = self._ask(session, "GET", f"{base}/_exomock/accounts/{sid}/clock")
        if answer is not None and answer.status_code == 200:
            now = datetime.fromisoformat(answer.json()["now"])
            with self.asked.lock:
                if now < before:
                    self.asked.backward.append(f"{sid}: {before} and then {now}")
                self._times[sid] = max(self._times.get(sid, LONG_AGO), now)

    def _ask(
        self, session: requests.Session, method: str, url: str, **more: Any
    ) -> requests.Response | None:
        try:
            answer = session.request(method, url, auth=("k", "t"), timeout=20, **more)
        except requests.RequestException:
            return None  # it died, or was frozen, with the request in hand
        with self.asked.lock:
            self.asked.statuses[answer.status_code] += 1
            if answer.status_code not in (200, 503):
                self.asked.odd.append(f"{method} {url}: {answer.status_code} {answer.text[:300]}")
        return answer


def made(processes: Processes, number: int, rate: float = 5) -> list[str]:
    """Accounts that are made by turns at each process."""
    sids = [f"team{each}" for each in range(number)]
    for sid, base in zip(sids, (processes.urls * number)[:number], strict=True):
        account = {"sid": sid, "key": "k", "token": "t", "clock": {"rate": rate}}
        until(lambda base=base, account=account: _made(base, account))
    return sids


def _made(base: str, account: dict[str, Any]) -> bool:
    answer = requests.post(f"{base}/_exomock/accounts", json=account, timeout=20)
    return answer.status_code in (200, 201, 409)


class Findings:
    """
    What the database and the receiver show once nothing is to come.

    Args:
        processes: Whom clients asked.
        database: The URL of the database.
        received: How often the receiver got a callback, by call.
    """

    def __init__(self, processes: Processes, database: str, received: Counter[str]):
        self._urls = processes.urls
        self._database = create_engine(database)
        self._received = received

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds."""
        with self._database.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def wait_until_idle(self) -> None:
        """Wait until no call and no callback is to come."""
        until(lambda: self.rows(_TO_COME) == [(0, 0)], 60)

    def check(self, asked: Asked, *, once: bool) -> None:
        """
        Assert every law about what was asked.

        Args:
            asked: What clients asked and heard.
            once: Whether each callback arrived once; else once or more often.
        """
        assert not asked.odd, "\n".join(asked.odd)
        assert [] == asked.backward
        kept = {sid: (account, status) for account, sid, status in self.rows(_CALLS)}
        placed = [(*key, sid) for key, sids in asked.placed.items() for sid in sids]
        assert [] == [each for each in placed if each[2] not in kept], "calls are lost"
        self._check_counts(asked)
        assert [] == self.rows(_TWICE), "a transition was played twice"
        told = {sid for (sid,) in self.rows(_TOLD)}
        assert [] == [sid for sid in kept if sid not in told], "nobody was told of its end"
        assert [] == [sid for sid in kept if not self._received[sid]], "a callback never came"
        if once:
            assert [] == [sid for sid in kept if self._received[sid] != 1], "it came twice"

    def _check_counts(self, asked: Asked) -> None:
        """`nth` counts on by one, and each number has its attempts in their order."""
        by_number: dict[tuple[str, str], list[tuple[int, str]]] = {}
        for account, number, nth, status in self.rows(_NUMBERED):
            by_number.setdefault((account, f"0{number[3:]}"), []).append((nth, status))
        for key, calls in by_number.items():
            assert [nth for nth, _status in calls] == list(range(len(calls))), key
            assert len(asked.placed.get(key, ())) <= len(calls) <= asked.tried[key], key
            ends = [status for _nth, status in calls]
            assert ends == [ENDS[min(place, 2)] for place in range(len(ends))], key

    def close(self) -> None:
        """Let go of the database."""
        self._database.dispose()


_TO_COME = """
SELECT (SELECT count(*) FROM calls WHERE next_at IS NOT NULL),
       (SELECT count(*) FROM callbacks WHERE state IN ('pending', 'sending'))
"""
_CALLS = "SELECT account, sid, status FROM calls"
_NUMBERED = "SELECT account, to_e164, nth, status FROM calls ORDER BY account, to_e164, id"
_TWICE = """
SELECT account, sid, notice, place FROM callbacks
GROUP BY account, sid, notice, place HAVING count(*) > 1
"""
_TOLD = "SELECT DISTINCT sid FROM callbacks WHERE state = 'delivered'"
