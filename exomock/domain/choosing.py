"""Which rule of a scenario decides an order, and why the others do not."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from exomock.domain.counts import Counts, FreshCounts
from exomock.domain.flows.walk import flow_of_call
from exomock.domain.magic import touched
from exomock.domain.number import Number
from exomock.domain.order import Direction, Order, Shape
from exomock.domain.refusals import ON_THE_LIST
from exomock.domain.rule import Rule
from exomock.domain.scenario import Scenario, number_of
from exomock.domain.script import Choice, Party, Script
from exomock.domain.sid import number_key
from exomock.domain.telecom import LISTED
from exomock.domain.when import Texts, luck_of, texts_of

# A member by a name of this module: through its class it costs three times as much (Python 3.11).
_INBOUND = Direction.INBOUND

_LOOKED_AT = 100
"""Among how many rules the nearest miss is looked for."""

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
    magic = touched(order) if scenario.magic and order.direction is not _INBOUND else None
    if magic is not None:
        return magic
    if rule is None or decided is None:
        near = _nearest_miss(scenario, order, now, key) if hint else ""
        return Choice(Script(), NO_RULE, near)
    return rule.choice(order, counts, decided)


def _decided(scenario: Scenario, order: Order, now: int, key: str, counts: Counts) -> int | None:
    texts, decided = _texts(scenario, order), None
    rules, last_counting = scenario.rules, scenario.index.last_counting
    for index in scenario.index.candidates(texts):
        if decided is not None and index > last_counting:
            break
        rule = rules[index]
        when = rule.when
        if decided is not None and not when.counts:
            continue
        if (rule.refuses and not _possible(rule, order)) or not when.fits(
            texts, now, _luck(rule, order, key, index)
        ):
            continue
        turn = not when.counts or when.its_turn(counts.take(f"nth:{index}"))
        if turn and decided is None:
            decided = index
    return decided


def _texts(scenario: Scenario, order: Order) -> Texts:
    """What is compared with patterns; a call that comes in has the flow of its ExoPhone."""
    texts = texts_of(order, scenario.index.compares)
    if not scenario.flows or order.direction is not _INBOUND:
        return texts
    return {**texts, "flow": flow_of_call(order, scenario.flows)}


def _possible(rule: Rule, order: Order) -> bool:
    # A rule that refuses cannot decide an inbound call, because no client ordered it.
    return not rule.refuses or order.direction is not _INBOUND


def _no_luck() -> float:
    raise AssertionError("a rule without a chance has no luck")


def _luck(rule: Rule, order: Order, key: str, index: int) -> Callable[[], float]:
    """The luck of one request with one rule, drawn only when it is asked for."""
    if rule.when.chance is None:
        return _no_luck
    # A rule that puts numbers on the do-not-disturb list draws once for each number. Drawn for each
    # request, a look-up could not say what a connect meets.
    if rule.lists:
        key = number_key(key, party_of(order, rule.party(order)).e164)
    return partial(luck_of, key, f"rule:{index}")


def party_of(order: Order, party: Party) -> Number:
    """The number of a party."""
    return order.from_ if party is Party.FROM else order.to


def on_the_list(scenario: Scenario, order: Order) -> Iterator[Choice]:
    """The refusal of an order for each party that the scenario's `numbers` put on the list."""
    parties = (Party.FROM, Party.TO) if order.shape is Shape.TWO_LEGS else (Party.FROM,)
    for party in parties:
        number = party_of(order, party)
        info = number_of(scenario, number)
        if info is not None and info.dnd == LISTED:
            by = f"numbers of {scenario.name}: dnd of {number.shown} is {LISTED}"
            yield Choice(Script(refuse=ON_THE_LIST), by, party=party)


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
    counts, texts, found = counts or FreshCounts(), _texts(scenario, order), []
    for index, rule in enumerate(scenario.rules):
        misses = _misses(rule, order, texts, now, _luck(rule, order, key, index))
        if not misses and rule.when.counts:
            nth = counts.take(f"nth:{index}")
            if not rule.when.its_turn(nth):
                misses = [rule.when.missed_turn(nth)]
        found.append(Tried(rule.place, misses))
        if not misses:
            break
    return found


def passed_over(
    scenario: Scenario, order: Order, *, now: int, key: str, by: str
) -> list[Tried] | None:
    """
    The rules that did not decide an order, each with why; those before the one that did.

    Args:
        scenario: As it is now; it may have been changed since.
        order: What was ordered.
        now: When, microseconds.
        key: What its chance was drawn from.
        by: What decided it.

    Returns:
        None where no rule of this scenario, and no lack of one, has decided it.
    """
    places = [rule.place for rule in scenario.rules]
    first = next((n for n, place in enumerate(places) if _is_of(by, place)), len(places))
    if first == len(places) and not by.startswith(NO_RULE):
        return None
    texts, found = _texts(scenario, order), []
    for index, rule in enumerate(scenario.rules[:first]):
        misses = _misses(rule, order, texts, now, _luck(rule, order, key, index))
        found.append(Tried(rule.place, misses or [_TURN if rule.when.counts else _CHANGED]))
    return found


_TURN = "it was not its turn"
_CHANGED = "it came into the scenario later"


def _is_of(by: str, place: str) -> bool:
    """Whether the words of a decision are those of the rule at a place."""
    return by == place or by.startswith((f"{place}, attempt ", f"{place}; "))


def _nearest_miss(scenario: Scenario, order: Order, now: int, key: str) -> str:
    """The rule that came nearest to an order that none matched, and what it missed."""
    texts = _texts(scenario, order)
    missed = [
        (_misses(rule, order, texts, now, _luck(rule, order, key, index)), rule)
        for index, rule in enumerate(scenario.rules[:_LOOKED_AT])
    ]
    if not missed:
        return ""
    misses, rule = min(missed, key=lambda each: len(each[0]))
    return f"nearest was {rule.place}: {', '.join(misses) or 'not its turn'}"
