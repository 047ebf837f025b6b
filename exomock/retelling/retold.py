"""What a test of a call needs to know: its scenario, its order, what it ends as and tells."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from exomock.delivery.body import callback_body
from exomock.domain.call import Call
from exomock.domain.callback import Notice
from exomock.domain.flow_url import FLOW_URL
from exomock.domain.flows.inputs import Answered, Lasts, Left, Pressed, Reply, Silent
from exomock.domain.flows.walked import Asks
from exomock.domain.number import NOBODY
from exomock.domain.order import Direction, Order
from exomock.domain.telling import Telling
from exomock.engine.happening import owed_by
from exomock.engine.walks import walk_of
from exomock.ist import iso
from exomock.plain import masked
from exomock.recording.addresses import Addresses
from exomock.scenarios.writing import rule_of
from exomock.storage.deliveries import Owed

DIRECTIVE = "exomock:"
"""How a CustomField begins that chooses a fate by itself; a rule has no say then."""

HOOK = "/hook"
"""Where the receiver of a test is told, whatever path the call's own had."""

_TOLD = ("Status", "ConversationDuration", "Legs[0][Status]", "Legs[1][Status]")
"""The fields that are compared: those that are the same in each run."""

_EXTRAS = {
    "call_type": "CallType",
    "wait_url": "WaitUrl",
    "recording_channels": "RecordingChannels",
    "recording_format": "RecordingFormat",
    "playback_to": "StartPlaybackTo",
    "playback_value": "StartPlaybackValue",
    "stream_type": "StreamType",
    "stream_name": "StreamName",
    "stream_begin": "StreamBegin",
}


class ToldAlike(NamedTuple):
    """
    Callbacks of one event.

    Args:
        event: Which.
        times: How many there are.
        fields: What all of them say, by name.
    """

    event: str
    times: int
    fields: dict[str, str]


class Retold(NamedTuple):
    """
    A call, as a test of it needs it.

    Args:
        sid: The call's Sid.
        ends: What it ends as.
        says: What becomes of it, in a sentence.
        scenario: The scenario that plays it again: words, or the text of a whole one.
        order: The parameters of the connect; of a call that comes in, of the control API's route.
        inbound: Whether it came in.
        hook: Whether somebody is told of it.
        stuck: Whether it never ends.
        told: What its callbacks say.
        now: When it was placed: lengths are differences of second hands.
        replies: What the customer's server answered to its flow, in order.
        gaps: What a test cannot bring about by itself, a sentence each.
    """

    sid: str
    ends: str
    says: str
    scenario: Mapping[str, Any] | str
    order: dict[str, Any]
    inbound: bool
    hook: bool
    stuck: bool
    told: tuple[ToldAlike, ...]
    now: str
    replies: tuple[Answered, ...] = ()
    gaps: tuple[str, ...] = ()


_GAPS: dict[type, str] = {
    Silent: "Your server did not answer a question of the flow: let the URLs of the flow do so.",
    Lasts: "The flow plays an audio file: its URL must serve one of the same length.",
    Pressed: "Keys were pressed by the control API: press them with exotel.press.",
    Left: "Somebody hung up by the control API: do so with exotel.hangup.",
}
"""What the world did to a call in a flow, and no scenario does."""


def retold(call: Call, recordings: Addresses, scenario: str = "") -> Retold:
    """
    A call as a test of it needs it, by its whole plan: also what is still to come.

    Args:
        call: The call.
        recordings: Where recordings are found.
        scenario: The text of its account's scenario; a call in a flow needs it whole.
    """
    order, over = call.order, call.as_of(len(call.plan))
    inbound = order.direction is Direction.INBOUND
    return Retold(
        call.sid,
        str(over.status),
        f"{order.from_.shown} to {order.to.shown or 'nobody'}: {over.status}"
        f"{', and it never ends' if call.stuck else f' after {over.duration} s'}.",
        scenario if call.flows else {"rules": [rule_of(call)]},
        dict(_comes_in(order) if inbound else _ordered(order)),
        inbound,
        order.callback is not None,
        call.stuck,
        tuple(_told(call, recordings)),
        iso(call.created),
        tuple(each.what for each in call.inputs if isinstance(each.what, Answered)),
        tuple(dict.fromkeys(_gaps(call))),
    )


def _gaps(call: Call) -> Iterator[str]:
    asked = iter(
        [each.kind for each in walk_of(call).enquiries if each.steers] if call.flows else ()
    )
    for each in call.inputs:
        kind = next(asked, None) if isinstance(each.what, Reply) else None
        if type(each.what) in _GAPS and not (kind is Asks.AUDIO and isinstance(each.what, Silent)):
            yield _GAPS[type(each.what)]


def _ordered(order: Order) -> Iterator[tuple[str, Any]]:
    """The parameters of a connect that asks for this order, StatusCallback aside."""
    yield "From", order.from_.shown
    if order.flow is not None:
        known = FLOW_URL.format(sid="exomock", app_id=order.flow)
        yield "Url", order.flow if order.lost else known
    elif order.to != NOBODY:
        yield "To", order.to.shown
    yield "CallerId", order.exophone.shown
    for name, value in (
        ("TimeLimit", order.time_limit),
        ("TimeOut", order.time_out),
        ("MaxRetries", order.max_retries or None),
        ("Record", None if order.record is None else str(order.record).lower()),
        ("CustomField", _custom_field(order)),
        ("StreamUrl", order.stream),
        *((_EXTRAS.get(name, name), value) for name, value in order.extras),
    ):
        if value is not None:
            yield name, masked(value) if isinstance(value, str) else value
    if order.callback is not None:
        if order.events:
            yield "StatusCallbackEvents", list(order.events)
        if order.callback_json:
            yield "StatusCallbackContentType", "application/json"


def _custom_field(order: Order) -> str | None:
    said = order.custom_field
    return None if said is None or said.startswith(DIRECTIVE) else said


def _comes_in(order: Order) -> Iterator[tuple[str, Any]]:
    """The members of the control API's `POST …/calls` that bring this order about."""
    yield "from", order.from_.shown
    yield "exophone", order.exophone.shown
    if order.to.e164 != order.exophone.e164:
        yield "to", order.to.shown
    if order.custom_field is not None:
        yield "custom_field", order.custom_field
    if order.callback is not None and order.events:
        yield "status_callback_events", list(order.events)


def _told(call: Call, recordings: Addresses) -> Iterator[ToldAlike]:
    groups: dict[str, list[dict[str, str]]] = {}
    for each in owed_by(call):
        if each.state is not Telling.DROPPED:
            said = dict(_fields(call, each, recordings))
            groups.setdefault(Notice(each.notice).event, []).append(said)
    for event, alike in groups.items():
        first = alike[0]
        same = [name for name in _TOLD if all(one.get(name) == first.get(name) for one in alike)]
        fields = {name: first[name] for name in same if name in first}
        yield ToldAlike(event, len(alike), fields)


def _fields(call: Call, owed: Owed, recordings: Addresses) -> Iterator[tuple[str, str]]:
    body = callback_body(call.as_of(owed.place), Notice(owed.notice), recordings)
    if body.fields:
        yield from ((name, value) for name, value in body.fields if value)
        return
    for name, value in json.loads(body.json).items():
        if name == "Legs" and isinstance(value, list):
            for place, leg in enumerate(value):
                if leg.get("Status"):
                    yield f"Legs[{place}][Status]", str(leg["Status"])
        elif value not in (None, ""):
            yield name, str(value)
