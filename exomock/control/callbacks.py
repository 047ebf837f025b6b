"""Callbacks and questions: what was sent, what came of it, and sending it again."""

import re
from typing import Any

from flask import Blueprint, Response
from marshmallow import fields

from exomock.api.wiring import engine
from exomock.control.answers import answered, callback_json
from exomock.control.forms import query
from exomock.control.owners import owners_of
from exomock.control.paging import NumberedForm, answered_page, cut
from exomock.control.problems import Problem
from exomock.control.wiring import courier, world
from exomock.domain.flows.walked import Asks
from exomock.domain.telling import Telling
from exomock.field import OneOf
from exomock.storage.pages import Wanted, callbacks_page, newest_callbacks

bp = Blueprint("callbacks", __name__)

QUESTIONS = tuple(each.value for each in Asks)
NOTICES = {
    "terminal": ("terminal", "brief"),
    "answered": ("answered",),
    "received": ("received",),
    "question": QUESTIONS,
    **{each: (each,) for each in QUESTIONS},
}
"""
Which notices an event's name stands for: the callback of four fields is a terminal one.

A question's event is who asks, as `passthru`; `question` is any of them.
"""

_ID = re.compile("[0-9]{1,18}")  # what SQLite can hold


class CallbackFilter(NumberedForm):
    """Which callbacks, and how many of them."""

    call = fields.String(load_default=None)
    message = fields.String(load_default=None)
    event = OneOf(tuple(NOTICES), load_default=None)
    state = OneOf(list(Telling), load_default=None)


@bp.get("/accounts/<sid>/callbacks")
def list_callbacks(sid: str) -> Response:
    """Show callbacks and questions, in the order they came to be owed."""
    asked = query(CallbackFilter)
    engine().agenda.catch_up(world(sid))
    states = (asked["state"],) if asked["state"] else ()
    notices = NOTICES.get(asked["event"], ())
    wanted = Wanted(sid, asked["call"], notices, asked["message"], states)
    return answered_page(*page_of(wanted, asked["limit"], asked["after"] or 0))


def page_of(wanted: Wanted, limit: int, after: int = 0) -> tuple[dict[str, Any], int | None]:
    """
    A page of callbacks, and the id that the next page begins after.

    Args:
        wanted: Which.
        limit: How many, 1 or more.
        after: Only those whose id is greater.
    """
    store = engine().store
    rows, following = cut(
        callbacks_page(store, wanted, limit + 1, after), lambda row: row.id, limit
    )
    owners = owners_of(wanted.account, rows)
    each = ((row, owners.get((row.kind, row.sid))) for row in rows)
    found = [callback_json(row, owner) for row, owner in each if owner is not None]
    return {"callbacks": found}, following


@bp.post("/accounts/<sid>/callbacks/<callback>/replay")
def replay(sid: str, callback: str) -> Response:
    """Send a callback or question again, and say what came of it."""
    world(sid)
    number = int(callback) if _ID.fullmatch(callback) else -1
    sent = courier().replay(sid, number)
    row = next(iter(engine().store.outbox.of(sid, ids=[number])), None)
    owner = None if row is None else owners_of(sid, [row]).get((row.kind, row.sid))
    if row is None or owner is None:  # also where a reset came while it was on the wire
        known = [str(each) for each in newest_callbacks(engine().store, sid, 3)]
        raise Problem(404, f"there is no callback '{callback}'", callbacks=known)
    if not sent:
        raise Problem(409, f"callback {number} is on the wire; wait until it has been tried")
    return answered(callback_json(row, owner))
