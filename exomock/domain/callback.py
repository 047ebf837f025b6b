"""Whom to tell what when something has happened to a call, before any wire format."""

from enum import StrEnum

from exomock.domain.call import Call
from exomock.domain.leg import Event
from exomock.domain.order import Order, Shape
from exomock.domain.story import Transition

KIND = "call"
"""The kind of a call's callbacks in the outbox; it makes what they say."""


QUESTION = "question"
"""The kind of a flow's requests to the customer's server in the outbox."""


class Notice(StrEnum):
    """The subject of a StatusCallback."""

    ANSWERED = "answered"
    TERMINAL = "terminal"
    BRIEF = "brief"

    @property
    def event(self) -> str:
        """The event's name: a callback of four fields tells of the end as well."""
        return "answered" if self is Notice.ANSWERED else "terminal"


EVENTS = ("terminal", "answered")
"""The events that are sent. Source: the documentation's table of StatusCallbackEvents."""

SILENT_EVENTS = ("ringing", "dial")
"""Accepted and never sent. UNVERIFIED: a subscription to them on a live account would settle it."""


def notice(order: Order, happened: Transition) -> Notice | None:
    """
    The notice that this transition owes the client, None if it owes none.

    Args:
        order: What the client asked for.
        happened: The transition.

    Source:
        exotel-v1.md section 8: four fields without events and for flow calls always; with events
        `answered` once per leg that answers and `terminal` once at the end; so for the one leg of
        a StreamUrl call (exotel-stream.md section 1.5, V).
    """
    if order.callback is None:
        return None
    if happened.event is Event.ENDED:
        if not order.events or order.shape in (Shape.FLOW, Shape.LOST_FLOW):
            return Notice.BRIEF
        return Notice.TERMINAL if "terminal" in order.events else None
    if happened.event is Event.ANSWERED and order.shape in (Shape.TWO_LEGS, Shape.STREAM):
        return Notice.ANSWERED if "answered" in order.events else None
    return None


_ASKS = (Event.ASKED, Event.SILENCE, Event.TOLD)


def tells_at(call: Call) -> int | None:
    """When next somebody is told something of it, or asked (microseconds); None if nobody is."""
    for each in call.plan[call.done :]:
        if each.event in _ASKS or notice(call.order, each) is not None:
            return each.at
    return None
