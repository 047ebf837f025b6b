"""The page of a call: its ladder, the bytes behind each arrow, why it went so, its recording."""

from typing import Any

from flask import Blueprint, Response, request

from exomock.api.errors import Refused
from exomock.api.recordings import play
from exomock.api.records import why_of
from exomock.api.wiring import engine
from exomock.console.pages import HOME, page
from exomock.control import guard
from exomock.control.answers import PASSED_OVER, call_json, passed_over_json
from exomock.control.exchanges import ROWS, unfolded
from exomock.control.problems import Problem
from exomock.control.wiring import world
from exomock.domain.call import Call
from exomock.domain.recording import wants_recording
from exomock.domain.summary import summary_of
from exomock.drawing import after, svg_of
from exomock.engine import World
from exomock.ist import ist, ist_second
from exomock.recording.addresses import EXPIRES, SIGNATURE, is_signed, signed

bp = Blueprint("console_call", __name__)

_GOOD_FOR = 10 * 365 * 86_400
"""
Seconds of account time for which a recording can be played from its page.

The same moment each time that the page is drawn: with another address the browser would begin
anew in the middle of listening.
"""


@bp.get("/accounts/<sid>/calls/<call>")
def show(sid: str, call: str) -> str:
    """Show a call."""
    here, found = world(sid), engine().details(sid, call)
    told = unfolded(here, found)
    return page(
        "call.html",
        module="call.js",
        title=f"Call {call[:8]}",
        sid=sid,
        call=found,
        facts=_facts(found),
        ladder=svg_of(told.ladder),
        exchanges=[
            {**each._asdict(), "after": after(each.at - found.created)} for each in told.exchanges
        ],
        most=ROWS,
        left_out=told.left_out,
        why=why_of(found),
        rules=passed_over_json(here, found) or (),
        most_rules=PASSED_OVER,
        recording=_recording(here, found),
        path=call_json(found)["path"],
    )


@bp.get("/accounts/<sid>/calls/<call>/recording")
def recording(sid: str, call: str) -> Response:
    """
    Play the recording of a call in its page.

    A browser sends neither the control token nor the account's credentials for a sound. So the
    page, which only those see who may, has an address that is signed.
    """
    if not _is_signed(world(sid)):
        guard.check()
    try:
        return play(sid, call)
    except Refused as refused:
        raise Problem(404, refused.why) from None


def _is_signed(here: World) -> bool:
    expires, signature = request.args.get(EXPIRES, ""), request.args.get(SIGNATURE, "")
    good = is_signed(request.path, here.token, expires, signature)
    return good and int(expires) > engine().second(here.sid)


def _facts(call: Call) -> dict[str, Any]:
    order, price = call.order, f"{call.cost / 1000:.3f}"
    return {
        "From": order.from_.shown,
        "To": order.to.shown,
        "ExoPhone": order.exophone.shown,
        "Placed": ist(call.created),
        "Status": f"{call.status}{', stuck' if call.stuck else ''}",
        "Seconds": f"{call.duration}, {call.conversation} of conversation" if call.ended else "",
        "Price": price if call.ended else "",
        "CustomField": order.custom_field or "",
        "StatusCallback": "" if order.callback else "none: nobody is told of this call",
    }


def _recording(here: World, call: Call) -> dict[str, Any]:
    """Where the recording is played, or why there is none yet."""
    since, now = summary_of(call).recording_at, engine().second(here.sid)
    if since is None:
        return {"says": "" if call.ended else "it is recorded" if wants_recording(call) else ""}
    if now < since or not call.story.filled:
        return {"says": f"there from {ist_second(since)} on"}
    path = f"{HOME}/accounts/{here.sid}/calls/{call.sid}/recording"
    return {"url": signed(path, path, here.token, since + _GOOD_FOR), "says": ""}
