"""A scenario: what happens in an account's world, and which of its rules decides an order."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import NamedTuple, Protocol

from exomock.domain.fault import Fault
from exomock.domain.magic import touched
from exomock.domain.number import Number
from exomock.domain.order import Direction, Order, Shape
from exomock.domain.script import Choice, Script
from exomock.domain.telecom import NumberInfo
from exomock.domain.traffic import Generator, History, PastCall
from exomock.domain.when import Pattern, Texts, When, luck_of, texts_of

_INDEXED = ("to", "from_", "exophone", "flow", "custom_field")
_LOOKED_AT = 100
"""Among how many rules the nearest miss is looked for."""


class Counts(Protocol):
    """How often something has happened in an account."""

    def take(self, key: str) -> int:
        """Count once more; which time this is, from 1."""


class FreshCounts:
    """Counts of an account in which nothing has happened yet."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def take(self, key: str) -> int:
        """Count once more; which time this is, from 1."""
        self._seen[key] += 1
        return self._seen[key]


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One rule of a scenario.

    Args:
        place: Its `file:line name` for messages.
        when: When it applies.
        script: What then becomes of the call.
        attempts: What becomes of the first, second, … call to one number instead; the last one's
            holds for all after it.
    """

    place: str
    when: When
    script: Script = field(default_factory=Script)
    attempts: tuple[Script, ...] = ()

    def choice(self, order: Order, counts: Counts, index: int) -> Choice:
        """What it decides for an order; a step of its attempts is taken."""
        if not self.attempts:
            return Choice(self.script, self.place)
        number = order.to if order.shape is Shape.TWO_LEGS else order.from_
        step = min(counts.take(f"step:{index}:{number.e164}"), len(self.attempts))
        by = f"{self.place}, attempt {step} of {len(self.attempts)}"
        return Choice(self.attempts[step - 1], by)


class ClockStart(NamedTuple):
    """Where an account's clock begins (microseconds) and its rate; None leaves it."""

    now: int | None = None
    rate: float | None = None


class Terms(NamedTuple):
    """
    What an account may and has.

    Args:
        exophones: Its ExoPhones, E.164; () is any.
        late_fields: As the setting, microseconds.
        rate_limit: Requests a minute of account time; None is without end.
        balance: Money for calls, thousandths; None is without end.
    """

    exophones: tuple[str, ...] = ()
    late_fields: int | None = None
    rate_limit: int | None = None
    balance: int | None = None


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
        from_files: Whether that were files, which may be read again and include others.
        clock: Where time begins.
        terms: What the account may and has.
        history: Finished calls at random.
        calls: Finished calls exactly.
        inbound: Who calls the ExoPhones.
        faults: What goes wrong with the API itself.
    """

    name: str
    rules: tuple[Rule, ...] = ()
    numbers: Mapping[str, NumberInfo] = field(default_factory=dict)
    seed: int | None = None
    magic: bool = True
    text: str = field(default="", compare=False)
    from_files: bool = field(default=False, compare=False)
    clock: ClockStart = field(default_factory=ClockStart)
    terms: Terms = field(default_factory=Terms)
    history: tuple[History, ...] = ()
    calls: tuple[PastCall, ...] = ()
    inbound: tuple[Generator, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def past(self) -> int:
        """How many past calls it makes."""
        return len(self.calls) + sum(history.calls for history in self.history)

    @cached_property
    def index(self) -> "Index":
        """Which rules may match."""
        return Index([rule.when for rule in self.rules])


class Index:
    """
    Finds the rules that may match without trying all of them.

    Args:
        whens: Of the rules, in order.
    """

    def __init__(self, whens: Iterable[When]) -> None:
        self._exact: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._beginnings: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._lengths: dict[str, set[int]] = defaultdict(set)
        self._rest: list[int] = []
        self.last_counting = -1
        self.by_chance = False
        for number, when in enumerate(whens):
            self._put(number, when)
            self.by_chance = self.by_chance or when.chance is not None
            if when.counts:
                self.last_counting = number

    def _put(self, number: int, when: When) -> None:
        plain = [
            (key, pattern)
            for key, pattern in when.patterns
            if key in _INDEXED and isinstance(pattern, Pattern) and pattern.text
        ]
        if not plain:
            self._rest.append(number)
            return
        key, pattern = min(plain, key=lambda pair: pair[1].rest)
        if pattern.rest:
            self._beginnings[key, pattern.text].append(number)
            self._lengths[key].add(len(pattern.text))
        else:
            self._exact[key, pattern.text].append(number)

    def candidates(self, texts: Texts) -> list[int]:
        """Numbers of the rules that may match, in order."""
        found = list(self._rest)
        for key in _INDEXED:
            value = texts.get(key)
            if value is None:
                continue
            found += self._exact.get((key, value), ())
            for length in self._lengths.get(key, ()):
                if length <= len(value):
                    found += self._beginnings.get((key, value[:length]), ())
        return sorted(found)


NO_RULE = "no rule matched: the defaults of the scenario language"


def choose(
    scenario: Scenario,
    order: Order,
    *,
    now: int = 0,
    key: str = "",
    counts: Counts | None = None,
    hint: bool = True,
) -> Choice:
    """
    The fate of an order: the first rule that matches; magic numbers come before a catch-all.

    Args:
        scenario: The account's.
        order: What the client asked for.
        now: The account's time, microseconds.
        key: What its chance is drawn from.
        counts: How often things have happened in the account; every rule with `nth` counts each
            request that fits the rest of its `when`, also when an earlier rule has decided.
        hint: Whether to look for the rule that came nearest, where none matches.

    Returns:
        The script, and `file:line name` of what chose it.
    """
    counts = FreshCounts() if counts is None else counts
    decided = _decided(scenario, order, now, key, counts)
    rule = None if decided is None else scenario.rules[decided]
    if rule is not None and decided is not None and rule.when.named:
        return rule.choice(order, counts, decided)
    outbound = order.direction is not Direction.INBOUND
    magic = touched(order) if scenario.magic and outbound else None
    if magic is not None:
        return magic
    if rule is None or decided is None:
        near = _nearest_miss(scenario, order, now, key) if hint else ""
        return Choice(Script(), NO_RULE, near)
    return rule.choice(order, counts, decided)


def _decided(scenario: Scenario, order: Order, now: int, key: str, counts: Counts) -> int | None:
    texts, decided = texts_of(order), None
    for index in scenario.index.candidates(texts):
        if decided is not None and index > scenario.index.last_counting:
            break
        rule = scenario.rules[index]
        if decided is not None and not rule.when.counts:
            continue
        if not (_possible(rule, order) and rule.when.fits(texts, now, _luck(key, index))):
            continue
        turn = not rule.when.counts or rule.when.its_turn(counts.take(f"nth:{index}"))
        if turn and decided is None:
            decided = index
    return decided


def _possible(rule: Rule, order: Order) -> bool:
    # Nobody can refuse a call that comes in.
    outbound = order.direction is not Direction.INBOUND
    return outbound or all(script.refuse is None for script in rule.attempts or (rule.script,))


def _luck(key: str, index: int) -> Callable[[], float]:
    """The luck of one request with one rule, drawn only when it is asked for."""
    return partial(luck_of, key, f"rule:{index}")


def _misses(
    rule: Rule, order: Order, texts: Texts, now: int, luck: Callable[[], float]
) -> list[str]:
    """Why a rule does not fit an order, its turn aside."""
    misses = rule.when.misses(texts, now, luck)
    if not misses and not _possible(rule, order):
        return ["it refuses, and a call that comes in cannot be refused"]
    return misses


class Tried(NamedTuple):
    """A rule, and why it did not decide an order; empty if it did."""

    place: str
    misses: list[str]


def tried(
    scenario: Scenario, order: Order, *, now: int = 0, key: str = "", counts: Counts | None = None
) -> list[Tried]:
    """Every rule up to the one that decides an order, with what each before it missed."""
    counts, texts, found = counts or FreshCounts(), texts_of(order), []
    for index, rule in enumerate(scenario.rules):
        misses = _misses(rule, order, texts, now, _luck(key, index))
        if not misses and rule.when.counts:
            nth = counts.take(f"nth:{index}")
            if not rule.when.its_turn(nth):
                misses = [rule.when.missed_turn(nth)]
        found.append(Tried(rule.place, misses))
        if not misses:
            break
    return found


def _nearest_miss(scenario: Scenario, order: Order, now: int, key: str) -> str:
    """The rule that came nearest to an order that none matched, and what it missed."""
    texts = texts_of(order)
    missed = [
        (_misses(rule, order, texts, now, _luck(key, index)), rule)
        for index, rule in enumerate(scenario.rules[:_LOOKED_AT])
    ]
    if not missed:
        return ""
    misses, rule = min(missed, key=lambda each: len(each[0]))
    return f"nearest was {rule.place}: {', '.join(misses) or 'not its turn'}"


def number_of(scenario: Scenario, number: Number) -> NumberInfo | None:
    """What the scenario says of a number, None if nothing."""
    return scenario.numbers.get(number.e164)
