"""Calls as pages show them: a card with two phones, a row of a table."""

from typing import Any

from exomock.domain.call import Call
from exomock.domain.clock import SECOND
from exomock.domain.leg import Leg, LegState
from exomock.domain.order import ONE_LEG
from exomock.ist import ist

_WORDS = {
    LegState.IDLE: "not dialled",
    LegState.RINGING: "rings",
    LegState.TALKING: "talks",
    LegState.COMPLETED: "hung up",
    LegState.BUSY: "busy",
    LegState.NO_ANSWER: "no answer",
    LegState.FAILED: "unreachable",
    LegState.CANCELED: "canceled",
}
"""What a phone does, for a person."""


def card(call: Call, now: int) -> dict[str, Any]:
    """
    A call that is under way.

    Args:
        call: The call.
        now: The account's time, microseconds.
    """
    order, story = call.order, call.story
    phones = [_phone("From", order.from_.shown, story.caller)]
    if order.shape not in ONE_LEG:
        phones.append(_phone("To", order.to.shown, story.reached))
    return {
        "sid": call.sid,
        "phones": phones,
        "since": max(0, now - call.created) // SECOND,
        "why": call.rule,
        "stuck": call.stuck,
    }


def _phone(who: str, number: str, leg: Leg) -> dict[str, Any]:
    return {
        "who": who,
        "number": number,
        "state": str(leg.state),
        "says": _WORDS[leg.state],
        "rings": leg.state is LegState.RINGING,
        "talks": leg.state is LegState.TALKING,
    }


def call_row(call: Call) -> dict[str, Any]:
    """A call in a table."""
    order = call.order
    return {
        "sid": call.sid,
        "created": ist(call.created),
        "from": order.from_.shown,
        "to": order.to.shown,
        "status": str(call.status),
        "duration": call.duration,
        "why": call.rule,
    }
