"""An account's row: whatever is done to the account, a kill at any moment loses none of it."""

import os
import tempfile
from contextlib import contextmanager, suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from conftest import NOON, ORDINARY
from exomock.domain.errors import TimeRunsForward
from exomock.domain.order import Order
from exomock.engine import Engine, NewAccount
from exomock.engine.laid import ORIGIN
from exomock.numbering import read_number
from exomock.scenarios import read_scenario
from exomock.settings import Settings
from exomock.storage.store import Store
from exomock.storage.trouble import DatabaseFault

MANY = 300 if os.environ.get("EXOMOCK_SOAK") else 12
SECOND = 1_000_000
BUSY = read_scenario("busy.yaml", b"rules: [{leg2: busy}]\n")
SIDS = st.sampled_from(["a0", "a1", "a2"])


class Rows(RuleBasedStateMachine):
    """An engine on a wall of the test's own, whose disk is full at times."""

    def __init__(self):
        super().__init__()
        self.wall = NOON
        self.folder = tempfile.TemporaryDirectory()
        scenario = read_scenario("scenario.yaml", ORDINARY.encode())
        self.store = Store(f"sqlite:///{self.folder.name}/calls.db", durable=False)
        self.engine = Engine(self.store, Settings(rate=1), scenario, lambda: self.wall, seed=1)
        self.engine.making.begin((), None)
        for number, (rate, time) in enumerate(((0.0, NOON), (1.0, None), (60.0, NOON))):
            self.engine.making.make(NewAccount(f"a{number}", rate=rate, time=time))

    def teardown(self):
        """Leave nothing behind."""
        self.engine.accounts.close()
        self.folder.cleanup()

    @rule(sid=SIDS)
    def connect(self, sid):
        """Somebody places a call."""
        numbers = map(read_number, ("09811100001", "09822200002", "08047112233"))
        self.engine.connect(sid, Order(*numbers))

    @rule(sid=SIDS, seconds=st.sampled_from([0, 5, 3600]))
    def advance(self, sid, seconds):
        """Time is let pass."""
        world = self.engine.worlds[sid]
        self.engine.advancing.advance(world, seconds * SECOND, lambda _dues: None)

    @rule(
        sid=SIDS,
        rate=st.sampled_from([None, 0.0, 1.0]),
        back=st.sampled_from([None, 1, 60]),
        full=st.booleans(),
    )
    def set_clock(self, sid, rate, back, full):
        """A clock is set, also back before the first call."""
        with suppress(TimeRunsForward), self.disk(full=full):
            moment = None if back is None else self.now(sid) - back * SECOND
            self.engine.clocks.set(sid, moment, rate)

    @rule(sid=SIDS, scenario=st.sampled_from([BUSY, None]), full=st.booleans())
    def set_scenario(self, sid, scenario, full):
        """An account gets a scenario of its own, or the server's again."""
        with self.disk(full=full):
            self.engine.scenarios.set(sid, scenario)

    @rule(sid=SIDS, people=st.booleans(), full=st.booleans())
    def switch(self, sid, people, full):
        """People answer, or scenarios do."""
        with self.disk(full=full):
            self.engine.phones.switch(sid, people)

    @rule(sid=SIDS, scenario=st.booleans(), clock=st.booleans(), full=st.booleans())
    def reset(self, sid, scenario, clock, full):
        """An account is emptied."""
        with self.disk(full=full):
            self.engine.resets.reset(sid, keep_scenario=scenario, keep_clock=clock)
        if (
            full
        ):  # the calls are gone, and the rest may be half done: whoever asks again has it whole
            self.engine.resets.reset(sid, keep_scenario=scenario, keep_clock=clock)

    @rule(sid=SIDS)
    def restore(self, sid):
        """An account is brought back to a snapshot, taken before or now."""
        found = [*self.engine.snapshots.of(sid), None][0] or self.engine.snapshots.take(sid)
        self.engine.snapshots.restore(sid, found)

    @rule(later=st.sampled_from([0, 1000, SECOND]))
    def beat(self, later):
        """Wall time passes, and the beat saves times."""
        self.wall += later
        self.engine.keeping.save_times()
        changed = {row.sid: row.saved_at for row in self.store.accounts.all()}
        assert all(changed[sid] <= self.now(sid) for sid in changed)

    @contextmanager
    def disk(self, *, full):
        """A disk that takes no account's row, where it is full; then one that takes them again."""
        save = self.store.accounts.save
        if full:
            self.store.accounts.save = _refuse
        try:
            with suppress(DatabaseFault):
                yield
        finally:
            self.store.accounts.save = save

    @invariant()
    def a_row_says_all_but_the_time(self):
        """What a restart would read is what the account is; its time is one that has been."""
        for row in self.store.accounts.all():
            world = self.engine.worlds[row.sid]
            now = self.now(row.sid)
            said = self.engine.keeping.row(world, now, world.rate, world.scenario)
            # The beat saves how far time has come, each second, and by which line.
            assert said == row._replace(
                saved_at=now, line_wall=said.line_wall, line_time=said.line_time,
                requests=said.requests,
            )  # fmt: skip
            assert row.saved_at <= now
            origin = world.origin
            differs = origin.scenario is not world.scenario or origin.rate != world.rate
            assert differs == (ORIGIN in self.store.laid.all().get(row.sid, {}))

    def now(self, sid):
        """An account's time."""
        return self.engine.worlds[sid].clock.at(self.wall)


def _refuse(*_, **__):
    raise DatabaseFault("the disk is full")


TestRows = Rows.TestCase
TestRows.settings = settings(max_examples=MANY, stateful_step_count=30, deadline=None)
