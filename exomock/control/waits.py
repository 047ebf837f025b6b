"""Waiting: an answer as soon as something is so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from flask import Blueprint, Response
from marshmallow import ValidationError, fields

from exomock.api.wiring import engine
from exomock.control.accounts import clock
from exomock.control.answers import answered, call_json
from exomock.control.callbacks import NOTICES, page_of
from exomock.control.forms import Form, Quantity, Truth, query
from exomock.control.paging import USUAL
from exomock.control.problems import Problem
from exomock.control.wiring import waiters, world
from exomock.domain.status import Status
from exomock.engine import World
from exomock.field import OneOf
from exomock.storage.pages import Wanted, callback_tried, status_of

bp = Blueprint("waits", __name__)

LONGEST = 300

PAUSE = 0.02
"""Seconds between two looks of one wait at most; 32 that look at each change are a core."""


class WaitForm(Form):
    """What is waited for, and how many seconds of wall time at most."""

    call = fields.String(load_default=None)
    status = OneOf(tuple(Status), load_default=None)
    callback = OneOf(tuple(NOTICES), load_default=None)
    idle = Truth(load_default=False)
    timeout = Quantity(0, LONGEST, " seconds", load_default=10.0)


class Wait(NamedTuple):
    """
    What is waited for.

    Args:
        so: Whether it is so; asked at each change, and cheap.
        present: How things stand; asked once, at the end.
    """

    so: Callable[[], bool]
    present: Callable[[], dict[str, Any]]


@bp.get("/accounts/<sid>/wait")
def wait(sid: str) -> Response:
    """Answer as soon as a call has a status, a callback was tried, or nothing is due any more."""
    asked = query(WaitForm)
    here = world(sid)
    epoch, awaited = here.epoch, _wait(here, asked)
    with _place():
        came = here.wait_for(lambda: here.epoch != epoch or awaited.so(), asked["timeout"], PAUSE)
    if not here.alive:
        raise Problem(404, f"account '{sid}' was deleted meanwhile")
    if here.epoch != epoch:
        raise Problem(409, f"account '{sid}' was reset or restored meanwhile")
    came, present = came or awaited.so(), awaited.present()
    if not came:
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


def _wait(here: World, asked: dict[str, Any]) -> Wait:
    kinds = [asked["status"] is not None, asked["callback"] is not None, asked["idle"]]
    if sum(kinds) != 1:
        expected = 'expected one of "status" (with "call"), "callback" and "idle=true"'
        raise ValidationError({"wait": [expected]})
    if asked["idle"]:
        return _idle(here)
    if asked["call"] is not None:
        engine().details(here.sid, asked["call"])  # an unknown call will never come
    if asked["callback"] is not None:
        return _callbacks(Wanted(here.sid, asked["call"], NOTICES[asked["callback"]]))
    if asked["call"] is None:
        raise ValidationError({"call": ["is missing; expected the Sid of the call to wait for"]})
    return _call(here.sid, asked["call"], asked["status"])


def _idle(here: World) -> Wait:
    def so() -> bool:
        return engine().advancing.idle(here)

    return Wait(so, lambda: {"idle": so(), "clock": clock(here)})


def _call(account: str, sid: str, status: str) -> Wait:
    def present() -> dict[str, Any]:
        call = engine().store.calls.one(account, sid)
        return {"call": None if call is None else call_json(call)}  # a reset may come in between

    return Wait(lambda: status_of(engine().store, account, sid) == status, present)


def _callbacks(wanted: Wanted) -> Wait:
    return Wait(lambda: callback_tried(engine().store, wanted), lambda: page_of(wanted, USUAL)[0])
