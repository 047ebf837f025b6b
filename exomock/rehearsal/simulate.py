"""`exomock scenario simulate`: what share of many calls ends how, how long, at what price."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from exomock.domain.call import status_at_end
from exomock.domain.choosing import choose
from exomock.domain.clock import SECOND
from exomock.domain.counts import FreshCounts
from exomock.domain.number import from_shown
from exomock.domain.order import Order, Shape
from exomock.domain.plan import plan
from exomock.domain.scenario import Scenario
from exomock.domain.script import Script
from exomock.domain.story import Transition, story_of
from exomock.rehearsal.asking import decided_before_rules

_BINS = 12
_BAR = 40


@dataclass
class Tally:
    """What came of many calls."""

    ends: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    durations: list[int] = field(default_factory=list)
    cost: int = 0


def simulated(
    scenario: Scenario, order: Order, given: frozenset[str], *, calls: int, now: int, seed: int
) -> Iterator[str]:
    """
    Plan many calls and say what came of them, a line each.

    Args:
        scenario: The scenario.
        order: What each order looks like.
        given: Which of `to` and `from` are to stay; the others are drawn for each call.
        calls: How many, 1 or more.
        now: Account time, microseconds.
        seed: What chance is drawn from.

    Raises:
        DirectiveWrong: CustomField holds a directive that cannot be read.
    """
    tally = _tally(scenario, order, given, calls=calls, now=now, seed=seed)
    yield f"{calls} calls, seed {seed}"
    yield ""
    yield from _table("ends as", tally.ends, calls)
    yield ""
    yield from _table("decided by", tally.rules, calls)
    if tally.durations:
        yield ""
        yield from _lengths(sorted(tally.durations))
    yield ""
    yield f"cost in all {tally.cost / 1000:.3f}, {tally.cost / 1000 / calls:.3f} a call"


def _tally(
    scenario: Scenario, order: Order, given: frozenset[str], *, calls: int, now: int, seed: int
) -> Tally:
    tally, counts, rng = Tally(), FreshCounts(), Random(seed)
    before = decided_before_rules(scenario, order)
    for turn in range(calls):
        each = _drawn(order, given, rng)
        # Nobody reads which rule came nearest, and looking costs more than all the rest.
        choice = before or choose(
            scenario, each, now=now, key=f"{seed}:{turn}", counts=counts, hint=False
        )
        script, by = choice.script, choice.by.partition(", attempt ")[0]
        tally.rules[by] += 1
        if script.refuse is not None:
            tally.ends[f"refused with {script.refuse.status}"] += 1
        else:
            script = script if script.odds is None else script.drawn(rng)
            _count(tally, script, each, plan(script, each, now, 0, rng))
    return tally


def _drawn(order: Order, given: frozenset[str], rng: Random) -> Order:
    caller, callee = order.from_, order.to
    if "from" not in given:
        caller = from_shown(f"0981{int(rng.random() * 10**7):07d}")
    if "to" not in given and order.shape is Shape.TWO_LEGS:  # others are with an ExoPhone
        callee = from_shown(f"09{int(rng.random() * 10**9):09d}")
    # Not dataclasses.replace, which takes as long as all the rest of a call.
    return Order(
        caller, callee, order.exophone, order.direction, order.flow, order.lost,
        custom_field=order.custom_field,
    )  # fmt: skip


def _count(tally: Tally, script: Script, order: Order, events: tuple[Transition, ...]) -> None:
    if script.stuck:
        tally.ends[f"never ({script.status or 'in-progress'})"] += 1
        return
    begin = events[0].at
    story = story_of(begin, events)
    assert story.ended_at is not None
    tally.ends[script.status or status_at_end(order, story)] += 1
    tally.durations.append(story.ended_at // SECOND - begin // SECOND)
    tally.cost += script.price.of(story.conversation)


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
