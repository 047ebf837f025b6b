"""A call as the v1 answers write it: 19 keys in one order, and the details of its legs."""

from typing import Any

from exomock.api.fields import short
from exomock.delivery.body import two_legs
from exomock.domain.call import Call
from exomock.domain.dialect import Dialect
from exomock.domain.flow_url import FLOW_URL
from exomock.domain.leg import LegState
from exomock.domain.summary import Summary
from exomock.ist import ist, ist_second

# Source: exotel-v1.md section 2 (S). PhoneNumber stands in lists only (S: section 5's table), its
# place UNVERIFIED: a captured list would settle it.
CALL_KEYS = (
    "Sid", "ParentCallSid", "DateCreated", "DateUpdated", "AccountSid", "To", "From",
    "PhoneNumberSid", "Status", "StartTime", "EndTime", "Duration", "Price", "Direction",
    "AnsweredBy", "ForwardedFrom", "CallerName", "Uri", "RecordingUrl",
)  # fmt: skip


def placed_record(
    call: Call, *, as_json: bool, dialect: Dialect = Dialect.DOCUMENTED
) -> dict[str, Any]:
    """
    The answer to a connect: what is not known yet is None.

    Args:
        call: The call as it was placed.
        as_json: Whether the answer is JSON, where the Uri says so.
        dialect: Where it says so.

    Source:
        the documentation's two samples of Calls/connect; exotel-v1.md section 2: Uri ends in
        `Calls.json/{Sid}` (S), or in `Calls/{Sid}.json` (observed: V, C).
    """
    observed = dialect is Dialect.OBSERVED
    collection = "Calls.json" if as_json and not observed else "Calls"
    ending = ".json" if as_json and observed else ""
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
        "Uri": f"/v1/Accounts/{call.account}/{collection}/{call.sid}{ending}",
    }


def with_legs(record: dict[str, Any]) -> dict[str, Any]:
    """
    A record with the 20th key, which leads to the call's legs.

    Source: exotel-v1.md section 2 (V), where the account has the legs as a resource.
    UNVERIFIED: that it comes last, its address, and that it ends in no `.json`; a captured answer
    of such an account would settle it.
    """
    address = f"/v1/Accounts/{record['AccountSid']}/Calls/{record['Sid']}/Legs"
    return record | {"SubResourceUris": {"Legs": address}}


def call_record(
    call: Summary, now: int, recording_url: str, *, listed: bool = False
) -> dict[str, Any]:
    """
    A call in a GET: what is unset is "".

    Args:
        call: The summary of the call as it is now.
        now: The account's time, unix seconds: EndTime comes before the other late fields, the
            recording perhaps after them.
        recording_url: Where its recording is, if there is one.
        listed: True in a list, whose rows have a PhoneNumber too.

    Source:
        exotel-v1.md sections 4 and 5; late fields: section 3. AnsweredBy is no late field here,
        because it is `human` once leg 1 has answered (S).
    """
    created, duration, changed = ist_second(call.created), call.duration, call.changed
    end, filled = "", duration is not None
    if call.ended is not None and call.told is not None and (filled or call.told <= now):
        end, changed = ist_second(call.ended), max(changed, call.told)
    recorded = is_recorded(call, now)
    if recorded and call.recording_at is not None:
        changed = max(changed, call.recording_at)
    return {
        "Sid": call.sid,
        "ParentCallSid": "",
        "DateCreated": created,
        "DateUpdated": ist_second(changed),
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
        "RecordingUrl": recording_url if recorded else "",
    }


def is_recorded(call: Summary, now: int) -> bool:
    """Whether a call's recording can be had at an account's time (unix seconds)."""
    filled, since = call.duration is not None, call.recording_at
    return filled and since is not None and since <= now


def as_observed(record: dict[str, Any]) -> dict[str, Any]:
    """
    A record of a GET in JSON as captures have it: Duration and Price are numbers.

    Source: exotel-v1.md section 4 (C: 2019, 2024 and 2026).
    """
    numbers = {"Duration": int, "Price": float}
    found = {name: read(record[name]) for name, read in numbers.items() if record[name]}
    # A price of whole rupees is 0, not 0.0 (C).
    return record | {name: int(each) if each == int(each) else each for name, each in found.items()}


def call_details(call: Call, *, bulk_json: bool = False) -> dict[str, Any]:
    """
    The `Details` of a call: durations are 0 until the late fields are filled in.

    A leg 2 that was never dialled (yet) has no entry, and its status and ConversationDuration are
    unset.

    Args:
        call: The call as it is now.
        bulk_json: True in a list in JSON, where Legs come before the statuses (S).

    Source:
        exotel-v1.md section 4: `Id` is a number (C); a leg 2 that was never dialled (C: XML, 2022).
        UNVERIFIED: that unset is null in JSON; such a call's details in JSON would settle it.
    """
    filled, legs = call.story.filled, two_legs(call)
    caller, called = legs
    dialled = called.state is not LegState.IDLE
    talked = call.conversation if filled else 0
    details: dict[str, Any] = {"ConversationDuration": talked if dialled else None}
    statuses = {f"Leg{i}Status": leg.status for i, leg in enumerate(legs, 1)}
    listed = [
        {"Leg": {"Id": i, "OnCallDuration": leg.on_call if filled else 0}}
        for i, leg in enumerate(legs if dialled else (caller,), 1)
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
