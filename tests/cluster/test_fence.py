"""The fence: no write under an old term, whatever comes between its beginning and its commit."""

import threading
from contextlib import suppress

import pytest
from sqlalchemy import text

from exomock.cluster.deeds import Deeds
from exomock.storage.fence import NotOwner
from exomock.wall import stopwatch
from tests.cluster.conftest import expire

LEASE = 3_600


@pytest.fixture
def two(shared):
    """Two processes: their stores, with a fence each, and their ids. The first owns team1."""
    stores, ids = [shared(), shared()], []
    for number, store in enumerate(stores):
        url = f"http://{number}"
        ids.append(store.processes.join(url, url, pid=number, lease=LEASE))
        store.fence = Deeds()
    stores[0].owners.begin("team1", ids[0])
    stores[0].fence.enter("team1", ids[0], 1)
    return stores, ids


def counted(store):
    """How often something was counted in team1."""
    rows = store.reader.execute(text("SELECT count FROM counts WHERE account = 'team1'")).all()
    return sum(count for (count,) in rows)


def count(tx):
    """Count once more."""
    tx.execute(
        text(
            "INSERT INTO counts (account, what, count) VALUES ('team1', 'x', 1) "
            "ON CONFLICT (account, what) DO UPDATE SET count = counts.count + 1"
        )
    )


class TestAWriteThatBeganBeforeATake:
    def test_is_seen_by_who_takes(self, two):
        """The take waits for its commit: it cannot come in between."""
        (one, other), (dead, lives) = two
        writes, done, seen = threading.Event(), threading.Event(), []

        def take():
            writes.wait()
            assert 2 == other.owners.take("team1", lives, dead, 1)
            seen.append((done.is_set(), counted(other)))

        expire(one, dead)
        taker = threading.Thread(target=take)
        taker.start()
        with one.writing("team1") as tx:
            writes.set()
            taker.join(0.3)
            count(tx)
            done.set()
        taker.join()

        assert [(True, 1)] == seen

    def test_fails_if_it_comes_after_the_take(self, two):
        """And it has no effect; the account is reported as missed."""
        (one, other), (dead, lives) = two
        missed = []
        one.fence.missed = missed.append
        expire(one, dead)
        other.owners.take("team1", lives, dead, 1)

        with pytest.raises(NotOwner, match="team1"), one.writing("team1") as tx:
            count(tx)
        assert 0 == counted(other)
        assert ["team1"] == missed

    def test_is_one_order_of_all_however_many_race(self, two):
        """Two processes write and take from each other: each commit is under the term of its time."""
        stores, ids = two
        taken, written, end = [], [], stopwatch() + 60

        def play(me):
            store, other = stores[me], ids[1 - me]
            while len(taken) < 40 and stopwatch() < end:
                term = store.owners.take("team1", ids[me], other, store.owners.place("team1").term)
                if term is not None:
                    taken.append(term)
                    store.fence.enter("team1", ids[me], term)
                with suppress(NotOwner), store.writing("team1") as tx:
                    count(tx)
                    # What the table says now is what it says at the commit.
                    now = tx.execute(text("SELECT owner, term FROM owners")).one()
                    written.append((tuple(now), tuple(store.fence.of("team1"))))

        for store in stores:
            # Each may take from the other at any time, as if both had been frozen again and again.
            store.owners.take = _without_leases(store)
        threads = [threading.Thread(target=play, args=(me,)) for me in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(taken) >= 40
        assert sorted(set(taken)) == sorted(taken)
        assert all(table == deed for table, deed in written)
        assert len(written) == counted(stores[0])


def _without_leases(store):
    """A `take` that lets any owner be dead, and changes owner and term alone."""

    def take(sid, me, seen_owner, seen_term):
        with store.writing() as tx:
            done = tx.execute(
                text(
                    "UPDATE owners SET owner = :me, term = term + 1 "
                    "WHERE account = :sid AND term = :term AND owner = :owner"
                ),
                {"me": me, "sid": sid, "term": seen_term, "owner": seen_owner},
            )
            return seen_term + 1 if done.rowcount else None

    return take


class TestSeveralAccounts:
    def test_are_written_if_all_are_mine(self, two):
        """One that is not stops the whole transaction."""
        (one, other), (me, them) = two
        one.owners.begin("team2", me)
        one.fence.enter("team2", me, 1)
        other.owners.begin("team3", them)

        with one.writing("team1", "team2") as tx:
            count(tx)
        with pytest.raises(NotOwner, match="team3"), one.writing("team1", "team3") as tx:
            count(tx)
        assert 1 == counted(one)

    def test_are_told_apart_in_one_question(self, two):
        """Times are saved of those that are mine still, more than a batch of them."""
        (one, _other), (me, _them) = two
        sids = [f"many{number}" for number in range(1_200)]
        with one.writing() as tx:
            rows = [{"sid": sid, "me": me} for sid in sids]
            tx.execute(text("INSERT INTO owners VALUES (:sid, :me, 1, false)"), rows)
        for sid in sids[:1_100]:
            one.fence.enter(sid, me, 1)
        one.fence.enter(sids[0], me, 2)

        with one.writing() as tx:
            assert set(sids[1:1_100]) == set(one.owned(tx, sids))


def test_without_a_fence_nothing_is_asked(shared):
    """The embedded default: one process owns all."""
    store = shared()

    with store.writing("anything") as tx:
        count(tx)
        assert ["x", "y"] == store.owned(tx, ["x", "y"])
