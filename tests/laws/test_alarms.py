"""The heap of alarms: it rings for every world that a look at each of them would find."""

import math
import os
import tempfile
from contextlib import suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from conftest import EXOPHONE, FROM, NOON, ORDINARY, TO
from exomock.delivery.courier import Courier
from exomock.domain.clock import LATEST, Clock
from exomock.domain.errors import NotOnTheLine, TimeRunsForward
from exomock.domain.order import Order
from exomock.domain.scenario import Scenario
from exomock.domain.script import Party
from exomock.engine import Engine, NewAccount
from exomock.engine.advancing import END_OF_TIME
from exomock.engine.sources import Played, Source, Sources
from exomock.engine.world import Origin, World
from exomock.engine.worlds import Worlds
from exomock.heartbeat import Heartbeat
from exomock.numbering import read_number
from exomock.scenarios import read_scenario
from exomock.settings import Settings
from exomock.storage.store import Store
from exomock.storage.trouble import DatabaseFault

MANY = 300 if os.environ.get("EXOMOCK_SOAK") else 12

SECOND, DAY = 1_000_000, 86_400
NOTHING = Scenario("nothing")
SIDS = st.sampled_from(["a0", "a1", "a2", "a3"])
RATES = st.sampled_from([0.0, 1.0, 60.0, 0.5, 1_000_000.0])
MOMENTS = st.integers(0, 10**9)


def made(number: int, wall: int, rate: float) -> World:
    """A world that no engine has."""
    clock = Clock(wall, NOON, rate)
    return World(f"w{number}", "k", "t", 1, clock, NOTHING, Origin(NOON, rate, NOTHING))


class Told(Source):
    """A source whose moments the test says."""

    def __init__(self, *, sends):
        self.sends, self.fails = sends, False
        self.at = {}

    def next_at(self, world):
        if self.fails:
            raise DatabaseFault("it cannot be read")
        return self.at.get(world)

    def play(self, _world, _now):
        return Played([], [])


class Heap(RuleBasedStateMachine):
    """Alarms of worlds whose sources say what they like, and a wall that goes on."""

    def __init__(self):
        super().__init__()
        open_worlds = Worlds(NOTHING)
        self.alarms, self.wall = open_worlds.alarms, NOON
        self.sources = Sources(open_worlds)
        self.told = [Told(sends=False), Told(sends=True), Told(sends=False)]
        for source in self.told:
            self.sources.add(source)
        self.worlds: list[World] = []

    @rule(rate=RATES)
    def make(self, rate):
        """A new world."""
        self.worlds.append(made(len(self.worlds), self.wall, rate))
        self.alarms.watch(self.worlds[-1])

    @precondition(lambda self: self.worlds)
    @rule(
        data=st.data(),
        source=st.integers(0, 2),
        ahead=st.none() | MOMENTS,
    )
    def look(self, data, source, ahead):
        """Something falls due sooner, later or never, and the source is asked."""
        world, source = data.draw(st.sampled_from(self.worlds)), self.told[source]
        source.at[world] = None if ahead is None else NOON + ahead
        with world.state:
            self.sources.look(world, source)

    @precondition(lambda self: self.worlds)
    @rule(data=st.data(), source=st.integers(0, 2), ahead=MOMENTS)
    def sooner(self, data, source, ahead):
        """A source says that something falls due at a moment, sooner than what it said or later."""
        world, source = data.draw(st.sampled_from(self.worlds)), self.told[source]
        known, at = source.at.get(world), NOON + ahead
        source.at[world] = at if known is None else min(known, at)
        with world.state:
            self.sources.sooner(world, source, at)

    @precondition(lambda self: self.worlds)
    @rule(data=st.data(), ring=st.booleans())
    def silence_or_ring(self, data, ring):
        """The rows of a world are gone, or cannot be read."""
        world = data.draw(st.sampled_from(self.worlds))
        for source in self.told:
            source.at[world], source.fails = 0 if ring else None, ring
        with world.state:
            if ring:
                self.sources.look_or_ring(world, *self.told)
            else:
                self.sources.silence(world)
        for source in self.told:
            source.fails = False

    @precondition(lambda self: self.worlds)
    @rule(data=st.data(), rate=RATES, moved=MOMENTS, step=st.integers(-(10**9), 10**9))
    def set_clock(self, data, rate, moved, step):
        """A clock is set, given another rate, pinned, or moved by a step of the machine."""
        world = data.draw(st.sampled_from(self.worlds))
        world.clock = Clock(self.wall, NOON + moved, rate).stepped(self.wall, step)

    @precondition(lambda self: self.worlds)
    @rule(data=st.data())
    def delete(self, data):
        """A world ends."""
        world = data.draw(st.sampled_from(self.worlds))
        world.alive = False
        self.alarms.forget(world)
        self.worlds.remove(world)

    @rule(later=st.sampled_from([0, 1, 20_000, SECOND]) | MOMENTS)
    def beat(self, later):
        """The wall goes on, and the beat finds whom a look at each world finds."""
        self.wall += later
        due = {world for world in self.worlds if world.alarmed(self.wall)}
        rang = self.alarms.due(self.wall)
        # `wall_of` is exact to a microsecond.
        assert {world for world in due if world.rings_at <= self.wall} <= set(rang)
        assert all(world.rings_at <= self.wall + 1 for world in due)
        assert len(rang) == len(set(rang))
        for world in rang:
            world.ended = world.ended or world.clock.at(self.wall) == LATEST
            if world.alarmed(self.wall):
                for source in self.told:
                    source.at[world] = None
                with world.state:
                    self.sources.look_all(world)
            self.alarms.arm(world)

    @invariant()
    def every_alarm_is_set(self):
        """None rings later than it must, and outdated entries are swept."""
        for world in self.worlds:
            assert world.armed <= world.rings_at
            said = [(source.at.get(world), source.sends) for source in self.told]
            due = [at for at, _sends in said if at is not None]
            plays = [at for at, sends in said if at is not None and not sends]
            assert (min(due, default=math.inf), min(plays, default=math.inf)) == (
                world.due_at, world.plays_at,
            )  # fmt: skip
        assert len(self.alarms) <= 2 * (len(self.worlds) + 65)


TestHeap = Heap.TestCase
TestHeap.settings = settings(max_examples=4 * MANY, stateful_step_count=40, deadline=None)


class Accounts(RuleBasedStateMachine):
    """An engine, its beat, and all that moves time, on a wall and a machine of the test's own."""

    def __init__(self):
        super().__init__()
        self.wall, self.ahead = NOON, 0
        self.folder = tempfile.TemporaryDirectory()
        self.shown: dict[str, int] = {}
        self.begin()

    def begin(self):
        """Start a server on the database."""
        scenario = read_scenario("scenario.yaml", ORDINARY.encode())
        self.store = Store(f"sqlite:///{self.folder.name}/calls.db", durable=False)
        settings = Settings(rate=1)
        self.engine = Engine(self.store, settings, scenario, lambda: self.wall, seed=1)
        self.accounts = self.engine.accounts
        self.engine.clocks.machine_ahead = lambda: self.ahead
        self.engine.making.begin((), NOON)
        for number, rate in enumerate((0.0, 1.0, 60.0, 1e6)):
            new = NewAccount(f"a{number}", "k", "t", time=NOON, rate=rate, collect=True)
            self.engine.making.make(new)
        self.courier = Courier(self.engine, settings, lambda: self.wall)
        self.heartbeat = Heartbeat(self.engine, self.courier)

    def end(self):
        """Stop the server."""
        self.courier.stop(0)
        self.accounts.close()

    def teardown(self):
        """Leave nothing behind."""
        self.end()
        self.folder.cleanup()

    @rule()
    def restart(self):
        """Another server on the same database: each account goes on from its last moment."""
        self.end()
        self.begin()
        self.shown.clear()

    @rule(sid=SIDS)
    def connect(self, sid):
        """Somebody places a call that owes callbacks."""
        order = Order(*map(read_number, (FROM, TO, EXOPHONE)), callback="http://x/")
        self.engine.connect(sid, order)

    @rule(sid=SIDS)
    def hang_up(self, sid):
        """The agent hangs up, if there is a call and he is on the line."""
        calls = self.store.calls.all(sid, 1)
        with suppress(NotOnTheLine):
            for call in calls:
                self.engine.hang_up(sid, call.sid, Party.FROM)

    @rule(sid=SIDS, seconds=st.sampled_from([0, 5, 48, 400 * DAY, math.inf]))
    def advance(self, sid, seconds):
        """Time is let pass, past what is due, at times past the end of time."""
        before = self.now(sid)
        went = self.engine.advancing.advance(
            self.engine.worlds[sid], seconds * SECOND, lambda _dues: None
        )
        ended = before + seconds * SECOND > LATEST and seconds < math.inf
        assert not ended or went.stopped == END_OF_TIME

    @rule(sid=SIDS, rate=RATES, moment=st.sampled_from([None, 0, NOON, LATEST]))
    def set_clock(self, sid, rate, moment):
        """A clock is set."""
        with suppress(TimeRunsForward):
            if moment is not None and moment > self.now(sid):
                world = self.engine.worlds[sid]
                self.engine.advancing.advance_to(world, moment, lambda _dues: None)
                moment = None
            self.engine.clocks.set(sid, moment, rate)
            self.shown.pop(sid, None)

    @rule(sid=SIDS, keep=st.booleans())
    def reset(self, sid, keep):
        """An account is emptied."""
        self.engine.resets.reset(sid, keep_clock=keep)
        if not keep:
            self.shown.pop(sid, None)

    @rule(sid=SIDS)
    def restore(self, sid):
        """An account is brought back to a snapshot, taken before or now."""
        found = [*self.engine.snapshots.of(sid), None][0] or self.engine.snapshots.take(sid)
        self.engine.snapshots.restore(sid, found)
        self.shown.pop(sid, None)

    @rule(step=st.sampled_from([1, -1, 3600, -3600, 60 * 3600, -60 * 3600]))
    def step(self, step):
        """The machine's clock steps, and the beat finds out."""
        self.ahead += step * SECOND
        self.engine.clocks.follow_machine()

    @rule(later=st.sampled_from([0, 20_000, SECOND, 60 * SECOND, DAY * SECOND]))
    def beat(self, later):
        """Wall time passes, and after a beat no world is left that a look at it would find due."""
        self.wall += later
        self.heartbeat.beat()
        left = [w for w in self.engine.worlds.values() if w.alarmed(self.wall)]
        assert [] == left

    @invariant()
    def every_alarm_is_set(self):
        """None rings later than it must."""
        for world in self.engine.worlds.values():
            assert world.armed <= world.rings_at

    @invariant()
    def time_is_within_its_bounds(self):
        """It never runs back, nor before 1970, nor past 2099."""
        for sid in self.engine.worlds:
            now = self.now(sid)
            assert max(0, self.shown.get(sid, 0)) <= now <= LATEST
            self.shown[sid] = now

    def now(self, sid):
        """An account's time."""
        return self.engine.worlds[sid].clock.at(self.wall)


TestAccounts = Accounts.TestCase
TestAccounts.settings = settings(max_examples=MANY, stateful_step_count=30, deadline=None)
