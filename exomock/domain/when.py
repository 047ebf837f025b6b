"""When a rule applies: what is compared with what, before anything is decided."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from exomock.domain.clock import second_of_day
from exomock.domain.number import shown
from exomock.domain.order import ONE_LEG, Order

Texts = Mapping[str, str | None]
"""What patterns are compared with, by the key that names them; None is not given."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text to be equal to, or (with `rest`) to begin with."""

    text: str
    rest: bool = False

    def __str__(self) -> str:
        """As a scenario writes it."""
        return f"{self.text}*" if self.rest else self.text

    def matches(self, value: str) -> bool:
        """Whether `value` is, or begins with, the text."""
        return value.startswith(self.text) if self.rest else value == self.text


@dataclass(frozen=True, slots=True)
class Expression:
    """
    A regular expression that is looked for anywhere in a text.

    Args:
        text: As it was written, without its slashes.
        search: Finds it; None if it is not there.
    """

    text: str
    search: Callable[[str], object] = field(compare=False, repr=False)

    def __str__(self) -> str:
        """As a scenario writes it."""
        return f"/{self.text}/"

    def matches(self, value: str) -> bool:
        """Whether the expression occurs in `value`."""
        return self.search(value) is not None


AnyPattern = Pattern | Expression


class Hours(NamedTuple):
    """A part of the day in IST: seconds since midnight; the end is excluded, and may be smaller."""

    begin: int
    end: int

    def hold(self, moment: int) -> bool:
        """Whether that moment (microseconds since the epoch) lies in it."""
        second = second_of_day(moment)
        if self.begin <= self.end:
            return self.begin <= second < self.end
        return second >= self.begin or second < self.end

    def __str__(self) -> str:
        """As a scenario writes it."""
        return "-".join(f"{at // 3600:02d}:{at // 60 % 60:02d}" for at in self)


class Nth(NamedTuple):
    """Which of the matching requests, counted from 1; both ends included."""

    low: int
    high: int

    def __str__(self) -> str:
        """As a scenario writes it."""
        return str(self.low) if self.low == self.high else f"{self.low}..{self.high}"


TEXT_KEYS = (
    "to", "from_", "exophone", "flow", "direction", "custom_field", "body", "sms_type",
    "dlt_entity", "dlt_template",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class When:
    """
    The conditions of a rule; None takes any value.

    Args:
        to: To, in the `0` + 10 digits form; never matches a call of one leg.
        from_: From, in that form.
        exophone: CallerId, in that form.
        flow: The app id of a flow call.
        direction: `inbound` or `outbound-api`.
        custom_field: CustomField.
        body: The text of a message; calls have none, nor any of the next three.
        sms_type: SmsType of a message.
        dlt_entity: DltEntityId of a message.
        dlt_template: DltTemplateId of a message.
        time: The account's time of day.
        nth: Which of the requests that match all the rest.
        every_nth: Every n-th of the fitting requests, 1 or more.
        chance: Share of those that match the texts and the time, 0 to 1.
    """

    to: AnyPattern | None = None
    from_: AnyPattern | None = None
    exophone: AnyPattern | None = None
    flow: AnyPattern | None = None
    direction: AnyPattern | None = None
    custom_field: AnyPattern | None = None
    body: AnyPattern | None = None
    sms_type: AnyPattern | None = None
    dlt_entity: AnyPattern | None = None
    dlt_template: AnyPattern | None = None
    time: Hours | None = None
    nth: Nth | None = None
    every_nth: int | None = None
    chance: float | None = None
    _given: tuple[tuple[str, AnyPattern], ...] = field(init=False, repr=False, compare=False)
    counts: bool = field(init=False, repr=False, compare=False)
    """Whether it depends on how many requests there were."""
    named: bool = field(init=False, repr=False, compare=False)
    """Whether it names anything at all; a rule that does not is a catch-all."""

    def __post_init__(self) -> None:
        """Find once what is given: each order is compared with many rules."""
        found = ((key, getattr(self, key)) for key in TEXT_KEYS)
        given = tuple((key, pattern) for key, pattern in found if pattern is not None)
        counts = self.nth is not None or self.every_nth is not None
        named = bool(given) or self.chance is not None or counts or self.time is not None
        object.__setattr__(self, "_given", given)
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "named", named)

    @property
    def patterns(self) -> tuple[tuple[str, AnyPattern], ...]:
        """Each pattern that is given, with its key."""
        return self._given

    def fits(self, texts: Texts, now: int, luck: Callable[[], float]) -> bool:
        """
        Whether all but the count fits.

        Args:
            texts: What the request says.
            now: The account's time, microseconds.
            luck: Draws this request's number from 0 to 1 for this rule.
        """
        for key, pattern in self._given:
            value = texts.get(key)
            if value is None or not pattern.matches(value):
                return False
        if self.time is not None and not self.time.hold(now):
            return False
        return self.chance is None or luck() < self.chance

    def its_turn(self, nth: int) -> bool:
        """Whether the `nth` request that fits the rest is one that `nth` and `every_nth` take."""
        if self.nth is not None and not self.nth.low <= nth <= self.nth.high:
            return False
        return self.every_nth is None or nth % self.every_nth == 0

    def misses(self, texts: Texts, now: int, luck: Callable[[], float]) -> list[str]:
        """In which of its keys but the count a request does not fit, a sentence each."""
        found = [
            f"{key.rstrip('_')} is {texts.get(key) or 'not given'}, expected {pattern}"
            for key, pattern in self._given
            if (value := texts.get(key)) is None or not pattern.matches(value)
        ]
        if self.time is not None and not self.time.hold(now):
            second = second_of_day(now)
            clock = f"{second // 3600:02d}:{second // 60 % 60:02d}"
            found.append(f"time is {clock}, expected {self.time}")
        if self.chance is not None and luck() >= self.chance:
            found.append(f"chance of {self.chance:.4g} did not strike")
        return found

    def missed_turn(self, nth: int) -> str:
        """Why `nth` or `every_nth` does not take the `nth` request that fits the rest."""
        wanted = [f"nth {self.nth}"] if self.nth is not None else []
        if self.every_nth is not None:
            wanted.append(f"every_nth {self.every_nth}")
        return f"is matching request number {nth}, expected {' and '.join(wanted)}"


_OF_AN_ORDER: dict[str, Callable[[Order], str | None]] = {
    "to": lambda order: None if order.shape in ONE_LEG else shown(order.to.e164),
    "from_": lambda order: shown(order.from_.e164),
    "exophone": lambda order: shown(order.exophone.e164),
    "flow": lambda order: order.flow,
    "direction": lambda order: order.direction.value,
    "custom_field": lambda order: order.custom_field,
}


def texts_of(order: Order, keys: Iterable[str] = _OF_AN_ORDER.keys()) -> Texts:
    """
    What an order offers to patterns; numbers in their `0` + 10 digits form.

    Args:
        order: The order.
        keys: What is asked for; a key that only a message has is left out.
    """
    return {key: _OF_AN_ORDER[key](order) for key in keys if key in _OF_AN_ORDER}


def luck_of(key: str, what: str) -> float:
    """A number from 0 (included) to 1 (excluded) that is the same for the same key and purpose."""
    return int.from_bytes(sha256(f"{key}:{what}".encode()).digest()[:7], "big") / (1 << 56)


NUMBER_BEGINNING = re.compile(r"(\+[0-9]+|0[0-9]*)?\*")
"""How a pattern of the beginning of a number is written."""
