"""What a StatusCallback says, field by field, in Exotel's words and order."""

import json
from hashlib import sha256
from typing import Any

from exomock.delivery.post import FORM, Body
from exomock.domain.call import Call
from exomock.domain.callback import Notice
from exomock.ist import ist

RECORDINGS = "https://recordings.exotel.com/exotelrecordings"
"""Source: exotel-v1.md section 3 (C)."""

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


def recording_url(call: Call) -> str | None:
    """Where the call's recording is, None if there is none."""
    return f"{RECORDINGS}/{call.account}/{call.sid}.mp3" if call.recorded else None


def callback_body(call: Call, notice: Notice) -> Body:
    """
    The body of a callback.

    Args:
        call: The call as it was when the event happened.
        notice: What the callback is about.

    Source:
        exotel-v1.md section 8. EndTime is sent at once, also where a GET has it late.
    """
    values = _values(call, notice)
    if call.order.callback_json:
        order = BRIEF_ORDER if notice is Notice.BRIEF else JSON_ORDER
        data = {name: values[name] for name in order if name in values}
        return Body("application/json", (), json.dumps(data))
    order = BRIEF_ORDER if notice is Notice.BRIEF else FORM_ORDER
    # Not a random boundary: the same callback is the same bytes, whenever one looks at it.
    boundary = sha256(f"{call.sid}:{call.done}:{notice}".encode()).hexdigest()[:32]
    return Body(FORM, tuple(_form(values, order)), "", boundary)


def _values(call: Call, notice: Notice) -> dict[str, Any]:
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
        "RecordingUrl": recording_url(call),
        "ConversationDuration": call.conversation,
        "Legs": [{"OnCallDuration": leg.on_call, "Status": leg.status} for leg in story.legs],
    }
    if notice is Notice.TERMINAL and order.custom_field is not None:
        values["CustomField"] = order.custom_field
    return values


def _form(values: dict[str, Any], order: tuple[str, ...]) -> list[tuple[str, str]]:
    fields = []
    for name in order:
        if name == "Legs":
            for i, leg in enumerate(values["Legs"]):
                fields.append((f"Legs[{i}][Status]", leg["Status"] or ""))
                fields.append((f"Legs[{i}][OnCallDuration]", str(leg["OnCallDuration"])))
        elif name in values:
            value = values[name]
            fields.append((name, "" if value is None else str(value)))
    return fields
