"""Law: a list's Total is what a count finds, whatever ends, is emptied or restored meanwhile."""

import os
import tempfile
from array import array
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select, true
from sqlalchemy.exc import IntegrityError

from conftest import EXOPHONE, FROM, NOON, ORDINARY, TO
from exomock.domain.clock import SECOND
from exomock.domain.errors import NotOnTheLine
from exomock.domain.listing import Window
from exomock.domain.order import Order
from exomock.domain.script import Party
from exomock.engine import Engine, NewAccount
from exomock.numbering import read_number
from exomock.scenarios import read_scenario
from exomock.settings import Settings
from exomock.storage import totals
from exomock.storage.store import Store
from exomock.storage.tables import calls
from laws.ended import finished, row_of

MANY = 1_000 if os.environ.get("EXOMOCK_SOAK") else 40

WHOLE = Window(0, 10**11)
PAST = """
history: {calls: 30, over: 2d, mix: {completed: 100%}}
"""


class Kept(RuleBasedStateMachine):
    """Two accounts of an engine, and everything that can happen to their calls."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.wall, self.number = NOON, 0
        self.store = Store(f"sqlite:///{self.folder.name}/calls.db", durable=False)
        scenario = read_scenario("scenario.yaml", ORDINARY.encode())
        given = Settings(rate=1, late_fields=20 * SECOND)
        self.engine = Engine(self.store, given, scenario, lambda: self.wall, seed=1)
        self.engine.making.begin((), NOON)
        self.make()

    def make(self):
        for sid in ("a0", "a1"):
            self.engine.making.make(NewAccount(sid, "k", "t", time=NOON, rate=1, collect=True))

    def teardown(self):
        self.engine.accounts.close()
        self.folder.cleanup()

    sids = st.sampled_from(["a0", "a1"])

    @rule(sid=sids, many=st.integers(1, 5))
    def connect(self, sid, many):
        """Calls are placed."""
        for _ in range(many):
            self.number += 1
            order = Order(*map(read_number, (FROM, TO, EXOPHONE)), custom_field=str(self.number))
            self.engine.connect(sid, order)

    @rule(seconds=st.sampled_from([1, 10, 40, 400]))
    def pass_time(self, seconds):
        """The beat plays what is due."""
        self.wall += seconds * SECOND
        for world in self.engine.worlds.values():
            self.engine.agenda.run_due(world)

    @rule(sid=sids, by=st.sampled_from(Party))
    def hang_up(self, sid, by):
        """Whoever can, hangs up."""
        for call in self.store.calls.all(sid):
            try:
                self.engine.hang_up(sid, call.sid, by)
            except NotOnTheLine:
                continue

    @rule(sid=sids)
    def make_a_past(self, sid):
        """Finished calls come to be, of before all others."""
        scenario = read_scenario("scenario.yaml", f"{PAST}{ORDINARY}".encode())
        self.engine.scenarios.set(sid, scenario)

    @rule(sid=sids)
    def reset(self, sid):
        """All calls go."""
        self.engine.resets.reset(sid)

    @rule(sid=sids)
    def restore(self, sid):
        """All calls are others, or the same again."""
        snapshots = self.engine.snapshots
        if self.number % 2 or not snapshots.of(sid):
            snapshots.take(sid)
        else:
            snapshots.restore(sid, snapshots.of(sid)[0])

    @rule(sid=sids)
    def delete(self, sid):
        """An account ends, and another one of its name begins."""
        self.engine.delete_account(sid)
        self.make()

    @invariant()
    def totals_are_counts(self):
        """Of all, and of every window whose ends are calls; from memory and from the database."""
        for sid in ("a0", "a1"):
            seconds = sorted(seconds_of(self.store, sid))
            assert len(seconds) == self.store.totals.within(sid, WHOLE)
            assert seconds == list(self.store.totals._kept[sid])
            for begin, end in zip(seconds[::7], seconds[3::5], strict=False):
                inside = sum(begin <= each <= end for each in seconds)
                assert inside == self.store.totals.within(sid, Window(begin, end))


TestKept = Kept.TestCase
TestKept.settings = settings(max_examples=MANY // 4, stateful_step_count=25, deadline=None)


def seconds_of(store, account):
    query = select(calls.c.created_s).where(calls.c.account == account, calls.c.ended == true())
    return [row[0] for row in store.reader.execute(query)]


class TestTotals:
    def test_are_right_where_calls_end_while_they_are_read(self, database_url, monkeypatch):
        """Between any two of the reads calls end, older and newer ones, and an account is emptied."""
        monkeypatch.setattr(totals, "_CHUNK", 20)
        store = Store(database_url, durable=False)
        chance, execute, left = Random(2), store.reader.execute, [0]

        def busy(query, given=None):
            found = execute(query, given)
            if left[0] and query is totals._SECONDS and not store.writes:
                left[0] -= 1
                if chance.random() < 0.1:
                    store.contents.clear("mine")
                store.calls.add([row_of(finished("mine", 0, chance)) for _ in range(9)])
            return found

        monkeypatch.setattr(store.reader, "execute", busy)
        try:
            for _ in range(MANY):
                store.totals.forget("mine")
                left[0] = chance.randrange(4)
                store.totals.within("mine", WHOLE)
                seconds = sorted(seconds_of(store, "mine"))
                assert seconds == list(store.totals._kept["mine"])
                assert len(seconds) == store.totals.within("mine", WHOLE)
        finally:
            store.close()

    def test_take_no_more_than_their_bound(self, database_url, monkeypatch):
        """Who was listed longest ago is forgotten; an account that is too large is counted by SQL."""
        monkeypatch.setattr(totals, "MOST", 300)
        store = Store(database_url, durable=False)
        chance, sizes = Random(3), {"a": 90, "b": 90, "c": 90, "d": 400}
        for account, size in sizes.items():
            store.calls.add([row_of(finished(account, i, chance)) for i in range(size)])
        try:
            for _ in range(60):
                account = chance.choice(list(sizes))
                assert sizes[account] == store.totals.within(account, WHOLE)
                if chance.random() < 0.3:
                    sizes[account] += 1
                    store.calls.add([row_of(finished(account, 0, chance))])
                kept = [each for each in store.totals._kept.values() if each is not None]
                assert sum(map(len, kept)) <= 300
                weights = sum(map(totals._weight, store.totals._kept.values()))
                assert weights == store.totals._weight <= 300
        finally:
            store.close()

    def test_take_eight_bytes_a_call(self):
        """As the bound counts them."""
        assert 8 == array("q").itemsize

    def test_are_read_anew_after_a_transaction_that_failed(self, database_url):
        """Nobody knows what a failed commit has left."""
        store = Store(database_url, durable=False)
        row = row_of(finished("mine", 0, Random(4)))
        try:
            store.calls.add([row])
            assert 1 == store.totals.within("mine", WHOLE)
            with pytest.raises(IntegrityError):
                store.calls.add([row])
            assert "mine" not in store.totals._kept
            assert 1 == store.totals.within("mine", WHOLE)
        finally:
            store.close()
