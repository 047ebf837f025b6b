"""The transcript: an account's whole story as JSON lines, the same bytes for the same story."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from flask import Blueprint, Response

from exomock.api.wiring import engine
from exomock.control.answers import (
    call_json,
    callback_json,
    event_json,
    message_event_json,
    owner_json,
)
from exomock.control.journal import shown_parameters
from exomock.control.wiring import world
from exomock.domain.call import Call
from exomock.domain.callback import KIND, QUESTION
from exomock.domain.message import MESSAGE, TextMessage
from exomock.engine import Entry, Happened, World
from exomock.engine.items import MessageHappened
from exomock.engine.walks import walk_of
from exomock.ist import iso

bp = Blueprint("transcript", __name__)

_SID = re.compile(rb'(?:"Sid": "|<Sid>)([0-9A-Za-z]{32})')


class Line(NamedTuple):
    """One line: what it is sorted by, and what it says."""

    at: int
    kind: str
    sid: str
    place: int
    data: dict[str, Any]


@bp.get("/accounts/<sid>/transcript")
def transcript(sid: str) -> Response:
    """Tell the account's story: requests, events, steps of flows, and what was sent."""
    here = world(sid)
    engine().agenda.catch_up(here)
    calls = engine().store.calls.all(sid)
    messages = engine().store.messages.all(sid)
    lines = sorted(_lines(here, calls, messages), key=lambda line: line[:4])
    head = {"kind": "account", "sid": sid, "requests_dropped": here.journal.dropped}
    if here.journal.taken_over is not None:
        head["taken_over"] = iso(here.journal.taken_over)
    whole = [head, *({"at": iso(x.at), "kind": x.kind, **x.data} for x in lines)]
    text = "".join(json.dumps(each) + "\n" for each in whole)
    return Response(text, mimetype="application/jsonl")


def _lines(here: World, calls: list[Call], messages: list[TextMessage]) -> Iterator[Line]:
    for entry in here.journal.entries():
        yield Line(entry.at, "request", "", entry.number, _request(entry))
    for call in calls:
        yield from _steps(call)
        for index, each in enumerate(call.plan[: call.done]):
            happened = Happened(each.at, call.sid, each.leg, each.event)
            data = event_json(happened)
            data.pop("at")
            yield Line(each.at, "event", call.sid, index, data)
    yield from _of_messages(messages)
    owners: dict[tuple[str, str], object] = {
        (kind, call.sid): call for call in calls for kind in (KIND, QUESTION)
    }
    owners |= {(MESSAGE, each.sid): each for each in messages}
    for row in engine().store.outbox.of(here.sid):
        owner = owners.get((row.kind, row.sid))
        if owner is None:  # it was placed after the calls and messages were read
            continue
        row_json = callback_json(row, owner)
        # Without wall times and ids, because these differ from run to run.
        data = {key: row_json[key] for key in ("event", "state", "url", "fields")}
        data = {**owner_json(row.kind, row.sid), **data}
        data["attempts"] = [
            {key: each[key] for key in ("number", "status", "error")}
            for each in row_json["attempts"]
        ]
        yield Line(row.due_at, "sent", row.sid, row.place, data)


def _steps(call: Call) -> Iterator[Line]:
    if call.flows:
        for index, each in enumerate(call_json(call)["path"]):
            data = {"call": call.sid, **{key: each[key] for key in each if key != "at"}}
            yield Line(walk_of(call).path[index].at, "step", call.sid, index, data)


def _of_messages(messages: list[TextMessage]) -> Iterator[Line]:
    for message in messages:
        for index, each in enumerate(message.plan[: message.done]):
            data = message_event_json(MessageHappened(each.at, message.sid, each.code))
            data.pop("at")
            yield Line(each.at, "message", message.sid, index, data)


def _request(entry: Entry) -> dict[str, Any]:
    sids = [sid.decode() for sid in _SID.findall(entry.answer)] if entry.method == "POST" else []
    return {
        "method": entry.method,
        "path": entry.path,
        "parameters": shown_parameters(entry),
        "status": entry.status,
        **({_placed(entry): sids[0]} if sids else {}),
    }


def _placed(entry: Entry) -> str:
    """What a request has placed, whose Sid its answer gives."""
    return "message" if entry.path.lower().startswith("sms/") else "call"
