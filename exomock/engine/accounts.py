"""The accounts of an exomock: opened at start, made and emptied while it runs."""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import replace
from itertools import count

from exomock.domain.clock import LATEST, REAL, SECOND, Clock
from exomock.domain.errors import AccountGone, BoundReached, TimeIsMoving, TimeRunsForward
from exomock.domain.scenario import ClockStart, Scenario
from exomock.engine.agenda import or_never
from exomock.engine.alarms import Alarms
from exomock.engine.beginning import Beginning
from exomock.engine.credentials import NewAccount, Owners, completed, first_said
from exomock.engine.journal import Journal, Shelf
from exomock.engine.news import Did, News, Newsstand
from exomock.engine.world import Origin, World
from exomock.scenarios import ScenarioError, read_scenario
from exomock.settings import Settings
from exomock.storage.store import AccountRow, Store
from exomock.storage.trouble import DatabaseFault
from exomock.wall import machine_ahead

_log = logging.getLogger("exomock.accounts")

IN_FLIGHT_PATIENCE = 1.0
"""Seconds a reset waits for callbacks that are on the wire; then it cuts them off."""

FORWARD = "the machine's time went forward by %.1f s: accounts with a real clock follow it"
BACK = (
    "the machine's time went back by %.1f s: accounts with a real clock stand still until it shows "
    "their time again; to go on at once, reset an account or set its clock"
)

STEP = 500_000
"""Microseconds by which the machine's time must step before real clocks follow it."""


class Accounts:
    """
    Every account of one exomock; lives as long as the server, safe for many threads.

    Args:
        store: Where they are kept.
        settings: Rates and bounds.
        scenario: For accounts that have none of their own.
        wall: Reads the wall clock, microseconds since the epoch.
        seed: What chance is drawn from.
        beginning: Lets scenarios begin in worlds.
        machine_ahead: How far the machine's time is ahead of the wall, microseconds.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        scenario: Scenario,
        wall: Callable[[], int],
        seed: int,
        beginning: Beginning,
        machine_ahead: Callable[[], int] = machine_ahead,
    ) -> None:
        self.alarms: Alarms[World] = Alarms()
        self.cut_off: Callable[[World], None] = lambda _world: None
        self.machine_ahead = machine_ahead
        first = machine_ahead()
        self._followed = first if abs(first) > STEP else 0
        self._waiting: set[World] = set()
        self._beginning = beginning
        self._start: int | None = None
        self.worlds: dict[str, World] = {}
        self.owners = Owners()
        self.scenario = scenario
        self.open_house = settings.open_house
        self._store = store
        self._settings = settings
        self._wall = wall
        self._seed = seed
        self._lock = threading.Lock()
        self._shelf = Shelf(settings.journal_entries, settings.journal_bytes)
        self._stand = Newsstand(settings.events_kept, settings.events_bytes, wall)
        self._numbers = count(1)

    # Opening and ending

    def open(self, wanted: Iterable[NewAccount], start: int | None) -> None:
        """
        Open the accounts of the database and the wanted ones, whose credentials are renewed.

        Args:
            wanted: Accounts that must be there, with Sid, key and token.
            start: Time of an account that is new, microseconds since the epoch; one that is kept
                goes on from the last moment that was saved. None is the wall clock's.
        """
        self._start = start
        for row in self._store.accounts():
            self._enter(self._kept(row), resume=True)
        for account in wanted:
            assert account.sid is not None
            old = self.worlds.get(account.sid)
            if old is None:
                self._enter(self._new(account))
            else:
                self.owners.leave(old.sid, old.key, old.token)
                old.key, old.token = account.key or old.key, account.token or old.token
                self.owners.enter(old.sid, old.key, old.token)
                self.save(old)

    def _kept(self, row: AccountRow) -> World:
        # --clock holds for the accounts of the command line. An account that a client made keeps
        # the rate that the client gave it.
        rate = row.rate if row.made else self._settings.rate
        seed = row.seed if row.made else self._seed
        scenario = self._scenario(row.sid, row.scenario)
        world = self._world(row.sid, row.key, row.token, seed, Origin(row.began_at, rate, scenario))
        world.clock = Clock(self._wall(), min(row.saved_at, LATEST), rate)
        world.made, world.collect = row.made, row.collect
        return world

    def _scenario(self, sid: str, text: str | None) -> Scenario:
        if text is None:
            return self.scenario
        try:
            return read_scenario("scenario.yaml", text.encode())
        except ScenarioError as error:
            # Another release wrote this text. One account must not keep the server from starting.
            _log.warning("account %s has the server's scenario now: %s", sid, error)
            return self.scenario

    def _new(self, new: NewAccount) -> World:
        scenario = new.scenario or self.scenario
        seed = first_said(new.seed, new.scenario.seed if new.scenario else None, self._seed)
        # `settings` hold the command line: it beats the server's scenario, but not the scenario
        # that this account was given.
        own = new.scenario.clock if new.scenario else ClockStart()
        rate = first_said(new.rate, own.rate, self._settings.rate)
        time = first_said(new.time, own.now, self._start, scenario.clock.now)
        origin = Origin(time, rate, scenario)
        assert new.sid is not None
        assert new.key is not None
        assert new.token is not None
        world = self._world(new.sid, new.key, new.token, seed, origin)
        world.collect = new.collect
        return world

    def _world(self, sid: str, key: str, token: str, seed: int, origin: Origin) -> World:
        journal = Journal(self._shelf)
        clock, followed = self._at_first(origin)
        return World(
            sid, key, token, seed, clock, origin.scenario, origin, journal=journal,
            news=News(self._stand), followed=followed,
        )  # fmt: skip

    def _at_first(self, origin: Origin) -> tuple[Clock, int]:
        """A clock as it begins, and which of the machine's steps it has in it."""
        wall, followed = self._wall(), self._followed
        time = wall + followed if origin.time is None else origin.time
        return Clock(wall, time, origin.rate), followed

    def _enter(self, world: World, *, resume: bool = False) -> None:
        self.save(world)
        world.call_at = or_never(self._store.next_call_at(world.sid))
        world.callback_at = or_never(self._store.outbox.next_at(world.sid))
        world.knows_kinds = not self._store.calls_exist(world.sid)
        now = world.clock.at(self._wall())
        with world.state:
            begun = self._beginning.now(world, now, resume=resume)
        self._show(world)
        self._beginning.then(world, begun)

    def _show(self, world: World) -> None:
        """Let everybody find an account that is complete now."""
        self.owners.enter(world.sid, world.key, world.token)
        self.worlds[world.sid] = world
        self.alarms.watch(world)

    def save(self, world: World) -> None:
        """Keep an account as it is now; its `state` is held, or nobody else knows it yet."""
        now = world.clock.at(self._wall())
        self._store.save_account(self.row(world, now, world.rate, world.scenario))

    def row(self, world: World, time: int, rate: float, scenario: Scenario) -> AccountRow:
        """
        An account as it is kept.

        Args:
            world: Whose row.
            time: Its time, microseconds.
            rate: Account seconds per wall second.
            scenario: What becomes of its calls.
        """
        # Scenarios from files have no text in the row: a restart reads the files again.
        server = scenario is self.scenario or scenario.from_files
        return AccountRow(
            world.sid, world.key, world.token, world.seed, rate, time, world.origin.time,
            None if server else scenario.text, world.collect, world.made,
        )  # fmt: skip

    def save_times(self) -> None:
        """Keep how far each account's time has come, where anything happened since."""
        wall, changed = self._wall(), self.alarms.changed()
        kept: list[World] = []
        try:
            with ExitStack() as holding:
                held = [world for world in changed if _hold(world, holding)]
                self._store.save_times((world.sid, world.clock.at(wall)) for world in held)
            # Only after the commit: times that a full disk refused are saved with a later beat.
            kept = held
        finally:
            self.alarms.still_changed(set(changed) - set(kept))

    def follow_machine(self) -> None:
        """
        Let real clocks show the machine's time again, if it has stepped by more than `STEP`.

        Forward they jump, and what fell due meanwhile happens in order. Backward they wait where
        they are, because an account's time never runs back. An account whose advance is under way
        takes its step when this is called again.
        """
        ahead = self.machine_ahead()
        step = ahead - self._followed
        if abs(step) > STEP:
            with self._lock:  # an account that is being made has either time, and is listed
                self._followed = ahead
                self._waiting.update(self.worlds.values())
            _log.warning(BACK if step < 0 else FORWARD, abs(step) / SECOND)
        for world in list(self._waiting):
            with world.state:
                self._step(world)

    def anchor(self, world: World, time: int, rate: float) -> None:
        """Let a world's clock, whose `state` is held, run on from `time` (microseconds)."""
        world.clock, world.followed = Clock(self._wall(), time, rate), self._followed

    def _step(self, world: World) -> None:
        """Give a world, whose `state` is held, the steps it does not have yet."""
        if world.line is not None:
            return
        step, world.followed = self._followed - world.followed, self._followed
        self._waiting.discard(world)
        if step and world.clock.rate == REAL:
            world.clock = world.clock.stepped(self._wall(), step)
            world.touch()

    def close(self) -> None:
        """Keep every account's time and close the database."""
        wall = self._wall()
        try:
            # A full disk must not keep the server from ending. The log has the error already.
            with suppress(DatabaseFault):
                self._store.save_times((w.sid, w.clock.at(wall)) for w in self.worlds.values())
        finally:
            self._store.close()

    # Changes that a test makes to accounts

    @property
    def changing(self) -> bool:
        """Whether an account is being made or ended now, so that another would have to wait."""
        return self._lock.locked()

    def world(self, sid: str) -> World:
        """
        The open account of that Sid.

        Raises:
            AccountGone: There is none.
        """
        world = self.worlds.get(sid)
        if world is None:
            raise AccountGone(sid)
        return world

    def make(self, new: NewAccount) -> World | None:
        """
        Make an account while the server runs.

        Returns:
            It, or None if there is one of that Sid already.

        Raises:
            BoundReached: There are as many accounts, or past calls, as the settings allow.
        """
        self._check(new.scenario)
        with self._lock:
            if new.sid in self.worlds:
                return None
            if len(self.worlds) >= self._settings.max_accounts:
                raise BoundReached(
                    f"max-accounts: there are {len(self.worlds)} accounts; delete some"
                )
            world = self._new(completed(new, self._seed, self._numbers, self.worlds))
            world.made = True
            world.knows_kinds, world.written = True, False
            self.save(world)
            now = world.clock.at(self._wall())
            with world.state:
                begun = self._beginning.now(world, now)
            self._show(world)
        self._beginning.then(world, begun)
        return world

    def _check(self, scenario: Scenario | None) -> None:
        most = self._settings.max_history
        if scenario is not None and scenario.past > most:
            raise BoundReached(f"max-history: {scenario.past} past calls, expected at most {most}")
        if scenario is not None and not scenario.from_files:
            self._check_text(scenario)

    def _check_text(self, new: Scenario) -> None:
        """Refuse another scenario where those of all accounts are long enough: each is parsed."""
        # By identity, because accounts with one text have one scenario.
        own = {
            id(each): len(each.text)
            for world in list(self.worlds.values())
            for each in (world.scenario, world.origin.scenario)
            if each is not self.scenario
        }
        kept, most = sum(own.values()), self._settings.scenario_bytes
        if id(new) not in own and kept + len(new.text) > most:
            raise BoundReached(
                f"scenario-bytes: accounts have {kept} bytes of different scenarios, this one "
                f"{len(new.text)}, and {most} is the most; delete accounts, or raise it"
            )

    def delete(self, sid: str) -> None:
        """
        End an account: nothing more is sent for it, and nothing of it is kept.

        Raises:
            AccountGone: There is none.
        """
        with self._lock:
            world = self.world(sid)
            with world.state:
                self.empty(world)
                try:
                    self._store.delete_account(sid)
                except DatabaseFault:
                    # Its calls are gone, and it is there still.
                    world.tell(Did.RESET, self._wall(), keep=["scenario", "clock"])
                    raise
                world.tell(Did.DELETED, self._wall())
                world.alive = False
                self.alarms.forget(world)
            del self.worlds[sid]
            self.owners.leave(world.sid, world.key, world.token)
        world.journal.clear()
        world.news.end()
        world.touch()
        self.cut_off(world)

    def reset(self, sid: str, *, keep_scenario: bool = False, keep_clock: bool = False) -> World:
        """
        Empty an account's world: calls, callbacks, journal; credentials and snapshots stay.

        Ends what waits for the account: an advance, a wait, a delayed answer. Waits a moment for
        callbacks that are on the wire, then cuts them off, so that none of them lands in what
        comes next.

        Args:
            sid: Its Sid.
            keep_scenario: Whether the scenario stays what it is; else that of its beginning.
            keep_clock: Whether time goes on as it is; else as in its beginning.

        Raises:
            AccountGone: There is none.
        """
        world = self.world(sid)
        with world.living():
            self.empty(world)
            world.journal.clear()
            if not keep_scenario:
                world.scenario = world.origin.scenario
            if not keep_clock:
                world.clock, world.followed = self._at_first(world.origin)
            # Before the save, which may fail: the calls are gone already.
            keep = {"scenario": keep_scenario, "clock": keep_clock}
            world.tell(Did.RESET, self._wall(), keep=[name for name in keep if keep[name]])
            self.save(world)
            world.faults_made = 0
            begun = self._beginning.now(world, world.clock.at(self._wall()))
            world.touch()
        self._beginning.then(world, begun)
        self.end_trailing(world)
        return world

    def end_trailing(self, world: World) -> None:
        """Wait for callbacks of older epochs that are on the wire, then cut them off."""
        if not world.wait_for(lambda: not world.trailing, IN_FLIGHT_PATIENCE):
            self.cut_off(world)
            world.wait_for(lambda: not world.trailing, IN_FLIGHT_PATIENCE)

    def empty(self, world: World) -> None:
        """Take everything out of a world whose `state` is held; a fault leaves it as it is."""
        # Delete the rows before the epoch moves. If the deletion fails, the callbacks on the wire
        # still belong to this epoch, so that their tries are recorded.
        with world.flight:
            if world.written:
                self._store.clear(world.sid)
            self.begin_epoch(world)
        world.written = False
        self.forget(world)

    def begin_epoch(self, world: World) -> None:
        """Let what belongs to a world's time before be dead; `state` and `flight` are held."""
        if world.line is not None:
            now = self._wall()
            world.clock = world.line.running_from(now, world.clock.at(now))
        world.begin_epoch()
        self.alarms.arm(world)  # a clock at the end of time is looked at once in each epoch

    def forget(self, world: World) -> None:
        """Forget what is in memory of a world whose rows are others now; its `state` is held."""
        world.call_at = world.callback_at = or_never(None)
        world.nexts.clear()
        world.connects.clear()
        world.faults = []
        world.kinds.clear()
        world.knows_kinds = True

    def forget_requests(self, sid: str) -> None:
        """
        Forget what clients sent to an account.

        Raises:
            AccountGone: There is none.
        """
        world = self.world(sid)
        world.journal.clear()
        world.tell(Did.FORGOTTEN, self._wall())

    def set_scenario(self, sid: str, scenario: Scenario | None) -> World:
        """
        Give an account a scenario; calls that exist and the clock stay as they are.

        Args:
            sid: Its Sid.
            scenario: None gives it back the server's.

        Raises:
            AccountGone: There is none.
            BoundReached: It makes more past calls than the settings allow.
        """
        self._check(scenario)
        world = self.world(sid)
        with world.living():
            world.scenario = scenario or self.scenario
            self.save(world)
            world.tell(Did.SCENARIO, self._wall(), name=world.scenario.name)
            self._store.forget_counts(sid)
            begun = self._beginning.now(world, world.clock.at(self._wall()))
            world.touch()
        self._beginning.then(world, begun)
        return world

    def renew_scenario(self, scenario: Scenario) -> None:
        """
        Put the server's scenario in place of the one it had, in every account that has it.

        Raises:
            BoundReached: It makes more past calls than the settings allow.
        """
        self._check(scenario)
        old, self.scenario = self.scenario, scenario
        for world in list(self.worlds.values()):
            if world.origin.scenario is old:
                world.origin = replace(world.origin, scenario=scenario)
            if world.scenario is old:
                self.set_scenario(world.sid, None)

    def set_clock(self, sid: str, time: int | None, rate: float | None) -> World:
        """
        Set how fast an account's time runs, or put it back before its first call.

        Args:
            sid: Its Sid.
            time: Microseconds since the epoch, not after the account's; None leaves it.
            rate: Account seconds per wall second; None leaves it.

        Raises:
            AccountGone: There is none.
            TimeIsMoving: An advance is under way and does not end.
            TimeRunsForward: `time` lies behind the account's, and there are calls.
        """
        world = self.world(sid)
        with world.moving(self._settings.max_turn_wait) as epoch, world.living():
            if world.epoch != epoch:  # the turn of an old epoch is none
                raise TimeIsMoving(sid)
            wall = self._wall()
            now = world.clock.at(wall)
            if time is not None and time < now and self._store.calls_exist(sid):
                raise TimeRunsForward(
                    "now: lies before the account's time, and there are calls; time runs forward "
                    "only: reset the account, or make another"
                )
            self.anchor(
                world, now if time is None else time, world.clock.rate if rate is None else rate
            )
            if time is not None and time < now:
                # Inbound calls were scheduled from the later time; schedule them again.
                self._beginning.now(world, time)
            self.save(world)
            world.tell(Did.CLOCK, wall, now=world.clock.at(wall), rate=world.rate)
            world.touch()
        return world


def _hold(world: World, holding: ExitStack) -> bool:
    """
    Hold the `state` of a world if it is free.

    Without it, a restore could come between the reading of a time and its row, which would then
    be ahead of the account. An account that is busy is saved a second later.
    """
    if not world.state.acquire(blocking=False):
        return False
    holding.callback(world.state.release)
    return True
