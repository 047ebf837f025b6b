"""What falls due: calls are played, callbacks are handed out, and time is moved."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from exomock.domain.clock import LATEST, Clock
from exomock.domain.errors import AccountGone, TimeIsMoving
from exomock.domain.telling import Move
from exomock.engine.happening import Happened, happen, to_send
from exomock.engine.ledger import Due, Ledger
from exomock.engine.world import World
from exomock.settings import Settings
from exomock.storage.deliveries import Delivery
from exomock.storage.store import Store
from exomock.wall import stopwatch

RESET = "the account was reset, restored or deleted meanwhile"
END_OF_TIME = (
    "the end of time: an account's time is at most 2099-12-31T23:59:59 UTC; "
    "reset the account, or make another"
)

Deliver = Callable[[Sequence[Due]], None]


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
    events: list[Happened] = field(default_factory=list)
    callbacks: list[int] = field(default_factory=list)
    stopped: str | None = None


class Agenda:
    """
    Plays what is due in the worlds of one engine; shared by all threads.

    Args:
        store: Where calls and callbacks are kept.
        wall: Reads the wall clock, microseconds since the epoch.
        settings: Retries, and the bounds of an advance.
        arrive: Lets the calls come in that have come by a moment.
    """

    def __init__(
        self,
        store: Store,
        wall: Callable[[], int],
        settings: Settings,
        arrive: Callable[[World, int], None],
    ) -> None:
        self._store = store
        self._arrive = arrive
        self._wall = wall
        self._settings = settings
        self.ledger = Ledger(store, wall, settings)

    def catch_up(self, world: World) -> None:
        """Play every transition that is due now, so that a read need not wait for a beat."""
        if min(world.call_at, world.arrival_at) <= world.clock.at(self._wall()):
            with world.state:
                if world.alive:
                    now = world.clock.at(self._wall())
                    self._arrive(world, now)
                    self._play(world, now)

    def run_due(self, world: World) -> list[Due]:
        """
        Play what is due, and take the callbacks that are to be sent now.

        Does nothing while somebody else has the account's turn: an advance sends its own.
        """
        turn = world.turn  # a reset puts another in its place
        if not turn.acquire(blocking=False):
            return []
        try:
            with world.state:
                return self._take(world, world.clock.at(self._wall()))[1]
        finally:
            turn.release()

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
        with world.moving(patience):
            # Wait for callbacks the heartbeat has handed out; they fell due before this advance.
            if not world.wait_for(lambda: world.in_flight == 0 or world.epoch != epoch, patience):
                raise TimeIsMoving(world.sid)
            if not world.alive:
                raise AccountGone(world.sid)
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
                if due_at == math.inf:  # what was due is gone: a reset or a hang-up came between
                    done.stopped = self._why_stop(world, epoch, done, give_up)
                    continue
                if due_at > limit:
                    far = "max-advance-span: the next event lies too far ahead"
                    done.stopped = END_OF_TIME if due_at > LATEST else far
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
        return done

    def _begin(self, world: World, epoch: int) -> tuple[Advanced, Clock]:
        """
        Hold the account's time where it is, and the clock that is to go on afterwards.

        `line` is kept in the world: while it is there, a step of the machine's time has to wait.
        """
        with world.state:
            line, wall = world.clock, self._wall()
            done = Advanced(line.at(wall))
            if world.epoch != epoch:
                done.stopped = RESET
            else:
                world.line, world.clock = line, line.pinned(wall, done.now)
        return done, line

    def _tell(self, world: World, epoch: int, due: Sequence[Due], deliver: Deliver) -> None:
        world.telling = True
        try:
            deliver(due)
        finally:
            if world.epoch == epoch:  # else it is the word of an advance of the next epoch
                world.telling = False
            self.ledger.give_back(due)  # those that `deliver` forgot, because it raised

    def idle(self, world: World) -> bool:
        """
        Whether no call runs, and no callback, retry or late field is to come.

        Calls that a scenario lets come in by themselves do not count: they never end. Nor does a
        call that is stuck: nothing is to come of it.
        """
        if not world.arrivals or world.in_flight:
            return world.idle
        return not self._store.owes_own(world.sid)

    def _goes_on(self, world: World, end: float) -> bool:
        if end == math.inf and world.arrivals:
            return self._store.owes_own(world.sid)
        return math.inf != world.due_at <= end

    def _next_stop(self, world: World, due_at: int, end: float, limit: int) -> int:
        """
        The next moment at which somebody is told something, or the end if nobody is before.

        What happens to calls that owe no callbacks need not be stopped at: it is played in one go.
        """
        telling = or_never(self._store.next_telling_at(world.sid))
        if end == math.inf:
            end = or_never(self._store.last_call_at(world.sid))
        return int(max(min(telling, world.callback_at, world.arrival_at, end, limit), due_at))

    def _why_stop(self, world: World, epoch: int, done: Advanced, give_up: float) -> str | None:
        if world.epoch != epoch:
            return RESET
        if self.ledger.closing:
            return "exomock is stopping"
        if len(done.events) >= self._settings.max_advance_events:
            return f"max-advance-events: {len(done.events)} events"
        if stopwatch() >= give_up:
            return f"max-advance-wall: {self._settings.max_advance_wall:g} s of wall time"
        return None

    def _pin(self, world: World, epoch: int, moment: int, done: Advanced) -> list[Due]:
        with world.state:
            if world.epoch != epoch:
                return []
            done.now = max(moment, done.now)
            world.clock = world.clock.pinned(self._wall(), done.now)
            events, due = self._take(world, done.now)
            done.events.extend(events)
            return due

    def _resume(self, world: World, epoch: int, line: Clock, done: Advanced) -> None:
        with world.state:
            if world.epoch == epoch:
                world.line, world.clock = None, line.running_from(self._wall(), done.now)
                self._store.save_times([(world.sid, done.now)])
            else:
                done.stopped, done.now = RESET, world.clock.at(self._wall())
            world.touch()

    def _take(self, world: World, now: int) -> tuple[list[Happened], list[Due]]:
        if not world.alive:
            return [], []
        self._arrive(world, now)
        events = self._play(world, now) if world.call_at <= now else []
        return events, self._take_callbacks(world, now) if world.callback_at <= now else []

    def _take_callbacks(self, world: World, now: int, call_sid: str | None = None) -> list[Due]:
        return self._in_hand(world, self._store.outbox.due(world.sid, now, call_sid))

    def _in_hand(self, world: World, found: Sequence[Delivery]) -> list[Due]:
        """Take callbacks in hand, or collect them, and look when the next one is due."""
        dues: list[Due] = []
        if world.collect:
            self._store.outbox.move(found, Move.COLLECTED)
        else:
            dues = self.ledger.hand_out(world, found)
        try:
            # Only once they are in hand: with neither, the account would look idle for a moment.
            world.callback_at = or_never(self._store.outbox.next_at(world.sid))
        except BaseException as error:
            self.ledger.drop(dues, error)
            raise
        world.touch()
        return dues

    def _play(self, world: World, now: int) -> list[Happened]:
        events: list[Happened] = []
        while world.call_at <= now:
            played, owed = [], []
            for call in self._store.due_calls(world.sid, now):
                after, happened, owes = happen(call, now)
                played.append(after)
                events.extend(happened)
                owed.extend(owes)
            owed.sort(key=lambda each: each.due_at)
            self._store.save_played(world.sid, played, owed, now)
            world.call_at = or_never(self._store.next_call_at(world.sid))
            world.callback_at = min([world.callback_at, *to_send(owed)])
            # Only after the commit: a thread that sees the new version must find the new rows.
            world.touch()
        events.sort(key=lambda each: each.at)
        return events

    def take_call(self, world: World, call_sid: str) -> list[Due]:
        """The callbacks of one call that are to be sent now, as where they beat the answer."""
        with world.state:
            if not world.alive:
                return []
            return self._take_callbacks(world, world.clock.at(self._wall()), call_sid)

    def send_again(self, world: World, callback: int, deliver: Deliver) -> bool:
        """
        Send a callback again now, whatever became of it.

        An account that collects its callbacks records this one as collected, and sends nothing.

        Returns:
            Whether there is such a callback, and it is not on the wire already.
        """
        dues = self._take_one(world, callback)
        if dues:
            try:
                deliver(dues)
            finally:
                self.ledger.give_back(dues)
        return dues is not None

    def _take_one(self, world: World, callback: int) -> list[Due] | None:
        with world.state:
            found = self._store.outbox.one(world.sid, callback) if world.alive else None
            return None if found is None else self._in_hand(world, [found])


def or_never(moment: int | None) -> float:
    """A moment as an alarm: inf for None."""
    return math.inf if moment is None else moment
