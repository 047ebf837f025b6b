"""An account's past: finished calls, and messages, that were there before anybody called."""

from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import accumulate, islice
from random import Random
from typing import Any, NamedTuple, TypeVar

from exomock.domain.call import Call
from exomock.domain.clock import IST, SECOND
from exomock.domain.fate import Fate, Outcome
from exomock.domain.leg import CALLER, Event
from exomock.domain.number import EXOPHONE, Number, drawn, from_e164
from exomock.domain.order import Direction, Order
from exomock.domain.past import History, PastCall, PastMessages
from exomock.domain.plan import plan
from exomock.domain.price import Price
from exomock.domain.scenario import Scenario
from exomock.domain.script import Script
from exomock.domain.sid import call_key, call_sid
from exomock.domain.span import Span
from exomock.domain.status import Status
from exomock.domain.story import Transition
from exomock.engine.locks import not_held
from exomock.engine.message_history import past_messages
from exomock.engine.world import World
from exomock.storage.rows import order_json, placed
from exomock.storage.store import Store
from exomock.storage.tables import MARK

Item = TypeVar("Item", History, PastCall, PastMessages)

BATCH = 2000
_HOUR = 3600 * SECOND
_FOR_EVER = 400 * 24 * _HOUR

# Shares of a day's calls by hour, and of a week's calls by day from Monday. They are ours, not
# Exotel's: an Indian call centre that is open from nine to nine.
_HOURS = (1, 1, 0, 0, 0, 1, 2, 6, 20, 60, 95, 100, 90, 60, 70, 90, 95, 85, 70, 50, 30, 12, 5, 2)
_DAYS = (100, 95, 95, 92, 98, 60, 15)
_AGENTS = 40
_CALLED = CALLER + 1

_FATES = {
    Status.NO_ANSWER: Outcome(Fate.NO_ANSWER),
    Status.BUSY: Outcome(Fate.BUSY, Span(SECOND, 4 * SECOND)),
    Status.FAILED: Outcome(Fate.UNREACHABLE, Span(2 * SECOND, 8 * SECOND)),
    Status.CANCELED: Outcome(Fate.CANCEL, Span(3 * SECOND, 20 * SECOND)),
}
_ANSWERED1 = Outcome(Fate.ANSWER, Span(2 * SECOND, 9 * SECOND))
_ANSWERED2 = Outcome(Fate.ANSWER, Span(3 * SECOND, 18 * SECOND))
_LAST_EVENTS = {
    Status.COMPLETED: Event.ANSWERED,
    Status.NO_ANSWER: Event.RANG_OUT,
    Status.BUSY: Event.REJECTED,
    Status.FAILED: Event.DROPPED,
    Status.CANCELED: Event.CANCELED,
}


class Begun(NamedTuple):
    """Which scenario has begun in a world, in which epoch, and at what time (microseconds)."""

    scenario: Scenario
    epoch: int
    time: int


class Past:
    """
    Puts finished calls and messages into worlds, in batches: a long past holds up nobody else.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def make(self, world: World, begun: Begun) -> None:
        """
        Put a scenario's past into an account, but for what is there already.

        Another thread that makes a past of the account waits. After a reset the rest is not made.

        Args:
            world: Whose; its `state` is not held.
            begun: Which scenario has begun in it, and when.
        """
        not_held(world.state)
        if not begun.scenario.past:
            return
        with world.past:
            for kind, history in _kinds(begun.scenario.history):
                if self._is_missing(world, begun, kind, self._store.calls.forget_kind):
                    self._save(world, begun, _at_random(world, begun, history, kind), kind)
            for kind, past in _kinds(begun.scenario.past_messages):
                if self._is_missing(world, begun, kind, self._store.messages.forget_kind):
                    rows = _texts(world, begun, past, kind)
                    self._save(world, begun, rows, kind, self._store.messages.add)
            exact = _kinds(begun.scenario.calls)
            new = [pair for pair in exact if not self._store.calls.next_nth(world.sid, pair[0])]
            rows = (_row(_exactly(world, past, kind), kind, 0) for kind, past in new)
            self._save(world, begun, rows)

    def _is_missing(
        self, world: World, begun: Begun, kind: str, forget: Callable[[str, str], None]
    ) -> bool:
        """Whether a history is to be made; what an interrupted start has left of it is removed."""
        with world.state:
            if world.epoch != begun.epoch or self._store.counts.of(world.sid, kind):
                return False
            forget(world.sid, kind)
            return True

    def _save(
        self,
        world: World,
        begun: Begun,
        rows: Iterator[dict[str, Any]],
        kind: str | None = None,
        add: Callable[..., object] | None = None,
    ) -> None:
        """Keep rows a batch at a time, and with the last one the mark that all are kept."""
        batch = list(islice(rows, BATCH))
        while batch:
            rest = list(islice(rows, BATCH))
            counted = {kind: 1} if kind is not None and not rest else {}
            with world.state:
                if world.epoch != begun.epoch:
                    return
                (add or self._store.calls.add)(batch, (), counted)
                world.knows_kinds, world.written = False, True
                world.touch()
            batch = rest


def _kinds(items: Sequence[Item]) -> Iterator[tuple[str, Item]]:
    """Each item with the fingerprint of its calls: by what it says, not by where it stands."""
    seen: Counter[str] = Counter()
    for item in items:
        plain = replace(item, place="") if isinstance(item, PastCall) else item
        said = sha256(repr(plain).encode()).hexdigest()[:16]
        seen[said] += 1
        yield f"{MARK}{said}:{seen[said]}", item


def _row(call: Call, kind: str, nth: int) -> dict[str, Any]:
    return placed(call, kind, nth, order_json(call.order))


def _texts(world: World, begun: Begun, past: PastMessages, kind: str) -> Iterator[dict[str, Any]]:
    begin = max(0, begun.time - past.over)
    slots = _slots(begin, begun.time)

    def moments(count: int, rng: Random) -> list[int]:
        return sorted(begin + _moment(slots, rng) for _ in range(count))

    parties = _exophones(begun.scenario), lambda rng: drawn("09", rng)
    return past_messages(world, past, kind, begun.time, moments, parties)


def _at_random(world: World, begun: Begun, history: History, kind: str) -> Iterator[dict[str, Any]]:
    now, begin = begun.time, max(0, begun.time - history.over)
    rng = Random(call_key(world.seed, world.sid, kind, 0))
    slots = _slots(begin, now)
    moments = sorted(begin + _moment(slots, rng) for _ in range(history.calls))
    scripts = [_script(status, history) for status, _share in history.mix]
    shares = [share for _status, share in history.mix]
    lines = _exophones(begun.scenario)
    agents = [drawn("0981", rng) for _ in range(_AGENTS)]
    # Draw all scripts at once: one draw a call would add seconds to a hundred thousand calls.
    chosen = rng.choices(scripts, shares, k=history.calls)
    for nth, (created, script) in enumerate(zip(moments, chosen, strict=True)):
        order = Order(rng.choice(agents), drawn("09", rng), rng.choice(lines))
        events = _over(plan(script, order, created, 0, rng), begin, now)
        key = call_key(world.seed, world.sid, kind, nth)
        call = _ended(world, key, order, events, script, f"history of {begun.scenario.name}")
        yield _row(call, kind, nth)


def _exophones(scenario: Scenario) -> list[Number]:
    return [from_e164(each) for each in scenario.terms.numbers] or [EXOPHONE]


def _over(events: tuple[Transition, ...], begin: int, now: int) -> tuple[Transition, ...]:
    """A plan, moved so that it has come to its end by now."""
    late = events[-1].at - now
    if late <= 0:
        return events
    return tuple(each._replace(at=max(each.at - late, begin)) for each in events)


def _slots(begin: int, end: int) -> tuple[list[int], int, int]:
    """The running sum of hourly weights from `begin` on, and where the first hour begins."""
    first = (begin + IST) // _HOUR
    last = max(first, (end + IST) // _HOUR)
    # 1970-01-01 was a Thursday, the fourth day of a week.
    weights = [_HOURS[hour % 24] * _DAYS[(hour // 24 + 3) % 7] for hour in range(first, last + 1)]
    return list(accumulate(weights)), first * _HOUR - IST - begin, end - begin


def _moment(slots: tuple[list[int], int, int], rng: Random) -> int:
    sums, offset, span = slots
    slot = bisect(sums, int(rng.random() * sums[-1]))
    return min(max(0, offset + slot * _HOUR + int(rng.random() * _HOUR)), max(0, span - 1))


def _script(status: Status, history: History) -> Script:
    if status is Status.COMPLETED:
        return Script(_ANSWERED1, _ANSWERED2, history.talk)
    ends_as = Status.CANCELED if status is Status.CANCELED else None
    return Script(_ANSWERED1, _FATES[status], history.talk, status=ends_as)


def _ended(
    world: World,
    key: str,
    order: Order,
    events: tuple[Transition, ...],
    script: Script,
    rule: str,
) -> Call:
    created = events[0].at
    return Call(
        account=world.sid,
        sid=call_sid(key, created),
        order=order,
        script=script,
        key=key,
        created=created,
        plan=events,
        done=len(events),
        rule=rule,
    )


def _exactly(world: World, past: PastCall, kind: str) -> Call:
    created, length = past.created, past.duration
    answered = 1 if length > 2 else 0  # noqa: PLR2004
    picked_up = 0 if past.inbound else answered
    moments = [(0, CALLER, Event.DIALED), (picked_up, CALLER, Event.ANSWERED)]
    talks = past.status is Status.COMPLETED
    moments.append((picked_up, _CALLED, Event.DIALED))
    moments.append((2 * answered if talks else length, _CALLED, _LAST_EVENTS[past.status]))
    moments += [(length, leg, Event.HUNG_UP) for leg in ((CALLER, _CALLED) if talks else (CALLER,))]
    moments += [(length, CALLER, Event.ENDED), (length, CALLER, Event.FILLED)]
    events = tuple(Transition(created + at * SECOND, leg, event) for at, leg, event in moments)
    direction = Direction.INBOUND if past.inbound else Direction.OUTBOUND_API
    order = Order(past.from_, past.to, past.exophone, direction, custom_field=past.custom_field)
    key = call_key(world.seed, world.sid, kind, 0)
    price = Price(_FOR_EVER, past.price)
    script = Script(record=past.recording, price=price, status=past.status)
    return _ended(world, key, order, events, script, past.place)
