"""A scenario: rules that decide what becomes of an order."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exomock.domain.magic import touched
from exomock.domain.number import Number
from exomock.domain.order import Order
from exomock.domain.script import Choice, Script
from exomock.domain.telecom import NumberInfo


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
class When:
    """What an order must look like; None does not care."""

    to: Pattern | None = None
    from_: Pattern | None = None
    exophone: Pattern | None = None
    flow: Pattern | None = None

    @property
    def named(self) -> bool:
        """Whether it names anything at all; a rule that does not is a catch-all."""
        return any((self.to, self.from_, self.exophone, self.flow))

    def matches(self, order: Order) -> bool:
        """Whether every pattern given matches; numbers in their `0` + 10 digits form."""
        return (
            _fits(self.to, order.to.shown if order.flow is None else None)
            and _fits(self.from_, order.from_.shown)
            and _fits(self.exophone, order.exophone.shown)
            and _fits(self.flow, order.flow)
        )

    def misses(self, order: Order) -> list[str]:
        """In which of its patterns an order does not fit, a sentence each."""
        pairs = (
            ("to", self.to, order.to.shown if order.flow is None else None),
            ("from", self.from_, order.from_.shown),
            ("exophone", self.exophone, order.exophone.shown),
            ("flow", self.flow, order.flow),
        )
        return [
            f"{key} is {value or 'not given'}, expected {pattern}"
            for key, pattern, value in pairs
            if pattern is not None and not _fits(pattern, value)
        ]


def _fits(pattern: Pattern | None, value: str | None) -> bool:
    return pattern is None or (value is not None and pattern.matches(value))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a scenario; `place` is its `file:line name` for messages."""

    place: str
    when: When
    script: Script


@dataclass(frozen=True)
class Scenario:
    """
    What happens in an account's world.

    Args:
        name: What to call it in messages: the file it came from.
        rules: Tried in order; the first that matches decides.
        numbers: What look-ups answer, by E.164; the rest is derived.
        seed: Makes chance reproducible; None leaves it to the server.
        magic: Whether the magic numbers hold.
        text: What it was read from.
    """

    name: str
    rules: tuple[Rule, ...] = ()
    numbers: Mapping[str, NumberInfo] = field(default_factory=dict)
    seed: int | None = None
    magic: bool = True
    text: str = field(default="", compare=False)


NO_RULE = "no rule matched: the defaults of the scenario language"


def choose(scenario: Scenario, order: Order) -> Choice:
    """
    The fate of an order: the first rule that matches; magic numbers come before a catch-all.

    Args:
        scenario: The account's.
        order: What the client asked for.

    Returns:
        The script, and `file:line name` of what chose it.
    """
    rest = Choice(Script(), NO_RULE)
    for rule in scenario.rules:
        if rule.when.matches(order):
            rest = Choice(rule.script, rule.place)
            if rule.when.named:
                return rest
            break
    magic = touched(order) if scenario.magic else None
    if magic is None and rest.by == NO_RULE:
        return Choice(rest.script, NO_RULE, _nearest_miss(scenario, order))
    return magic or rest


def _nearest_miss(scenario: Scenario, order: Order) -> str:
    """The rule that came nearest to an order that none matched, and what it missed."""
    if not scenario.rules:
        return ""
    missed = [(rule.when.misses(order), rule.place) for rule in scenario.rules]
    misses, place = min(missed, key=lambda each: len(each[0]))
    return f"nearest was {place}: {', '.join(misses)}"


def number_of(scenario: Scenario, number: Number) -> NumberInfo | None:
    """What the scenario says of a number, None if nothing."""
    return scenario.numbers.get(number.e164)
