"""Three real processes behind one database, and clients that ask any of them."""

import json
import random
import re
import signal
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import create_engine, text

from conftest import EXOPHONE, FROM, Receiver
from exomock.testing.ports import free_port
from serve.conftest import Server, until
from tests.cluster.why import explained, last_words, now

LEASE, RENEWAL = 1.5, 0.3
"""Seconds; short, because a test waits for a lease to be over."""

SHORT = ("--lease", str(LEASE), "--lease-renewal", str(RENEWAL))
"""How a server is told so."""

RETRIES = "50,100"
"""
Seconds of account time after which a callback is tried again: 10 and 20 s here. On a busy machine a
receiver now and then answers too late, and as the settings come a test would wait for four minutes.
"""

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

TOLD_OF = ("terminal", "answered")
"""The events of a call that a client wants to be told of."""


_LOST = re.compile(r'^exomock_lease_renewals_total\{result="lost"\} (\S+)', re.MULTILINE)


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
        self.started: list[tuple[int, Server]] = []
        self.servers = [self._start(which) for which in range(len(databases))]
        try:
            for server in self.servers:
                server.ready()
        except BaseException:
            self.close()
            raise

    def _start(self, which: int) -> Server:
        server = Server(
            self.home, "--database", self.databases[which], "--port", str(self.ports[which]),
            "--advertise", self.urls[which], *SHORT, "--clock", "x5", "--scenario", "story.yaml",
            "--callback-retry-after", RETRIES, *self.options,
        )  # fmt: skip
        self.started.append((which, server))
        print(f"{now()} process {which} is pid {server.process.pid}")
        return server

    def last_words(self) -> str:
        """What each process said last, also those of this story that have ended."""
        return last_words(self.started)

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
        """What a process says of all; nobody, where it cannot say."""
        answer = requests.get(f"{self.urls[which]}/_exomock/cluster", timeout=10)
        return answer.json() if answer.status_code == 200 else {"accounts": [], "processes": []}

    def lost(self) -> float:
        """How many leases the processes have lost, since each was started."""
        texts = [requests.get(f"{url}/metrics", timeout=10).text for url in self.urls]
        return sum(float(found) for text in texts for found in _LOST.findall(text))

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
        marks: The mark by which a placing is known, by the Sid that it was answered with; None
            in accounts without marks, whose equal orders count as `nth`.
        ended: How a call has ended, as a client has seen it.
        odd: Answers that are neither 200 nor 503.
        failed: Requests that were not answered, although who was asked may have died.
        hung: Requests that were not answered in time by a process that lives.
        backward: Accounts whose time a client has seen run back, and calls that came alive again.
    """

    placed: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    marks: dict[str, str | None] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    backward: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def _marks(sid: str) -> bool:
    """Whether each placing of an account has a mark of its own: in every other one."""
    return int(sid[-1]) % 2 == 0


class Clients:
    """
    Threads that ask the processes about random accounts, until `stop`.

    Each thread asks one process, so that who waits for one that is frozen is not all of them.

    Args:
        processes: Whom they ask.
        accounts: Which accounts, by Sid; each has the key `k` and the token `t`.
        callback: Where callbacks go.
        threads: How many ask each process.
        pause: Seconds between two requests of a thread.
        seed: What chance is drawn from.
    """

    def __init__(
        self, processes: Processes, accounts: list[str], callback: str, *,
        threads: int = 2, pause: float = 0.02, seed: int = 1,
    ):  # fmt: skip
        self.processes, self.accounts, self.callback = processes, accounts, callback
        self.asked, self._pause, self._stop = Asked(), pause, threading.Event()
        self._seed = seed
        self._times: dict[str, datetime] = {}
        self._threads = [
            threading.Thread(target=self._run, args=(base, random.Random(f"{seed} {number}")))
            for number, base in enumerate(processes.urls * threads)
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

    def _run(self, base: str, chance: random.Random) -> None:
        with requests.Session() as session:
            while not self._stop.is_set():
                sid = chance.choice(self.accounts)
                if chance.random() < 0.6:
                    self._place(session, base, sid, chance)
                else:
                    self._look(session, base, sid, chance)
                self._stop.wait(self._pause)

    def _place(self, session: requests.Session, base: str, sid: str, chance: random.Random) -> None:
        to = f"0982220000{chance.randrange(3)}"
        with self.asked.lock:
            self.asked.tried[sid, to] += 1
            mark = f"{self._seed}-{self.asked.tried.total()}" if _marks(sid) else None
        form = {
            "From": FROM, "To": to, "CallerId": EXOPHONE, "StatusCallback": self.callback,
            "StatusCallbackEvents[]": TOLD_OF, "CustomField": mark,
        }  # fmt: skip
        answer = self._ask(
            session, "POST", f"{base}/v1/Accounts/{sid}/Calls/connect.json", data=form
        )
        if answer is not None and answer.status_code == 200:
            with self.asked.lock:
                call = answer.json()["Call"]["Sid"]
                self.asked.placed.setdefault((sid, to), []).append(call)
                self.asked.marks[call] = mark

    def _look(self, session: requests.Session, base: str, sid: str, chance: random.Random) -> None:
        with self.asked.lock:
            known = [
                call
                for (of, _to), calls in self.asked.placed.items()
                if of == sid
                for call in calls
            ]
        if known and chance.random() < 0.5:
            self._look_at(session, f"{base}/v1/Accounts/{sid}/Calls", chance.choice(known))
            return
        with self.asked.lock:
            before = self._times.get(sid, LONG_AGO)
        answer = self._ask(session, "GET", f"{base}/_exomock/accounts/{sid}/clock")
        if answer is not None and answer.status_code == 200:
            shown = datetime.fromisoformat(answer.json()["now"])
            with self.asked.lock:
                if shown < before:
                    self.asked.backward.append(f"{now()} {sid}: {before} and then {shown}, {base}")
                self._times[sid] = max(self._times.get(sid, LONG_AGO), shown)

    def _look_at(self, session: requests.Session, base: str, call: str) -> None:
        """A call that has ended stays so, whomever one asks."""
        with self.asked.lock:
            before = self.asked.ended.get(call)
        answer = self._ask(session, "GET", f"{base}/{call}.json")
        if answer is not None and answer.status_code == 200:
            status = answer.json()["Call"]["Status"]
            with self.asked.lock:
                if before not in (None, status):
                    self.asked.backward.append(f"{now()} {call}: {before} and then {status}")
                if status in ENDS:
                    self.asked.ended[call] = status

    def _ask(
        self, session: requests.Session, method: str, url: str, **more: Any
    ) -> requests.Response | None:
        try:
            answer = session.request(method, url, auth=("k", "t"), timeout=20, **more)
        except requests.Timeout as error:
            with self.asked.lock:
                self.asked.hung.append(f"{now()} {method} {url}: {error}")
            return None
        except requests.RequestException as error:
            with self.asked.lock:
                self.asked.failed.append(f"{now()} {method} {url}: {error}")
            return None
        with self.asked.lock:
            self.asked.statuses[answer.status_code] += 1
            if answer.status_code not in (200, 503):
                self.asked.odd.append(
                    f"{now()} {method} {url}: {answer.status_code} {answer.text[:300]}"
                )
        return answer


def made(processes: Processes, number: int, name: str = "team", rate: float = 5) -> list[str]:
    """Accounts that are made by turns at each process; their Sids begin with a name."""
    sids = [f"{name}{each}" for each in range(number)]
    for sid, base in zip(sids, (processes.urls * number)[:number], strict=True):
        account = {"sid": sid, "key": "k", "token": "t", "clock": {"rate": rate}}
        until(lambda base=base, account=account: _made(base, account))
    return sids


def _made(base: str, account: dict[str, Any]) -> bool:
    answer = requests.post(f"{base}/_exomock/accounts", json=account, timeout=20)
    return answer.status_code in (200, 201, 409)


Told = tuple[str, str, str]
"""A call, an event of it, and when that happened."""


class TellingReceiver(Receiver):
    """A receiver that knows how often it was told of what."""

    @property
    def told(self) -> Counter[Told]:
        """How often, by call, event and moment."""
        forms = (each.form for each in self.got)  # read once each: thirty thousand take their time
        return Counter((form["CallSid"], form["EventType"], form["DateUpdated"]) for form in forms)


class Findings:
    """
    What the database and the receiver show once nothing is to come.

    Args:
        database: The URL of the database.
        name: How the Sids of the accounts in question begin.
    """

    def __init__(self, database: str, name: str):
        self._database, self._name = create_engine(database), name

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds, in which `:mine` stands for the accounts in question."""
        query = query.replace(":mine", f"account LIKE '{self._name}%'")
        with self._database.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def wait_until_idle(self) -> None:
        """Wait until no call and no callback is to come; else say what is, and who has it."""
        try:
            until(lambda: not self.rows(_TO_COME), 120)
        except AssertionError as late:
            left = [sid for (sid,) in self.rows(_TO_COME)]
            raise AssertionError(f"{late}: {left}\n{explained(self._database, left)}") from None

    def tries(self) -> list[tuple[Any, ...]]:
        """How many tries of callbacks ended how: number, status, error, and how many."""
        return self.rows(_TRIES)

    def check(self, asked: Asked, received: Counter[Told], *, once: bool) -> None:
        """
        Assert every law about what was asked.

        Args:
            asked: What clients asked and heard.
            received: How often the receiver was told of each moment of a call.
            once: Whether each callback arrived once; else once or more often.
        """
        assert not asked.odd, "\n".join(asked.odd)
        assert [] == asked.hung
        assert [] == asked.backward
        marks = self._check_counts(asked)
        placed = {call: mark for call, mark in asked.marks.items() if marks.get(call, "") != mark}
        assert {} == placed, "calls are lost"
        self._check_time()
        owed = self.rows(_OWED)
        undelivered = [each for each in owed if each[2] != "delivered"]
        assert [] == undelivered, self._explained(undelivered, received)
        due = Counter((sid, event) for sid, event, _state in owed)
        moments = Counter((sid, event) for sid, event, _at in received)
        untold, unknown = list((due - moments).elements()), list((moments - due).elements())
        assert ([], []) == (untold, unknown), self._explained(untold + unknown, received)
        assert Counter(list(marks)) == Counter(
            sid for sid, event in due.elements() if event == "terminal"
        )
        if once:
            twice = [each for each, often in received.items() if often > 1]
            assert [] == twice, self._explained(twice, received)

    def _explained(self, wrong: Iterable[tuple[str, ...]], received: Counter[Told]) -> str:
        """What is known of the calls that are wrong, whose Sids come first."""
        return explained(self._database, [sid for sid, *_more in wrong], received)

    def _check_counts(self, asked: Asked) -> dict[str, str | None]:
        """
        `nth` and the attempts of a number count on by one; no request is played twice.

        Returns:
            The marks of the requests by their calls' Sids.
        """
        by_number: dict[tuple[str, str], list[tuple[int, str]]] = {}
        marks: dict[str, str | None] = {}
        for account, sid, number, nth, status, order in self.rows(_NUMBERED):
            by_number.setdefault((account, f"0{number[3:]}"), []).append((nth, status))
            marks[sid] = json.loads(order).get("custom_field")
        for key, calls in by_number.items():
            if not _marks(key[0]):
                assert [nth for nth, _status in calls] == list(range(len(calls))), key
            assert len(asked.placed.get(key, ())) <= len(calls) <= asked.tried[key], key
            ends = [status for _nth, status in calls]
            assert ends == [ENDS[min(place, 2)] for place in range(len(ends))], key
        drawn = [mark for mark in marks.values() if mark is not None]
        assert len(drawn) == len(set(drawn)), "a request was played twice"
        return marks

    def _check_time(self) -> None:
        """Within an account no call was placed before the one before it."""
        last: dict[str, int] = {}
        for account, created in self.rows(_PLACED):
            assert last.get(account, 0) <= created, account
            last[account] = created

    def close(self) -> None:
        """Let go of the database."""
        self._database.dispose()


_TO_COME = """
SELECT sid FROM calls WHERE next_at IS NOT NULL AND :mine
UNION SELECT sid FROM callbacks WHERE state IN ('pending', 'sending') AND :mine
"""
_NUMBERED = """
SELECT account, sid, to_e164, nth, status, "order" FROM calls WHERE :mine
ORDER BY account, to_e164, id
"""
_TRIES = """
SELECT number, attempts.status, error, count(*) FROM attempts JOIN callbacks ON callback = callbacks.id
WHERE :mine GROUP BY number, attempts.status, error ORDER BY number
"""
_PLACED = "SELECT account, created FROM calls WHERE :mine ORDER BY id"
_OWED = "SELECT sid, notice, state FROM callbacks WHERE :mine"
