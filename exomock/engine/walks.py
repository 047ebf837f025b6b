"""The walk of a call through its flow, from its own chance: what it asks, and its way."""

from random import Random

from exomock.domain.call import Call
from exomock.domain.flows.walked import Enquiry, Walked
from exomock.domain.leg import LegState
from exomock.domain.number import Number
from exomock.domain.question import enquiry_number


def walk_of(call: Call) -> Walked:
    """The walk of a call in a flow."""
    return call.walked(lambda: Random(call.key))


def enquiry_of(call: Call, done: int) -> Enquiry:
    """The request to the customer's server that a call's transition number `done` makes."""
    return walk_of(call).enquiries[enquiry_number(call, done) - 1]


def rung_last(call: Call) -> Number | None:
    """
    The agent who tells how the calling has gone so far: who talked last, else was rung last.

    Source: exotel-flows.md section 6; None where nobody was rung.
    """
    legs = call.story.legs
    rung = [
        each
        for each in walk_of(call).rung
        if each.leg < len(legs) and legs[each.leg].state is not LegState.IDLE
    ]
    talked = [each for each in rung if legs[each.leg].answered_at is not None]
    mine = talked or rung
    return mine[-1].number if mine else None


def enquired(call: Call) -> tuple[Enquiry, ...]:
    """The requests to the customer's server that a call has made so far."""
    made = enquiry_number(call, call.done)
    return walk_of(call).enquiries[:made] if made else ()
