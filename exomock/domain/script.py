"""A script: what becomes of one call, before chance has drawn anything."""

from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from exomock.domain.clock import SECOND
from exomock.domain.errors import CallRefused
from exomock.domain.order import Order
from exomock.domain.price import DEFAULT_PRICE, Price


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time, fixed or drawn evenly between two ends; microseconds, 0 <= low <= high."""

    low: int
    high: int

    def draw(self, rng: Random) -> int:
        """One length, in microseconds; a fixed one takes nothing from `rng`."""
        return self.low if self.low == self.high else rng.randint(self.low, self.high)


def seconds(value: float) -> Span:
    """The fixed span of so many seconds."""
    return Span(round(value * SECOND), round(value * SECOND))


class Fate(StrEnum):
    """What a leg does when it is dialled, in the scenario language's words."""

    ANSWER = "answer"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    CANCEL = "cancel"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A leg's fate and when it comes, counted from dialling; `after=None` is the default time."""

    fate: Fate
    after: Span | None = None


ANSWER_LEG1 = seconds(4)
ANSWER_LEG2 = seconds(6)
DEFAULT_TALK = seconds(30)
DEFAULT_AFTER: dict[Fate, Span] = {
    Fate.BUSY: seconds(2),
    Fate.UNREACHABLE: seconds(3),
    Fate.CANCEL: seconds(5),
    Fate.NONE: seconds(1),
}
"""What a bare word means; ours (the scenario language's last page), no rule of Exotel's."""


class Party(StrEnum):
    """Who hangs up."""

    FROM = "from"
    TO = "to"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An order that is refused instead of placed; `message` may hold `{number}`."""

    status: int
    message: str
    code: int | None = None

    def error(self, order: Order, by: str = "") -> CallRefused:
        """The refusal of this order by a rule, its text naming the number that was to be called."""
        text = self.message.replace("{number}", order.to.shown)
        return CallRefused(self.status, text, self.code, by)


@dataclass(frozen=True, slots=True)
class Script:
    """What becomes of a call: everything a plan needs beside the order."""

    leg1: Outcome = Outcome(Fate.ANSWER)
    leg2: Outcome = Outcome(Fate.ANSWER)
    talk: Span = DEFAULT_TALK
    hangup_by: Party = Party.FROM
    record: bool = False
    price: Price = DEFAULT_PRICE
    refuse: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """
    What was chosen for an order.

    Args:
        script: What becomes of it.
        by: What chose it: `file:line name` of a rule, a magic number, a directive.
        near: What nearly did, where nothing else was chosen.
    """

    script: Script
    by: str
    near: str = field(default="", compare=False)

    @property
    def why(self) -> str:
        """What chose it, and what nearly did."""
        return f"{self.by}; {self.near}" if self.near else self.by
