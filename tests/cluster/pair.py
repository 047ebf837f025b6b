"""Two real servers that send each other what is not theirs; only the table of owners is a test's."""

import threading
from dataclasses import dataclass, field

import requests

from exomock.app import Exchange
from exomock.claims import UnixClaim, claim
from exomock.cluster.where import Here, Nobody, There, Unsettled
from exomock.engine import NewAccount
from exomock.listening import Listener
from exomock.scenarios import read_scenario
from exomock.settings import Settings
from exomock.shared_front import SharedFront
from exomock.storage.folders import TemporaryFolder
from exomock.storage.store import Store
from exomock.wall import wall_now


@dataclass
class Table:
    """What the cluster knows: the processes, and where what they do not play is said to be."""

    processes: dict[int, "Process"] = field(default_factory=dict)
    dead: set[int] = field(default_factory=set)
    homes: dict[str, int] = field(default_factory=dict)


@dataclass
class Part:
    """A process's part in the cluster, as the front asks for it."""

    table: Table
    number: int
    me: str
    server: "Process | None" = None
    tenure: int | None = 1
    reach: str = ""
    says: dict[str, object] = field(default_factory=dict)

    def term(self, sid):
        """The term of an account that this process has."""
        here = self.tenure and sid not in self.says and sid in self.server.worlds
        return self.tenure if here else None

    def stays(self, sid, term):
        """Whether it still has it, later; nobody deletes an account of its."""
        return lambda: self.term(sid) == term

    @property
    def holds(self):
        """Whether it holds its lease."""
        return self.tenure is not None

    def where(self, sid):
        """Where the account is, by looking at every process."""
        if not self.holds:
            return Unsettled("this process has no lease")
        if sid in self.says:
            return self.says[sid]
        if self.term(sid):
            return Here()
        found = (p for p in self.table.processes.values() if sid in p.worlds)
        return next((p.part.there for p in found), Nobody())

    def home(self, sid):
        """Where the test wants a new account."""
        number = self.table.homes.get(sid, self.number)
        return Here() if number == self.number else self.table.processes[number].part.there

    @property
    def there(self):
        """How siblings find it."""
        return There(self.me, self.reach or self.me, self.number)

    def lives(self, process):
        """Whether the test lets it live."""
        return process not in self.table.dead

    def others(self):
        """The other processes that live."""
        table = self.table
        found = table.processes.items()
        return [p.part.there for n, p in found if n != self.number and n not in table.dead]

    def view(self, account=None):
        """Who plays what."""
        accounts = [
            {"sid": sid, "owner": p.part.me, "term": 1}
            for p in self.table.processes.values()
            for sid in p.worlds
            if account in (None, sid)
        ]
        shown = [{"url": p.part.me} for p in self.table.processes.values()]
        return {"me": self.me, "processes": shown, "accounts": accounts}


class Process:
    """A server with a database of its own, on a free port, in a thread."""

    def __init__(self, table, number, accounts=(), settings=None, scenario="rules: []", near=False):
        self._folder = TemporaryFolder("test")
        self.exchange = Exchange(
            Store(f"sqlite:///{self._folder.path}/calls.db", durable=False),
            settings or Settings(rate=0),
            read_scenario("scenario.yaml", scenario.encode()),
            accounts=[NewAccount(sid, f"{sid}-key", f"{sid}-token") for sid in accounts],
            seed=1,
            wall=wall_now,
        )
        claims = claim("127.0.0.1", 0)
        self.url = claims[0].url
        self.part = Part(table, number, self.url, self)
        if near:
            claims.append(UnixClaim(self._folder.path / "s"))
            self.part.reach = claims[-1].url
        table.processes[number] = self
        engine = self.exchange.engine
        meters = engine.accounts.stand.meters
        self.front = SharedFront(self.exchange.wire, engine.settings, self.part, meters)
        self.exchange.engine.listens_at(self.url)
        self.exchange.courier.listens_on((each.host, each.port) for each in claims[:1])
        self._listener = Listener(self.front, claims)
        self._thread = threading.Thread(target=self._listener.run, daemon=True)
        self.exchange.start()
        self._thread.start()
        assert self._listener.wait_until_it_listens(10)
        self.http = requests.Session()

    @property
    def under_way(self):
        """How many requests threads are answering."""
        return len(self.front._open)

    @property
    def streams(self):
        """How many streams are being sent."""
        return len(self.front._streams._sending)

    @property
    def worlds(self):
        """Its accounts."""
        return self.exchange.engine.worlds

    def ask(self, method, path, **said):
        """Send a request to this process."""
        return self.http.request(method, self.url + path, timeout=30, **said)

    def stop_listening(self):
        """End its front alone."""
        self._listener.stop()
        self._thread.join()

    def close(self):
        """End."""
        self.http.close()
        self.stop_listening()
        self.exchange.stop()
        self._folder.close()
