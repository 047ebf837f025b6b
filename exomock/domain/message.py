"""A text message: what was asked, its future as a plan, and what has become of it so far."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from exomock.domain.number import Number
from exomock.domain.order import Direction
from exomock.domain.report import DELIVERED, REPORTS, Report
from exomock.domain.script import Refusal
from exomock.domain.span import Length, seconds
from exomock.domain.twist import Twist
from exomock.domain.units import units_of

MESSAGE = "message"
"""The kind of a message's callbacks in the outbox; it makes what they say."""

TOLD, RECEIVED_NOTICE = "terminal", "received"
"""The notices of a message: its end, told by POST; and that it came in, told by GET."""

# UNVERIFIED: what a unit costs, in thousandths; an account's bill would settle it.
UNIT_PRICE = 180

# UNVERIFIED: how long a message takes; the DateSent of live messages would settle it.
USUAL_AFTER = seconds(4)

STRAIGHT_TWIST = Twist()


@dataclass(frozen=True, slots=True)
class MessageOrder:
    """
    A message as a client asked for it, or as somebody texted it to an ExoPhone.

    Args:
        from_: The sender as it was sent: an ExoPhone, a sender id, anything.
        to: Who gets it.
        body: The text, at most 2,000 characters.
        sender: The sender as answers write it.
        direction: outbound-api or inbound.
        sms_type: transactional, transactional_opt_in or promotional; None is not given.
        unicode: Whether EncodingType says unicode, which no GSM-7 text needs.
        dlt_entity: DltEntityId.
        dlt_template: DltTemplateId.
        custom_field: Comes back in the callback.
        callback: StatusCallback; of an inbound message the ExoPhone's `sms_url`.
        callback_json: Whether the callback is JSON, else a form.
        invalid: Whether `to` is no number at all; one among several that are.
        extras: Parameters that are validated and change nothing: (name, value) pairs.
    """

    from_: str
    to: Number
    body: str
    sender: str = ""
    direction: Direction = Direction.OUTBOUND_API
    sms_type: str | None = None
    unicode: bool = False
    dlt_entity: str | None = None
    dlt_template: str | None = None
    custom_field: str | None = None
    callback: str | None = None
    callback_json: bool = False
    invalid: bool = False
    extras: tuple[tuple[str, str], ...] = ()

    @property
    def units(self) -> int:
        """How many units it takes, 1 or more."""
        return units_of(self.body, unicode=self.unicode)


@dataclass(frozen=True, slots=True)
class MessageScript:
    """
    What becomes of a message.

    Args:
        outcome: How it ends.
        after: How long that takes.
        stuck: Whether it never ends: the operator has it, and says nothing.
        refuse: The order is refused instead.
        twist: How its callback misbehaves.
        before_answer: Whether it is over, and told of, before the client has its answer.
    """

    outcome: Report = DELIVERED
    after: Length = USUAL_AFTER
    stuck: bool = False
    refuse: Refusal | None = None
    twist: Twist = STRAIGHT_TWIST
    before_answer: bool = False


class MessageStep(NamedTuple):
    """Something that happens to a message: when (microseconds), and its code from then on."""

    at: int
    code: int

    @property
    def report(self) -> Report:
        """What the code says."""
        return REPORTS[self.code]


class MessageChoice(NamedTuple):
    """The script that was chosen for a message, and what chose it."""

    script: MessageScript
    by: str


@dataclass(frozen=True, slots=True)
class TextMessage:
    """
    A message of an account.

    Args:
        account: Its account's Sid.
        sid: Its Sid.
        order: What was asked for.
        created: When, microseconds since the epoch.
        plan: All that happens to it, in order.
        done: How much of it has happened.
        rule: What chose its fate.
        twist: How its callback misbehaves, its lengths drawn.
        early: Whether its callback comes before the answer; known only while it is placed.
    """

    account: str
    sid: str
    order: MessageOrder
    created: int
    plan: tuple[MessageStep, ...]
    done: int = 0
    rule: str = ""
    twist: Twist = STRAIGHT_TWIST
    early: bool = False

    @property
    def report(self) -> Report:
        """What has become of it so far."""
        return self.plan[self.done - 1].report if self.done else REPORTS[QUEUED]

    @property
    def status(self) -> str:
        """Its status in Exotel's word."""
        return self.report.status

    @property
    def changed_at(self) -> int:
        """When it last changed, microseconds."""
        return self.plan[self.done - 1].at if self.done else self.created

    @property
    def sent_at(self) -> int | None:
        """When it was sent, None if it was not."""
        return self.changed_at if self.report.sent else None

    @property
    def price(self) -> int | None:
        """What it costs in thousandths, None as long as it was not sent."""
        return self.order.units * UNIT_PRICE if self.report.sent else None

    @property
    def next_at(self) -> int | None:
        """When something next happens to it, None if nothing does."""
        return self.plan[self.done].at if self.done < len(self.plan) else None

    @property
    def tells_at(self) -> int | None:
        """When somebody is next told of it, None if nobody is."""
        if self.order.callback is None or self.done >= len(self.plan):
            return None
        last = self.plan[-1]
        return last.at if last.report.final else None

    @property
    def over(self) -> bool:
        """Whether nothing can become of it any more."""
        return self.report.final

    def as_of(self, done: int) -> "TextMessage":
        """The message as it was after so many steps."""
        return replace(self, done=done)


QUEUED, SENDING, SUBMITTED = 21010, 21015, 21020
"""The codes on the way. Source: exotel-v1.md sections 10 and 12 (V, captures agree)."""


def message_plan(script: MessageScript, created: int, after: int) -> tuple[MessageStep, ...]:
    """
    All that happens to a message after it was queued.

    Args:
        script: What becomes of it.
        created: When it was queued, microseconds.
        after: How long it takes to its end, microseconds.
    """
    ways = ((after // 4, SENDING), (after // 2, SUBMITTED))
    steps = tuple(MessageStep(created + at, code) for at, code in ways)
    return steps if script.stuck else (*steps, MessageStep(created + after, script.outcome.code))


MessageTexts = Mapping[str, str | None]
"""What the patterns of message rules are compared with; None is not given."""


def message_texts(order: MessageOrder) -> MessageTexts:
    """What an order offers to patterns; numbers in their `0` + 10 digits form."""
    return {
        "to": order.to.shown,
        "from_": order.sender or order.from_,
        "body": order.body,
        "sms_type": order.sms_type,
        "dlt_entity": order.dlt_entity,
        "dlt_template": order.dlt_template,
        "custom_field": order.custom_field,
    }
