"""The shapes of what answers hold, as JSON Schema: calls, messages, accounts, callbacks, errors."""

from exomock.api.message_records import MESSAGE_KEYS
from exomock.api.records import CALL_KEYS
from exomock.control.shaping import (
    ANYTHING,
    NUMBER,
    TEXT,
    TIME,
    TRUTH,
    WHOLE,
    Shape,
    component,
    many,
    maybe,
    thing,
)
from exomock.delivery.body import BRIEF_ORDER, JSON_ORDER
from exomock.domain.report import STATUSES
from exomock.domain.status import Status

_UNSET = {"type": ["string", "number", "null"]}
"""A text or a number, "" or null while it is unset, by the answer and the account's dialect."""

_STATUS = {"type": "string", "enum": [status.value for status in Status]}
# A rule may give a call any status of Exotel's; a leg that was never dialled has none.
_LEG_STATUS = {"type": ["string", "null"]}

_CALL = thing(
    {"PhoneNumber": TEXT, "PreSignedRecordingUrl": TEXT, "Details": component("Details")},
    **dict.fromkeys(CALL_KEYS, _UNSET)
    | {"Sid": TEXT, "AccountSid": TEXT, "Status": _STATUS, "DateCreated": TEXT, "Uri": TEXT},
)
_LEG = thing(Leg=thing(Id=WHOLE, OnCallDuration=NUMBER))
_DETAILS = thing(
    {"Leg2Status": _LEG_STATUS},
    ConversationDuration=_UNSET,
    Leg1Status=_LEG_STATUS,
    Legs=many(_LEG),
)
METADATA = thing(
    Total=WHOLE,
    PageSize=WHOLE,
    FirstPageUri=maybe(TEXT),
    PrevPageUri=maybe(TEXT),
    NextPageUri=maybe(TEXT),
)
NUMBER_INFO = thing(
    **dict.fromkeys(
        ("PhoneNumber", "Circle", "CircleName", "Type", "Operator", "OperatorName", "DND"), TEXT
    )
)
BALANCE = thing(**dict.fromkeys(("Balance", "Currency", "PricingPlan", "DateUpdated"), TEXT))
LEG_RECORD = thing(
    **dict.fromkeys(
        ("Sid", "CallSid", "AccountSid", "PhoneNumber", "Status", "Origin", "LastAction",
         "DateCreated", "DateUpdated"), TEXT
    )
)  # fmt: skip
_CAN = thing(voice=TRUTH, sms=TRUTH)
TO_RENT = thing(
    **dict.fromkeys(("phone_number", "friendly_name", "country", "region", "currency"), TEXT),
    capabilities=_CAN,
    rental_price=TEXT,
)
IN_BETA = {"allOf": [TO_RENT, thing(sid=TEXT, voice_url=maybe(TEXT), sms_url=maybe(TEXT))]}
IN_V1 = thing(Sid=TEXT, PhoneNumber=TEXT, FriendlyName=TEXT, VoiceUrl=maybe(TEXT))
_CALLBACK_LEG = thing(OnCallDuration=NUMBER, Status=_LEG_STATUS)
_KINDS: dict[str, Shape] = {"ConversationDuration": NUMBER, "Legs": many(_CALLBACK_LEG)}
_CALLBACK = {
    "type": "object",
    "description": "Four fields without StatusCallbackEvents; all of these for each event of it",
    "properties": {name: _KINDS.get(name, {"type": ["string", "null"]}) for name in JSON_ORDER},
    "required": list(BRIEF_ORDER),
}

CLOCK = thing(now=TIME, rate=NUMBER)
_ACCOUNT = thing(
    sid=TEXT, key=TEXT, token=TEXT, seed=WHOLE, collect=TRUTH, people=TRUTH, clock=CLOCK,
    scenario=TEXT, base_url=TEXT,
)  # fmt: skip
TRANSITION = {"at": TIME, "leg": maybe(WHOLE), "event": TEXT}
_PLANNED = thing(
    sid=TEXT, status=TEXT, stuck=TRUTH, direction=TEXT, to=TEXT, exophone=TEXT,
    flow=maybe(TEXT), custom_field=maybe(TEXT), status_callback=maybe(TEXT), created=TIME,
    why=TEXT, record=TRUTH, legs=many(thing(leg=WHOLE, state=TEXT, on_call=WHOLE)),
    plan=many(thing(**TRANSITION, past=TRUTH)),
    questions=many(thing(at=TIME, event=TEXT, method=TEXT, url=TEXT, open=TRUTH)),
    path=many(
        thing(at=TIME, flow=TEXT, step=WHOLE, applet=TEXT, exit=maybe(TEXT), why=maybe(TEXT))
    ),
    **{"from": TEXT},
)  # fmt: skip
_ATTEMPT = thing(number=WHOLE, at=TIME, status=maybe(WHOLE), error=maybe(TEXT), milliseconds=NUMBER)
_SENT = thing(
    {"message": TEXT}, id=WHOLE, kind=TEXT, call=maybe(TEXT), event=TEXT, state=TEXT, due=TIME,
    method=TEXT, url=TEXT, headers=thing(), body=TEXT, fields=ANYTHING, attempts=many(_ATTEMPT),
)  # fmt: skip
_SMS_STATUS: Shape = {"type": "string", "enum": list(STATUSES)}
_MESSAGE_KEYS: dict[str, Shape] = dict.fromkeys(MESSAGE_KEYS, _UNSET)
_MESSAGE = thing(
    **_MESSAGE_KEYS
    | {"Sid": TEXT, "AccountSid": TEXT, "From": TEXT, "To": TEXT, "Body": TEXT, "Uri": TEXT}
    | {"Status": _SMS_STATUS}
)
_BECAME = {"at": TIME, "status": TEXT, "code": WHOLE, "detail": TEXT}
_PLANNED_MESSAGE = thing(
    sid=TEXT, status=TEXT, code=WHOLE, detail=TEXT, direction=TEXT, to=TEXT, body=TEXT,
    units=WHOLE, type=maybe(TEXT), dlt_entity=maybe(TEXT), dlt_template=maybe(TEXT),
    custom_field=maybe(TEXT), status_callback=maybe(TEXT), created=TIME, why=TEXT,
    plan=many(thing(**_BECAME, past=TRUTH)), **{"from": TEXT},
)  # fmt: skip
_REQUEST = thing(
    {"answer": TEXT}, number=WHOLE, at=TIME, method=TEXT, path=TEXT, parameters=thing(), user=TEXT,
    password=TEXT, status=WHOLE, why=TEXT, milliseconds=NUMBER,
)  # fmt: skip
_FAULT = thing(id=TEXT, by=TEXT, since=TIME, struck=WHOLE, spent=TRUTH)
SCENARIO = thing(name=TEXT, rules=many(TEXT), yaml=TEXT)
_NEWS_ITEM = thing(
    account=TEXT,
    number=WHOLE,
    at=TIME,
    wall=TIME,
    kind=TEXT,
    subject={"type": ["string", "integer", "null"]},
    data=thing(),
)
HEALTH = thing(
    {"lease": TEXT}, status=TEXT, version=TEXT, database=TEXT, heartbeat=TEXT, last_beat=maybe(TIME)
)
SNAPSHOT = thing(id=TEXT)
NEXT = {"next": {"type": ["string", "integer", "null"]}}

COMPONENTS: dict[str, Shape] = {
    "Problem": {
        "type": "object",
        "description": "RFC 9457",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    },
    "RestException": {
        "type": "object",
        "required": ["RestException"],
        "properties": {
            "RestException": {
                "type": "object",
                "required": ["Status", "Message"],
                "properties": {
                    "Status": {"type": "integer"},
                    "Message": {"type": "string"},
                    "Code": {"type": "integer"},
                },
            }
        },
    },
    "Call": _CALL,
    "Details": _DETAILS,
    "StatusCallback": _CALLBACK,
    "Account": _ACCOUNT,
    "PlannedCall": _PLANNED,
    "SMSMessage": _MESSAGE,
    "PlannedMessage": _PLANNED_MESSAGE,
    "SentCallback": _SENT,
    "JournalRequest": _REQUEST,
    "ArmedFault": _FAULT,
    "NewsItem": _NEWS_ITEM,
}
"""The shapes that others refer to."""
