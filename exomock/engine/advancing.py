"""
Advancing: an account's time is moved by hand, from one thing that falls due to the next.

Theory
------

What moves: the account's clock. An advance pins it at each *stop*, which is the next moment that
any source must be stopped at. There it plays what is due, sends what is owed, and goes on only when
each callback was tried once: a receiver that asks the API sees the time of the event it is told
about. At the end the clock runs on from where it came, as fast as before.

Who may: one thread for each account, which has the turn for as long as the advance lasts. It waits
for receivers with it, so whoever else wants the turn waits with patience and then gives up. The
heartbeat leaves the account alone meanwhile. Reads, connects and hang-ups go on between two stops.

In which order: turn; then the callbacks that the heartbeat has handed out are waited for, because
they fell due before; then, for each stop, `state` to pin the clock and to play, and *no* lock while
receivers are waited for. A reset may come there. It begins another epoch, and every step asks for
the epoch under `state` before it changes anything.

An advance in two halves gives what one gives: a stop depends on the moments alone.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from exomock.domain.clock import LATEST, Clock
from exomock.domain.errors import TimeIsMoving
from exomock.engine.agenda import Agenda
from exomock.engine.items import Did, Occurred
from exomock.engine.keeping import Keeping
from exomock.engine.ledger import Ledger
from exomock.engine.outgoing import Deliver
from exomock.engine.settling import Due
from exomock.engine.sources import Sources
from exomock.engine.turns import moving
from exomock.engine.world import World
from exomock.settings import Settings
from exomock.wall import stopwatch

RESET = "the account was reset, restored or deleted meanwhile"
TOO_FAR = "max-advance-span: the next event lies too far ahead"
END_OF_TIME = (
    "the end of time: an account's time is at most 2099-12-31T23:59:59 UTC; "
    "reset the account, or make another"
)


@dataclass
class Advanced:
    """
    The result of an advance.

    Args:
        now: Account time at its end, microseconds.
        events: What happened, in order.
        callbacks: Ids of the callbacks that were tried, in order.
        stopped: Why it ended before its end, None if it did not.
    """

    now: int
    events: list[Occurred] = field(default_factory=list)
    callbacks: list[int] = field(default_factory=list)
    stopped: str | None = None


class Advancing:
    """
    Lets the time of worlds of one engine pass now; shared by all threads.

    Args:
        keeping: Saves how far an account's time has come.
        wall: Reads the wall clock, microseconds since the epoch.
        settings: The bounds of an advance.
        agenda: Plays what falls due.
        ledger: Holds the callbacks that are on the wire meanwhile.
        sources: Say when the next thing falls due, and what is still to come.
    """

    def __init__(
        self,
        keeping: Keeping,
        wall: Callable[[], int],
        settings: Settings,
        agenda: Agenda,
        ledger: Ledger,
        sources: Sources,
    ) -> None:
        self._keeping = keeping
        self._wall = wall
        self._settings = settings
        self._agenda = agenda
        self._ledger = ledger
        self._sources = sources

    def advance(self, world: World, span: float, deliver: Deliver) -> Advanced:
        """
        Let account time pass now, stopping at everything that falls due.

        At each such moment the account's time stands still until `deliver` returns, so a
        receiver that asks the API sees the time of the event it is told about.

        Args:
            world: Whose time.
            span: Microseconds, 0 or more; inf goes on until nothing is due any more.
            deliver: Sends callbacks and returns when each has been tried once.

        Raises:
            TimeIsMoving: Another advance is under way, or a callback on the wire, and does not end.
        """
        with self._turn_of(world) as epoch:
            return self._advance(world, epoch, lambda now: now + span, deliver)

    def advance_to(self, world: World, moment: int, deliver: Deliver) -> Advanced:
        """
        Let account time pass until it shows `moment` (microseconds); as `advance`.

        Nothing passes where another advance has brought it there meanwhile.
        """
        with self._turn_of(world) as epoch:
            return self._advance(world, epoch, lambda now: max(moment, now), deliver)

    @contextmanager
    def _turn_of(self, world: World) -> Iterator[int]:
        """The turn, and the epoch in which it was asked for: a reset may come while one waits."""
        patience, epoch = self._settings.max_turn_wait, world.epoch
        with moving(world, patience):
            # Wait for callbacks the heartbeat has handed out; they fell due before this advance.
            if not world.wait_for(lambda: world.in_flight == 0 or world.epoch != epoch, patience):
                raise TimeIsMoving(world.sid)
            if not world.alive:
                raise world.gone
            yield epoch

    def _advance(
        self, world: World, epoch: int, end_of: Callable[[int], float], deliver: Deliver
    ) -> Advanced:
        done, line = self._begin(world, epoch)
        end = end_of(done.now)
        limit = min(done.now + self._settings.max_advance_span, LATEST)
        give_up = stopwatch() + self._settings.max_advance_wall
        try:
            while done.stopped is None and self._goes_on(world, end):
                due_at = world.due_at
                if due_at == math.inf:  # a reset or a hang-up has taken away what was due
                    done.stopped = self._why_stop(world, epoch, done, give_up)
                    continue
                if due_at > limit:
                    done.stopped = END_OF_TIME if due_at > LATEST else TOO_FAR
                    break
                stop = self._next_stop(world, int(due_at), end, limit)
                due = self._pin(world, epoch, stop, done)
                if due:
                    done.callbacks.extend(each.delivery.id for each in due)
                    self._tell(world, epoch, due, deliver)
                done.stopped = self._why_stop(world, epoch, done, give_up)
            if done.stopped is None and end != math.inf:
                done.now = min(int(end), LATEST)
                done.stopped = END_OF_TIME if end > LATEST else None
        finally:
            self._resume(world, epoch, line, done)
        if world.left:
            raise world.gone
        return done

    def _begin(self, world: World, epoch: int) -> tuple[Advanced, Clock]:
        """
        Hold the account's time where it is, and the clock that is to go on afterwards.

        `line` is kept in the world: while it is there, a step of the machine's time has to wait.
        """
        with world.state:
            line, wall = world.clock, self._wall()
            done = Advanced(line.at(wall))
            if world.over(epoch):
                done.stopped = RESET
            else:
                world.line, world.clock = line, line.pinned(wall, done.now)
        return done, line

    def _tell(self, world: World, epoch: int, due: Sequence[Due], deliver: Deliver) -> None:
        world.telling = True
        try:
            deliver(due)
        finally:
            if world.epoch == epoch:  # in a new epoch another advance may have set it
                world.telling = False
            # If `deliver` raised, callbacks that it had not tried are pending again.
            self._ledger.give_back(due)

    def idle(self, world: World) -> bool:
        """
        Whether no call runs, and no callback, retry or late field is to come.

        Calls that a scenario lets come in by themselves do not count: they never end. Nor does a
        call that is stuck: nothing is to come of it.
        """
        return world.in_flight == 0 and not self._sources.busy(world)

    def _goes_on(self, world: World, end: float) -> bool:
        return self._sources.busy(world) if end == math.inf else world.due_at <= end

    def _next_stop(self, world: World, due_at: int, end: float, limit: int) -> int:
        """
        The next moment at which somebody is told something, or the end if nobody is before.

        What happens to calls that owe no callbacks need not be stopped at: it is played in one go.
        """
        stops = [source.stop_at(world, end) for source in self._sources]
        return int(max(min(*stops, end, limit), due_at))

    def _why_stop(self, world: World, epoch: int, done: Advanced, give_up: float) -> str | None:
        if world.over(epoch):
            return RESET
        if self._ledger.closing:
            return "exomock is stopping"
        if len(done.events) >= self._settings.max_advance_events:
            return f"max-advance-events: {len(done.events)} events"
        if stopwatch() >= give_up:
            return f"max-advance-wall: {self._settings.max_advance_wall:g} s of wall time"
        return None

    def _pin(self, world: World, epoch: int, moment: int, done: Advanced) -> list[Due]:
        with world.state:
            if world.over(epoch):
                return []
            done.now = max(moment, done.now)
            world.clock = world.clock.pinned(self._wall(), done.now)
            played = self._agenda.take(world, done.now)
            done.events.extend(played.events)
            return played.owed

    def _resume(self, world: World, epoch: int, line: Clock, done: Advanced) -> None:
        with world.state:
            if world.epoch == epoch:
                world.line, world.clock = None, line.running_from(self._wall(), done.now)
                self._keeping.save_moment(world, done.now)
                world.tell(Did.ADVANCED, self._wall(), now=done.now, stopped=done.stopped)
            else:
                done.stopped, done.now = RESET, world.clock.at(self._wall())
            world.touch()
