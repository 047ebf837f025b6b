"""An account is a world: its credentials, scenario, clock, locks and alarm, in memory."""

import itertools
import math
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from exomock.domain.clock import LATEST, Clock
from exomock.domain.errors import AccountGone, TimeIsMoving
from exomock.domain.fault import ArmedFault
from exomock.domain.scenario import Scenario
from exomock.engine.alarms import Alarms, alarming
from exomock.engine.arrival import Arrival
from exomock.engine.journal import Journal
from exomock.engine.nexts import Nexts
from exomock.wall import stopwatch

# Epochs never repeat, so an account that is made again under a deleted one's Sid is not taken for
# it.
_BIRTHS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Origin:
    """
    The beginning of a world, which a reset brings back.

    Args:
        time: Account time, microseconds; None is the wall clock's.
        rate: Account seconds per wall second.
        scenario: What becomes of its calls.
    """

    time: int | None
    rate: float
    scenario: Scenario


@alarming("clock", "call_at", "callback_at", "arrival_at")
@dataclass(eq=False, slots=True, weakref_slot=True)
class World:
    """
    One account of a running exomock; lives until it is deleted or the server ends.

    Four locks. `turn` is taken before `state`, `past` before `state`, and `state` before `flight`.

    - `turn` is held by the one thread that moves the account's time, also while it waits for
      receivers. A reset makes a new turn; a thread that holds an old one must change nothing.
    - `past` is held by the thread that makes the account's past.
    - `state` guards the fields below and the account's rows. It is held for microseconds, and never
      while a client or a receiver is waited for. Reads, connects and hang-ups take it alone.
    - `flight` guards which callbacks are in somebody's hands. It also keeps a callback of an old
      epoch from being sent.

    Args:
        sid: The account's Sid.
        key: Its API key.
        token: Its API token.
        seed: What the chance of its calls is drawn from.
        clock: Its time.
        scenario: What becomes of its calls.
        origin: How it began.
        journal: What clients sent to it.
        collect: True records callbacks instead of sending any.
        made: Whether it came into being while the server ran.
        epoch: Raised by a reset, a restore and the end: what belongs to an older one is dead.
        version: Raised by every change, after its commit.
        in_hand: Callbacks that are to be sent or were, and whose fate is not written yet.
        arrivals: The next call of each generator of the scenario.
        faults: What goes wrong with the API, in the order it is asked.
        connects: When the connects of the last minute came, for the rate limit.
        nexts: What becomes of the next calls, whatever the scenario says.
        kinds: How many calls of each fingerprint there were.
        telling: Whether an advance waits for receivers.
        line: The clock that goes on when the advance under way has ended, None if none is.
        followed: How far the machine's time was ahead of the wall (microseconds) when the clock was
            last set by it.
        trailing: Callbacks of older epochs that are still in somebody's hands.
        ended: Whether it was said that the clock has come to the end of time.
        alarms: Who is told when something falls due; None while nobody moves its time.
        armed: Wall time (microseconds) at which its alarm rings; it belongs to `alarms`.
        written: Whether there may be rows of it in the database, beside its own.
        knows_kinds: Whether `kinds` holds all of them, so that the database need not be asked.
    """

    # The first field, because the setter of `clock` reads it.
    alarms: "Alarms[World] | None" = field(default=None, kw_only=True)
    sid: str
    key: str
    token: str
    seed: int
    clock: Clock
    scenario: Scenario
    origin: Origin
    journal: Journal = field(default_factory=Journal)
    collect: bool = False
    made: bool = False
    epoch: int = field(default_factory=lambda: next(_BIRTHS) << 40)
    version: int = field(default_factory=lambda: next(_BIRTHS) << 40)
    call_at: float = math.inf
    callback_at: float = math.inf
    alive: bool = True
    # Dictionaries stand for sets: an empty set takes 150 bytes more, and most accounts are idle.
    in_hand: dict[object, None] = field(default_factory=dict)
    telling: bool = False
    arrivals: list[Arrival] = field(default_factory=list)
    arrival_at: float = math.inf
    line: Clock | None = None
    followed: int = 0
    trailing: dict[object, None] = field(default_factory=dict)
    ended: bool = False
    faults: list[ArmedFault] = field(default_factory=list)
    faults_made: int = 0
    # Lists, because an empty deque takes 760 bytes, and most accounts use neither.
    connects: list[int] = field(default_factory=list)
    nexts: Nexts = field(default_factory=Nexts)
    kinds: dict[str, int] = field(default_factory=dict)
    knows_kinds: bool = False
    written: bool = True
    past: threading.Lock = field(default_factory=threading.Lock)
    state: threading.Lock = field(default_factory=threading.Lock)
    turn: threading.Lock = field(default_factory=threading.Lock)
    flight: threading.Lock = field(default_factory=threading.Lock)
    armed: float = math.inf
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def due_at(self) -> float:
        """Account time (microseconds) of the next thing on the agenda, inf when it is empty."""
        return min(self.call_at, self.callback_at, self.arrival_at)

    @property
    def rings_at(self) -> float:
        """
        Wall time (microseconds) from which on the heartbeat must look at it; inf if it need not.

        That is when something falls due, or once when its clock comes to the end of time.
        """
        if not self.alive:
            return math.inf
        due = self.due_at
        if not self.ended:
            due = min(due, LATEST)
        return math.inf if due == math.inf else self.clock.wall_of(int(due))

    @property
    def rate(self) -> float:
        """How fast its time runs, also while an advance holds it."""
        return (self.line or self.clock).rate

    @property
    def in_flight(self) -> int:
        """How many callbacks of this epoch somebody has in hand."""
        return len(self.in_hand)

    @property
    def next_wall(self) -> float:
        """
        Wall time (microseconds) of the next transition, inf if there is none or time stands still.

        Only an alarm: whether something is due is decided by the account's own time.
        """
        at = min(self.call_at, self.arrival_at)
        return math.inf if at == math.inf else self.clock.wall_of(int(at))

    def alarm(self, call_at: int | None, callbacks: Iterable[int]) -> None:
        """Note that a call was kept, and what is to come of it; `state` is held."""
        self.written = True
        if call_at is not None:
            self.call_at = min(self.call_at, call_at)
        self.callback_at = min([self.callback_at, *callbacks])
        self.touch()

    def alarmed(self, wall: int) -> bool:
        """Whether anything, transition or callback, is due at this wall time."""
        due = self.due_at
        return due != math.inf and due <= self.clock.at(wall)

    @contextmanager
    def living(self) -> Iterator[None]:
        """
        Hold `state` of an account that is not deleted.

        Raises:
            AccountGone: It was, while one waited.
        """
        with self.state:
            if not self.alive:
                raise AccountGone(self.sid)
            yield

    @contextmanager
    def moving(self, patience: float) -> Iterator[int]:
        """
        The turn to move this account's time, in the epoch that is yielded.

        Args:
            patience: Seconds to wait for it.

        Raises:
            TimeIsMoving: Somebody else had it all the time: most often a receiver that wants to
                advance while its advance waits for it.
        """
        give_up = stopwatch() + patience
        while True:
            epoch, turn = self.epoch, self.turn
            if not turn.acquire(timeout=max(0, give_up - stopwatch())):
                raise TimeIsMoving(self.sid)
            if turn is self.turn:
                break
            turn.release()  # a reset came between: there is another turn now
        try:
            yield epoch
        finally:
            turn.release()

    def begin_epoch(self) -> None:
        """
        Let what belongs to the time before be dead; `state` and `flight` are held.

        Who waits for something of it wakes with the next `touch`. An advance that is under way
        keeps its old turn, so that the next one need not wait for it.
        """
        # Set the turn before the epoch: a thread that reads the new epoch must find the new turn.
        self.turn = threading.Lock()
        self.epoch += 1
        self.trailing |= self.in_hand
        self.in_hand = {}
        self.line, self.telling, self.ended = None, False, False

    @property
    def idle(self) -> bool:
        """Whether nothing is due any more, and no callback is on the wire."""
        return self.due_at == math.inf and self.in_flight == 0

    def touch(self) -> None:
        """Say that something has changed, after its commit: whoever waits looks again."""
        self.version += 1
        if self.alarms is not None:
            self.alarms.note(self)
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, so: Callable[[], bool], seconds: float, pause: float = 0.0) -> bool:
        """
        Wait until `so()` holds.

        Args:
            so: Asked at once, and again after each change.
            seconds: Wall time to wait at most.
            pause: Seconds between two askings at least; changes in between are one.

        Returns:
            Whether it came to hold in time.
        """
        deadline = stopwatch() + seconds
        while True:
            seen, asked = self.version, stopwatch()
            if so():
                return True
            with self._changed:
                left = deadline - stopwatch()
                if left <= 0:
                    return False
                self._changed.wait_for(lambda: self.version != seen, left)  # noqa: B023
            early = min(asked + pause, deadline) - stopwatch()
            if early > 0:
                # Pause outside the condition, because each change would end the pause otherwise.
                threading.Event().wait(early)
