"""Text messages: what clients send, what somebody texts to an ExoPhone, and what became of each."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from random import Random

from exomock.domain.errors import MessageNotFound
from exomock.domain.message import (
    MESSAGE,
    RECEIVED_NOTICE,
    STRAIGHT_TWIST,
    MessageChoice,
    MessageOrder,
    MessageStep,
    TextMessage,
    message_plan,
)
from exomock.domain.number import Number
from exomock.domain.order import Direction
from exomock.domain.report import RECEIVED
from exomock.domain.sid import call_key, call_sid
from exomock.engine.agenda import Agenda
from exomock.engine.items import Did, MessageHappened
from exomock.engine.message_deciding import Lists, MessageDecider, WantedMessage
from exomock.engine.messages import Messages, happen_to
from exomock.engine.placing import Counted
from exomock.engine.remembered import Kinds
from exomock.engine.senders import line_of, sender_of
from exomock.engine.undoing import undone
from exomock.engine.world import World
from exomock.engine.worlds import Worlds
from exomock.storage.deliveries import Owed
from exomock.storage.message_rows import message_json, message_row
from exomock.storage.store import Store

BY_SOMEBODY = "texted by the control API"

_TEXTS = "m:"
"""How the fingerprint of a message begins, which no call's does."""


class Texting:
    """
    The use cases of messages; one for each server, safe for many threads.

    Args:
        store: Where they are kept.
        wall: Reads the wall clock, microseconds since the epoch.
        worlds: The open accounts.
        agenda: Plays what is due before somebody looks.
        messages: Told of each message that is placed.
        kinds: Bounds the fingerprints that accounts remember.
        lists: What accounts have.
    """

    def __init__(
        self, store: Store, wall: Callable[[], int], worlds: Worlds, agenda: Agenda,
        messages: Messages, kinds: Kinds, lists: Lists,
    ) -> None:  # fmt: skip
        self._store, self._wall, self._worlds = store, wall, worlds
        self._agenda, self._messages, self._kinds, self._lists = agenda, messages, kinds, lists
        self._decider = MessageDecider(store, lists)

    def send(self, account: str, orders: Sequence[MessageOrder]) -> list[TextMessage]:
        """
        Queue messages: all of them, or none.

        Args:
            account: The account's Sid.
            orders: What the client asked for, at least one.

        Returns:
            The messages as they were queued, in the same order.

        Raises:
            AccountGone: The account was deleted.
            CallRefused: One of them is refused; none is kept.
            DirectiveWrong: A CustomField holds a directive that cannot be read.
        """
        world = self._worlds.of(account)
        with world.living(), undone(world):
            now = world.clock.at(self._wall())
            counted = Counted(self._store, account)
            wanted = self._wanted(world, orders)
            chosen = [self._decider.decide(world, each, now, counted) for each in wanted]
            return self._place(world, wanted, chosen, now, counted)

    def details(self, account: str, sid: str) -> TextMessage:
        """
        The message of that Sid as it is now.

        Raises:
            AccountGone: The account was deleted.
            MessageNotFound: The account has none.
        """
        self._agenda.catch_up(self._worlds.of(account))
        found = self._store.messages.one(account, sid)
        if found is None:
            raise MessageNotFound(sid)
        return found

    def receive(self, account: str, from_: Number, exophone: Number, body: str) -> TextMessage:
        """
        Let somebody text an ExoPhone: its `sms_url` is asked.

        Args:
            account: The account's Sid.
            from_: Who texts.
            exophone: Which ExoPhone.
            body: The text.

        Raises:
            AccountGone: The account was deleted.
        """
        world = self._worlds.of(account)
        with world.living():
            now = world.clock.at(self._wall())
            line = line_of(exophone.shown, self._lists.exophones(world))
            order = MessageOrder(
                from_.sent, exophone, body, from_.shown, Direction.INBOUND,
                callback=line and line.sms_url,
            )  # fmt: skip
            message = self._come_in(world, order, now)
            world.tell(Did.TEXTED, self._wall(), message.sid, exophone=exophone.shown)
            return message

    # Placing

    def _wanted(self, world: World, orders: Sequence[MessageOrder]) -> list[WantedMessage]:
        exophones = self._lists.exophones(world)
        found: list[WantedMessage] = []
        seen: dict[str, int] = {}
        for order in orders:
            order = replace(order, sender=sender_of(order.from_, exophones))  # noqa: PLW2901
            text = message_json(order)
            kind = _TEXTS + sha256(text.encode()).hexdigest()
            nth = seen.get(kind)
            nth = self._nth(world, kind) if nth is None else nth
            seen[kind] = nth + 1
            found.append(WantedMessage(order, text, kind, nth))
        return found

    def _nth(self, world: World, kind: str) -> int:
        known = world.kinds.get(kind)
        if known is not None:
            return known
        return 0 if world.knows_kinds else self._store.messages.next_nth(world.sid, kind)

    def _place(
        self, world: World, wanted: Sequence[WantedMessage], chosen: Sequence[MessageChoice],
        now: int, counted: Counted,
    ) -> list[TextMessage]:  # fmt: skip
        placed: list[TextMessage] = []
        rows, events, owed = [], [], []
        for each, choice in zip(wanted, chosen, strict=True):
            key = call_key(world.seed, world.sid, each.kind, each.nth)
            begun, happened, owes = happen_to(planned(world.sid, each.order, choice, key, now), now)
            placed.append(begun)
            rows.append(message_row(begun, each.text, each.kind, each.nth))
            events += happened
            owed += owes
        self._store.messages.add(rows, owed, counted.new, now, world.laid.unsaved)
        world.laid.unsaved.clear()
        world.news.played(placed, events, owed)
        for each in wanted:
            self._kinds.remember(world, each.kind, each.nth + 1)
        self._messages.placed(world, placed, owed)
        return placed

    def _come_in(self, world: World, order: MessageOrder, now: int) -> TextMessage:
        text = message_json(order)
        kind = _TEXTS + sha256(text.encode()).hexdigest()
        nth = self._nth(world, kind)
        sid = call_sid(call_key(world.seed, world.sid, kind, nth), now)
        plan = (MessageStep(now, RECEIVED.code),)
        message = TextMessage(world.sid, sid, order, now, plan, 1, BY_SOMEBODY)
        url = order.callback
        owed = [] if url is None else [
            Owed(MESSAGE, sid, RECEIVED_NOTICE, 1, now, url, "GET", subject=message)
        ]  # fmt: skip
        self._store.messages.add([message_row(message, text, kind, nth)], owed, now=now)
        world.news.played([message], [MessageHappened(now, sid, RECEIVED.code)], owed)
        self._kinds.remember(world, kind, nth + 1)
        self._messages.placed(world, [message], owed)
        return message


def planned(
    account: str, order: MessageOrder, choice: MessageChoice, key: str, now: int
) -> TextMessage:
    """
    The message that an order becomes, nothing of it played yet.

    Args:
        account: The account's Sid.
        order: What was asked for.
        choice: What becomes of it.
        key: What its Sid and its times are drawn from.
        now: When, microseconds.
    """
    script, twist = choice.script, choice.script.twist
    if twist is not STRAIGHT_TWIST:
        # A separate random stream, so that twists do not change the times.
        twist = twist.drawn(Random(f"{key}:twists"))
    after = 0 if script.before_answer else script.after.draw(Random(key))
    plan = message_plan(script, now, after)
    return TextMessage(
        account, call_sid(key, now), order, now, plan, 0, choice.by, twist, script.before_answer
    )
