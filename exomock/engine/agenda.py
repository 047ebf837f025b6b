"""What falls due: calls come in, calls are played, and callbacks are taken to be sent."""

from collections.abc import Callable

from exomock.domain.call import Call
from exomock.engine.alarms import or_never
from exomock.engine.happening import Happened, happen, to_send
from exomock.engine.ledger import Due
from exomock.engine.outgoing import Outgoing, numbered
from exomock.engine.world import World
from exomock.storage.deliveries import Owed
from exomock.storage.store import Store


class Agenda:
    """
    Plays what is due in the worlds of one engine; shared by all threads.

    Args:
        store: Where calls are kept.
        wall: Reads the wall clock, microseconds since the epoch.
        arrive: Lets the calls come in that have come by a moment.
        outgoing: Takes the callbacks that are to be sent.
    """

    def __init__(
        self,
        store: Store,
        wall: Callable[[], int],
        arrive: Callable[[World, int], None],
        outgoing: Outgoing,
    ) -> None:
        self._store = store
        self._wall = wall
        self._arrive = arrive
        self._outgoing = outgoing

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
                return self.take(world, world.clock.at(self._wall()))[1]
        finally:
            turn.release()

    def take(self, world: World, now: int) -> tuple[list[Happened], list[Due]]:
        """
        Play what is due by `now`, and take the callbacks that are to be sent; `state` is held.

        Returns:
            What happened, in order, and the callbacks.
        """
        if not world.alive:
            return [], []
        self._arrive(world, now)
        dues: list[Due] = []
        try:
            events = self._play(world, now, dues) if world.call_at <= now else []
            if world.callback_at <= now:
                dues += self._outgoing.take(world, now)
        except BaseException as error:
            self._outgoing.drop(dues, error)
            raise
        return events, dues

    def _keep(
        self, world: World, played: list[Call], owed: list[Owed], now: int, dues: list[Due]
    ) -> None:
        """Save what was played; what is kept as being sent is in hand before the commit."""
        taken: list[Due] = []
        try:
            self._outgoing.reserve(world, owed, taken)
            self._store.save_played(
                world.sid, played, owed, now, lambda ids: numbered(owed, ids, taken)
            )
        except BaseException:
            self._outgoing.forget(taken)
            raise
        dues += taken

    def _play(self, world: World, now: int, dues: list[Due] | None = None) -> list[Happened]:
        """Play calls; adds callbacks to `dues` that are to be sent at once, None sends none."""
        events: list[Happened] = []
        while world.call_at <= now:
            played, owed = [], []
            calls, until = self._store.due_calls(world.sid, now)
            for call in calls:
                after, happened, owes = happen(call, until)
                played.append(after)
                events.extend(happened)
                owed.extend(owes)
            owed.sort(key=lambda each: each.due_at)
            # A reader sends nothing: what it comes to owe waits for the beat.
            kept = owed if dues is None else self._outgoing.at_once(world, owed, now)
            self._keep(world, played, kept, now, [] if dues is None else dues)
            world.call_at = or_never(self._store.next_call_at(world.sid))
            world.callback_at = min([world.callback_at, *to_send(kept)])
            # Only after the commit: a thread that sees the new version must find the new rows.
            world.touch()
        events.sort(key=lambda each: each.at)
        return events
