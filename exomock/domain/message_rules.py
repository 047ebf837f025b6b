"""Which rule decides a message: rules of their own, magic numbers, and the do-not-disturb list."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from exomock.domain.candidates import Index
from exomock.domain.counts import Counts
from exomock.domain.message import MessageChoice, MessageOrder, MessageScript, message_texts
from exomock.domain.refusals import MESSAGE_REFUSALS
from exomock.domain.report import DND, EXPIRED, INVALID, OPERATOR, UNREACHABLE
from exomock.domain.span import seconds
from exomock.domain.when import When, luck_of

NO_MESSAGE_RULE = "no message rule matched: a message is delivered"

# UNVERIFIED: that DND holds for every SmsType, transactional ones too; a transactional message to
# a number on the list would settle it.
DND_HOLDS_FOR_ALL = True

DND_NUMBER = "09000000005"
"""The magic number that is on the do-not-disturb list, for calls and messages alike."""

BY_INVALID = "To is no telephone number"


@dataclass(frozen=True, slots=True)
class MessageRule:
    """
    One of a scenario's `messages`.

    Args:
        place: Its `file:line name` for messages to people.
        when: When it applies.
        script: What then becomes of the message.
    """

    place: str
    when: When
    script: MessageScript = field(default_factory=MessageScript)


@dataclass(frozen=True, slots=True)
class MessageRules:
    """
    A scenario's rules for messages.

    Args:
        rules: In their order.
        index: Finds those that may match.
        magic: Whether the magic numbers hold.
    """

    rules: tuple[MessageRule, ...] = ()
    index: Index = field(default_factory=lambda: Index(()))
    magic: bool = True


def choose_message(
    said: MessageRules, order: MessageOrder, now: int, key: str, counts: Counts
) -> MessageChoice:
    """
    The fate of a message: the first rule that matches; magic numbers come before a catch-all.

    Args:
        said: The account's.
        order: What was asked for.
        now: The account's time, microseconds.
        key: What its chance is drawn from.
        counts: How often things have happened; as of calls, each rule with `nth` counts what fits
            the rest of its `when`, also when an earlier rule has decided.
    """
    if order.invalid:
        # UNVERIFIED: that one bad number among several is a message that fails with 23010; a live
        # order to a good and a bad number would settle it.
        return MessageChoice(MessageScript(INVALID), BY_INVALID)
    decided = _decided(said, order, now, key, counts)
    if decided is not None and decided.when.named:
        return MessageChoice(decided.script, decided.place)
    magic = MESSAGE_MAGIC.get(order.to.shown) if said.magic else None
    if magic is not None:
        return MessageChoice(magic.script, f"magic number {order.to.shown}")
    if decided is not None:
        return MessageChoice(decided.script, decided.place)
    return MessageChoice(MessageScript(), NO_MESSAGE_RULE)


def _decided(
    said: MessageRules, order: MessageOrder, now: int, key: str, counts: Counts
) -> MessageRule | None:
    texts, decided = message_texts(order), None
    for number in said.index.candidates(texts):
        rule = said.rules[number]
        if decided is not None and not rule.when.counts:
            continue
        if not rule.when.fits(texts, now, _luck(key, number)):
            continue
        turn = not rule.when.counts or rule.when.its_turn(counts.take(f"message:{number}"))
        if turn and decided is None:
            decided = rule
    return decided


def _luck(key: str, number: int) -> Callable[[], float]:
    return lambda: luck_of(key, f"message:{number}")


def on_dnd(order: MessageOrder, choice: MessageChoice, by: str | None) -> MessageChoice:
    """
    The fate of a message whose receiver may be on the do-not-disturb list.

    The list beats a rule that delivers, as it does for calls; a failure or a refusal stays.

    Args:
        order: What was asked for.
        choice: What the rules say.
        by: What puts the receiver on the list; None if he is not on it.
    """
    holds = DND_HOLDS_FOR_ALL or order.sms_type == "promotional"
    spared = choice.script.refuse is not None or not choice.script.outcome.sent
    if by is None or spared or not holds:
        return choice
    script = replace(choice.script, outcome=DND)
    return MessageChoice(script, by)


class MessageMagic(NamedTuple):
    """The effect of a magic number on a message to it; `says` is the line of the table."""

    says: str
    script: MessageScript


MESSAGE_MAGIC: dict[str, MessageMagic] = {
    "09000000001": MessageMagic("fails: unreachable, 23035", MessageScript(UNREACHABLE)),
    "09000000002": MessageMagic("fails: expired, 23050", MessageScript(EXPIRED)),
    "09000000003": MessageMagic("fails: unreachable, 23035", MessageScript(UNREACHABLE)),
    "09000000004": MessageMagic("reaches the operator, 20006", MessageScript(OPERATOR)),
    DND_NUMBER: MessageMagic(
        # This script refuses nothing, because the do-not-disturb list does, as for calls: the list
        # heeds a whitelist, and a script here would not.
        "fails: do not disturb, 23005",
        MessageScript(),
    ),
    "09000000006": MessageMagic(
        "the account has no KYC: 403", MessageScript(refuse=MESSAGE_REFUSALS["kyc"])
    ),
    "09000000007": MessageMagic("is delivered after 1 s", MessageScript(after=seconds(1))),
    "09000000008": MessageMagic(
        "too many requests: 429", MessageScript(refuse=MESSAGE_REFUSALS["rate-limited"])
    ),
    "09000000009": MessageMagic(
        "service unavailable: 503", MessageScript(refuse=MESSAGE_REFUSALS["service-unavailable"])
    ),
}
"""By the `0` + 10 digits form; docs/scenarios.md has the table (a test compares them)."""
