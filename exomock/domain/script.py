"""A script: what becomes of one call, before chance has drawn anything."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random

from exomock.domain.errors import CallRefused
from exomock.domain.fate import ANSWERS, Fate, Outcome
from exomock.domain.flows.people import AS_LEG2, BY_ITSELF, Agents, Caller
from exomock.domain.order import Order, Shape
from exomock.domain.price import DEFAULT_PRICE, Price
from exomock.domain.recording_twist import PLAIN, RecordingTwist
from exomock.domain.span import Length, seconds
from exomock.domain.status import Status
from exomock.domain.twist import STRAIGHT, Twists

ANSWER_LEG1 = seconds(4)
ANSWER_LEG2 = seconds(6)
DEFAULT_TALK = seconds(30)
DEFAULT_AFTER: dict[Fate, Length] = {
    Fate.BUSY: seconds(2),
    Fate.UNREACHABLE: seconds(3),
    Fate.CANCEL: seconds(5),
    Fate.NONE: seconds(1),
}
"""What a bare word means; ours (the scenario language's last page), no rule of Exotel's."""


class Party(StrEnum):
    """A party of the call, which can hang up."""

    FROM = "from"
    TO = "to"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An order that is refused instead of placed; `message` may hold `{number}`."""

    status: int
    message: str
    code: int | None = None

    def error(self, order: Order, by: str = "", party: Party = Party.TO) -> CallRefused:
        """
        The refusal of this order.

        Args:
            order: The order.
            by: What refuses it.
            party: Whose number the text names; To of a flow call is an ExoPhone, so From is named.
        """
        named = order.to if party is Party.TO and order.shape is Shape.TWO_LEGS else order.from_
        text = self.message.replace("{number}", named.shown)
        return CallRefused(self.status, text, self.code, by)


@dataclass(frozen=True, slots=True)
class Odds:
    """
    Chances that decide a call beside its times; None leaves the decision to the script.

    Args:
        to_hangs_up: Share of calls in which To hangs up, 0 to 1.
        recorded: Share of calls that are recorded, 0 to 1.
        amount: Least and most that a pulse costs, thousandths.
    """

    to_hangs_up: float | None = None
    recorded: float | None = None
    amount: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """
    The fate of a call: everything a plan needs beside the order.

    Args:
        leg1: What From does.
        leg2: What To does.
        talk: How long they talk; the length of a flow.
        hangup_by: Who hangs up.
        record: Whether it is recorded where the request does not say.
        price: What it costs.
        refuse: The order is refused instead.
        status: The word that stands for what the status table says; None leaves it.
        stuck: Whether the call never ends.
        twists: How its callbacks misbehave.
        odds: What chance decides beside the times.
        recording: How its recording misbehaves, if there is one.
        caller: What the caller does in a flow.
        agents: What those do whom a flow dials.
    """

    leg1: Outcome = ANSWERS
    leg2: Outcome = ANSWERS
    talk: Length = DEFAULT_TALK
    hangup_by: Party = Party.FROM
    record: bool = False
    price: Price = DEFAULT_PRICE
    refuse: Refusal | None = None
    status: Status | None = None
    stuck: bool = False
    twists: Twists = STRAIGHT
    odds: Odds | None = None
    recording: RecordingTwist = PLAIN
    caller: Caller = BY_ITSELF
    agents: Agents = AS_LEG2

    def drawn(self, rng: Random) -> "Script":
        """The same with who hangs up, what is recorded and what it costs drawn for one call."""
        if self.odds is None:
            return self
        odds, by, record, price = self.odds, self.hangup_by, self.record, self.price
        # Draw all three, also those that are not given, so that giving one leaves the others alone.
        luck, recorded, cost = rng.random(), rng.random(), rng.random()
        if odds.to_hangs_up is not None:
            by = Party.TO if luck < odds.to_hangs_up else Party.FROM
        if odds.recorded is not None:
            record = recorded < odds.recorded
        if odds.amount is not None:
            low, high = odds.amount
            price = Price(price.per, low + int(cost * (high - low + 1)))
        return replace(self, hangup_by=by, record=record, price=price, odds=None)


@dataclass(frozen=True, slots=True)
class Choice:
    """
    The script that was chosen for an order, and why.

    Args:
        script: What becomes of it.
        by: What chose it: `file:line name` of a rule, a magic number, a directive.
        near: What nearly did, where nothing else was chosen; or when it will be otherwise.
        party: Whom it is about, where it refuses.
    """

    script: Script
    by: str
    near: str = field(default="", compare=False)
    party: Party = field(default=Party.TO, compare=False)

    @property
    def why(self) -> str:
        """The reason in one line: the rule that chose it, and the rule that nearly did."""
        return f"{self.by}; {self.near}" if self.near else self.by
