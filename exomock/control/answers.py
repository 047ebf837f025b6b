"""Answers of the control API, and what calls and callbacks look like in them."""

import json
from typing import Any

from flask import Response

from exomock.api.records import why_of
from exomock.control.wiring import courier
from exomock.delivery.payload import Body
from exomock.domain.call import Call
from exomock.domain.choosing import passed_over
from exomock.domain.message import MESSAGE, TextMessage
from exomock.domain.question import question_of
from exomock.domain.recording import wants_recording
from exomock.domain.report import REPORTS
from exomock.domain.story import Transition
from exomock.engine import Happened, World
from exomock.engine.items import MessageHappened, Occurred
from exomock.engine.walks import enquired, walk_of
from exomock.ist import iso
from exomock.plain import masked
from exomock.storage.deliveries import CallbackRow


def answered(data: dict[str, Any], status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(json.dumps(data), status, mimetype="application/json")


def done() -> Response:
    """An answer that has nothing to say."""
    response = Response(status=204)
    del response.headers["Content-Type"]  # Flask's would say HTML
    return response


def call_json(call: Call) -> dict[str, Any]:
    """A call with its whole plan: every past and coming transition, and what chose it."""
    order = call.order
    return {
        "sid": call.sid,
        "status": str(call.status),
        "stuck": call.stuck,
        "direction": str(order.direction),
        "from": order.from_.shown,
        "to": order.to.shown,
        "exophone": order.exophone.shown,
        "flow": order.flow and masked(order.flow),
        "stream": order.stream and masked(order.stream),
        "custom_field": order.custom_field,
        "status_callback": order.callback and masked(order.callback),
        "created": iso(call.created),
        "why": why_of(call),
        "record": wants_recording(call),
        "legs": [
            {"leg": number, "state": str(leg.state), "on_call": leg.on_call}
            for number, leg in enumerate(call.story.legs, 1)
        ],
        "plan": [
            {**_transition(each), "past": index < call.done} for index, each in enumerate(call.plan)
        ],
        **(_flow_json(call) if call.flows else _NO_FLOW),
    }


_NO_FLOW: dict[str, Any] = {"questions": [], "path": []}


def _flow_json(call: Call) -> dict[str, Any]:
    """What a call in a flow has asked so far, and the steps that it has come to."""
    asked, now = enquired(call), call.plan[call.done - 1].at if call.done else call.created
    return {
        "questions": [
            {
                "at": iso(each.at),
                "event": str(each.kind),
                "method": each.method,
                "url": masked(each.url),
                "open": question_of(call) is not None and each is asked[-1],
            }
            for each in asked
        ],
        "path": [
            {
                "at": iso(each.at),
                "flow": each.app,
                "step": each.step + 1,
                "applet": str(call.flows[each.app].steps[each.step].applet),
                "exit": each.exit if each.left_at <= now else None,
                "why": each.why if each.left_at <= now else None,
            }
            for each in walk_of(call).path
            if each.at <= now
        ],
    }


def passed_over_json(here: World, call: Call) -> list[dict[str, Any]] | None:
    """The rules of the scenario, as it is now, that did not decide a call; None if none could."""
    found = passed_over(here.scenario, call.order, now=call.created, key=call.key, by=call.rule)
    if found is None:
        return None
    return [{"rule": each.place, "misses": each.misses} for each in found[:PASSED_OVER]]


PASSED_OVER = 50
"""How many rules are shown that did not decide a call."""


def _transition(each: Transition) -> dict[str, Any]:
    whole = each.event.of_the_call
    return {"at": iso(each.at), "leg": None if whole else each.leg + 1, "event": str(each.event)}


def message_json(message: TextMessage) -> dict[str, Any]:
    """A message with its whole plan, and what chose it."""
    order = message.order
    return {
        "sid": message.sid,
        "status": message.status,
        "code": message.report.code,
        "detail": message.report.name,
        "direction": str(order.direction),
        "from": order.sender or order.from_,
        "to": order.to.shown,
        "body": order.body,
        "units": order.units,
        "type": order.sms_type,
        "dlt_entity": order.dlt_entity,
        "dlt_template": order.dlt_template,
        "custom_field": order.custom_field,
        "status_callback": order.callback and masked(order.callback),
        "created": iso(message.created),
        "why": message.rule,
        "plan": [
            {"at": iso(each.at), **_became(each.code), "past": index < message.done}
            for index, each in enumerate(message.plan)
        ],
    }


def _became(code: int) -> dict[str, Any]:
    report = REPORTS[code]
    return {"status": report.status, "code": code, "detail": report.name}


def message_event_json(happened: MessageHappened) -> dict[str, Any]:
    """Something that happened to a message: what it became."""
    return {"message": happened.message, "at": iso(happened.at), **_became(happened.code)}


def occurred_json(happened: Occurred) -> dict[str, Any]:
    """Something that happened to a call or to a message."""
    if isinstance(happened, MessageHappened):
        return {"leg": None, "event": REPORTS[happened.code].status, **message_event_json(happened)}
    return event_json(happened)


def owner_json(kind: str, sid: str) -> dict[str, Any]:
    """Whose a callback is: a call's, or a message's."""
    return {"call": None, "message": sid} if kind == MESSAGE else {"call": sid}


def event_json(happened: Happened) -> dict[str, Any]:
    """Something that happened to a call."""
    transition = Transition(happened.at, happened.leg, happened.event)
    return {"call": happened.call, **_transition(transition)}


def callback_json(row: CallbackRow, owner: object) -> dict[str, Any]:
    """A callback: where it goes, as it is sent, and what came of each try."""
    sent, kind = courier().request(row, owner), courier().kinds[row.kind]
    body = sent.body or Body("")
    _type, raw = body.encoded()
    return {
        "id": row.id,
        "kind": "question" if kind.asks else "callback",
        **owner_json(row.kind, row.sid),
        "event": kind.event(row.notice),
        "state": row.state,
        "due": iso(row.due_at),
        "method": row.method,
        "url": sent.url,
        "headers": sent.headers,
        "body": raw.decode(),
        "fields": sent.fields,
        "attempts": [
            {
                "number": each.number,
                "at": iso(each.wall),
                "status": each.status,
                "error": each.error,
                "milliseconds": round(each.milliseconds, 3),
            }
            for each in row.attempts
        ],
    }
