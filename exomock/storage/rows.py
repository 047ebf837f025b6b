"""A call as a row, and a row as a call."""

from dataclasses import fields
from typing import Any

import orjson

from exomock.domain.call import Call, Transition
from exomock.domain.callback import tells_at
from exomock.domain.leg import Event
from exomock.domain.number import Number
from exomock.domain.order import Direction, Order
from exomock.domain.price import Price
from exomock.domain.status import Status
from exomock.storage.tables import COMES_IN
from exomock.storage.trouble import Complaints, DatabaseFault, printable
from exomock.storage.twists import twists_json, twists_of

_complaints = Complaints()

_DEFAULTS = {field.name: field.default for field in fields(Order)}


def order_json(order: Order) -> str:
    """An order as JSON, without what is default; the same order is always the same text."""
    # Not dataclasses.asdict, which copies all of it deeply: a fifth of what a connect costs.
    data = {}
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
        "plan": plan_json(call),
        "to_e164": call.order.to.e164,
        "from_e164": call.order.from_.e164,
        "exophone_e164": call.order.exophone.e164,
        "direction": str(call.order.direction),
        "record": call.record,
        "per": call.price.per,
        "amount": call.price.amount,
        "rule": call.rule,
        "ends_as": call.ends_as,
        "twists": twists_json(call.twists),
        "fingerprint": fingerprint,
        "nth": nth,
        **played(call),
    }


def played(call: Call) -> dict[str, Any]:
    """The columns that change while a call is played; duration and price unset until filled."""
    filled = call.story.filled
    return {
        "done": call.done,
        "next_at": call.next_at,
        "tells_at": tells_at(call),
        "ended": call.ended,
        "status": str(call.status),
        "duration": call.duration if filled else None,
        "price": call.cost if filled else None,
    }


def call_of(row: Any) -> Call:
    """
    The call in a row of the calls table, a mapping by column name.

    Raises:
        DatabaseFault: The row is damaged: SQLite sees only damage of pages, not of texts.
    """
    try:
        return _sound(_call(row))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = (
            f"the database cannot be read: a call of account {printable(str(row['account']))} is "
            "damaged (stop exomock and put a copy of the file back, or name another)"
        )
        _complaints.fault(message, passes=False)
        raise DatabaseFault(message) from error


def _sound(call: Call) -> Call:
    if call.price.per < 1 or not 0 <= call.done <= len(call.plan):
        raise ValueError(call.sid)
    return call


def _call(row: Any) -> Call:
    return Call(
        account=row["account"],
        sid=row["sid"],
        order=_order(row["order"]),
        created=row["created"],
        plan=_plan(row["plan"], row["created"]),
        done=row["done"],
        record=row["record"],
        price=Price(row["per"], row["amount"]),
        rule=row["rule"],
        ends_as=None if row["ends_as"] is None else Status(row["ends_as"]),
        twists=twists_of(row["twists"]),
        own=not row["fingerprint"].startswith(COMES_IN),
    )
