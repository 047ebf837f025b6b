"""A source is all that a new thing with a life needs: every way time goes treats it alike."""

import ast
import math
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

import exomock
from conftest import NOON, ORDINARY, Driver
from exomock.domain.leg import Event
from exomock.engine import Happened, NewAccount
from exomock.engine.sources import Played, Source
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.storage.trouble import DatabaseFault

SECOND = 1_000_000


class Texts(Source):
    """
    Text messages: each arrives at its moment. They are rows of a table of their own.

    This class is all that the test adds to a running exomock.
    """

    WAITS = "FROM texts WHERE account = :account AND arrived_at IS NULL"

    def __init__(self, engine):
        self.engine = engine
        self.database = engine.store.outbox._database
        self.write("CREATE TABLE IF NOT EXISTS texts (account, sid, due_at, arrived_at)")
        engine.sources.add(self)

    def read(self, query, **values):
        return self.database.reader.execute(text(query), values)

    def write(self, statement, **values):
        with self.database.writing() as tx:
            tx.execute(text(statement), values)

    def next_at(self, world):
        return self.read(f"SELECT min(due_at) {self.WAITS}", account=world.sid).scalar()

    def play(self, world, now):
        query = f"SELECT sid, due_at {self.WAITS} AND due_at <= :now"
        due = self.read(query, account=world.sid, now=now).all()
        for sid, _due_at in due:
            self.write("UPDATE texts SET arrived_at = :now WHERE sid = :sid", now=now, sid=sid)
        return Played([Happened(at, sid, 0, Event.FILLED) for sid, at in due], [])

    def empty(self, world):
        self.write("DELETE FROM texts WHERE account = :account", account=world.sid)

    def send(self, world, sid, at):
        """Send a text that will arrive at `at`, as a view of its own would."""
        with world.living():
            self.write(
                "INSERT INTO texts VALUES (:account, :sid, :at, NULL)",
                account=world.sid, sid=sid, at=at,
            )  # fmt: skip
            self.engine.sources.sooner(world, self, at)
            world.touch()

    def arrived(self, sid):
        """When it arrived, None if it has not."""
        return self.read("SELECT arrived_at FROM texts WHERE sid = :sid", sid=sid).scalar()

    def count(self):
        """How many there are, of all accounts."""
        return self.read("SELECT count(*) FROM texts").scalar()


@contextmanager
def served(*, rate=0.0, scenario=ORDINARY, database=None):
    """A driver, its account and its texts, frozen at NOON unless the clock runs."""
    with Exomock(scenario, Settings(rate=rate), database=database, start_at=NOON) as mock:
        engine = mock.exchange.engine
        yield Driver(mock), engine.worlds[mock.sid], Texts(engine)


class TestOneMoreSource:
    def test_is_played_by_the_beat(self):
        """With a clock that runs, a text arrives by itself, and an alarm was all it took."""
        with served(rate=1) as (_driver, world, texts):
            texts.send(world, "t1", world.clock.at(texts.engine.wall()) + SECOND // 10)

            assert world.wait_for(lambda: texts.arrived("t1") is not None, 5)
            assert math.inf == world.due_at

    def test_is_played_by_a_read(self, monkeypatch):
        """Its playing sends nothing, so a read that comes before the beat plays it."""
        with served() as (driver, world, texts):
            texts.send(world, "t1", NOON + SECOND)
            monkeypatch.setattr(texts.engine.agenda, "run_due", lambda _world: [])  # no beat plays
            with world.state:
                wall = texts.engine.wall()
                world.clock = world.clock.pinned(wall, NOON + 2 * SECOND)
            driver.calls()

            assert NOON + 2 * SECOND == texts.arrived("t1")

    def test_is_a_stop_of_an_advance(self):
        """Each text arrives at its own moment, and its events come in order among the call's."""
        with served() as (driver, world, texts):
            sid = driver.connect()
            texts.send(world, "late", NOON + 20 * SECOND)
            texts.send(world, "soon", NOON + 4 * SECOND)
            went = texts.engine.advancing.advance(world, 60 * SECOND, lambda _dues: None)

            assert NOON + 4 * SECOND == texts.arrived("soon")
            assert NOON + 20 * SECOND == texts.arrived("late")
            assert sorted(went.events, key=lambda each: each.at) == went.events
            assert {sid, "soon", "late"} == {each.call for each in went.events}

    def test_is_waited_for_until_idle(self):
        """The last text lies behind the last event of any call; traffic does not hide it."""
        traffic = ORDINARY + "inbound: [{every: 30s}]\n"
        for scenario in (ORDINARY, traffic):
            with served(scenario=scenario) as (driver, world, texts):
                driver.connect()
                texts.send(world, "t1", NOON + 300 * SECOND)
                assert not texts.engine.advancing.idle(world)
                url = f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}/clock/advance"
                went = requests.post(url, json={"until": "idle"}, timeout=10).json()

                assert (True, None) == (went["idle"], went["stopped"])
                assert NOON + 300 * SECOND == texts.arrived("t1")
                assert NOON + 300 * SECOND == world.clock.at(texts.engine.wall())

    def test_is_found_again_after_a_restart(self, tmp_path):
        """Its moment is not kept: the source is asked when the database is opened."""
        database = tmp_path / "calls.db"
        with served(database=database) as (_driver, world, texts):
            texts.send(world, "t1", NOON + 5 * SECOND)
        with served(database=database) as (driver, world, texts):
            assert (NOON + 5 * SECOND, None) == (world.due_at, texts.arrived("t1"))
            driver.advance(5)

            assert NOON + 5 * SECOND == texts.arrived("t1")

    @pytest.mark.parametrize("end", ["reset", "delete"])
    def test_is_emptied_with_its_account(self, end):
        """A reset leaves no text and no moment, also while nothing was ever called."""
        with served() as (driver, world, texts):
            texts.send(world, "t1", NOON + SECOND)
            if end == "reset":
                texts.engine.resets.reset(driver.mock.sid)
            else:
                texts.engine.delete_account(driver.mock.sid)

            assert (0, math.inf, True) == (texts.count(), world.due_at, world.idle)

    def test_is_asked_after_a_restore(self):
        """A restore looks at every source: what the rows say falls due, falls due."""
        with served() as (driver, world, texts):
            driver.connect()
            kept = texts.engine.snapshots.take(driver.mock.sid)
            texts.send(world, "t1", NOON + SECOND)
            texts.engine.snapshots.restore(driver.mock.sid, kept)

            assert NOON + SECOND == world.due_at
            driver.advance(60)
            assert NOON + SECOND == texts.arrived("t1")

    def test_that_fails_costs_the_others_nothing(self):
        """A beat whose texts fail gives callbacks back; the next one plays both."""
        with served(rate=1) as (_driver, world, texts):
            play, failed = texts.play, []

            def failing(world, now):
                if not failed:
                    failed.append(now)
                    raise RuntimeError("once")
                return play(world, now)

            texts.play = failing
            texts.send(world, "t1", world.clock.at(texts.engine.wall()))

            assert world.wait_for(lambda: texts.arrived("t1") is not None, 5)
            assert 1 == len(failed)


WRITERS = {
    "moments": "sources.py",
    "due_at": "sources.py",
    "plays_at": "sources.py",
    "armed": "alarms.py",
}


class TestMoments:
    def test_have_one_writer(self):
        """Of all files one assigns moments, and one the alarms that follow from them."""
        package = Path(exomock.__file__).parent
        found = {
            (target.attr, path.name)
            for path in package.rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Assign | ast.AugAssign)
            for each in (node.targets if isinstance(node, ast.Assign) else [node.target])
            for target in ast.walk(each)
            if isinstance(target, ast.Attribute) and target.attr in WRITERS
        }

        assert set(WRITERS.items()) == found

    def test_of_one_account_are_no_other_s(self):
        """What is due in one account does not set the alarm of another."""
        with served() as (_driver, world, texts):
            other = texts.engine.making.make(NewAccount("other", rate=0))
            texts.send(world, "t1", NOON + SECOND)

            assert (NOON + SECOND, math.inf) == (world.due_at, other.due_at)


class TestAMomentThatIsTooEarly:
    """Where the database cannot say when something falls due, its source is rung at once."""

    @pytest.mark.parametrize(
        "scenario", [ORDINARY, ORDINARY + "inbound: [{every: 30s}]\n", "rules: []"]
    )
    @pytest.mark.parametrize("calls", [0, 1])
    def test_is_harmless_to_every_source(self, monkeypatch, scenario, calls):
        """None has anything to do, and each is asked again."""
        with served(scenario=scenario) as (driver, world, texts):
            for _ in range(calls):
                driver.connect()
            texts.send(world, "t1", NOON + 50 * SECOND)
            before, placed = dict(world.moments), driver.calls()
            for play in (texts.engine.agenda.catch_up, texts.engine.agenda.run_due):
                ring(texts.engine, world, monkeypatch)
                play(world)
            driver.advance(0)

            assert before == {each: at for each, at in world.moments.items() if at}
            assert placed == driver.calls()

    def test_is_looked_up_by_the_next_beat_and_nothing_is_lost(self, monkeypatch):
        """Texts and calls that were to come do come."""
        with served() as (driver, world, texts):
            sid = driver.connect()
            texts.send(world, "t1", NOON + 50 * SECOND)
            ring(texts.engine, world, monkeypatch)
            driver.advance(600)

            assert NOON + 50 * SECOND == texts.arrived("t1")
            assert "completed" == driver.call(sid)["Status"]


def ring(engine, world, monkeypatch):
    """Let the database fail whoever asks a source for its next moment, as after a restore."""

    def fails(_world):
        raise DatabaseFault("injected")

    with monkeypatch.context() as patched, world.state:
        for each in engine.sources:
            patched.setattr(each, "next_at", fails)
        engine.sources.look_or_ring(world, *engine.sources)
        with pytest.raises(DatabaseFault):
            engine.sources.look_all(world)
        assert {0} == set(world.moments.values())
