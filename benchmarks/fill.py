"""A database full of finished calls, put there through exomock's own storage."""

from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random
from typing import NamedTuple

from exomock.domain.call import Call
from exomock.domain.clock import SECOND
from exomock.domain.number import Number
from exomock.domain.order import Order
from exomock.domain.plan import plan
from exomock.domain.script import Fate, Outcome, Script
from exomock.domain.sid import call_key, call_sid
from exomock.domain.span import Span, seconds
from exomock.storage.database import BATCH
from exomock.storage.rows import order_json, placed
from exomock.storage.store import Store
from exomock.wall import wall_now

DAYS = 28
"""How far back the calls reach: all of them lie in the month that a list shows unasked."""

_SCRIPTS = (
    *[Script(talk=Span(20 * SECOND, 300 * SECOND), record=True)] * 7,
    Script(leg2=Outcome(Fate.BUSY, seconds(2))),
    Script(leg2=Outcome(Fate.NO_ANSWER)),
    Script(leg1=Outcome(Fate.NO_ANSWER)),
)
_EXOPHONE = Number("08047112233", "+918047112233")


class Filled(NamedTuple):
    """A filled database: where it is, its Sids, and its first and last second (unix)."""

    file: Path
    sids: list[str]
    begin: int
    end: int


def fill(file: Path, count: int) -> Filled:
    """Make a database with so many finished calls of the account `exomock`."""
    now = wall_now()
    begin = now - DAYS * 86_400 * SECOND
    store = Store(f"sqlite:///{file}", durable=False)
    sids = []
    try:
        calls = _calls(begin, now - 3600 * SECOND, count)
        while batch := [_row(call) for call in islice(calls, BATCH)]:
            store.calls.add(batch)
            sids.extend(row["sid"] for row in batch)
    finally:
        store.close()
    Random(2).shuffle(sids)
    return Filled(file, sids, begin // SECOND, now // SECOND)


def _calls(begin: int, end: int, count: int) -> Iterator[tuple[Call, str, str]]:
    chance = Random(1)
    for i in range(count):
        created = begin + (end - begin) * i // count
        order = Order(_mobile(chance), _mobile(chance), _EXOPHONE, custom_field=f"order {i}")
        text = order_json(order)
        kind = sha256(text.encode()).hexdigest()
        script = _SCRIPTS[i % len(_SCRIPTS)]
        key = call_key(1, "exomock", kind, 0)
        events = plan(script, order, created, 0, Random(key))
        yield (
            Call(
                account="exomock",
                sid=call_sid(key, created),
                order=order,
                script=script,
                key=key,
                created=created,
                plan=events,
                done=len(events),
                rule="default.yaml:4 everybody answers",
            ),
            kind,
            text,
        )


def _row(call: tuple[Call, str, str]) -> dict[str, object]:
    finished, kind, text = call
    return placed(finished, kind, 0, text)


def _mobile(chance: Random) -> Number:
    digits = f"9{chance.randrange(10**9):09d}"
    return Number(f"0{digits}", f"+91{digits}")
