"""Messages as a source: what is due of their plans happens, and callbacks are owed for it."""

from collections.abc import Callable, Sequence

from exomock.domain.message import MESSAGE, TOLD, TextMessage
from exomock.domain.telling import Telling
from exomock.engine.items import MessageHappened
from exomock.engine.outgoing import Outgoing
from exomock.engine.plans import Batch, Plans
from exomock.engine.sources import Sources
from exomock.engine.world import World
from exomock.storage.deliveries import Owed
from exomock.storage.store import Store


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


class Messages(Plans):
    """
    Plays the messages of every account.

    Args:
        store: Where they are kept.
        sources: Told when something of a message falls due.
        outgoing: Told which callbacks a message has come to owe.
    """

    def __init__(self, store: Store, sources: Sources, outgoing: Outgoing) -> None:
        super().__init__(store.coming_messages, sources, outgoing)
        self._store = store

    def _batch(self, world: World, now: int) -> Batch:
        found, until = self._store.coming_messages.due(world.sid, now)
        went = [happen_to(each, until) for each in found]
        played = [message for message, _, _ in went]

        def save(owed: Sequence[Owed], note: Callable[[Sequence[int]], None]) -> None:
            self._store.messages.save_played(world.sid, played, owed, now, note)

        return Batch(
            played,
            [event for _, events, _ in went for event in events],
            [each for _, _, owes in went for each in owes],
            save,
        )

    def placed(
        self, world: World, messages: Sequence[TextMessage], owed: Sequence[Owed] = ()
    ) -> None:
        """Note messages that were added to the account's, and what they owe; `state` is held."""
        self._added(world, [each.next_at for each in messages], owed)
