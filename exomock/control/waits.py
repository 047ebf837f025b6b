"""Waiting: an answer as soon as something is so."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from flask import Blueprint, Response
from marshmallow import ValidationError, fields

from exomock.api.wiring import engine
from exomock.control.accounts import clock
from exomock.control.answers import answered, call_json, message_json
from exomock.control.callbacks import NOTICES, page_of
from exomock.control.forms import Form, Quantity, Truth, query
from exomock.control.paging import USUAL
from exomock.control.problems import Problem
from exomock.control.wiring import waiters, world
from exomock.domain.report import STATUSES
from exomock.domain.status import Status
from exomock.engine import Happened, TriedCallback, World
from exomock.engine.items import MessageHappened, What
from exomock.field import OneOf
from exomock.storage.pages import Wanted, callback_tried, status_of

bp = Blueprint("waits", __name__)

LONGEST = 300

PAUSE = 0.02
"""Seconds between two looks of one wait at most; 32 that look at each change are a core."""


MANY = 100
"""News of which a wait looks at each; a question to an index costs as much."""


class WaitForm(Form):
    """What is waited for, and how many seconds of wall time at most."""

    call = fields.String(load_default=None)
    message = fields.String(load_default=None)
    status = OneOf(tuple(dict.fromkeys((*Status, *STATUSES))), load_default=None)
    callback = OneOf(tuple(NOTICES), load_default=None)
    idle = Truth(load_default=False)
    timeout = Quantity(0, LONGEST, " seconds", load_default=10.0)


class Wait(NamedTuple):
    """
    What is waited for.

    Args:
        so: Whether the wait is over; asked often, so it must be cheap.
        present: The answer; asked once, at the end.
    """

    so: Callable[[], bool]
    present: Callable[[], dict[str, Any]]


@bp.get("/accounts/<sid>/wait")
def wait(sid: str) -> Response:
    """Answer as soon as a call has a status, a callback was tried, or nothing is due any more."""
    asked = query(WaitForm)
    here = world(sid)
    epoch, awaited = here.epoch, _wait(here, asked)
    with waiting_place():
        came = here.wait_for(lambda: here.over(epoch) or awaited.so(), asked["timeout"], PAUSE)
    if here.left:
        raise here.gone
    if not here.alive:
        raise Problem(404, f"account '{sid}' was deleted meanwhile")
    if here.epoch != epoch:
        raise Problem(409, f"account '{sid}' was reset or restored meanwhile")
    came, present = came or awaited.so(), awaited.present()
    if not came:
        raise Problem(408, f"not so after {asked['timeout']:g} s", **present)
    return answered(present)


@contextmanager
def waiting_place() -> Iterator[None]:
    """One of the places there are for requests that wait: each holds a server thread."""
    places = waiters()
    if not places.acquire():
        why, setting = places.full("requests wait", "max-waiters")
        raise Problem(503, f"{setting}: {why}; try again later")
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
    if asked["message"] is not None:
        if asked["call"] is not None:
            raise ValidationError({"message": ["stands beside call; expected one of them"]})
        engine().texting.details(here.sid, asked["message"])
    if asked["callback"] is not None:
        return _callbacks(
            here, Wanted(here.sid, asked["call"], NOTICES[asked["callback"]], asked["message"])
        )
    if asked["message"] is not None:
        _can_be(asked["status"], STATUSES, "message")
        return _message(here, asked["message"], asked["status"])
    if asked["call"] is None:
        raise ValidationError({"call": ["is missing; expected the Sid of the call to wait for"]})
    _can_be(asked["status"], Status, "call")
    return _call(here, asked["call"], asked["status"])


def _idle(here: World) -> Wait:
    def so() -> bool:
        return engine().advancing.idle(here)

    return Wait(so, lambda: {"idle": so(), "clock": clock(here)})


def _call(here: World, sid: str, status: str) -> Wait:
    account = here.sid

    def happened(what: What) -> bool:
        return isinstance(what, Happened) and what.call == sid

    def present() -> dict[str, Any]:
        call = engine().store.calls.one(account, sid)
        return {"call": None if call is None else call_json(call)}  # a reset may come in between

    so = _at_news(here, happened, lambda: status_of(engine().store, account, sid) == status)
    return Wait(so, present)


def _can_be(status: str, known: Iterable[str], what: str) -> None:
    words = [str(each) for each in known]
    if status not in words:
        said = f"a {what} is never {status}; expected {' or '.join(words)}"
        raise ValidationError({"status": [said]})


def _message(here: World, sid: str, status: str) -> Wait:
    account, kept = here.sid, engine().store.messages

    def happened(what: What) -> bool:
        return isinstance(what, MessageHappened) and what.message == sid

    def present() -> dict[str, Any]:
        message = kept.one(account, sid)
        return {"message": None if message is None else message_json(message)}

    return Wait(_at_news(here, happened, lambda: kept.status(account, sid) == status), present)


def _callbacks(here: World, wanted: Wanted) -> Wait:
    def tried(what: What) -> bool:
        return (
            isinstance(what, TriedCallback)
            and wanted.call_sid in (None, what.sid)
            and wanted.message_sid in (None, what.sid)
        )

    so = _at_news(here, tried, lambda: callback_tried(engine().store, wanted))
    return Wait(so, lambda: page_of(wanted, USUAL)[0])


def _at_news(
    here: World, concerns: Callable[[What], bool], so: Callable[[], bool]
) -> Callable[[], bool]:
    """
    Ask the database at first, and then only after news that may have made it so.

    Args:
        here: Whose news.
        concerns: Whether something that happened may have.
        so: Asks the database.
    """
    seen: int | None = None

    def asked() -> bool:
        nonlocal seen
        if seen is None:
            seen = here.news.total
            return so()
        before, read = seen, here.news.since(seen, MANY)
        seen = read.last
        # Ask the database also where news were not read: they were lost, or there are too many,
        # and then one question costs less than looking at each.
        unread = read.last - before > len(read.items)
        return (unread or any(concerns(each.what) for each in read.items)) and so()

    return asked
