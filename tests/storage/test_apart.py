"""What must not wait for those who write does not; and who waits for a server that hangs is freed."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import text

from exomock.storage.store import Store
from exomock.storage.trouble import DatabaseFault
from tests.cluster.between import Between

LEASE = 60


@pytest.fixture
def between(cluster):
    """What lies between the store and its database."""
    with closing(Between(cluster.port)) as between:
        yield between


@pytest.fixture
def store(cluster, between):
    """A store on a database of its own, behind that."""
    name = cluster.create()
    url = cluster.tcp(name).replace(f":{cluster.port}/", f":{between.port}/")
    with closing(Store(url)) as store:
        yield store
    cluster.drop(name)


@pytest.fixture
def me(store):
    """A process that has joined."""
    return store.processes.join("http://1", "http://1", pid=1, lease=LEASE)


def until_of(store, me):
    """When the lease of a process ends."""
    return next(each.until for each in store.processes.all() if each.id == me)


class TestARenewal:
    def test_does_not_wait_for_who_writes(self, store, me):
        """A write that waits for another process's lock holds the turn to write meanwhile."""
        before = until_of(store, me)
        with store.writing(), ThreadPoolExecutor(1) as pool:
            assert pool.submit(store.processes.renew, me, LEASE).result(3)

        assert before < until_of(store, me)

    def test_is_refused_as_ever_once_the_lease_is_over(self, store, me):
        """It says so, and changes nothing."""
        store.processes.leave(me)
        before = until_of(store, me)

        assert not store.processes.renew(me, LEASE)
        assert before == until_of(store, me)

    def test_goes_on_after_its_connection_was_lost(self, store, me, between):
        """One fails, which its process bears; or none, where the loss was seen before."""
        assert store.processes.renew(me, LEASE)
        between.reset()
        with pytest.raises(DatabaseFault):
            store.processes.renew(me, LEASE)
        between.heal()

        assert store.processes.renew(me, LEASE)

    def test_is_tried_though_others_have_just_met_with_nobody(self, store, me, between):
        """
        A connection that was not made in time keeps others from trying for as long again.

        Who reads is freed by a cut, asks once more over a new connection, and meets with nobody.
        """
        store.processes.all()
        between.swallow()
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(store.processes.all)
            with pytest.raises(TimeoutError):
                asked.result(0.1)
            store.cut()
            with pytest.raises(DatabaseFault):
                asked.result(10)
        between.heal()
        with pytest.raises(DatabaseFault):
            store.processes.all()

        assert store.processes.renew(me, LEASE)

    def test_is_a_fault_once_the_database_is_closed(self, store, me):
        """A lease is renewed until the very end of a server."""
        store.close()
        with pytest.raises(DatabaseFault, match="closed"):
            store.processes.renew(me, LEASE)


ASKED = {
    "a write": lambda store, _me: store.processes.leave(0),
    "a renewal": lambda store, me: store.processes.renew(me, LEASE),
}


class TestACut:
    @pytest.mark.parametrize("what", ASKED)
    def test_frees_whoever_waits_for_an_answer(self, store, me, between, what):
        """Its packets are swallowed, and libpq would wait until they are not."""
        assert store.processes.renew(me, LEASE)  # every connection is there
        store.processes.all()
        between.swallow()
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(ASKED[what], store, me)
            with pytest.raises(TimeoutError):
                asked.result(0.3)
            store.cut()
            with pytest.raises(DatabaseFault):
                asked.result(10)
        between.heal()

        assert store.processes.renew(me, LEASE)

    @pytest.mark.parametrize("what", ["a write", "a renewal", "a read"])
    def test_for_good_is_the_last_that_is_heard(self, store, me, what):
        """Of a process that ends: no new connection is tried, which could take seconds."""
        asked = ASKED | {"a read": lambda store, _me: store.processes.all()}
        asked[what](store, me)
        store.cut(for_good=True)
        with pytest.raises(DatabaseFault):
            asked[what](store, me)

    def test_leaves_the_connections_of_others_alone(self, store, cluster, me):
        """Also those of this process to the same server."""
        name = store.reader.execute(text("SELECT current_database()")).scalar()
        with closing(Store(cluster.url(name))) as other:
            with other.writing() as tx:
                store.cut()
                assert 1 == tx.execute(text("SELECT 1")).scalar_one()
            assert [me] == [each.id for each in other.processes.all()]
