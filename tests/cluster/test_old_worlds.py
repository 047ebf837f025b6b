"""A process that has lost its lease, or an account, shows nothing and changes nothing of its old world."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Event

import pytest
from sqlalchemy import select

from conftest import EXOPHONE, FROM, TO
from exomock.engine import NewAccount, World
from exomock.engine.news import News
from exomock.storage.fence import NotOwner
from exomock.storage.tables import metadata
from tests.cluster.exchanges import freeze, order, wake
from tests.cluster.sharers import Sharer

SID = "team1"
V1, CONTROL = f"/v1/Accounts/{SID}", f"/_exomock/accounts/{SID}"
ORDER = {"From": FROM, "To": TO, "CallerId": EXOPHONE}
NEW = "08047112299"
MESSAGE = {"From": EXOPHONE, "To": TO, "Body": "hello"}


@pytest.fixture
def two(url):
    """Two servers on one database; the first plays an account in which a call runs."""
    with ExitStack() as stack:
        servers = []
        for sids in ((SID,), ()):
            servers.append(Sharer(url, *sids))
            stack.callback(servers[-1].close)
        yield servers


def place(server):
    """The Sid of a new call, whose placing a server has answered."""
    answer = server.ask("POST", f"{V1}/Calls/connect.json", data=ORDER)
    assert 200 == answer.status_code, answer.text
    return answer.json()["Call"]["Sid"]


def overtake(one, other):
    """Freeze a process for longer than its lease, and let another one go on with its account."""
    freeze(one.exchange)
    place(other)
    other.exchange.advance(SID, 30)


def kept(server):
    """All rows of the account, and who owns it."""
    with server.exchange.engine.store._engine.connect() as connection:
        found = {}
        for table in metadata.sorted_tables:
            key = table.c.get("account", table.c.get("sid"))
            if key is not None:
                rows = connection.execute(select(table).where(key == SID))
                found[table.name] = sorted(map(repr, rows))
        return found


READS = {
    "details of a call": lambda sid: f"{V1}/Calls/{sid}.json",
    "a list of calls": lambda _sid: f"{V1}/Calls.json",
    "an account": lambda _sid: CONTROL,
    "a clock": lambda _sid: f"{CONTROL}/clock",
    "calls for a test": lambda _sid: f"{CONTROL}/calls",
    "a page for people": lambda _sid: f"/_exomock/console/accounts/{SID}",
    "all accounts": lambda _sid: "/_exomock/accounts",
    "all accounts for people": lambda _sid: "/_exomock/console",
    "what was covered": lambda _sid: "/_exomock/coverage?suite=none",
}


class TestAProcessThatWasFrozen:
    @pytest.mark.parametrize("what", READS)
    def test_shows_nothing_until_it_has_a_lease_again(self, two, what):
        """Though its world is in memory still, and the same was asked before and is kept."""
        one, other = two
        path = READS[what](place(one))
        before = [one.ask("GET", path).status_code for _ in range(3)]
        assert {503} != set(before)
        overtake(one, other)

        assert 503 == one.ask("GET", path).status_code

    def test_has_its_requests_answered_elsewhere_once_it_is_awake(self, two):
        """It shows what the other has made of the account meanwhile."""
        one, other = two
        call = place(one)
        overtake(one, other)
        wake(one.exchange)

        answer = one.ask("GET", f"{V1}/Calls/{call}.json")
        assert other.url == answer.headers["X-Exomock-Owner"]
        assert other.ask("GET", f"{V1}/Calls/{call}.json").text == answer.text
        assert "in-progress" == answer.json()["Call"]["Status"]

    def test_makes_no_account(self, two):
        """Neither for a client, nor if it was asked before it was frozen."""
        one, _other = two
        freeze(one.exchange)

        for sid in ("mine1", "mine2", "mine3"):
            asked = one.ask("POST", "/_exomock/accounts", json={"sid": sid})
            assert 503 == asked.status_code
            with pytest.raises(NotOwner):
                one.exchange.engine.making.make(NewAccount(sid, "key", "token"))
            assert one.exchange.engine.store.owners.place(sid) is None

    def test_names_no_tenure(self, two):
        """Whatever it gathers of all accounts would be of a lease that is over."""
        one, _other = two
        assert one.exchange.cluster.directory.tenure is not None
        freeze(one.exchange)

        assert one.exchange.cluster.directory.tenure is None


class TestAnAccountThatIsOpened:
    def test_under_a_lease_that_was_lost_meanwhile_is_not_here(self, two, monkeypatch):
        """Its process has joined again, under another id, between the look and the opening."""
        one, _other = two
        cluster, accounts, seen = one.exchange.cluster, one.exchange.engine.accounts, []
        before, take = cluster.member.id, accounts.take
        freeze(one.exchange)
        wake(one.exchange)

        def took(sid):
            world = take(sid)
            seen.append((world is not None, cluster.directory.term(sid) is not None))
            return world

        monkeypatch.setattr(accounts, "take", took)
        cluster._transfers._build(SID, before, 1)

        assert [(True, False)] == seen
        assert {} == one.exchange.engine.worlds


CALLER = {"from": "09900000001", "exophone": EXOPHONE}
TWIST = {"callbacks": {"swap": True}}
CHANGES: dict[str, tuple[str, str, dict[str, object]]] = {
    "a call is placed": ("POST", f"{V1}/Calls/connect.json", {"data": ORDER}),
    "a message is sent": ("POST", f"{V1}/Sms/send.json", {"data": MESSAGE}),
    "a number is whitelisted": (
        "POST", f"{V1}/CustomerWhitelist", {"data": {"VirtualNumber": EXOPHONE, "Number": TO}}
    ),
    "an ExoPhone is rented": (
        "POST", f"/v2_beta/Accounts/{SID}/IncomingPhoneNumbers", {"data": {"PhoneNumber": NEW}}
    ),
    "somebody calls": ("POST", f"{CONTROL}/calls", {"json": CALLER}),
    "a call is hung up": ("POST", f"{CONTROL}/calls/CALL/hangup", {"json": {"by": "from"}}),
    "time passes": ("POST", f"{CONTROL}/clock/advance", {"json": {"seconds": 600}}),
    "a clock is set": ("PUT", f"{CONTROL}/clock", {"json": {"rate": 60}}),
    "people answer": ("PUT", f"{CONTROL}/phones", {"json": {"people": True}}),
    "a scenario is given": (
        "PUT", f"{CONTROL}/scenario", {"data": "rules: []", "headers": {"Content-Type": "text/yaml"}}
    ),
    "the next call is laid down": (
        "POST", f"{CONTROL}/next", {"json": {"calls": 1, "leg1": "busy"}}
    ),
    "a fault is laid down": ("POST", f"{CONTROL}/faults", {"json": {"answer": "html"}}),
    "callbacks are twisted": ("POST", f"{CONTROL}/twists", {"json": TWIST}),
    "callbacks are twisted no more": ("DELETE", f"{CONTROL}/twists", {}),
    "a snapshot comes back": ("POST", f"{CONTROL}/snapshots/SNAPSHOT/restore", {}),
    "all is reset": ("POST", f"{CONTROL}/reset", {"json": {}}),
    "the account is deleted": ("DELETE", CONTROL, {}),
}  # fmt: skip
"""What a client may ask for, of a call and a snapshot that are there."""


@contextmanager
def frozen_before_it_writes(one, other):
    """
    Freeze a process when it is about to begin a transaction that writes the account.

    It held its lease when the request came in. It wakes in the middle of the work, and knows
    nothing of it: only the transaction itself can find out. Gives what the database had then.
    """
    store, found = one.exchange.engine.store, []
    begin = store.writing

    def writing(*accounts, **said):
        if SID in accounts and not found:
            found.append(None)
            with ThreadPoolExecutor(
                1
            ) as pool:  # the other process has threads, and locks, of its own
                pool.submit(overtake, one, other).result(20)
            found[0] = kept(other)
        return begin(*accounts, **said)

    store.writing = writing
    try:
        yield found
    finally:
        del store.writing


WAITS = {
    "a wait": (f"{CONTROL}/wait?idle=true&timeout=20", 404),
    "news": (f"{CONTROL}/news?after={{last}}&wait=20", 404),
    "a read that a fault delays": (f"{V1}/Calls.json", 200),
}
"""What waits for the account, and what one process alone answers when that is deleted."""


@pytest.fixture
def waiting(monkeypatch):
    """Set once a request waits for its account."""
    waits = Event()

    def spied(wait):
        def spy(*args, **said):
            waits.set()
            return wait(*args, **said)

        return spy

    for cls, name in ((World, "wait_for"), (News, "wait")):
        monkeypatch.setattr(cls, name, spied(getattr(cls, name)))
    return waits


class TestAnAccountThatIsDeleted:
    @pytest.mark.parametrize("what", WAITS)
    def test_ends_what_waits_as_one_process_does(self, two, waiting, what):
        """No lease has ended, and nobody else plays it."""
        one, _other = two
        path, status = WAITS[what]
        place(one)
        delay = {"when": {"method": "GET", "path": "Calls"}, "delay": "1h"}
        assert 201 == one.ask("POST", f"{CONTROL}/faults", json=delay).status_code
        path = path.format(last=one.ask("GET", f"{CONTROL}/news").json()["last"])
        waiting.clear()
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(one.ask, "GET", path)
            assert waiting.wait(20)
            assert 204 == one.ask("DELETE", CONTROL).status_code

        assert status == answer.result(20).status_code, answer.result().text


class TestAProcessThatWasFrozenInTheMiddle:
    @pytest.mark.parametrize("what", CHANGES)
    def test_changes_nothing(self, two, what):
        """Its client hears 503, and the database has what the other process has made of it."""
        one, other = two
        call = place(one)
        assert 201 == one.ask("POST", f"{CONTROL}/twists", json=TWIST).status_code
        snapshot = one.ask("POST", f"{CONTROL}/snapshots").json()["id"]
        method, path, said = CHANGES[what]
        path = path.replace("CALL", call).replace("SNAPSHOT", snapshot)

        with frozen_before_it_writes(one, other) as found:
            answer = one.ask(method, path, **said)

        assert found, "it wrote nothing of the account at all"
        assert 503 == answer.status_code, answer.text
        assert found == [kept(other)]

    def test_plays_nothing(self, two):
        """What fell due in its old world is played by the other, and by nobody else."""
        one, other = two
        one.exchange.engine.connect(SID, order())
        with frozen_before_it_writes(one, other) as found, pytest.raises(NotOwner):
            one.exchange.advance(SID, 600)

        assert found == [kept(other)]
