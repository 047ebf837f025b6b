"""Calls in flows: an answer to what one asks, keys that are pressed, and the agents it dials."""

import re
from typing import Any

import orjson
from flask import Blueprint, Response
from marshmallow import ValidationError, fields

from exomock.api.wiring import engine
from exomock.control.answers import answered, call_json
from exomock.control.forms import Form, Matching, body, quoted
from exomock.control.wiring import world
from exomock.domain.flows.inputs import Answered
from exomock.engine.agents import Agent, agents_of
from exomock.field import Field, Json, Whole
from exomock.ist import iso

bp = Blueprint("flows", __name__)

_KEYS = re.compile(r"[0-9*#]{1,255}")


class ReplyText(Field[str]):
    """The body of an answer: a text, or JSON that is written out."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, dict | list):
            return orjson.dumps(value).decode()
        raise ValidationError(f"{quoted(value)} is not valid; expected a text, or JSON")

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": ["string", "object", "array"]}


class ReplyForm(Form):
    """An answer in place of the customer's server: the words of a step's `answer`."""

    status = Whole(200, 599, load_default=200)
    body = ReplyText(load_default="")
    content_type = fields.String(load_default=None, allow_none=True)


class PressForm(Form):
    """Keys."""

    digits = Matching(_KEYS, "1 to 255 keys: digits, * and #", required=True)


@bp.post("/accounts/<sid>/calls/<call>/reply")
def reply(sid: str, call: str) -> Response:
    """Answer the question that a call has open, else the next one that it asks."""
    given = body(ReplyForm)
    answer = Answered(given["status"], given["content_type"], given["body"])
    here = world(sid)
    engine().agenda.catch_up(here)
    return answered(call_json(engine().enquiring.reply(here, call, answer)))


@bp.post("/accounts/<sid>/calls/<call>/press")
def press(sid: str, call: str) -> Response:
    """Press keys in the Gather or Menu in which a call is."""
    digits = body(PressForm)["digits"]
    here = world(sid)
    engine().agenda.catch_up(here)
    return answered(call_json(engine().enquiring.press(here, call, digits)))


@bp.get("/accounts/<sid>/agents")
def list_agents(sid: str) -> Response:
    """Show whom flows have dialled: whether each is in a call, and its pop-up events."""
    here = world(sid)
    engine().agenda.catch_up(here)
    found = agents_of(engine().store.calls.in_flows(sid, _CALLS))
    return answered({"agents": [_agent_json(each) for each in found]})


_CALLS = 1000
"""How many of the newest calls in flows are looked at."""


def _agent_json(agent: Agent) -> dict[str, Any]:
    return {
        "number": agent.number,
        "state": agent.state,
        "call": agent.call,
        "events": [
            {"at": iso(each.at), "call": each.call, "event": each.event, "status": each.status}
            for each in agent.events
        ],
    }
