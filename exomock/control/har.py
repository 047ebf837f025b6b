"""
The journal as an HTTP Archive, which browsers and proxies open.

Source: HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/). Headers and connections are not
kept by the journal, so that their lists are empty and their sizes -1, as the format has it.
"""

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote

from flask import Blueprint, Response, request

from exomock import __version__
from exomock.control.journal import shown_parameters
from exomock.control.wiring import world
from exomock.engine import Entry
from exomock.ist import iso
from exomock.plain import masked

bp = Blueprint("har", __name__)

_UNKNOWN = -1
_VERSION = "HTTP/1.1"


@bp.get("/accounts/<sid>/requests/har")
def show(sid: str) -> Response:
    """Show the journal as an HTTP Archive (HAR 1.2); moments are the account's."""
    from_here = world(sid)
    base = _base(sid)
    entries = [_entry(each, base) for each in from_here.journal.entries()]
    creator = {"name": "exomock", "version": __version__}
    log = {"version": "1.2", "creator": creator, "entries": entries}
    headers = {"Content-Disposition": f'attachment; filename="{sid}.har"'}
    return Response(json.dumps({"log": log}), mimetype="application/json", headers=headers)


def _base(sid: str) -> str:
    return f"{request.host_url}v1/Accounts/{quote(sid, safe='')}"


def _entry(entry: Entry, base: str) -> dict[str, Any]:
    return {
        "startedDateTime": iso(entry.at),
        "time": entry.milliseconds,
        "request": _request(entry, base),
        "response": _response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": entry.milliseconds, "receive": 0},
        "comment": entry.why,
    }


def _request(entry: Entry, base: str) -> dict[str, Any]:
    sent = [{"name": "Content-Type", "value": entry.content_type}] if entry.content_type else []
    asked = [
        {"name": name, "value": masked(value)}
        for name, value in parse_qsl(entry.query, keep_blank_values=True)
    ]
    question = "?" + "&".join(f"{quote(x['name'])}={quote(x['value'])}" for x in asked)
    found: dict[str, Any] = {
        "method": entry.method,
        "url": masked(f"{base}/{entry.path}") + (question if asked else ""),
        "httpVersion": _VERSION,
        "cookies": [],
        "headers": sent,
        "queryString": asked,
        "headersSize": _UNKNOWN,
        "bodySize": len(entry.body),
    }
    return found | ({"postData": _posted(entry)} if entry.body else {})


def _posted(entry: Entry) -> dict[str, Any]:
    """The parameters of a body; no text stands beside them, because a form's hides passwords."""
    pairs = [
        {"name": name, "value": each}
        for name, value in shown_parameters(entry).items()
        for each in (value if isinstance(value, list) else [value])
    ]
    return {"mimeType": entry.content_type, "params": pairs, "text": ""}


def _response(entry: Entry) -> dict[str, Any]:
    text = masked(entry.answer.decode(errors="replace"))
    try:
        said = HTTPStatus(entry.status).phrase
    except ValueError:
        said = ""
    kind = "application/json" if entry.path.endswith(".json") else "application/xml"
    return {
        "status": entry.status,
        "statusText": said,
        "httpVersion": _VERSION,
        "cookies": [],
        "headers": [{"name": "X-Exomock-Why", "value": entry.why}] if entry.why else [],
        "content": {"size": len(entry.answer), "mimeType": kind, "text": text},
        "redirectURL": "",
        "headersSize": _UNKNOWN,
        "bodySize": len(entry.answer),
    }
