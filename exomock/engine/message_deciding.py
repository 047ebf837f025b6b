"""Who decides a message: an account's limits, what was laid down, a directive, its rules."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from exomock.domain.errors import CallRefused
from exomock.domain.exophone import ExoPhone
from exomock.domain.message import MessageChoice, MessageOrder
from exomock.domain.message_rules import DND_NUMBER, choose_message, on_dnd
from exomock.domain.number import EXOPHONE, Number, from_e164
from exomock.domain.refusals import MESSAGE_REFUSALS, Rejection
from exomock.domain.sid import call_key
from exomock.engine.deciding import BY_DIRECTIVE, BY_NEXT
from exomock.engine.placing import Counted
from exomock.engine.senders import line_of
from exomock.engine.world import World
from exomock.scenarios.directive import read_message_directive
from exomock.storage.store import Store


class Lists(NamedTuple):
    """
    What an account has and may, as messages ask it; each is asked while its `state` is held.

    Args:
        exophones: Its ExoPhones.
        barred: What keeps a number from being reached through an ExoPhone, None if nothing does.
    """

    exophones: Callable[[World], Sequence[ExoPhone]]
    barred: Callable[[World, Number, Number], str | None]


class WantedMessage(NamedTuple):
    """An order on its way to a message: as JSON, its fingerprint, and how many came before."""

    order: MessageOrder
    text: str
    kind: str
    nth: int

    @property
    def refused(self) -> str:
        """Under what its refusals are counted."""
        return f"refused:{self.kind}"


class MessageDecider:
    """
    Decides messages; one for each server. The world's `state` is held by who asks.

    Args:
        store: Where counts and costs are kept.
        lists: What accounts have.
    """

    def __init__(self, store: Store, lists: Lists) -> None:
        self._store, self._lists = store, lists

    def decide(
        self, world: World, wanted: WantedMessage, now: int, counted: Counted
    ) -> MessageChoice:
        """
        What becomes of a message.

        Args:
            world: Whose.
            wanted: What was asked for.
            now: The account's time, microseconds.
            counted: Counts for the request that asks.

        Raises:
            CallRefused: It is refused; what was counted for it is kept.
            DirectiveWrong: CustomField holds a directive that cannot be read; nothing is taken.
        """
        directive = read_message_directive(wanted.order.custom_field)
        self._within_limits(world, wanted.order)
        laid_down = world.next_messages.take(world.laid.unsaved)
        if laid_down is not None:
            choice = MessageChoice(laid_down, BY_NEXT)
        elif directive is not None:
            choice = MessageChoice(directive, f"{BY_DIRECTIVE}: {wanted.order.custom_field}")
        else:
            choice = self._ruled(world, wanted, now, counted)
        self._unless_refused(world, wanted, choice, counted)
        return choice

    def _within_limits(self, world: World, order: MessageOrder) -> None:
        terms, by = world.scenario.terms, f"account of {world.scenario.name}"
        mine = self._lists.exophones(world) or (ExoPhone(EXOPHONE.e164),)
        if terms.strict_senders and not line_of(order.from_, mine):
            row, why = Rejection.SMS_SENDER, f"From '{order.from_[:60]}' is no sender of it"
            raise CallRefused(row.status, row.message(why), row.code, f"{by}: {why}")
        if terms.balance is not None and self._store.spent(world.sid) >= terms.balance:
            refusal = MESSAGE_REFUSALS["no-balance"]
            why = f"{by}: {terms.balance / 1000:.3f} are spent"
            raise CallRefused(refusal.status, refusal.message, refusal.code, why)

    def _ruled(
        self, world: World, wanted: WantedMessage, now: int, counted: Counted
    ) -> MessageChoice:
        said, order = world.scenario.message_rules, wanted.order
        tries = wanted.nth
        if said.index.by_chance:
            # A refused order leaves no row. Uncounted, a second try would draw the same luck.
            tries += counted.seen(wanted.refused)
        key = call_key(world.seed, world.sid, wanted.kind, tries)
        choice = choose_message(said, order, now, key, counted)
        if order.invalid or not self._may_be_listed(world, order):
            return choice
        return on_dnd(order, choice, self._lists.barred(world, self._line(world, order), order.to))

    def _may_be_listed(self, world: World, order: MessageOrder) -> bool:
        """Whether it is worth asking who is on the list, which costs as much as a connect."""
        magic = world.scenario.magic and order.to.shown == DND_NUMBER
        return magic or bool(world.nexts) or world.scenario.lists_numbers

    def _line(self, world: World, order: MessageOrder) -> Number:
        exophones = self._lists.exophones(world)
        found = line_of(order.from_, exophones) or next(iter(exophones), None)
        return from_e164(found.number) if found else EXOPHONE

    def _unless_refused(
        self, world: World, wanted: WantedMessage, choice: MessageChoice, counted: Counted
    ) -> None:
        refusal = choice.script.refuse
        if refusal is None:
            return
        if world.scenario.message_rules.index.by_chance:
            counted.take(wanted.refused)
        if counted.new or world.laid.unsaved:
            self._store.counts.save(world.sid, counted.new, world.laid.unsaved)
            world.laid.unsaved.clear()
            world.written = True
        world.touch()
        text = refusal.message.replace("{number}", wanted.order.to.shown)
        raise CallRefused(refusal.status, text, refusal.code, choice.by)
