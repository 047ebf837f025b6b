"""Calls as pages show them: a card with two phones, a row of a table."""

from typing import Any

from exomock.domain.call import Call
from exomock.domain.changes import takes_keys
from exomock.domain.clock import SECOND
from exomock.domain.fate import Does
from exomock.domain.leg import Leg, LegState
from exomock.domain.order import ONE_LEG
from exomock.domain.phone import can
from exomock.domain.script import Party
from exomock.engine.walks import rung_last, walk_of
from exomock.ist import ist
from exomock.storage.pages import EndedCall

_WORDS = {
    LegState.IDLE: "not dialled",
    LegState.RINGING: "rings",
    LegState.TALKING: "talks",
    LegState.COMPLETED: "hung up",
    LegState.BUSY: "busy",
    LegState.NO_ANSWER: "no answer",
    LegState.FAILED: "unreachable",
    LegState.CANCELED: "canceled",
    LegState.MISSED: "not picked up",
}
"""What a phone does, for a person."""


BUTTONS = {
    Does.ANSWER: "Answer",
    Does.REJECT: "Reject",
    Does.NO_ANSWER: "No answer",
    Does.HANGUP: "Hang up",
}
"""What a person can do with a telephone, as its buttons say it."""


def card(call: Call, now: int) -> dict[str, Any]:
    """
    A call that is under way.

    Args:
        call: The call.
        now: The account's time, microseconds.
    """
    order, story = call.order, call.story
    phones = [_phone(call, Party.FROM, order.from_.shown, story.caller)]
    phones[0]["keypad"] = takes_keys(call, now, lambda: walk_of(call))
    called = _called(call)
    if called is not None:
        phones.append(_phone(call, Party.TO, called, story.reached))
    return {
        "sid": call.sid,
        "phones": phones,
        "since": max(0, now - call.created) // SECOND,
        "why": call.rule,
        "stuck": call.stuck,
    }


def _called(call: Call) -> str | None:
    """Whose telephone the other one is: To's, in a flow that of the agent who was rung last."""
    if call.flows:
        agent = rung_last(call)
        return None if agent is None else agent.shown
    return None if call.order.shape in ONE_LEG else call.order.to.shown


def _phone(call: Call, who: Party, number: str, leg: Leg) -> dict[str, Any]:
    return {
        "who": who.capitalize(),
        "number": number,
        "can": [(does, BUTTONS[does]) for does in can(call, who)],
        "state": str(leg.state),
        "says": _WORDS[leg.state],
        "rings": leg.state is LegState.RINGING,
        "talks": leg.state is LegState.TALKING,
    }


def ended_row(call: EndedCall) -> dict[str, Any]:
    """An ended call in a table."""
    return {
        "sid": call.sid,
        "created": ist(call.created),
        "from": call.from_,
        "to": call.to,
        "status": call.status,
        "duration": call.ended // SECOND - call.created // SECOND,
        "why": call.rule,
    }
