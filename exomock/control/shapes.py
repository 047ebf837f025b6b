"""
The shapes of good answers as JSON Schema, by the route that gives them.

They say what is always there and of which kind it is, and forbid nothing more: a client that reads
them must bear a key that comes with a later release, or with an account's dialect.
"""

from exomock.control.components import (
    BALANCE,
    CLOCK,
    HEALTH,
    IN_BETA,
    IN_V1,
    LEG_RECORD,
    METADATA,
    NEXT,
    NUMBER_INFO,
    SCENARIO,
    SNAPSHOT,
    TO_RENT,
    TRANSITION,
)
from exomock.control.shaping import (
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

_ACCOUNT_, _PLANNED_ = component("Account"), component("PlannedCall")
_SENT_, _REQUEST_ = component("SentCallback"), component("JournalRequest")
_ADVANCED = thing(
    now=TIME, idle=TRUTH, stopped=maybe(TEXT),
    events=many(thing({"call": TEXT, "message": TEXT}, **TRANSITION)), callbacks=many(_SENT_),
)  # fmt: skip
_WAITED = thing(
    {
        "idle": TRUTH,
        "clock": CLOCK,
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
    "calls.list_calls": thing(Metadata=METADATA, Calls=many(component("Call"))),
    "messages.send": _SENT_MESSAGES,
    "messages.bulksend": many(thing(SMSMessage=component("SMSMessage"))),
    "messages.details": thing(SMSMessage=component("SMSMessage")),
    "legs.legs": thing(MetaData=thing(Total=WHOLE, Count=WHOLE), legs=many(LEG_RECORD)),
    "numbers.number": thing(Numbers=NUMBER_INFO),
    "accounts.balance": thing(Account=thing(AccountSid=TEXT, BalanceData=BALANCE)),
    "whitelist.whitelist": thing(Result=thing(Succeeded=TRUTH)),
    "whitelist.remove": thing(Result=thing(Succeeded=TRUTH)),
    "whitelist.listed": thing(Result=thing(Status=TEXT, Type=TEXT, Expiry=WHOLE)),
    "exophones.list_exophones": thing(IncomingPhoneNumbers=many(thing(IncomingPhoneNumber=IN_V1))),
    "exophones.exophone": thing(IncomingPhoneNumber=IN_V1),
    "exophones_beta.list_exophones_beta": thing(
        page=WHOLE, page_size=WHOLE, incoming_phone_numbers=many(IN_BETA)
    ),
    "exophones_beta.rent": IN_BETA,
    "exophones_beta.exophone_beta": IN_BETA,
    "exophones_beta.change": IN_BETA,
    "exophones_beta.give_up": thing(Status=WHOLE, Message=TEXT),
    "exophones_beta.all_available": many(TO_RENT),
    "exophones_beta.available": many(TO_RENT),
    "health.health": HEALTH,
    "control.accounts.make": _ACCOUNT_,
    "control.accounts.show": _ACCOUNT_,
    "control.accounts.reset": _ACCOUNT_,
    "control.accounts.list_accounts": thing(NEXT, accounts=many(_ACCOUNT_)),
    "control.clock.show": CLOCK,
    "control.clock.put": thing(now=TIME, rate=NUMBER, stopped=maybe(TEXT)),
    "control.clock.advance": _ADVANCED,
    "control.scenario.show": SCENARIO,
    "control.scenario.put": SCENARIO,
    "control.scenario.schema": thing(),
    "control.scenario.check": thing(
        ok=TRUTH, problems=many(thing(line=WHOLE, column=WHOLE, key=TEXT, problem=TEXT))
    ),
    "control.scenario.lay_down": thing(waiting=WHOLE),
    "control.faults.list_faults": thing(NEXT, faults=many(component("ArmedFault"))),
    "control.faults.add": component("ArmedFault"),
    "control.twists.list_twists": thing(NEXT, twists=many(component("ArmedFault"))),
    "control.twists.add": component("ArmedFault"),
    "control.calls.list_calls": thing(NEXT, calls=many(_PLANNED_)),
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
    "control.messages.list_messages": thing(NEXT, messages=many(component("PlannedMessage"))),
    "control.messages.show": component("PlannedMessage"),
    "control.messages.texted": component("PlannedMessage"),
    "control.callbacks.list_callbacks": thing(NEXT, callbacks=many(_SENT_)),
    "control.callbacks.replay": _SENT_,
    "control.journal.list_requests": thing(
        NEXT, requests=many(_REQUEST_), total=WHOLE, dropped=WHOLE
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
        NEXT, news=many(component("NewsItem")), missed=WHOLE, last=WHOLE, life=WHOLE
    ),
    "control.snapshots.take": SNAPSHOT,
    "control.snapshots.list_snapshots": thing(NEXT, snapshots=many(SNAPSHOT)),
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
