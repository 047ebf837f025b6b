"""A message as a row: its order, plan and twist as JSON."""

from dataclasses import fields
from typing import Any

import orjson

from exomock.domain.message import MessageOrder, MessageStep, TextMessage
from exomock.domain.number import Number
from exomock.domain.order import Direction
from exomock.storage.rows import damaged
from exomock.storage.scripts import twist_json, twist_of

_DEFAULTS = {field.name: field.default for field in fields(MessageOrder)}


def message_json(order: MessageOrder) -> str:
    """An order as JSON, without what is default; the same order is always the same text."""
    data: dict[str, Any] = {}
    for name, usual in _DEFAULTS.items():
        value = getattr(order, name)
        if value is not usual and value != usual:
            data[name] = [value.e164, value.sent] if isinstance(value, Number) else value
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()


def _order(text: str) -> MessageOrder:
    data = orjson.loads(text)
    e164, sent = data.pop("to")
    direction = Direction(data.pop("direction", Direction.OUTBOUND_API))
    extras = tuple((name, value) for name, value in data.pop("extras", ()))
    return MessageOrder(to=Number(sent, e164), direction=direction, extras=extras, **data)


def message_row(message: TextMessage, order: str, fingerprint: str, nth: int) -> dict[str, Any]:
    """
    The row of a new message.

    Args:
        message: It.
        order: Its order as `message_json` wrote it.
        fingerprint: Of its order; with `nth` unique in the account.
        nth: How many messages of that fingerprint came before it.
    """
    plan = orjson.dumps([(each.at - message.created, each.code) for each in message.plan])
    return {
        "account": message.account,
        "sid": message.sid,
        "created": message.created,
        "order": order,
        "plan": plan.decode(),
        "twist": twist_json(message.twist),
        "rule": message.rule,
        "fingerprint": fingerprint,
        "nth": nth,
        "done": message.done,
        "next_at": message.next_at,
        "tells_at": message.tells_at,
        "status": message.status,
        "price": message.price,
    }


def message_of(row: Any) -> TextMessage:
    """
    The message in a row of its table, a mapping by column name.

    Raises:
        DatabaseFault: The row is damaged.
    """
    try:
        return _read(row)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(row["account"], "message") from error


def _read(row: Any) -> TextMessage:
    created = row["created"]
    plan = tuple(MessageStep(created + after, code) for after, code in orjson.loads(row["plan"]))
    found = TextMessage(
        row["account"], row["sid"], _order(row["order"]), created, plan, row["done"], row["rule"],
        twist_of(row["twist"]),
    )  # fmt: skip
    if not 0 <= found.done <= len(plan) or found.status != row["status"]:
        raise ValueError(found.sid)
    return found
