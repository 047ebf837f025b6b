"""Messages as a source: what is due of their plans happens, and callbacks are owed for it."""

import math
from collections.abc import Callable, Sequence
from operator import attrgetter

from exomock.domain.message import MESSAGE, TOLD, TextMessage
from exomock.domain.telling import Telling
from exomock.engine.alarms import or_never
from exomock.engine.items import MessageHappened
from exomock.engine.outgoing import Outgoing
from exomock.engine.sources import Played, Source, Sources
from exomock.engine.world import World
from exomock.storage.deliveries import Owed
from exomock.storage.store import Store

_AT = attrgetter("at")
_DUE_AT = attrgetter("due_at")

_COLLECTED_AT_ONCE = 5_000
"""How many messages come to owe what is collected between two stops, as of calls."""


def happen_to(
    message: TextMessage, now: int
) -> tuple[TextMessage, list[MessageHappened], list[Owed]]:
    """
    Play everything of a message that is due.

    Args:
        message: The message so far.
        now: The account's time, microseconds.

    Returns:
        The message as it is now, what happened, and the callbacks it has come to owe.
    """
    reached = message.done
    while reached < len(message.plan) and message.plan[reached].at <= now:
        reached += 1
    due = message.plan[message.done : reached]
    if not due:
        return message, [], []
    after = message.as_of(reached)
    events = [MessageHappened(each.at, message.sid, each.code) for each in due]
    # Source: exotel-v1.md section 12 (V): once, when it is sent or has failed.
    return after, events, _owed(after) if after.over else []


def _owed(message: TextMessage) -> list[Owed]:
    url, twist = message.order.callback, message.twist
    if url is None:
        return []
    at = message.changed_at
    state = Telling.DROPPED if twist.drop else Telling.PENDING
    return [
        Owed(MESSAGE, message.sid, TOLD, message.done, due, url, state=state, subject=message)
        for due in ([at] if twist.drop else twist.times(at))
    ]


class Messages(Source):
    """
    Plays the messages of every account.

    Args:
        store: Where they are kept.
        sources: Told when something of a message falls due.
        outgoing: Told which callbacks a message has come to owe.
    """

    def __init__(self, store: Store, sources: Sources, outgoing: Outgoing) -> None:
        self._kept = store.messages
        self._sources = sources
        self._outgoing = outgoing

    def next_at(self, world: World) -> int | None:
        """When the next step of any message falls due."""
        return self._kept.next_at(world.sid)

    def play(self, world: World, now: int) -> Played:
        """Let every step happen that is due, a batch of messages in each transaction."""
        return self._play(world, now, lambda owed: owed)

    def take(self, world: World, now: int) -> Played:
        """As `play`; what is due at once is kept as being sent, or as collected."""
        return self._play(world, now, lambda owed: self._outgoing.at_once(world, owed, now))

    def _play(self, world: World, now: int, kept: Callable[[list[Owed]], list[Owed]]) -> Played:
        done = Played([], [])
        try:
            while self.moment(world) <= now:
                self._play_batch(world, now, kept, done)
        except BaseException as error:
            self._outgoing.ledger.drop(done.owed, error)
            raise
        return done

    def _play_batch(
        self, world: World, now: int, kept: Callable[[list[Owed]], list[Owed]], done: Played
    ) -> None:
        found, until = self._kept.due(world.sid, now)
        went = [happen_to(each, until) for each in found]
        fresh = sorted((event for _, events, _ in went for event in events), key=_AT)
        owed = kept(sorted((each for _, _, owes in went for each in owes), key=_DUE_AT))
        played = [message for message, _, _ in went]
        with self._outgoing.keeping(world, owed, done.owed) as ids:
            self._kept.save_played(world.sid, played, owed, now, ids.note)
        # At once, because what follows asks the database, which may fail.
        world.news.played(played, fresh, owed)
        self._outgoing.tell_collected(world, owed, ids.found)
        done.events.extend(fresh)
        self._sources.look(world, self)
        self._outgoing.owe(world, owed)

    def stop_at(self, world: World, end: float) -> float:
        """When the next message ends of which somebody is told; as of calls."""
        others = _COLLECTED_AT_ONCE if world.collect else 0
        telling = or_never(self._kept.next_telling_at(world.sid, others))
        last = or_never(self._kept.last_at(world.sid)) if end == math.inf else math.inf
        return min(telling, last)

    def placed(
        self, world: World, messages: Sequence[TextMessage], owed: Sequence[Owed] = ()
    ) -> None:
        """Note messages that were added to the account's, and what they owe; `state` is held."""
        world.held()
        world.written = True
        for each in messages:
            self._sources.sooner(world, self, or_never(each.next_at))
        self._outgoing.owe(world, owed)
        world.touch()
