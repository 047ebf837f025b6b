"""A call as the v1 answers write it: 19 keys in one order, and the details of its legs."""

from typing import Any

from exomock.api.fields import short
from exomock.delivery.body import recording_at, two_legs
from exomock.domain.call import Call
from exomock.domain.flow import FLOW_URL
from exomock.domain.summary import Summary
from exomock.ist import ist, ist_second

# Source: exotel-v1.md section 2 (S); PhoneNumber stands in lists only, its place UNVERIFIED: a
# captured list would settle it.
CALL_KEYS = (
    "Sid", "ParentCallSid", "DateCreated", "DateUpdated", "AccountSid", "To", "From",
    "PhoneNumberSid", "Status", "StartTime", "EndTime", "Duration", "Price", "Direction",
    "AnsweredBy", "ForwardedFrom", "CallerName", "Uri", "RecordingUrl",
)  # fmt: skip


def placed_record(call: Call, *, as_json: bool) -> dict[str, Any]:
    """
    The answer to a connect: what is not known yet is None.

    Source: the documentation's two samples of Calls/connect; exotel-v1.md section 2.
    """
    collection = "Calls.json" if as_json else "Calls"
    created = ist(call.created)
    return dict.fromkeys(CALL_KEYS) | {
        "Sid": call.sid,
        "DateCreated": created,
        "DateUpdated": created,
        "AccountSid": call.account,
        "To": call.order.to.shown,
        "From": call.order.from_.shown,
        "PhoneNumberSid": call.order.exophone.shown,
        "Status": "in-progress",
        "StartTime": created,
        "Direction": str(call.order.direction),
        "Uri": f"/v1/Accounts/{call.account}/{collection}/{call.sid}",
    }


def call_record(call: Summary, *, listed: bool = False) -> dict[str, Any]:
    """
    A call in a GET: what is unset is "".

    Args:
        call: The summary of the call as it is now.
        listed: True in a list, whose rows have a PhoneNumber too.

    Source:
        exotel-v1.md sections 4 and 5; late fields: section 3.
    """
    created, duration = ist_second(call.created), call.duration
    # A duration is a difference of the seconds that are shown.
    end = "" if duration is None else ist_second(call.created + duration)
    return {
        "Sid": call.sid,
        "ParentCallSid": "",
        "DateCreated": created,
        "DateUpdated": ist_second(call.changed),
        "AccountSid": call.account,
        "To": call.to,
        "From": call.from_,
        **({"PhoneNumber": call.exophone} if listed else {}),
        "PhoneNumberSid": call.exophone,
        "Status": call.status,
        "StartTime": created,
        "EndTime": end,
        "Duration": "" if duration is None else str(duration),
        "Price": "" if call.price is None else money(call.price),
        "Direction": call.direction,
        "AnsweredBy": "human" if call.answered else "",
        "ForwardedFrom": "",
        "CallerName": "",
        "Uri": f"/v1/Accounts/{call.account}/Calls/{call.sid}",
        "RecordingUrl": recording_at(call.account, call.sid) if call.recorded else "",
    }


def call_details(call: Call, *, bulk_json: bool = False) -> dict[str, Any]:
    """
    The `Details` of a call: durations are 0 until the late fields are filled in.

    Args:
        call: The call as it is now.
        bulk_json: True in a list in JSON, where Legs come before the statuses (S).

    Source:
        exotel-v1.md section 4: `Id` is a number (C); a leg 2 that was never dialled is there, its
        status null and its duration 0. UNVERIFIED: that last; such a call in live details would
        settle it.
    """
    filled, legs = call.story.filled, two_legs(call)
    details: dict[str, Any] = {"ConversationDuration": call.conversation if filled else 0}
    statuses = {f"Leg{i}Status": leg.status for i, leg in enumerate(legs, 1)}
    listed = [
        {"Leg": {"Id": i, "OnCallDuration": leg.on_call if filled else 0}}
        for i, leg in enumerate(legs, 1)
    ]
    rest = {"Legs": listed, **statuses} if bulk_json else {**statuses, "Legs": listed}
    return details | rest


def why_of(call: Call) -> str:
    """What decided a call's fate; of one whose Url leads to no flow, that this is why it fails."""
    if not call.order.lost:
        return call.rule
    return (
        f"the call fails once From has answered, because its Url {short(call.order.flow)} names no "
        f"flow; expected {FLOW_URL}; {call.rule}"
    )


def money(thousandths: int) -> str:
    """A price with three decimals. Source: exotel-v1.md section 3."""
    return f"{thousandths // 1000}.{thousandths % 1000:03d}"
