"""A call that is kept gets another future: in one transaction, with what happens of it at once."""

from collections.abc import Callable
from dataclasses import replace

from exomock.domain.call import Call
from exomock.domain.callback import KIND, Notice
from exomock.domain.changes import Leave
from exomock.domain.flows.inputs import Answered
from exomock.domain.phone import Decide
from exomock.domain.replan import Change
from exomock.domain.twist import SWAPPED_AFTER
from exomock.engine.calls import Calls
from exomock.engine.items import Did
from exomock.engine.outgoing import Outgoing
from exomock.engine.replanning import replan
from exomock.engine.world import World
from exomock.storage.outbox import Sooner
from exomock.storage.store import Store


class Changing:
    """
    Changes what becomes of calls; one for each engine, safe for many threads.

    Args:
        store: Where calls are kept.
        wall: Reads the wall clock, microseconds since the epoch.
        calls: Told of each change.
        outgoing: Told when callbacks are due at other times.
    """

    def __init__(
        self, store: Store, wall: Callable[[], int], calls: Calls, outgoing: Outgoing
    ) -> None:
        self._store = store
        self._wall = wall
        self._calls = calls
        self._outgoing = outgoing

    def change(
        self, world: World, call: Call, change: Change, tell: Callable[[], None] = lambda: None
    ) -> Call:
        """
        Change what becomes of a call from now on.

        Args:
            world: Whose; its `state` is held.
            call: The call as it is kept.
            change: What changes it.
            tell: Tells of the change after the commit, before what comes of it.

        Raises:
            DomainError: As `replan`; nothing has changed.
        """
        world.held()
        now = world.clock.at(self._wall())
        after, events, owed = self._calls.come_about(world, replan(call, change, now), now)
        sooner = _sooner(after)
        self._store.calls.save_replanned(after, owed, sooner)
        tell()
        world.news.played([after], events, owed)
        self._calls.replanned(world, owed)
        if sooner is not None:
            self._outgoing.moved(world)
        return after

    def keep(
        self, world: World, call: Call, answer: Answered, tell: Callable[[], None] = lambda: None
    ) -> Call:
        """
        Keep the answer to a call's next question, before anybody is asked.

        Args:
            world: Whose; its `state` is held.
            call: The call as it is kept.
            answer: The answer; one that is kept already comes before it.
            tell: Tells of it after the commit.
        """
        world.held()
        after = replace(call, kept=(*call.kept, answer))
        self._store.calls.save_replanned(after, ())
        tell()
        world.touch()
        return after


def _sooner(call: Call) -> Sooner | None:
    """Swapped callbacks were due after the planned end; now they are just after the real one."""
    if not call.script.twists.swap or call.ends_at is None:
        return None
    return Sooner((KIND, call.sid), Notice.ANSWERED, call.ends_at + SWAPPED_AFTER)


def telling(world: World, wall: Callable[[], int], sid: str, change: Change) -> Callable[[], None]:
    """
    What tells of a change by the control API.

    Args:
        world: Whose call it is.
        wall: Reads the wall clock, microseconds since the epoch.
        sid: The call's Sid.
        change: What changes it.
    """
    match change:
        case Leave(by):
            return lambda: world.tell(Did.HUNG_UP, wall(), sid, by=by.value)
        case Decide(who, does):
            return lambda: world.tell(Did.DECIDED, wall(), sid, who=who.value, does=does.value)
    return lambda: world.tell(Did.REPLANNED, wall(), sid)
