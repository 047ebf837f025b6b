"""What falls due: calls are played, callbacks are handed out, and time is moved."""

import math
from collections.abc import Callable, Sequence

from exomock.domain.call import Call
from exomock.domain.callback import notice
from exomock.engine.world import World
from exomock.storage.store import Attempt, Delivery, Owed, Store

TRIES = 3
"""A callback is tried once and up to 2 more times. Source: exotel-v1.md section 8 (V)."""

Deliver = Callable[[Sequence[Delivery]], None]


def happen(call: Call, now: int) -> tuple[Call, list[Owed]]:
    """
    Play everything of a call that is due.

    Args:
        call: The call so far.
        now: The account's time, microseconds.

    Returns:
        The call as it is now, and the callbacks it has come to owe, in order.
    """
    owed = []
    while call.next_at is not None and call.next_at <= now:
        transition = call.plan[call.done]
        call = call.step()
        about = notice(call, transition)
        if about is not None:
            owed.append(Owed(call.sid, about, call.done, transition.at))
    return call, owed


class Agenda:
    """
    Plays what is due in the worlds of one engine; shared by all threads.

    Args:
        store: Where calls and callbacks are kept.
        wall: Reads the wall clock, microseconds since the epoch.
        retry_after: Microseconds before the second and before the third try of a callback.
    """

    def __init__(self, store: Store, wall: Callable[[], int], retry_after: tuple[int, int]) -> None:
        self._store = store
        self._wall = wall
        self._retry_after = retry_after

    def catch_up(self, world: World) -> None:
        """Play every transition that is due now, so that a read need not wait for a beat."""
        if world.call_at <= world.clock.at(self._wall()):
            with world.state:
                self._play(world, world.clock.at(self._wall()))

    def run_due(self, world: World) -> list[Delivery]:
        """
        Play what is due, and take the callbacks that are to be sent now.

        Does nothing while somebody else has the account's turn: an advance sends its own.
        """
        if not world.turn.acquire(blocking=False):
            return []
        try:
            with world.state:
                return self._take(world, world.clock.at(self._wall()))
        finally:
            world.turn.release()

    def advance(self, world: World, span: int, deliver: Deliver) -> None:
        """
        Let `span` microseconds of account time pass now, stopping at everything that falls due.

        At each such moment the account's time stands still until `deliver` returns, so a
        receiver that asks the API sees the time of the event it is told about.

        Args:
            world: Whose time.
            span: Microseconds, 0 or more.
            deliver: Sends callbacks and returns when each has been tried once.
        """
        with world.turn:
            line = world.clock
            end = line.at(self._wall()) + span
            try:
                while world.due_at <= end:
                    deliver(self._pin(world, int(world.due_at)))
            finally:
                with world.state:
                    world.clock = line.running_from(self._wall(), end)
                    world.version += 1
                self._store.save_times([(world.sid, end)])

    def _pin(self, world: World, moment: int) -> list[Delivery]:
        with world.state:
            wall = self._wall()
            world.clock = world.clock.pinned(wall, max(moment, world.clock.at(wall)))
            world.version += 1
            return self._take(world, world.clock.time0)

    def _take(self, world: World, now: int) -> list[Delivery]:
        if world.call_at <= now:
            self._play(world, now)
        if world.callback_at > now:
            return []
        found = self._store.take_due_callbacks(world.sid, now)
        world.callback_at = _or_never(self._store.next_callback_at(world.sid))
        return found

    def _play(self, world: World, now: int) -> None:
        while world.call_at <= now:
            played, owed = [], []
            for call in self._store.due_calls(world.sid, now):
                after, owes = happen(call, now)
                played.append(after)
                owed.extend(owes)
            owed.sort(key=lambda each: each.due_at)
            self._store.save_played(world.sid, played, owed, now)
            world.call_at = _or_never(self._store.next_call_at(world.sid))
            if owed:
                world.callback_at = min(world.callback_at, owed[0].due_at)
            # After the commit: whoever sees the new version must find the new rows.
            world.version += 1

    def settle(self, world: World, delivery: Delivery, attempt: Attempt) -> None:
        """
        Record a try of a callback, and when the next one is due if it failed.

        A retry is due from when the failed try was *due*, not from when it ended: an advance in
        two halves then gives the same as one. Source of the rule: exotel-v1.md section 8.
        """
        delivered = attempt.status is not None and 200 <= attempt.status < 300  # noqa: PLR2004
        if delivered or attempt.number >= TRIES:
            state = "delivered" if delivered else "failed"
            self._store.settle(delivery, attempt, state, delivery.due_at)
            return
        due = delivery.due_at + self._retry_after[attempt.number - 1]
        with world.state:
            self._store.settle(delivery, attempt, "pending", due)
            world.callback_at = min(world.callback_at, due)


def _or_never(moment: int | None) -> float:
    return math.inf if moment is None else moment
