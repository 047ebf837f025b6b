"""Locks: what needs one is refused without it, and two are taken in order or not at all."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import NOON
from exomock import app
from exomock.domain.clock import Clock
from exomock.domain.scenario import Scenario
from exomock.engine import World, locks
from exomock.engine.locks import Rank, held, new_lock, not_held
from exomock.engine.origin import Origin

NOTHING = Scenario("nothing")


@pytest.fixture
def world():
    """A world that no engine has."""
    return World("w", "k", "t", 1, Clock(0, NOON, 0), NOTHING, Origin(NOON, 0, NOTHING))


@pytest.fixture
def bites():
    """Run something that must break a rule, and take the note of it, which would fail the test."""

    def bites(what):
        with pytest.raises(AssertionError) as error:
            what()
        assert [str(error.value)] == locks.broken()
        return str(error.value)

    return bites


def elsewhere(what):
    """Run something in a thread of its own, and give what came of it."""
    found = []
    thread = threading.Thread(target=lambda: found.append(what()), name="elsewhere")
    thread.start()
    thread.join(5)
    return found[0]


class TestHeld:
    def test_bites_where_nobody_holds_the_lock(self, world, bites):
        """`World.held` is an assertion while locks are checked."""
        assert "STATE is not held by MainThread" == bites(world.held)

    def test_bites_where_another_thread_holds_it(self, world, bites):
        """That the lock is locked is not enough: a plain lock would say so."""
        with world.state:
            assert world.state.locked()
            assert "STATE is not held by elsewhere" == elsewhere(lambda: bites(world.held))

    def test_is_silent_where_this_thread_holds_it(self, world):
        """Also once the lock was let go and taken again."""
        for _ in range(2):
            with world.state:
                world.held()

    def test_of_another_account_does_not_count(self, world, bites):
        """Each account has its own."""
        other = World("o", "k", "t", 1, world.clock, NOTHING, world.origin)
        with other.state:
            bites(world.held)

    def test_bites_where_a_lock_must_not_be_held(self, world, bites):
        """What may take its time is not done under `state`."""
        not_held(world.state)
        with world.state:
            bites(lambda: not_held(world.state))

    def test_is_noted_of_any_thread(self, driver):
        """A server's thread logs what is raised in it; the note fails the test all the same."""
        engine = driver.mock.exchange.engine
        world = engine.worlds[driver.mock.sid]

        def careless():
            with pytest.raises(AssertionError):
                engine.sources.look(world, engine.calls)

        elsewhere(careless)
        assert ["STATE is not held by elsewhere"] == locks.broken()


class TestOrder:
    @pytest.mark.parametrize(
        ("first", "second"),
        [(a, b) for a in Rank for b in Rank if a > b and a is not Rank.INNER],
        ids=lambda rank: rank.name,
    )
    def test_of_two_locks_is_one_way(self, first, second, bites):
        """Who has the later one does not wait for the earlier one; the table is in `world.py`."""
        early, late = new_lock(second), new_lock(first)
        with early, late:
            held(early)
            held(late)
        with late:
            bites(early.acquire)

    def test_of_two_accounts_is_none(self, world, bites):
        """Two threads that hold one `state` each would wait for each other for ever."""
        other = World("o", "k", "t", 1, world.clock, NOTHING, world.origin)
        with world.state:
            bites(other.state.acquire)

    def test_does_not_bind_who_only_tries(self, world):
        """A lock that is tried is no wait."""
        with world.state:
            assert world.turn.acquire(blocking=False)
            world.turn.release()


class TestATurn:
    def test_of_an_old_epoch_plays_nothing(self, driver, monkeypatch):
        """A beat gets the turn, and a reset comes before it gets `state`: an advance may play now."""
        engine = driver.mock.exchange.engine
        world, take, took = engine.worlds[driver.mock.sid], engine.agenda.take, []

        def noting(*given):
            took.append(threading.current_thread().name)
            return take(*given)

        monkeypatch.setattr(engine.agenda, "take", noting)
        beat = threading.Thread(target=engine.agenda.run_due, args=(world,), name="late beat")
        with world.state:
            turn = world.turn
            beat.start()
            while not turn.locked():
                pass
            with world.flight:
                world.begin_epoch()
        beat.join(5)

        assert "late beat" not in took
        assert not turn.locked()


class TestAServer:
    def test_has_plain_locks_and_assertions_that_do_nothing(self, world, monkeypatch):
        """Unless `check` was called, which nothing of exomock does."""
        monkeypatch.setattr(locks._checks, "on", False)
        plain = World("p", "k", "t", 1, world.clock, NOTHING, world.origin)
        plain.held()
        not_held(plain.state)

        assert type(threading.Lock()) is type(plain.state)


def test_first_requests_that_come_at_once_make_the_routes_once():
    """Not once for each thread."""
    app._made.cache_clear()
    together = threading.Barrier(8)

    def first():
        together.wait()
        return app.routes()

    with ThreadPoolExecutor(8) as pool:
        made = [each.result() for each in [pool.submit(first) for _ in range(8)]]
    assert 1 == len({id(each) for each in made})
