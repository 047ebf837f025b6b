"""The walk of a call through its flow, from its own chance: what it asks, and its way."""

from random import Random

from exomock.domain.call import Call
from exomock.domain.flows.walked import Enquiry, Walked


def walk_of(call: Call) -> Walked:
    """The walk of a call in a flow."""
    return call.walked(lambda: Random(call.key))


def enquiry_of(call: Call, done: int) -> Enquiry:
    """The request to the customer's server that a call's transition number `done` makes."""
    return walk_of(call).enquiries[call.enquiry_number(done) - 1]


def enquired(call: Call) -> tuple[Enquiry, ...]:
    """The requests to the customer's server that a call has made so far."""
    made = call.enquiry_number(call.done)
    return walk_of(call).enquiries[:made] if made else ()
