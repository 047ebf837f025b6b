"""Waiting: an answer as soon as something is so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Response
from marshmallow import ValidationError, fields

from exomock.api.wiring import engine
from exomock.control.accounts import clock
from exomock.control.answers import answered, call_json, callback_json
from exomock.control.callbacks import NOTICES
from exomock.control.forms import Choice, Form, Quantity, Truth, query
from exomock.control.problems import Problem
from exomock.control.wiring import waiters, world
from exomock.domain.status import Status
from exomock.engine import World

bp = Blueprint("waits", __name__)

LONGEST = 300
_ATTEMPTED = {"delivered", "failed", "refused", "collected"}


class WaitForm(Form):
    """What is waited for, and how many seconds of wall time at most."""

    call = fields.String(load_default=None)
    status = Choice(tuple(Status), load_default=None)
    callback = Choice(tuple(NOTICES), load_default=None)
    idle = Truth(load_default=False)
    timeout = Quantity(0, LONGEST, " seconds", load_default=10.0)


@bp.get("/accounts/<sid>/wait")
def wait(sid: str) -> Response:
    """Answer as soon as a call has a status, a callback was tried, or nothing is due any more."""
    asked = query(WaitForm())
    here = world(sid)
    epoch, state = here.epoch, _state(here, asked)
    with _place():
        came = here.wait_for(lambda: here.epoch != epoch or state()[0], asked["timeout"])
    if not here.alive:
        raise Problem(404, f"account '{sid}' was deleted meanwhile")
    if here.epoch != epoch:
        raise Problem(409, f"account '{sid}' was reset or restored meanwhile")
    so, present = state()
    if not (came or so):
        raise Problem(408, f"not so after {asked['timeout']:g} s", **present)
    return answered(present)


@contextmanager
def _place() -> Iterator[None]:
    """One of the places there are for requests that wait: each holds a server thread."""
    places = waiters()
    if not places.acquire(blocking=False):
        most = engine().settings.max_waiters
        raise Problem(503, f"max-waiters: {most} requests wait already; try again later")
    try:
        yield
    finally:
        places.release()


def _state(here: World, asked: dict[str, Any]) -> Callable[[], tuple[bool, dict[str, Any]]]:
    """What to look at: whether it is so, and how things stand."""
    kinds = [asked["status"] is not None, asked["callback"] is not None, asked["idle"]]
    if sum(kinds) != 1:
        expected = 'expected one of "status" (with "call"), "callback" and "idle=true"'
        raise ValidationError({"wait": [expected]})
    if asked["idle"]:
        return lambda: _idle(here)
    if asked["call"] is not None:
        engine().details(here.sid, asked["call"])  # an unknown call will never come
    if asked["callback"] is not None:
        return lambda: _callbacks(here, asked["call"], asked["callback"])
    if asked["call"] is None:
        raise ValidationError({"call": ["is missing; expected the Sid of the call to wait for"]})
    return lambda: _call(here, asked["call"], asked["status"])


def _idle(here: World) -> tuple[bool, dict[str, Any]]:
    idle = engine().agenda.idle(here)
    return idle, {"idle": idle, "clock": clock(here)}


def _call(here: World, sid: str, status: str) -> tuple[bool, dict[str, Any]]:
    call = engine().store.call(here.sid, sid)
    if call is None:  # a reset came in between
        return False, {"call": None}
    return str(call.status) == status, {"call": call_json(call)}


def _callbacks(here: World, sid: str | None, event: str) -> tuple[bool, dict[str, Any]]:
    rows = engine().store.outbox.of(here.sid, sid, NOTICES[event])
    calls = engine().store.calls_of(here.sid, {row.call_sid for row in rows})
    shown = [callback_json(row, calls[row.call_sid]) for row in rows if row.call_sid in calls]
    tried = any(row.attempts or row.state in _ATTEMPTED for row in rows)
    return tried, {"callbacks": shown}
