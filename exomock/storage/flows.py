"""Flows as they are kept: a text for all of a scenario's flows, known by its digest."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import fields
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, select

from exomock.domain.flows.steps import (
    Applet,
    AppletStep,
    Canned,
    Flow,
    Flows,
    Interval,
    Prompt,
)
from exomock.storage.backend import run, words
from exomock.storage.database import Database
from exomock.storage.scripts import length_data, length_of
from exomock.storage.tables import flows as table

_INSERT = words("INSERT INTO flows (account, digest, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
_TEXT = select(table.c.text).where(
    table.c.account == bindparam("account_"), table.c.digest == bindparam("digest_")
)
_MOST = 64
"""How many scenarios' flows are kept in memory; each is as large as its scenario."""

_STEP = {field.name: field.default for field in fields(AppletStep)}
_FLOW = {field.name: field.default for field in fields(Flow)}


class FlowText(NamedTuple):
    """Flows as they are kept: their text, and the digest that it is known by."""

    digest: str
    text: str


class _Memory:
    """The flows that were written or read last; a call of the same scenario finds them again."""

    def __init__(self) -> None:
        self.by_digest: OrderedDict[str, Flows] = OrderedDict()
        self.by_id: OrderedDict[int, tuple[Flows, FlowText]] = OrderedDict()

    def add(self, kept: FlowText, found: Flows) -> None:
        """Remember flows, and let go of the oldest where they are too many."""
        # By identity too, because a digest takes a text, and the text all of the flows. They are
        # kept beside it, because another one could get the id of one that is gone.
        self.by_digest[kept.digest] = found
        self.by_id[id(found)] = found, kept
        while len(self.by_digest) > _MOST:
            self.by_digest.popitem(last=False)
        while len(self.by_id) > _MOST:
            self.by_id.popitem(last=False)


_memory = _Memory()


def kept(found: Flows) -> FlowText:
    """Flows as they are kept; the same flows are always the same text."""
    known = _memory.by_id.get(id(found))
    if known is not None:
        return known[1]
    text = flows_json(found)
    made = FlowText(sha256(text.encode()).hexdigest()[:32], text)
    _memory.add(made, found)
    return made


def keep(tx: Connection, account: str, found: FlowText) -> None:
    """Keep flows of a call, in the transaction that keeps the call."""
    run(tx, _INSERT, (account, found.digest, found.text))


def flows_of(database: Database | None, account: str, digest: str) -> Flows:
    """
    The flows of that digest.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: There are none, or they are damaged.
    """
    known = _memory.by_digest.get(digest)
    if known is not None:
        return known
    if database is None:
        raise KeyError(digest)
    asked = {"account_": account, "digest_": digest}
    text = database.reader.execute(_TEXT, asked).scalar()
    if text is None:
        raise KeyError(digest)
    found = read_flows(text)
    _memory.add(FlowText(digest, text), found)
    return found


def flows_json(found: Flows) -> str:
    """Flows as JSON, without what is default."""
    data = {
        app: _given(flow, _FLOW, {"steps": lambda steps: [_step(each) for each in steps]})
        for app, flow in found.items()
    }
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()


def read_flows(text: str) -> Flows:
    """
    The flows that `flows_json` wrote.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: It did not.
    """
    return {app: _flow_of(data) for app, data in orjson.loads(text).items()}


def _given(one: Any, defaults: Mapping[str, Any], write: Mapping[str, Any]) -> dict[str, Any]:
    data = {}
    for name, usual in defaults.items():
        value = getattr(one, name)
        if value != usual:
            data[name] = write[name](value) if name in write else value
    return data


def _step(step: AppletStep) -> dict[str, Any]:
    # An empty mapping is default too; `fields` does not say so of a default that is made.
    data = _given(step, _STEP, _WRITE)
    if not step.exits:
        del data["exits"]
    return data


def _flow_of(data: dict[str, Any]) -> Flow:
    steps = tuple(AppletStep(**_values(each)) for each in data.pop("steps"))
    return Flow(steps=steps, **data)


def _values(data: dict[str, Any]) -> dict[str, Any]:
    return {name: _READ[name](value) if name in _READ else value for name, value in data.items()}


_WRITE: dict[str, Any] = {
    "applet": str,
    "exits": dict,
    "answer": list,
    "takes": length_data,
    "prompt": lambda prompt: [prompt.text, prompt.url],
    "numbers": list,
    "emails": lambda emails: [list(each) for each in emails],
    "hours": lambda hours: [list(each) for each in hours],
}
_READ: dict[str, Any] = {
    "applet": Applet,
    "answer": lambda data: Canned(*data),
    "takes": length_of,
    "prompt": lambda data: Prompt(*data),
    "numbers": tuple,
    "emails": lambda data: tuple((number, email) for number, email in data),
    "hours": lambda data: tuple(Interval(*each) for each in data),
}
