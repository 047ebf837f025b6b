"""The legs of a call as a resource of their own."""

from typing import Any

from flask import Blueprint, Response

from exomock.api.records import why_of
from exomock.api.render import rendered
from exomock.api.wiring import engine, keep_for_good
from exomock.domain.call import Call
from exomock.domain.leg import CALLER, LegState
from exomock.domain.order import Direction
from exomock.domain.sid import leg_sid
from exomock.ist import ist

bp = Blueprint("legs", __name__, url_prefix="/v1/Accounts/<account>/Calls/<sid>/Legs")

OUTBOUND, INBOUND = "outbound", "inbound"
"""Where a leg comes from. Source: exotel-v1.md section 12 (V shows `outbound` only)."""


@bp.get("")
def legs(account: str, sid: str) -> Response:
    """Show everybody who took part in a call. Source: exotel-v1.md section 12 (V)."""
    call = engine().details(account, sid)
    if call.story.filled:
        keep_for_good()
    found = [_record(call, index) for index in _dialled(call)]
    data = {"MetaData": {"Total": len(found), "Count": len(found)}, "legs": found}
    return rendered(data, why=why_of(call))


def _dialled(call: Call) -> list[int]:
    return [i for i, leg in enumerate(call.story.legs) if leg.state is not LegState.IDLE]


def _record(call: Call, index: int) -> dict[str, Any]:
    leg, caller = call.story.legs[index], index == CALLER
    happened = [each.at for each in call.plan[: call.done] if each.leg == index]
    inbound = caller and call.order.direction is Direction.INBOUND
    return {
        "Sid": leg_sid(call.sid, index),
        "CallSid": call.sid,
        "AccountSid": call.account,
        "PhoneNumber": (call.order.from_ if caller else call.order.to).shown,
        "Status": leg.status or "ringing",
        "Origin": INBOUND if inbound else OUTBOUND,
        "LastAction": "",
        "DateCreated": ist(happened[0]),
        "DateUpdated": ist(happened[-1]),
    }
