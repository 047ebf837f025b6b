"""
One heap says which world falls due next, so that an idle world costs the heartbeat nothing.

Theory
------

What moves: the *alarm* of each world, which is the wall time at which the heartbeat must look at
it. It follows from two things: the earliest moment of the world's sources (`sources.py`), in
account time, and the clock, which says when the wall shows that time.

Who may: nobody sets an alarm himself. `Sources` arms it when a moment comes forward. Writing
`World.clock` arms it too, by the property that `alarming` puts there, because a forgotten alarm
would be a lost callback. The heartbeat takes what has rung, and arms each of those worlds again
after its look, also when the look failed.

In which order: the value is written first, then the alarm is armed. Of two threads that write at
once, the later to arm reads both values.

The heap is lazy. An entry that rings too early is harmless: the world is looked at, and its alarm
is set anew. So only an alarm that moves forward is pushed, and an advance that plays a thousand
events pushes nothing. No alarm may ever ring too late.
"""

import heapq
import math
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from typing import Any, Generic, Protocol, TypeVar


class Watched(Protocol):
    """
    The attributes of a world that alarms read and write.

    Attributes:
        alarms: Who is told when it changes.
        armed: Wall time (microseconds) at which its alarm rings; written under the lock of alarms.
    """

    alarms: "Alarms[Any] | None"
    armed: float

    @property
    def rings_at(self) -> float:
        """Wall time (microseconds) from which on the heartbeat must look at it."""


T = TypeVar("T")
W = TypeVar("W", bound=Watched)

_SLACK = 64
"""How many outdated entries the heap may always hold."""


def or_never(moment: int | None) -> float:
    """A moment as an alarm: inf for None."""
    return math.inf if moment is None else moment


def alarming(clock: str) -> Callable[[type[T]], type[T]]:
    """
    Let an attribute of a class of worlds, which has slots, move its alarm when it is written.

    Args:
        clock: The attribute, which says how the world's time runs.
    """

    def marked(world: type[T]) -> type[T]:
        slot = vars(world)[clock]
        # The slot's own getter, which is in C: a request reads the clock a dozen times.
        setattr(world, clock, property(slot.__get__, _setter(slot)))
        return world

    return marked


def _setter(slot: Any) -> Callable[[Watched, Any], None]:
    def write(world: Watched, value: Any) -> None:
        # Write the value first, so that a thread which sets the alarm at the same time reads it.
        slot.__set__(world, value)
        alarms = world.alarms
        if alarms is not None:
            alarms.arm(world)

    return write


class Alarms(Generic[W]):
    """
    Which worlds the heartbeat must look at; one for each server, safe for many threads.

    `_lock` guards the heap and each world's `armed`. It is the innermost lock: it is held for
    microseconds, and no other is taken under it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heap: list[tuple[float, int, W]] = []
        self._numbers = count()
        self._outdated = 0
        self._changed: set[W] = set()

    def __len__(self) -> int:
        """Count the entries of the heap, outdated ones too."""
        return len(self._heap)

    def watch(self, world: W) -> None:
        """Set the alarms of a world from here on."""
        world.alarms = self
        self.arm(world)

    def forget(self, world: W) -> None:
        """Set no alarm of a world any more, and hold on to it no longer than the heap must."""
        world.alarms = None
        with self._lock:
            self._outdate(world)
        self._changed.discard(world)

    def arm(self, world: W) -> None:
        """Let a world's alarm ring when its next thing falls due, or before."""
        rings_at = world.rings_at
        if rings_at >= world.armed:  # most often: an alarm that is set rings early enough
            return
        with self._lock:
            # Compare again under the lock: another thread may have set an earlier alarm meanwhile.
            if rings_at < world.armed and world.alarms is self:
                self._outdate(world)
                world.armed = rings_at
                heapq.heappush(self._heap, (rings_at, next(self._numbers), world))

    def due(self, wall: int) -> list[W]:
        """
        Take the worlds whose alarm has rung by this wall time (microseconds).

        Each alarm that rang is off: `arm` must follow once its world has been looked at.
        """
        found: list[W] = []
        with self._lock:
            while self._heap and self._heap[0][0] <= wall:
                rang_at, _number, world = heapq.heappop(self._heap)
                if rang_at == world.armed:
                    world.armed = math.inf
                    found.append(world)
                else:
                    self._outdated -= 1
        return found

    def first(self) -> float:
        """The wall time (microseconds) of the next alarm, or one before it; inf for none."""
        with self._lock:
            return self._heap[0][0] if self._heap else math.inf

    def _outdate(self, world: W) -> None:
        """Take a world's entry for outdated, if it has one; the heap is swept when most are."""
        if world.armed == math.inf:
            return
        world.armed = math.inf
        self._outdated += 1
        if self._outdated > max(_SLACK, len(self._heap) // 2):
            self._heap = [entry for entry in self._heap if entry[0] == entry[2].armed]
            heapq.heapify(self._heap)
            self._outdated = 0

    # Worlds whose time has to be saved

    def note(self, world: W) -> None:
        """Note that something has changed in a world."""
        self._changed.add(world)

    def changed(self) -> list[W]:
        """Take the worlds in which something has changed since this was asked before."""
        found: list[W] = []
        with suppress(KeyError):
            while True:  # not a loop over the set, because other threads add to it meanwhile
                found.append(self._changed.pop())
        return found

    def still_changed(self, worlds: Iterable[W]) -> None:
        """Give back worlds that were taken and could not be saved."""
        self._changed.update(worlds)
