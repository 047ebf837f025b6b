"""The page of an account's journal: what clients sent, and what was told to their servers."""

from typing import Any
from urllib.parse import unquote_plus

from flask import Blueprint, request

from exomock.api.wiring import engine
from exomock.console.curl import again
from exomock.console.pages import PART, page
from exomock.control.accounts import account
from exomock.control.answers import callback_json
from exomock.control.callbacks import NOTICES
from exomock.control.journal import entry_json
from exomock.control.owners import owners_of
from exomock.control.wiring import world
from exomock.domain.telling import Telling
from exomock.engine import Entry, World
from exomock.plain import masked
from exomock.storage.pages import Wanted, newest_of

bp = Blueprint("console_journal", __name__)

SHOWN = 50
"""How many requests and callbacks a page shows."""

LONGEST_ANSWER = 2_000
"""Bytes of an answer that a page shows; fifty lists of calls would be megabytes."""


@bp.get("/accounts/<sid>/journal")
def show(sid: str) -> str:
    """Show requests and callbacks, the newest first."""
    here = world(sid)
    engine().agenda.catch_up(here)
    state, event = request.args.get("state", ""), request.args.get("event", "")
    part = request.args.get(PART)  # each part is asked for alone, as often as something happens
    return page(
        "journal.html",
        title="Journal",
        sid=sid,
        **({} if part == "callbacks" else _requests(here)),
        callbacks=[] if part == "requests" else _callbacks(sid, state, event),
        state=state,
        event=event,
        states=list(Telling),
        events=list(NOTICES),
    )


def _requests(here: World) -> dict[str, Any]:
    searched, before = request.args.get("q", "").strip(), _number(request.args.get("before"))
    known, found = account(here), []
    for entry in reversed(here.journal.entries()):
        if (before is None or entry.number < before) and _holds(entry, searched.lower()):
            found.append(entry)
        if len(found) > SHOWN:
            break
    shown = found[:SHOWN]
    return {
        "requests": [_shown(each, known) for each in shown],
        "older": shown[-1].number if len(found) > SHOWN else None,
        "before": before,
        "q": searched,
    }


def _shown(entry: Entry, known: dict[str, Any]) -> dict[str, Any]:
    data = entry_json(entry)
    answer = masked(entry.answer[: LONGEST_ANSWER + 1].decode(errors="replace"))
    if len(entry.answer) > LONGEST_ANSWER:
        answer = f"{answer[:LONGEST_ANSWER]}… ({len(entry.answer)} bytes; the HAR has all)"
    bad = entry.status >= 400  # noqa: PLR2004
    return data | {"answer": answer, "curl": again(known, data), "bad": bad}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None  # noqa: PLR2004


def _holds(entry: Entry, searched: str) -> bool:
    """Whether every word that is searched for stands in a request or in its answer."""
    if not searched:
        return True
    sent = unquote_plus(f"{entry.query} {entry.body.decode(errors='replace')}")
    answered = f"{entry.status} {entry.why} {entry.answer.decode(errors='replace')}"
    text = f"{entry.method} {entry.path} {sent} {answered}".lower()
    return all(word in text for word in searched.split())


def _callbacks(sid: str, state: str, event: str) -> list[dict[str, Any]]:
    states = (state,) if state in list(Telling) else ()
    wanted = Wanted(sid, notices=NOTICES.get(event, ()), states=states)
    rows = newest_of(engine().store, wanted, SHOWN)
    owners = owners_of(sid, rows)
    each = ((row, owners.get((row.kind, row.sid))) for row in rows)
    return [callback_json(row, owner) for row, owner in each if owner is not None]
