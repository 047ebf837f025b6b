"""The faults of a scenario, as they meet rehearsed orders at the door of the API."""

from collections.abc import Iterator

from exomock.domain.fault import Damage, FaultAnswer, Request
from exomock.domain.order import Direction, Order
from exomock.domain.scenario import Scenario
from exomock.domain.when import texts_of
from exomock.engine.faults import Struck, armed_by, strike
from exomock.rehearsal.words import length

CONNECT = "Calls/connect"

_SENT = (("From", "from_"), ("To", "to"), ("CallerId", "exophone"), ("CustomField", "custom_field"))


class Door:
    """
    What an API that fails by a scenario's faults makes of orders; they are its only requests.

    Args:
        scenario: The scenario.
        seed: What chance is drawn from.
        account: The account's Sid.
        since: When the account began, microseconds of its time.
    """

    def __init__(self, scenario: Scenario, seed: int, account: str, since: int) -> None:
        begun = since if scenario.clock.now is None else min(since, scenario.clock.now)
        self._armed = armed_by(scenario, seed, account, begun)

    def strike(self, order: Order, now: int) -> Struck | None:
        """The fault that strikes the request of an order; a call that comes in has none."""
        if not self._armed or order.direction is Direction.INBOUND:
            return None
        return strike(self._armed, _request(order), now)


def _request(order: Order) -> Request:
    texts = texts_of(order)
    sent = {name: value for name, key in _SENT if (value := texts[key]) is not None}
    if order.callback is not None:
        sent["StatusCallback"] = order.callback
    return Request("POST", CONNECT, sent, texts)


def struck_in_words(struck: Struck) -> Iterator[str]:
    """What a fault does to an answer, a line each."""
    yield f"fault {struck.place} strikes the request"
    if struck.delay:
        yield f"  it is answered {length(struck.delay)} later"
    refusal = struck.answer.refusal
    if refusal is not None:
        code = "" if refusal.code is None else f", code {refusal.code}"
        page = ", as a gateway's page" if struck.answer.html else ""
        yield f"  it is refused: {refusal.status}{code}: {refusal.message}{page}"
    elif struck.answer.damage is not None:
        yield f"  the call is placed, and {damage_in_words(struck.answer)}"


def damage_in_words(answer: FaultAnswer) -> str:
    """What comes of an answer that is damaged."""
    match answer.damage:
        case Damage.TRUNCATED:
            return f"the answer is cut off after {answer.amount:.0%} of its bytes"
        case Damage.DRIPPED:
            return f"the answer comes at {answer.amount:g} bytes a second"
        case Damage.HUNG:
            return "the answer never comes"
        case _:
            return "the answer is malformed"
