"""
The shapes of good answers as JSON Schema, by the route that gives them.

They say what is always there and of which kind it is, and forbid nothing more: a client that reads
them must bear a key that comes with a later release, or with an account's dialect.
"""

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
_METADATA = thing(
    Total=WHOLE,
    PageSize=WHOLE,
    FirstPageUri=maybe(TEXT),
    PrevPageUri=maybe(TEXT),
    NextPageUri=maybe(TEXT),
)
_NUMBER_INFO = thing(
    **dict.fromkeys(
        ("PhoneNumber", "Circle", "CircleName", "Type", "Operator", "OperatorName", "DND"), TEXT
    )
)
_BALANCE = thing(**dict.fromkeys(("Balance", "Currency", "PricingPlan", "DateUpdated"), TEXT))
_LEG_RECORD = thing(
    **dict.fromkeys(
        ("Sid", "CallSid", "AccountSid", "PhoneNumber", "Status", "Origin", "LastAction",
         "DateCreated", "DateUpdated"), TEXT
    )
)  # fmt: skip
_CAN = thing(voice=TRUTH, sms=TRUTH)
_TO_RENT = thing(
    **dict.fromkeys(("phone_number", "friendly_name", "country", "region", "currency"), TEXT),
    capabilities=_CAN,
    rental_price=TEXT,
)
_IN_BETA = {"allOf": [_TO_RENT, thing(sid=TEXT, voice_url=maybe(TEXT), sms_url=maybe(TEXT))]}
_IN_V1 = thing(Sid=TEXT, PhoneNumber=TEXT, FriendlyName=TEXT, VoiceUrl=maybe(TEXT))
_CALLBACK_LEG = thing(OnCallDuration=NUMBER, Status=_LEG_STATUS)
_KINDS: dict[str, Shape] = {"ConversationDuration": NUMBER, "Legs": many(_CALLBACK_LEG)}
_CALLBACK = {
    "type": "object",
    "description": "Four fields without StatusCallbackEvents; all of these for each event of it",
    "properties": {name: _KINDS.get(name, {"type": ["string", "null"]}) for name in JSON_ORDER},
    "required": list(BRIEF_ORDER),
}

_CLOCK = thing(now=TIME, rate=NUMBER)
_ACCOUNT = thing(
    sid=TEXT, key=TEXT, token=TEXT, seed=WHOLE, collect=TRUTH, people=TRUTH, clock=_CLOCK,
    scenario=TEXT, base_url=TEXT,
)  # fmt: skip
_TRANSITION = {"at": TIME, "leg": maybe(WHOLE), "event": TEXT}
_PLANNED = thing(
    sid=TEXT, status=TEXT, stuck=TRUTH, direction=TEXT, to=TEXT, exophone=TEXT,
    flow=maybe(TEXT), custom_field=maybe(TEXT), status_callback=maybe(TEXT), created=TIME,
    why=TEXT, record=TRUTH, legs=many(thing(leg=WHOLE, state=TEXT, on_call=WHOLE)),
    plan=many(thing(**_TRANSITION, past=TRUTH)),
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
_SCENARIO = thing(name=TEXT, rules=many(TEXT), yaml=TEXT)
_NEWS_ITEM = thing(
    account=TEXT,
    number=WHOLE,
    at=TIME,
    wall=TIME,
    kind=TEXT,
    subject={"type": ["string", "integer", "null"]},
    data=thing(),
)
_HEALTH = thing(
    {"lease": TEXT}, status=TEXT, version=TEXT, database=TEXT, heartbeat=TEXT, last_beat=maybe(TIME)
)
_SNAPSHOT = thing(id=TEXT)
_NEXT = {"next": {"type": ["string", "integer", "null"]}}

COMPONENTS: dict[str, Shape] = {
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

_ACCOUNT_, _PLANNED_ = component("Account"), component("PlannedCall")
_SENT_, _REQUEST_ = component("SentCallback"), component("JournalRequest")
_ADVANCED = thing(
    now=TIME, idle=TRUTH, stopped=maybe(TEXT),
    events=many(thing({"call": TEXT, "message": TEXT}, **_TRANSITION)), callbacks=many(_SENT_),
)  # fmt: skip
_WAITED = thing(
    {
        "idle": TRUTH,
        "clock": _CLOCK,
        "call": maybe(_PLANNED_),
        "message": maybe(component("PlannedMessage")),
        "callbacks": many(_SENT_),
    }
)

_ONE_MESSAGE = thing(SMSMessage=component("SMSMessage"))
_SENT_MESSAGES: Shape = {"anyOf": [_ONE_MESSAGE, many(_ONE_MESSAGE)]}
"""Several To are answered by a list."""

SHAPES: dict[str, Shape] = {
    "accounts.account": thing(Account=thing(Sid=TEXT, Status=TEXT)),
    "calls.connect": thing(Call=component("Call")),
    "calls.details": thing(Call=component("Call")),
    "calls.list_calls": thing(Metadata=_METADATA, Calls=many(component("Call"))),
    "messages.send": _SENT_MESSAGES,
    "messages.bulksend": many(thing(SMSMessage=component("SMSMessage"))),
    "messages.details": thing(SMSMessage=component("SMSMessage")),
    "legs.legs": thing(MetaData=thing(Total=WHOLE, Count=WHOLE), legs=many(_LEG_RECORD)),
    "numbers.number": thing(Numbers=_NUMBER_INFO),
    "accounts.balance": thing(Account=thing(AccountSid=TEXT, BalanceData=_BALANCE)),
    "whitelist.whitelist": thing(Result=thing(Succeeded=TRUTH)),
    "whitelist.remove": thing(Result=thing(Succeeded=TRUTH)),
    "whitelist.listed": thing(Result=thing(Status=TEXT, Type=TEXT, Expiry=WHOLE)),
    "exophones.list_exophones": thing(IncomingPhoneNumbers=many(thing(IncomingPhoneNumber=_IN_V1))),
    "exophones.exophone": thing(IncomingPhoneNumber=_IN_V1),
    "exophones_beta.list_exophones_beta": thing(
        page=WHOLE, page_size=WHOLE, incoming_phone_numbers=many(_IN_BETA)
    ),
    "exophones_beta.rent": _IN_BETA,
    "exophones_beta.exophone_beta": _IN_BETA,
    "exophones_beta.change": _IN_BETA,
    "exophones_beta.give_up": thing(Status=WHOLE, Message=TEXT),
    "exophones_beta.all_available": many(_TO_RENT),
    "exophones_beta.available": many(_TO_RENT),
    "health.health": _HEALTH,
    "control.accounts.make": _ACCOUNT_,
    "control.accounts.show": _ACCOUNT_,
    "control.accounts.reset": _ACCOUNT_,
    "control.accounts.list_accounts": thing(_NEXT, accounts=many(_ACCOUNT_)),
    "control.clock.show": _CLOCK,
    "control.clock.put": thing(now=TIME, rate=NUMBER, stopped=maybe(TEXT)),
    "control.clock.advance": _ADVANCED,
    "control.scenario.show": _SCENARIO,
    "control.scenario.put": _SCENARIO,
    "control.scenario.schema": thing(),
    "control.scenario.check": thing(
        ok=TRUTH, problems=many(thing(line=WHOLE, column=WHOLE, key=TEXT, problem=TEXT))
    ),
    "control.scenario.lay_down": thing(waiting=WHOLE),
    "control.faults.list_faults": thing(_NEXT, faults=many(component("ArmedFault"))),
    "control.faults.add": component("ArmedFault"),
    "control.twists.list_twists": thing(_NEXT, twists=many(component("ArmedFault"))),
    "control.twists.add": component("ArmedFault"),
    "control.calls.list_calls": thing(_NEXT, calls=many(_PLANNED_)),
    "control.calls.show": _PLANNED_,
    "control.exchanges.list_exchanges": thing(
        exchanges=many(
            thing(
                id=TEXT,
                title=TEXT,
                state=TEXT,
                callback=maybe(WHOLE),
                sent=TEXT,
                tries=many(thing(number=WHOLE, at=TIME, said=TEXT, answered=TEXT)),
            )
        ),
        left_out=WHOLE,
        why=TEXT,
        passed_over=maybe(many(thing(rule=TEXT, misses=many(TEXT)))),
    ),
    "control.calls.inbound": _PLANNED_,
    "control.calls.hang_up": _PLANNED_,
    "control.phones.phone": _PLANNED_,
    "control.phones.show": thing(people=TRUTH),
    "control.phones.put": thing(people=TRUTH),
    "control.flows.reply": _PLANNED_,
    "control.flows.press": _PLANNED_,
    "control.flows.list_agents": thing(
        agents=many(
            thing(
                number=TEXT,
                state=TEXT,
                call=maybe(TEXT),
                events=many(thing(at=TIME, call=TEXT, event=TEXT, status=TEXT)),
            )
        )
    ),
    "control.messages.list_messages": thing(_NEXT, messages=many(component("PlannedMessage"))),
    "control.messages.show": component("PlannedMessage"),
    "control.messages.texted": component("PlannedMessage"),
    "control.callbacks.list_callbacks": thing(_NEXT, callbacks=many(_SENT_)),
    "control.callbacks.replay": _SENT_,
    "control.journal.list_requests": thing(
        _NEXT, requests=many(_REQUEST_), total=WHOLE, dropped=WHOLE
    ),
    "control.har.show": thing(log=thing(version=TEXT, creator=thing(), entries=many(thing()))),
    "control.journal.verify": thing(
        matched=TRUTH,
        count=WHOLE,
        dropped=WHOLE,
        closest=many(thing(request=_REQUEST_, differs=many(TEXT))),
    ),
    "control.waits.wait": _WAITED,
    "control.news.list_news": thing(
        _NEXT, news=many(component("NewsItem")), missed=WHOLE, last=WHOLE, life=WHOLE
    ),
    "control.snapshots.take": _SNAPSHOT,
    "control.snapshots.list_snapshots": thing(_NEXT, snapshots=many(_SNAPSHOT)),
    "control.snapshots.restore": _ACCOUNT_,
    "control.coverage.show": thing(
        suite=TEXT,
        met=WHOLE,
        of=WHOLE,
        situations=many(thing(group=TEXT, name=TEXT, how=TEXT, met=WHOLE)),
    ),
    "control.cluster.show": thing(
        me=TEXT,
        processes=many(thing(url=TEXT, pid=WHOLE, until=TEXT, accounts=WHOLE)),
        accounts=many(thing(sid=TEXT, term=WHOLE)),
    ),
    "control.index.show": thing(),
    "control.openapi.show": thing(openapi=TEXT, info=thing(), paths=thing()),
}
"""The answer of each route that gives JSON, by its endpoint; v1's in XML has the same names."""

TEXTS: dict[str, str] = {
    "echo.echo": "text/plain",
    "recordings.play": "audio/mpeg",
    "control.transcript.transcript": "application/jsonl",
    "control.scenario.show_played": "application/yaml",
    "control.exchanges.ladder": "image/svg+xml",
    "control.retellings.for_pytest": "text/x-python",
    "control.retellings.for_node": "text/javascript",
    "control.events.follow": "text/event-stream",
    "control.events.follow_all": "text/event-stream",
}
"""The media type of those that give a text, or audio."""
