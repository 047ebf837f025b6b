"""Callbacks: what was sent, what came of it, and sending it again."""

import re

from flask import Blueprint, Response
from marshmallow import fields

from exomock.api.wiring import engine
from exomock.control.answers import answered, callback_json
from exomock.control.forms import Choice, Form, query
from exomock.control.problems import Problem
from exomock.control.wiring import courier, world

bp = Blueprint("callbacks", __name__)

NOTICES = {"terminal": ("terminal", "brief"), "answered": ("answered",)}
"""Which notices an event's name stands for: the callback of four fields is a terminal one."""

_ID = re.compile("[0-9]{1,18}")  # what SQLite can hold


class CallbackFilter(Form):
    """Which callbacks."""

    call = fields.String(load_default=None)
    event = Choice(tuple(NOTICES), load_default=None)


@bp.get("/accounts/<sid>/callbacks")
def list_callbacks(sid: str) -> Response:
    """Show callbacks, in the order they came to be owed."""
    asked = query(CallbackFilter())
    engine().agenda.catch_up(world(sid))
    rows = engine().store.outbox.of(sid, asked["call"], NOTICES.get(asked["event"], ()))
    calls = engine().store.calls_of(sid, {row.call_sid for row in rows})
    shown = [callback_json(row, calls[row.call_sid]) for row in rows if row.call_sid in calls]
    return answered({"callbacks": shown})


@bp.post("/accounts/<sid>/callbacks/<callback>/replay")
def replay(sid: str, callback: str) -> Response:
    """Send a callback again, and say what came of it."""
    world(sid)
    if not _ID.fullmatch(callback) or not courier().replay(sid, int(callback)):
        known = [str(row.id) for row in engine().store.outbox.of(sid)][-3:]
        raise Problem(404, f"there is no callback '{callback}'", callbacks=known)
    for row in engine().store.outbox.of(sid, ids=[int(callback)]):
        return answered(callback_json(row, engine().details(sid, row.call_sid)))
    raise Problem(409, f"the account was emptied while callback '{callback}' was sent again")
