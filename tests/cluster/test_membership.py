"""A lease is given up before it is over, and a lost one is never come back to."""

import pytest

from exomock.cluster.membership import Advertised, Membership
from exomock.storage.trouble import DatabaseFault
from tests.cluster.conftest import expire

ME = Advertised("http://10.0.0.1:8080", "http://10.0.0.1:8080", "", 17)
LEASE, RENEWAL = 5, 1


class Clock:
    """A clock that is moved by hand."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


class Faulty:
    """The processes of a database that may fail, or take its time before or after it writes."""

    def __init__(self, processes, clock):
        self.kept, self.clock = processes, clock
        self.fails, self.slow = False, 0.0

    def _do(self, what, *args, **said):
        if self.fails:
            raise DatabaseFault("the database is away")
        done = what(*args, **said)
        self.clock.now += self.slow
        return done

    def join(self, *args, **said):
        return self._do(self.kept.join, *args, **said)

    def renew(self, *args):
        return self._do(self.kept.renew, *args)

    def leave(self, *args):
        return self._do(self.kept.leave, *args)

    def namesake(self, *args):
        return self._do(self.kept.namesake, *args)


@pytest.fixture
def store(shared):
    """A shared database."""
    return shared()


@pytest.fixture
def joined(store):
    """A process that has joined: itself, its processes, its clock, and how often it lost."""
    clock = Clock()
    faulty = Faulty(store.processes, clock)
    member = Membership(faulty, ME, lease=LEASE, renewal=RENEWAL, clock=clock)
    losses = []
    member.lost = lambda: losses.append((member.id, member.holds))
    member.join()
    return member, faulty, clock, losses


class TestALease:
    def test_is_held_for_less_long_than_others_grant_it(self, joined):
        """Half a second less of 5: clocks do not run equally fast."""
        member, _faulty, clock, _losses = joined
        clock.now += 4.4
        assert member.holds
        clock.now += 0.2
        assert not member.holds

    def test_is_counted_from_before_the_renewal_was_sent(self, joined):
        """An answer that comes three seconds late leaves 1.5 s, not 4.5."""
        member, faulty, clock, _losses = joined
        faulty.slow = 3
        assert RENEWAL == member.beat()
        clock.now += 1.4
        assert member.holds
        clock.now += 0.2
        assert not member.holds

    def test_is_held_on_by_renewals(self, joined):
        """A process that renews each second lives on, under its id."""
        member, _faulty, clock, losses = joined
        before, counted = member.id, []
        member.counted = counted.append
        for _ in range(20):
            clock.now += 1
            member.beat()
            assert member.holds
        assert (before, ["ok"] * 20, []) == (member.id, counted, losses)

    def test_outlives_a_database_that_is_away_for_a_moment(self, joined):
        """Renewals are tried more often meanwhile."""
        member, faulty, clock, losses = joined
        before, faulty.fails, counted = member.id, True, []
        member.counted = counted.append
        for _ in range(12):
            clock.now += member.beat()
        assert member.holds
        faulty.fails = False
        assert RENEWAL == member.beat()
        assert (before, []) == (member.id, losses)
        assert ["failed"] * 12 + ["ok"] == counted


class TestALostLease:
    def test_lets_go_of_everything_before_it_joins_again(self, joined):
        """When the accounts are let go of it has no id, and holds nothing."""
        member, faulty, clock, losses = joined
        faulty.fails = True
        clock.now += LEASE
        counted = []
        member.counted = counted.append
        member.beat()
        member.beat()

        assert [(None, False)] == losses
        assert ["failed", "lost", "failed"] == counted

    def test_is_lost_though_nobody_has_taken_anything(self, joined, store):
        """The database says that it was over: its process joins under a greater id."""
        member, _faulty, _clock, losses = joined
        before = member.id
        expire(store, before)
        member.beat()
        assert [(None, False)] == losses
        assert not member.holds
        member.beat()

        assert before < member.id
        assert member.holds
        assert [member.id] == [each.id for each in store.processes.living()]

    def test_is_not_come_back_to_when_the_renewal_was_only_slow(self, joined, store):
        """It was declared dead while its renewal was on the way."""
        member, _faulty, clock, losses = joined
        expire(store, member.id)
        other = store.processes.join("http://2", "http://2", pid=2, lease=LEASE)
        store.owners.begin("team1", other)
        store.processes.leave(member.id)
        clock.now += 1
        member.beat()

        assert 1 == len(losses)

    def test_is_waited_for_as_long_as_the_database_is_away(self, joined):
        """It neither answers nor gives up."""
        member, faulty, clock, losses = joined
        faulty.fails = True
        for _ in range(100):
            clock.now += member.beat()
        assert not member.holds
        faulty.fails = False
        member.beat()
        assert member.holds
        assert 1 == len(losses)


class TestARenewalThatHangs:
    def test_has_all_connections_cut_once_it_is_of_no_use(self, joined):
        """It has taken as long as the lease; before that it may still come in time."""
        member, faulty, clock, _losses = joined
        cuts = []
        member.stuck = lambda: cuts.append(clock.now)
        begun = clock.now

        def hang(*_args):
            for _ in range(12):
                clock.now += 0.5
                member.look()
            raise DatabaseFault("the connection was cut")

        faulty.kept.renew = hang
        member.beat()
        assert [begun + 5, begun + 5.5, begun + 6] == cuts
        clock.now += 100
        member.look()

        assert 3 == len(cuts)
        assert not member.holds


class TestLeaving:
    def test_ends_the_lease_at_once(self, joined, store):
        """Nobody has to wait until it is over; once is enough."""
        member, _faulty, _clock, _losses = joined
        member.start()
        member.leave()
        member.leave()

        assert [] == store.processes.living()
        assert (None, False) == (member.id, member.holds)

    def test_does_not_fail_with_the_database(self, joined):
        """The lease then ends by itself."""
        member, faulty, _clock, _losses = joined
        faulty.fails = True
        member.leave()
        assert not member.holds


class TestAnAlone:
    def test_is_asked_by_the_first_process_and_no_other(self, store):
        """In the transaction in which it joins."""
        asked = []
        for name in ("worker-1", "worker-2"):
            member = Membership(
                store.processes, ME._replace(name=name), lease=LEASE, renewal=RENEWAL
            )
            member.alone = lambda _tx, name=name: asked.append(name)
            member.join()

        assert ["worker-1"] == asked

    def test_is_not_asked_by_one_that_has_lost_its_lease(self, store, joined):
        """Clients have seen its accounts go on by their lines."""
        member, _faulty, clock, losses = joined
        asked = []
        member.alone = lambda _tx: asked.append(True)
        expire(store, member.id)
        member.beat()
        clock.now += LEASE
        member.beat()

        assert ([(None, False)], True, []) == (losses, member.holds, asked)
