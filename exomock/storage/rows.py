"""A call as a row, and a row as a call."""

from collections.abc import Sequence
from dataclasses import MISSING, fields
from typing import Any

import orjson

from exomock.domain.call import Call, end_told_at
from exomock.domain.callback import tells_at
from exomock.domain.clock import SECOND
from exomock.domain.flows.steps import NO_FLOWS
from exomock.domain.leg import ASIDE, CALLER, Event
from exomock.domain.number import Number, shown
from exomock.domain.order import Direction, Order
from exomock.domain.recording import recording_at
from exomock.domain.sid import call_key, seed_of
from exomock.domain.story import Transition
from exomock.domain.summary import Summary
from exomock.storage.database import Database
from exomock.storage.flows import flows_of, kept
from exomock.storage.inputs import inputs_json, inputs_of
from exomock.storage.scripts import script_json, script_of
from exomock.storage.tables import COMES_IN, calls
from exomock.storage.trouble import Complaints, DatabaseFault, printable

_complaints = Complaints()

_DEFAULTS = {each.name: each.default for each in fields(Order) if each.default is not MISSING}
_REQUIRED = tuple(each.name for each in fields(Order) if each.default is MISSING)


def order_json(order: Order) -> str:
    """An order as JSON, without what is default; the same order is always the same text."""
    # Not dataclasses.asdict, which copies all of it deeply: a fifth of what a connect costs.
    data = {name: _plain(getattr(order, name)) for name in _REQUIRED}
    for name, default in _DEFAULTS.items():
        value = getattr(order, name)
        if value is not default and value != default:
            data[name] = _plain(value)
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()


def _plain(value: Any) -> Any:
    return {"e164": value.e164, "sent": value.sent} if isinstance(value, Number) else value


def _order(text: str) -> Order:
    data = orjson.loads(text)
    for key in ("to", "from_", "exophone"):
        data[key] = Number(**data[key])
    if "direction" in data:
        data["direction"] = Direction(data["direction"])
    if "events" in data:
        data["events"] = tuple(data["events"])
    if "extras" in data:
        data["extras"] = tuple((name, value) for name, value in data["extras"])
    return Order(**data)


# A table: asking the class costs four times as much, seven times a call.
_EVENTS = {str(event): event for event in Event}


def _plan(text: str, created: int) -> tuple[Transition, ...]:
    return tuple(
        Transition(created + after, leg, _EVENTS[event]) for after, leg, event in orjson.loads(text)
    )


def plan_json(call: Call) -> str:
    """A call's plan as it is kept: times count from the call's beginning."""
    rows = [(at - call.created, leg, event) for at, leg, event in call.plan]
    return orjson.dumps(rows).decode()


def placed(call: Call, fingerprint: str, nth: int, order: str) -> dict[str, Any]:
    """
    The row of a new call.

    Args:
        call: The call.
        fingerprint: Of its order; with `nth` unique in the account.
        nth: How many calls of that fingerprint came before it.
        order: Its order as `order_json` wrote it.
    """
    return {
        "account": call.account,
        "sid": call.sid,
        "created": call.created,
        "created_s": call.created // 1_000_000,
        "order": order,
        "to_e164": call.order.to.e164,
        "from_e164": call.order.from_.e164,
        "exophone_e164": call.order.exophone.e164,
        "direction": str(call.order.direction),
        "script": script_json(call.script),
        "seed": seed_of(call.key),
        "late": call.late,
        "rule": call.rule,
        "fingerprint": fingerprint,
        "nth": nth,
        "flows": kept(call.flows).digest if call.flows else None,
        **replanned(call),
    }


def replanned(call: Call) -> dict[str, Any]:
    """The columns that change when a call gets another future."""
    return {
        "plan": plan_json(call),
        "stuck": call.stuck,
        "inputs": inputs_json(call) if call.inputs or call.kept else None,
        **(_to(call) if call.flows else {}),
        **played(call),
    }


def _to(call: Call) -> dict[str, Any]:
    """The columns of a call's To, which is the agent whom its flow has rung."""
    return {"order": order_json(call.order), "to_e164": call.order.to.e164}


def played(call: Call) -> dict[str, Any]:
    """The columns that change while a call is played; duration and price unset until filled."""
    story = call.story
    filled = story.filled
    return {
        "done": call.done,
        "next_at": call.next_at,
        # An advance stops where somebody is told something, or asked.
        "tells_at": tells_at(call),
        "ended": story.ended_at is not None,
        "status": str(call.status),
        "duration": call.duration if filled else None,
        "price": call.cost if filled else None,
    }


def call_of(row: Any, database: Database | None = None) -> Call:
    """
    The call in a row of the calls table, a mapping by column name.

    Args:
        row: It.
        database: Where its flows are, if it has any.

    Raises:
        DatabaseFault: The row is damaged: SQLite sees only damage of pages, not of texts.
    """
    try:
        return _sound(_call(row, database))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(row["account"]) from error


def damaged(account: Any, what: str = "call") -> DatabaseFault:
    """What is raised where a row of an account is damaged: its texts cannot be read."""
    message = (
        f"the database cannot be read: a {what} of account {printable(str(account))} is damaged "
        "(stop exomock and put a copy of the file back, or name another)"
    )
    _complaints.fault(message, passes=False)
    return DatabaseFault(message)


SUMMED_UP = (
    calls.c.account, calls.c.sid, calls.c.created_s, calls.c.to_e164, calls.c.from_e164,
    calls.c.exophone_e164, calls.c.status, calls.c.direction, calls.c.duration, calls.c.price,
    calls.c.order, calls.c.script, calls.c.plan, calls.c.done, calls.c.created, calls.c.late,
)  # fmt: skip
"""The columns of a summary, in the order in which `summary` reads them."""


def summary(row: Sequence[Any]) -> Summary:
    """
    The summary of the call in a row of `SUMMED_UP`.

    A list has no need of the legs and of most of the order: to decode and follow them was two
    thirds of what a page took.

    Raises:
        DatabaseFault: The row is damaged.
    """
    try:
        (
            account, sid, second, to, from_, exophone, status, direction, duration, price,
            order, script, plan, done, created, late,
        ) = row  # fmt: skip
        past = _past(plan, done)
        changed = [after for after, _leg, event in past if event not in ASIDE]
        happened = [(leg, event) for _after, leg, event in past]
        end = next((created + after for after, _leg, event in past if event == Event.ENDED), None)
        return Summary(
            account, sid, second, (created + changed[-1]) // SECOND if changed else second,
            shown(to), shown(from_), shown(exophone), status, direction, duration, price,
            (CALLER, Event.ANSWERED) in happened,
            _recording_at(order, script, happened, end, late),
            None if end is None else end // SECOND,
            None if end is None else end_told_at(end, late) // SECOND,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(row[0]) from error


def _past(plan: str, done: int) -> list[tuple[int, int, str]]:
    past: list[tuple[int, int, str]] = orjson.loads(plan)[:done]
    if len(past) != done:
        raise ValueError(done)
    return past


def end_of(account: Any, plan: str, done: int) -> int:
    """
    Microseconds from a call's beginning to its end, 0 while it lasts.

    Raises:
        DatabaseFault: The row is damaged.
    """
    try:
        return next((after for after, _leg, what in _past(plan, done) if what == Event.ENDED), 0)
    except (TypeError, ValueError) as error:
        raise damaged(account) from error


def _talked(happened: list[tuple[int, str]]) -> bool:
    return any(event == Event.HUNG_UP and leg != CALLER for leg, event in happened)


def _recorded(happened: list[tuple[int, str]]) -> bool:
    return (CALLER, Event.RECORDED) in happened


def _recording_at(
    order: str, script: str, happened: list[tuple[int, str]], end: int | None, late: int
) -> int | None:
    said, wanted = orjson.loads(order).get("record"), script_of(script)
    asked = _talked(happened) and (wanted.record if said is None else said)
    if end is None or not (asked or _recorded(happened)):
        return None
    return recording_at(end, late, wanted.recording.waits) // SECOND


def _sound(call: Call) -> Call:
    if not 0 <= call.done <= len(call.plan):
        raise ValueError(call.sid)
    return call


def _call(row: Any, database: Database | None) -> Call:
    flows, (inputs, kept_answers) = row["flows"], inputs_of(row["inputs"], row["created"])
    return Call(
        account=row["account"],
        sid=row["sid"],
        order=_order(row["order"]),
        script=script_of(row["script"]),
        key=call_key(row["seed"], row["account"], row["fingerprint"], row["nth"]),
        created=row["created"],
        late=row["late"],
        plan=_plan(row["plan"], row["created"]),
        done=row["done"],
        rule=row["rule"],
        stuck=row["stuck"],
        own=not row["fingerprint"].startswith(COMES_IN),
        flows=NO_FLOWS if flows is None else flows_of(database, row["account"], flows),
        inputs=inputs,
        kept=kept_answers,
    )
