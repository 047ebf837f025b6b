"""The clocks of accounts: how they begin, are set, and follow the machine's time."""

import logging
from collections.abc import Callable

from exomock.domain.clock import LATEST, REAL, SECOND, Clock
from exomock.domain.errors import TimeIsMoving, TimeRunsForward
from exomock.engine.house import House
from exomock.engine.items import Did
from exomock.engine.origin import Origin
from exomock.engine.turns import moving
from exomock.engine.undoing import as_before
from exomock.engine.world import World
from exomock.storage.accounts import AccountRow
from exomock.wall import machine_ahead

_log = logging.getLogger("exomock.accounts")

FORWARD = "the machine's time went forward by %.1f s: accounts with a real clock follow it"
BACK = (
    "the machine's time went back by %.1f s: accounts with a real clock stand still until it shows "
    "their time again; to go on at once, reset an account or set its clock"
)

STEP = 500_000
"""Microseconds by which the machine's time must step before real clocks follow it."""


class Clocks:
    """
    Sets the clocks of one exomock's accounts; lives as long as the server, safe for many threads.

    Args:
        house: The accounts, and what each change of them needs.
        machine_ahead: How far the machine's time is ahead of the wall, microseconds.
    """

    def __init__(self, house: House, machine_ahead: Callable[[], int] = machine_ahead) -> None:
        self.machine_ahead = machine_ahead
        first = machine_ahead()
        self._followed = first if abs(first) > STEP else 0
        self._waiting: set[World] = set()
        self._house = house
        # A lambda looks the function up at each call, because a test replaces it.
        house.keeping.ahead = lambda: self.machine_ahead()  # noqa: PLW0108

    def at_first(self, origin: Origin) -> tuple[Clock, int]:
        """A clock as it begins, and which of the machine's steps it has in it."""
        wall, followed = self._house.wall(), self._followed
        time = wall + followed if origin.time is None else origin.time
        return Clock(wall, time, origin.rate), followed

    def going_on(self, row: AccountRow) -> tuple[Clock, int]:
        """
        The clock of an account that comes from another process, as it would be there.

        It shows no less than anything that the account has shown: its line may say less where the
        machines' times differ, or where an advance was under way.

        Args:
            row: The account.
        """
        wall = self._house.wall()
        line = Clock(row.line_wall - self.machine_ahead(), row.line_time, row.rate)
        shown = min(row.saved_at, LATEST)
        if line.at(wall) < shown:
            line = line.running_from(wall, shown)
        return line, self._followed

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
            # Under the lock, because an account that is being made has either time, and is listed.
            with self._house.worlds.lock:
                self._followed = ahead
                self._waiting.update(self._house.worlds.all())
            _log.warning(BACK if step < 0 else FORWARD, abs(step) / SECOND)
        for world in list(self._waiting):
            with world.state:
                self._step(world)

    def anchor(self, world: World, time: int, rate: float) -> None:
        """Let a world's clock, whose `state` is held, run on from `time` (microseconds)."""
        world.held()
        world.clock, world.followed = Clock(self._house.wall(), time, rate), self._followed

    def _step(self, world: World) -> None:
        """Give a world, whose `state` is held, the steps it does not have yet."""
        world.held()
        if world.line is not None:
            return
        step, world.followed = self._followed - world.followed, self._followed
        self._waiting.discard(world)
        if step and world.clock.rate == REAL:
            world.clock = world.clock.stepped(self._house.wall(), step)
            world.touch()

    def set(self, sid: str, time: int | None, rate: float | None) -> World:
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
            DatabaseFault: The database cannot be written; nothing has changed.
        """
        world = self._house.worlds.of(sid)
        with moving(world, self._house.settings.max_turn_wait) as epoch, world.living():
            if world.epoch != epoch:  # a reset came, and there is another turn now
                raise TimeIsMoving(sid)
            wall = self._house.wall()
            now = world.clock.at(wall)
            if time is not None and time < now and self._house.store.has_any(sid):
                raise TimeRunsForward(
                    "now: lies before the account's time, and there are calls; time runs forward "
                    "only: reset the account, or make another"
                )
            at, runs = now if time is None else time, world.clock.rate if rate is None else rate
            with as_before(self._house, world):
                if at < now:
                    # Inbound calls were scheduled from the later time; schedule them again.
                    self._house.beginning.now(world, at)
                self._house.keeping.save(world, clock=Clock(wall, at, runs))
            # Only now: a clock that was set in vain would have to run back.
            self.anchor(world, at, runs)
            world.tell(Did.CLOCK, wall, now=world.clock.at(wall), rate=world.rate)
            world.touch()
        return world
