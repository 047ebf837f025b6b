"""`exomock scenario simulate`: what share of many calls ends how, how long, at what price."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import NamedTuple

from exomock.domain.call import Call, status_at_end
from exomock.domain.clock import SECOND
from exomock.domain.flows.steps import Flows
from exomock.domain.flows.walk import flow_of_call
from exomock.domain.number import Number, drawn
from exomock.domain.order import Order, Shape
from exomock.domain.plan import plan, with_end
from exomock.domain.scenario import Scenario
from exomock.domain.script import Script
from exomock.domain.story import Transition, story_of
from exomock.engine.deciding import decide
from exomock.rehearsal.asking import FreshStanding
from exomock.rehearsal.door import Door
from exomock.rehearsal.people import NOBODY_RUNG, OPEN, waits_for_a_person
from exomock.rehearsal.walking import Reply, last_of, rehearsed

_BINS = 12
_BAR = 40


@dataclass(frozen=True, slots=True)
class Customers:
    """
    Whom the simulated calls are from and to.

    Args:
        from_: How the drawn numbers of From begin, as 0981; None keeps the order's.
        to: The same for To; only calls with two legs have one.
        tries: How many calls in turn go to a number that was drawn, 1 or more. More than one shows
            the later steps of `attempts`.
    """

    from_: str | None = "0981"
    to: str | None = "09"
    tries: int = 1

    def drawn(self, order: Order, rng: Random) -> Order:
        """The order with its numbers drawn."""
        caller, callee = order.from_, order.to
        if self.from_ is not None:
            caller = drawn(self.from_, rng)
        if self.to is not None and order.shape is Shape.TWO_LEGS:  # others are with an ExoPhone
            callee = drawn(self.to, rng)
        # Not dataclasses.replace, which takes as long as all the rest of a call.
        return Order(
            caller, callee, order.exophone, order.direction, order.flow, order.lost,
            custom_field=order.custom_field,
        )  # fmt: skip

    def in_words(self, order: Order) -> str:
        """Whom the calls are from and to, in a sentence."""
        said = f"from {_whom(self.from_, order.from_)} to "
        said += _whom(self.to if order.shape is Shape.TWO_LEGS else None, order.to)
        return said if self.tries == 1 else f"{said}; {self.tries} calls in turn to each"


def _whom(beginning: str | None, number: Number) -> str:
    return f"{number.shown} each time" if beginning is None else f"numbers drawn from {beginning}*"


@dataclass
class Tally:
    """What came of many calls."""

    ends: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    durations: list[int] = field(default_factory=list)
    cost: int = 0
    flow_ends: Counter[str] = field(default_factory=Counter)


class Lot(NamedTuple):
    """
    The calls that are simulated.

    Args:
        order: What each order looks like.
        customers: Whom the calls are from and to.
        calls: How many, 1 or more.
        now: Account time, microseconds.
        seed: What chance is drawn from.
        every: How far apart the orders come, microseconds; 0 is all at once.
        replies: What the customer's server answers in a flow, in order; the rest is assumed.
    """

    order: Order
    customers: Customers
    calls: int
    now: int
    seed: int
    every: int = 0
    replies: Sequence[Reply | None] = ()


def simulated(scenario: Scenario, lot: Lot) -> Iterator[str]:
    """
    Plan many calls and say what came of them, a line each.

    Args:
        scenario: The scenario.
        lot: The calls.

    Raises:
        DirectiveWrong: CustomField holds a directive that cannot be read.
    """
    tally, calls = _tally(scenario, lot), lot.calls
    yield f"{calls} calls, seed {lot.seed}"
    yield lot.customers.in_words(lot.order)
    yield ""
    yield from _table("ends as", tally.ends, calls)
    yield ""
    yield from _table("decided by", tally.rules, calls)
    if tally.flow_ends:
        yield ""
        yield from _table("the flow ends at", tally.flow_ends, calls)
    if tally.durations:
        yield ""
        yield from _lengths(sorted(tally.durations))
    yield ""
    yield f"cost in all {tally.cost / 1000:.3f}, {tally.cost / 1000 / calls:.3f} a call"


def _tally(scenario: Scenario, lot: Lot) -> Tally:
    order, customers, calls, now, seed, every, _replies = lot
    tally, standing, rng = Tally(), FreshStanding(scenario), Random(seed)
    flows, has_balance = scenario.flows, scenario.terms.balance is not None
    late = scenario.terms.late_fields or 0
    door = Door(scenario, seed, "exomock", now)
    each, tries = order, customers.tries
    for turn in range(calls):
        at = now + turn * every
        if turn % tries == 0:
            each = customers.drawn(order, rng)
        struck = door.strike(each, at)
        if struck is not None and struck.answer.refusal is not None:
            tally.rules[f"fault {struck.place}"] += 1
            tally.ends[f"refused with {struck.answer.refusal.status}"] += 1
            continue
        standing.next_key = f"{seed}:{turn}"
        # Nobody reads which rule came nearest, and looking costs more than all the rest.
        choice = decide(each, standing, at, hint=False).choice
        script, by = choice.script, choice.by.partition(", attempt ")[0]
        tally.rules[by] += 1
        if script.refuse is not None:
            tally.ends[f"refused with {script.refuse.status}"] += 1
        else:
            script = script if script.odds is None else script.drawn(rng)
            if flow_of_call(each, flows) is None:
                ended, cost = _count(tally, script, each, plan(script, each, at, 0, rng))
            else:
                ended, cost = _walk(tally, flows, script, each, at, standing.key(), lot)
            if has_balance:
                standing.owe(ended + late, cost)
    return tally


def _count(
    tally: Tally,
    script: Script,
    order: Order,
    events: tuple[Transition, ...],
    costs: int | None = None,
    numbers: Mapping[int, str] = NOBODY_RUNG,
) -> tuple[int, int]:
    """Count a call; when it ends (microseconds), and what it then has cost (thousandths)."""
    if script.stuck:
        tally.ends[f"never ({script.status or 'in-progress'})"] += 1
        return events[-1].at, 0
    begin = events[0].at
    if waits_for_a_person(script, order, events, numbers):
        tally.ends[OPEN] += 1
        return events[-1].at, 0
    story = story_of(begin, events)
    assert story.ended_at is not None
    cost = script.price.of(story.conversation) if costs is None else costs
    tally.ends[script.status or status_at_end(order, story)] += 1
    tally.durations.append(story.ended_at // SECOND - begin // SECOND)
    tally.cost += cost
    return story.ended_at, cost


def _walk(
    tally: Tally, flows: Flows, script: Script, order: Order, at: int, key: str, lot: Lot
) -> tuple[int, int]:
    """Walk a call through its flow, and count it."""
    walked = rehearsed(flows, order, script, at, lambda: Random(key), lot.replies).walked
    tally.flow_ends[last_of(walked, flows)] += 1
    events = walked.events if walked.stuck else with_end(walked.events, 0, walked.ends_at)
    if walked.stuck:
        script = replace(script, stuck=True)
    # A call, because what one through a flow costs is said there.
    call = Call(
        account="", sid="", order=order, script=script, key=key, created=at, plan=events,
        done=len(events), rule="", flows=flows,
    )  # fmt: skip
    numbers = {each.leg: each.number.e164 for each in walked.rung}
    return _count(tally, script, order, events, None if walked.stuck else call.cost, numbers)


def _table(title: str, counted: Counter[str], calls: int) -> Iterator[str]:
    width = max(len(title), *(len(name) for name in counted))
    yield f"{title:<{width}}  {'calls':>8}  share"
    for name, count in counted.most_common():
        yield f"{name:<{width}}  {count:>8}  {count / calls:6.2%}"


def _lengths(durations: list[int]) -> Iterator[str]:
    total = len(durations)
    mean = sum(durations) / total
    middle, late = durations[total // 2], durations[int(total * 0.95)]
    yield (
        f"duration in seconds: least {durations[0]}, median {middle}, mean {mean:.1f}, "
        f"95 % within {late}, most {durations[-1]}"
    )
    low, high = durations[0], durations[-1]
    size = max(1, -(-(high - low + 1) // _BINS))
    bins = Counter((each - low) // size for each in durations)
    most = max(bins.values())
    for number in range((high - low) // size + 1):
        begin = low + number * size
        bar = "#" * round(bins[number] / most * _BAR)
        yield f"{begin:>7}-{begin + size - 1:<7} {bins[number]:>8}  {bar}".rstrip()
