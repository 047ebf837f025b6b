"""The body of a StatusCallback, field by field, in Exotel's words and order."""

import json
import re
from hashlib import sha256
from typing import Any

from exomock.delivery.payload import FORM, Body
from exomock.domain.call import Call
from exomock.domain.callback import Notice
from exomock.domain.leg import Leg
from exomock.domain.order import ONE_LEG
from exomock.domain.recording import has_recording
from exomock.domain.twist import Twist
from exomock.ist import ist
from exomock.recording.addresses import Addresses

# Source: exotel-v1.md section 8, the orders of the documentation's two samples.
JSON_ORDER = (
    "CallSid", "EventType", "DateCreated", "DateUpdated", "Status", "To", "From",
    "PhoneNumberSid", "StartTime", "EndTime", "Direction", "RecordingUrl",
    "ConversationDuration", "CustomField", "Legs",
)  # fmt: skip
FORM_ORDER = (
    "CallSid", "EventType", "From", "To", "PhoneNumberSid", "Status", "Direction",
    "DateCreated", "DateUpdated", "StartTime", "EndTime", "RecordingUrl",
    "ConversationDuration", "CustomField", "Legs",
)  # fmt: skip
BRIEF_ORDER = ("CallSid", "DateUpdated", "Status", "RecordingUrl")


_LEG_PART = re.compile(r"Legs\[([01])\]\[(Status|OnCallDuration)\]")


def recording_url(call: Call, recordings: Addresses) -> str | None:
    """The URL of the call's recording for who hears of the call; None if there is none."""
    if not has_recording(call):
        return None
    return recordings.url(call.account, call.sid, call.order.via)


def two_legs(call: Call) -> tuple[Leg, Leg]:
    """
    A call as v1 shows it: `Leg1` is the caller's, `Leg2` stands for everybody who was called.

    Source: exotel-v1.md section 4; exotel-flows.md section 5, where several are called.

    UNVERIFIED: that leg 2 of a call that was connected to a flow is unset whoever the flow has
    dialled (section 5, c QA); GET Calls of such a call after an agent has talked would settle it.
    """
    called = Leg() if call.order.shape in ONE_LEG else call.story.reached
    return call.story.caller, called


def callback_body(call: Call, notice: Notice, recordings: Addresses) -> Body:
    """
    The body of a callback.

    Args:
        call: The call as it was when the event happened.
        notice: What the callback is about.
        recordings: Where recordings are found.

    Source:
        exotel-v1.md section 8. EndTime and RecordingUrl are sent at once, also where a GET has them
        late.
    """
    values, twist = _values(call, notice, recordings), call.script.twists.of(notice)
    claims = twist.content_type or ""
    as_json = call.order.callback_json
    order = BRIEF_ORDER if notice is Notice.BRIEF else JSON_ORDER if as_json else FORM_ORDER
    values = {name: values[name] for name in order if name in values}
    _twist(values, twist)
    if as_json:
        return Body("application/json", (), json.dumps(values), claims=claims)
    # The boundary is not random, so that one callback is the same bytes at each try.
    boundary = sha256(f"{call.sid}:{call.done}:{notice}".encode()).hexdigest()[:32]
    return Body(FORM, tuple(_form(values)), "", boundary, claims)


def _twist(values: dict[str, Any], twist: Twist) -> None:
    """Say other than should be said, where a scenario wants it."""
    if twist.status is not None and "Status" in values:
        values["Status"] = twist.status
    for name in twist.without:
        part = _LEG_PART.fullmatch(name)
        if part is None:
            values.pop(name, None)
        elif "Legs" in values:
            values["Legs"][int(part[1])].pop(part[2], None)
    values.update(twist.extra)


def _values(call: Call, notice: Notice, recordings: Addresses) -> dict[str, Any]:
    order, story = call.order, call.story
    values = {
        "CallSid": call.sid,
        "EventType": str(notice),
        "DateCreated": ist(call.created),
        "DateUpdated": ist(story.changed_at),
        "Status": str(call.status),
        "To": order.to.sent,
        "From": order.from_.sent,
        "PhoneNumberSid": order.exophone.sent,
        "StartTime": ist(call.created),
        "EndTime": None if story.ended_at is None else ist(story.ended_at),
        "Direction": str(order.direction),
        "RecordingUrl": recording_url(call, recordings),
        "ConversationDuration": call.conversation,
        "Legs": [{"OnCallDuration": leg.on_call, "Status": leg.status} for leg in two_legs(call)],
    }
    if notice is Notice.TERMINAL and order.custom_field is not None:
        values["CustomField"] = order.custom_field
    return values


def _form(values: dict[str, Any]) -> list[tuple[str, str]]:
    fields = []
    for name, value in values.items():
        if name == "Legs" and isinstance(value, list):
            for i, leg in enumerate(value):
                parts = [(part, leg[part]) for part in ("Status", "OnCallDuration") if part in leg]
                fields += [(f"Legs[{i}][{part}]", _text(each)) for part, each in parts]
        else:
            fields.append((name, _text(value)))
    return fields


def _text(value: Any) -> str:
    return "" if value is None else str(value)
