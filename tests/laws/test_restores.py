"""A restore happens whole or not, and an id is never another's: issue 8, item 12."""

import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests
from sqlalchemy import event

from conftest import NOON
from exomock.engine import NewAccount
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.storage.deliveries import Attempt
from exomock.storage.trouble import DatabaseFault

MANY = 1000 if os.environ.get("EXOMOCK_SOAK") else 20
ACCOUNTS = ("a0", "a1", "a2", "a3")


@pytest.fixture
def mock():
    """A frozen exomock; its accounts record callbacks instead of sending them."""
    with Exomock(settings=Settings(rate=0, journal_entries=0), start_at=NOON) as mock:
        yield mock


class Owner:
    """An account, driven beneath HTTP."""

    def __init__(self, mock, sid, *, collect=True):
        self.mock, self.sid, self.engine = mock, sid, mock.exchange.engine
        given = NewAccount(sid, "key", "token", time=NOON, rate=0, collect=collect)
        self.world = self.engine.making.make(given)

    def connect(self, number=1):
        auth = self.world.key, self.world.token
        data = {
            "From": f"098111{number:05}", "To": "09822200002", "CallerId": "08047112233",
            "StatusCallback": f"{self.mock.url}/_exomock/echo",
            "StatusCallbackEvents": "terminal,answered",
        }  # fmt: skip
        url = f"{self.mock.url}/v1/Accounts/{self.sid}/Calls/connect.json"
        return requests.post(url, data=data, auth=auth, timeout=20)

    def advance(self, seconds):
        return self.mock.exchange.advance(self.sid, seconds)

    def take(self):
        return self.engine.snapshots.take(self.sid)

    def restore(self, snapshot):
        return self.engine.snapshots.restore(self.sid, snapshot)

    def callbacks(self):
        return self.engine.store.outbox.of(self.sid)

    def seen(self):
        """All that can be seen of it, as it is in the database and in memory."""
        store, world = self.engine.store, self.world
        return (
            store.calls.all(self.sid),
            self.callbacks(),
            [row._replace(requests=0) for row in store.accounts.all() if row.sid == self.sid],
            (world.clock.at(0), dict(world.moments), world.due_at, world.scenario.name),
            (len(world.nexts), len(world.faults), world.written),
        )


class TestManyRestores:
    def test_in_four_accounts_at_once_never_fail(self, mock):
        """
        Each restores, connects and advances, round after round, and resets in between; all see
        their own world again.

        No id of a callback is ever seen in two accounts, and none twice for two callbacks.
        """
        owners, of_id, guard = [Owner(mock, sid) for sid in ACCOUNTS], {}, threading.Lock()

        def note(owner):
            for row in owner.callbacks():
                with guard:
                    known = of_id.setdefault(row.id, (owner.sid, row.sid, row.notice, row.place))
                assert known == (owner.sid, row.sid, row.notice, row.place)

        def live(owner):
            assert 200 == owner.connect().status_code
            owner.advance(20)
            kept, before = owner.take(), None
            for number in range(MANY):
                if number % 2:  # frees rows for others before it asks for its own again
                    owner.engine.resets.reset(owner.sid)
                    owner.connect(number)
                assert owner.restore(kept) is owner.world
                before = before or owner.seen()
                assert before == owner.seen()
                placed = owner.connect(number)
                assert 200 == placed.status_code, placed.text
                assert 2 == len(owner.engine.store.calls.all(owner.sid))
                owner.advance(100)
                note(owner)
            return len(owner.callbacks())

        with ThreadPoolExecutor(len(owners)) as pool:
            assert [6] * len(owners) == list(pool.map(live, owners))


@contextmanager
def failing_at(store, number):
    """The database fails at the n-th statement from now on, and at each one after it."""
    left = [number]

    def fail(*_):
        left[0] -= 1
        if left[0] < 0:
            raise sqlite3.OperationalError("injected")

    for name in ("do_execute", "do_executemany"):
        event.listen(store._engine, name, fail)
    try:
        yield left
    finally:
        for name in ("do_execute", "do_executemany"):
            event.remove(store._engine, name, fail)


USES = {
    "restore": lambda owner, kept: owner.restore(kept),
    "reset": lambda owner, _: owner.engine.resets.reset(owner.sid),
    "delete": lambda owner, _: owner.engine.delete_account(owner.sid),
    "take": lambda owner, _: owner.take(),
}


class TestAFaultAtAnyStatement:
    @pytest.mark.parametrize("use", ["restore", "take"])
    def test_leaves_all_as_it_was(self, mock, use):
        """The n-th statement fails, for each n: memory and rows are as before, then it goes."""
        owner = Owner(mock, "a")
        owner.connect()
        owner.advance(20)
        kept = owner.take()
        owner.connect(2)
        owner.advance(500)
        before, number, whole = owner.seen(), 0, False
        while not whole:
            with failing_at(owner.engine.store, number):
                try:
                    USES[use](owner, kept)
                    whole = True
                except DatabaseFault:
                    number += 1
            if not whole:
                assert before == owner.seen()
                assert 1 == len(owner.engine.snapshots.of(owner.sid))

        assert number > 3
        assert (use == "restore") is (before != owner.seen())

    @pytest.mark.parametrize("use", ["reset", "delete"])
    def test_can_be_done_again(self, mock, use):
        """What a fault has broken off is finished by asking once more."""
        number, whole = 0, False
        while not whole:
            owner = Owner(mock, f"a{number}")
            owner.connect()
            owner.advance(20)
            with failing_at(owner.engine.store, number):
                try:
                    USES[use](owner, None)
                    whole = True
                except DatabaseFault:
                    number += 1
            if not whole:
                USES[use](owner, None)
            assert [] == owner.callbacks()
            assert [] == owner.engine.store.calls.all(owner.sid)

        assert number > 3


class TestANextFate:
    def test_stays_for_the_next_call_where_the_database_fails(self, mock):
        """The n-th statement of a connect fails, for each n: the busy line comes all the same."""
        owner, number, placed = Owner(mock, "a"), 0, None
        url = f"{mock.url}/_exomock/accounts/a/next"
        assert 201 == requests.post(url, json={"leg1": "busy"}, timeout=9).status_code
        while placed is None or placed.status_code == 500:
            with failing_at(owner.engine.store, number):
                placed = owner.connect()
            assert (1 if placed.status_code == 500 else 0) == len(owner.world.nexts)
            number += 1
        owner.advance(100)

        assert number > 1
        (call,) = owner.engine.store.calls.all("a")
        assert "busy" == call.status


class TestAnId:
    def test_comes_back_with_its_callback_and_never_with_another(self, mock):
        """What was placed after the snapshot takes its ids with it."""
        one, other = Owner(mock, "one"), Owner(mock, "other")
        one.connect()
        one.advance(500)
        kept, first = one.take(), {row.id for row in one.callbacks()}
        one.connect(2)
        one.advance(500)
        second = {row.id for row in one.callbacks()} - first
        one.engine.resets.reset(one.sid)
        other.connect()
        other.advance(500)
        one.restore(kept)

        assert first == {row.id for row in one.callbacks()}
        assert set() == {row.id for row in other.callbacks()} & (first | second)


class TestASettleThatComesLate:
    def test_does_not_touch_the_restored_callback(self, mock, monkeypatch):
        """
        A restore comes between the check of the epoch and the row.

        It waits, then puts back a callback without a try, which is sent anew.
        """
        owner = Owner(mock, "a", collect=False)
        sid = owner.connect().json()["Call"]["Sid"]
        world, agenda, outbox = owner.world, owner.engine.agenda, owner.engine.store.outbox
        outgoing, ledger = owner.engine.outgoing, owner.engine.ledger
        monkeypatch.setattr(agenda, "run_due", lambda _world: [])  # the beat takes nothing
        with world.state:
            world.clock = world.clock.pinned(owner.engine.wall(), NOON + 500_000_000)
        agenda.catch_up(world)
        late, *rest = outgoing.take_call(world, sid)
        kept, restored, settle = owner.take(), [], outbox.settle

        def restore_first(*given):
            def restore():
                owner.restore(kept)
                restored.extend(outgoing.take_call(world, sid))

            thread = threading.Thread(target=restore)
            thread.start()
            thread.join(0.3)
            settle(*given)
            return thread

        outbox.settle = lambda *given: threads.append(restore_first(*given))
        threads = []
        ledger.settle(late, Attempt(1, 0, 200, None, 1.0))
        outbox.settle = settle
        ledger.give_back(rest)
        threads[0].join(10)

        row = next(row for row in outbox.of("a") if row.id == late.delivery.id)
        assert ("sending", ()) == (row.state, row.attempts)
        (again,) = [due for due in restored if due.delivery.id == late.delivery.id]
        ledger.settle(late, Attempt(1, 0, 500, None, 1.0))
        ledger.settle(again, Attempt(1, 0, 200, None, 1.0))
        row = next(row for row in outbox.of("a") if row.id == late.delivery.id)
        assert ("delivered", [200]) == (row.state, [each.status for each in row.attempts])
        ledger.give_back(restored)
