"""What a request of a flow says: its method, its parameters in their order, its headers."""

import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from exomock.domain.call import Call
from exomock.domain.clock import SECOND
from exomock.domain.flows.so_far import Dialled, SoFar, Streamed
from exomock.domain.flows.walked import Asks, Enquiry, Walked
from exomock.domain.order import Direction
from exomock.ist import IST, ist

Pairs = tuple[tuple[str, str], ...]

NULL = "null"
"""How an unset variable is written. Source: exotel-flows.md section 2 (C)."""

END_TIME = "1970-01-01 05:30:00"
"""The EndTime of each request. Source: section 2 (V, C)."""

AVAILABLE_BY = 300 * SECOND
"""From the request until the recording plays, as it is said. Source: section 2 (C fr22)."""

_VERSIONED = (Asks.GATHER, Asks.CONNECT)
_CALL_STATUS = {Asks.CONNECT: "ringing", Asks.DIAL_WHOM: "ringing", Asks.GATHER: "in-progress"}
"""
Source: section 2: `ringing` in Connect (c QA, V LA).

UNVERIFIED: `in-progress` in Gather (issue 12); a logged request of a Gather would settle it.
"""


class FlowRequest(NamedTuple):
    """
    A request of a flow.

    Args:
        method: GET or HEAD.
        url: As its owner wrote it.
        query: What is added to its query, in order.
        headers: Beside those that each request has.
    """

    method: str
    url: str
    query: Pairs
    headers: Pairs = ()


def flow_request(call: Call, walked: Walked, number: int, recording: str) -> FlowRequest:
    """
    What the n-th request of a call's flow says.

    Args:
        call: The call.
        walked: Its walk.
        number: Which of its requests, from 1.
        recording: The URL of its recording, where there is one.
    """
    enquiry = walked.enquiries[number - 1]
    says = _SAYS.get(enquiry.kind, _common)
    query = tuple(says(_Saying(call, walked, enquiry, recording)))
    # Source: section 2: only on dynamic Gather and dynamic Connect (V).
    headers = (("Exotel-Version", "1.0"),) if enquiry.kind in _VERSIONED else ()
    return FlowRequest(enquiry.method, enquiry.url, query, headers)


class _Saying(NamedTuple):
    """All that a request may tell of."""

    call: Call
    walked: Walked
    enquiry: Enquiry
    recording: str

    @property
    def so_far(self) -> SoFar:
        return self.enquiry.so_far

    @property
    def from_(self) -> str:
        """CallFrom, and From: the caller. Source: section 1 (C)."""
        return self.call.order.from_.shown

    @property
    def to(self) -> str:
        """CallTo, and To: the ExoPhone. Source: section 1 (C)."""
        return self.call.order.exophone.shown

    @property
    def direction(self) -> str:
        """Source: section 1 (C)."""
        inbound = self.call.order.direction is Direction.INBOUND
        return "incoming" if inbound else "outbound-dial"

    @property
    def whom(self) -> str:
        """DialWhomNumber: the last agent dialled, or who answered; "" before. Source: section 2."""
        if self.enquiry.popup is not None:
            return self.enquiry.popup.agent.shown
        return "" if self.so_far.dialled is None else self.so_far.dialled.told.number.shown

    @property
    def custom_field(self) -> Iterator[tuple[str, str]]:
        """Source: section 1: in every request of an outbound call, if set (S, C)."""
        if self.call.order.custom_field is not None:
            yield "CustomField", self.call.order.custom_field


def created_form(moment: int) -> str:
    """A moment (microseconds) as `Wed, 23 Feb 2022 12:31:59`, in IST. Source: section 2 (C)."""
    then = datetime.fromtimestamp(moment // SECOND, IST)
    # Not strftime's names, which follow the locale of the process.
    day, month = _DAYS[then.weekday()], _MONTHS[then.month - 1]
    return f"{day}, {then.day:02d} {month} {then.year} {then:%H:%M:%S}"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def tenant_id(account: str) -> str:
    """The number of an account that requests name; ours, drawn from its Sid. Source: section 2."""
    return str(1_000 + int(sha256(account.encode()).hexdigest()[:8], 16) % 99_000)


def _common(says: _Saying) -> Iterator[tuple[str, str]]:
    """Source: section 2, "Order": Passthru, Gather, Connect and dial-whom share it (C)."""
    so_far, dialled, enquiry = says.so_far, says.so_far.dialled, says.enquiry
    yield from (("CallSid", says.call.sid), ("CallFrom", says.from_), ("CallTo", says.to))
    if enquiry.kind in _CALL_STATUS:
        yield "CallStatus", _CALL_STATUS[enquiry.kind]
    yield "Direction", says.direction
    if dialled is not None:
        yield "ForwardedFrom", NULL
    yield "Created", created_form(says.call.created)
    yield "DialCallDuration", "0" if dialled is None else str(dialled.seconds)
    if so_far.recorded:
        yield "RecordingUrl", says.recording
    yield from (("StartTime", ist(says.call.created)), ("EndTime", END_TIME))
    if dialled is not None:
        yield "DialCallStatus", dialled.told.status
    yield from (("CallType", str(so_far.kind)), ("DialWhomNumber", says.whom))
    if dialled is not None:
        yield "ProcessStatus", NULL
    yield from (("flow_id", so_far.app), ("tenant_id", tenant_id(says.call.account)))
    yield from (("From", says.from_), ("To", says.to))
    yield from says.custom_field
    yield from _afterwards(says)


def _afterwards(says: _Saying) -> Iterator[tuple[str, str]]:
    """The second half: what the applets before have left."""
    so_far, at = says.so_far, says.enquiry.at
    if so_far.recorded:
        yield "RecordingAvailableBy", created_form(at + AVAILABLE_BY)
    yield "CurrentTime", ist(at)
    if so_far.dialled is not None:
        yield from _dialled(so_far.dialled, says.to)
    if so_far.digits is not None:
        # UNVERIFIED: that nothing pressed is `""` (section 2, c QA); a Gather that times out before
        # a Passthru of a live flow would settle it.
        yield "digits", json.dumps(so_far.digits)
    if so_far.streamed is not None:
        yield from _streamed(so_far.streamed)


def _dialled(dialled: Dialled, exophone: str) -> Iterator[tuple[str, str]]:
    """
    Source: section 2: one leg per agent dialled (C); CauseCode is the word, Cause the number.

    UNVERIFIED: that they come in dialling order (section 7); two agents of whom the second answers
    would settle it.
    """
    shown = exophone if dialled.outgoing is None else dialled.outgoing.shown
    yield "OutgoingPhoneNumber", shown
    for place, agent in enumerate(dialled.agents):
        leg = {
            "Number": agent.number.shown,
            "Type": "single",
            "OnCallDuration": str(agent.talked),
            "CallerId": shown,
            "CauseCode": agent.cause.word,
            "Cause": str(agent.cause.number),
            "DisconnectedBy": str(agent.by),
        }
        yield from ((f"Legs[{place}][{name}]", value) for name, value in leg.items())


def _streamed(streamed: Streamed) -> Iterator[tuple[str, str]]:
    """Source: section 2 (V 3000132269)."""
    values = {
        "StreamSID": "",
        "Status": streamed.status,
        "Duration": "0",
        "RecordingUrl": "",
        "StreamUrl": streamed.url,
        "DisconnectedBy": "NA",
        "Error": streamed.error,
        "DetailedStatus": streamed.status,
    }
    yield from ((f"Stream[{name}]", value) for name, value in values.items())


def _greeting(says: _Saying) -> Iterator[tuple[str, str]]:
    """Source: section 3, Greeting (V 48285)."""
    yield from (("CallSid", says.call.sid), ("From", says.from_), ("To", says.to))
    yield "DialWhomNumber", says.whom
    yield from says.custom_field


def _sms(says: _Saying) -> Iterator[tuple[str, str]]:
    """Source: section 3, SMS (V 76228)."""
    yield from (("CallSid", says.call.sid), ("From", says.from_), ("To", says.to))
    if says.so_far.digits is not None:
        yield "digits", json.dumps(says.so_far.digits)


def _popup(says: _Saying) -> Iterator[tuple[str, str]]:
    """
    Source: section 3, pop-up (V 48284, 3000106308).

    UNVERIFIED: that AgentEmail comes last, and only of agents who are users of the dashboard (C
    fr22, ?); a logged pop-up of a user and of a plain number would settle it.
    """
    popup = says.enquiry.popup
    assert popup is not None
    yield from (("CallSid", says.call.sid), ("CallFrom", says.from_), ("CallTo", says.to))
    yield from (("Direction", says.direction), ("Created", created_form(says.call.created)))
    yield from (("From", says.from_), ("To", says.to))
    yield from (("CurrentTime", ist(says.enquiry.at)), ("DialWhomNumber", says.whom))
    yield from (("Status", popup.status), ("EventType", popup.event))
    if popup.email:
        yield "AgentEmail", popup.email


def _voicebot(says: _Saying) -> Iterator[tuple[str, str]]:
    """Source: section 3, Voicebot (C vb). UNVERIFIED: what the HangupLatency fields hold."""
    yield from (("CallSid", says.call.sid), ("CallFrom", says.from_), ("CallTo", says.to))
    yield from (("Direction", says.direction), ("Created", created_form(says.call.created)))
    yield "DialWhomNumber", says.whom
    yield from (("HangupLatencyStartTimeExocc", ""), ("HangupLatencyStartTime", ""))
    if says.so_far.passthru is not None:
        yield "passthru", json.dumps(_whole_url(says, says.so_far.passthru))
    yield from (("From", says.from_), ("To", says.to))
    yield from says.custom_field
    yield "CurrentTime", ist(says.enquiry.at)


def _whole_url(says: _Saying, number: int) -> str:
    """The URL of an earlier request, as it went out."""
    made = flow_request(says.call, says.walked, number, says.recording)
    join = "&" if urlsplit(made.url).query else "?"
    return f"{made.url}{join}{urlencode(made.query)}"


def _nothing(_says: _Saying) -> Iterator[tuple[str, str]]:
    """
    An audio file is fetched by its own URL.

    UNVERIFIED: that nothing is added to it, and no HEAD comes before; the log of a server whose
    file a live flow plays would settle it.
    """
    yield from ()


_SAYS = {
    Asks.AUDIO: _nothing,
    Asks.GREETING: _greeting,
    Asks.SMS: _sms,
    Asks.POPUP: _popup,
    Asks.VOICEBOT: _voicebot,
}
