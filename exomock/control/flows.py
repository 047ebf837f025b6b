"""Calls in flows: an answer to what one asks, keys that are pressed, and the agents it dials."""

import re
from typing import Any

from flask import Blueprint, Response

from exomock.api.wiring import engine
from exomock.control.answers import answered, call_json
from exomock.control.forms import Form, Matching, body
from exomock.control.replies import ReplyForm, answer_of
from exomock.control.wiring import world
from exomock.engine.agents import Agent, agents_of
from exomock.ist import iso

bp = Blueprint("flows", __name__)

_KEYS = re.compile(r"[0-9*#]{1,255}")


class PressForm(Form):
    """Keys."""

    digits = Matching(_KEYS, "1 to 255 keys: digits, * and #", required=True)


@bp.post("/accounts/<sid>/calls/<call>/reply")
def reply(sid: str, call: str) -> Response:
    """Answer the question that a call has open, else the next one that it asks."""
    answer = answer_of(body(ReplyForm))
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
