"""Every failure as Exotel's RestException, in the format that was asked for."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from exomock.api.paths import no_call, no_exophone, no_method, no_path, right_spelling
from exomock.api.render import rendered
from exomock.api.sparing import Sparing
from exomock.api.visit import Visit, visit_of
from exomock.api.wiring import ENGINE
from exomock.domain.errors import (
    AccountGone,
    BoundReached,
    CallNotFound,
    CallRefused,
    DirectiveWrong,
    DomainError,
    ExoPhoneNotFound,
    ExoPhoneRented,
    MessageNotFound,
    NotAnExoPhone,
    NotIndian,
    WindowRefused,
)
from exomock.domain.refusals import Rejection
from exomock.storage.fence import NotOwner
from exomock.storage.trouble import DatabaseAway, DatabaseFault, DatabaseInDoubt

_log = logging.getLogger("exomock.api")
_sparing = Sparing(_log)

REJECTIONS: dict[type[DomainError], Rejection] = {
    AccountGone: Rejection.ACCOUNT,
    BoundReached: Rejection.BOUND,
    CallNotFound: Rejection.CALL,
    DirectiveWrong: Rejection.DIRECTIVE,
    MessageNotFound: Rejection.MESSAGE,
    ExoPhoneNotFound: Rejection.NO_EXOPHONE,
    ExoPhoneRented: Rejection.RENTED,
    NotAnExoPhone: Rejection.WHITELIST,
    NotIndian: Rejection.NOT_INDIAN,
    WindowRefused: Rejection.WINDOW,
}
"""What is not here is our bug: 500."""

# UNVERIFIED: the challenge; a captured answer would settle it.
CHALLENGE = {"WWW-Authenticate": 'Basic realm="Exotel"'}

_MESSAGES = ("Sms/send", "SMS/send", "Sms/bulksend", "SMS/bulksend")
_UNREAD = {400: Rejection.CUT_OFF, 408: Rejection.STOPPED, 413: Rejection.TOO_LONG}


class Refused(Exception):
    """
    An answer other than 200 that the edge itself decides on.

    Args:
        rejection: Its row in the table of all refusals.
        why: For the client's developer: what came, what was expected, the nearest right thing.
        headers: To be sent with it.
        fill: What stands for the names in the row's text.
    """

    def __init__(
        self,
        rejection: Rejection,
        why: str,
        headers: Mapping[str, str] | None = None,
        **fill: str,
    ) -> None:
        super().__init__(why)
        self.rejection, self.why, self.fill = rejection, why, fill
        self.headers = headers or {}


def unread(status: int, why: str) -> Refused:
    """The refusal of a body that could not be read whole, by its HTTP status."""
    return Refused(_UNREAD[status], why)


def rest_exception(status: int, message: str, code: int | None = None, *, why: str) -> Response:
    """The one shape of an error, which goes to the log as well. Source: exotel-v1.md 7 (C)."""
    here = request.environ.get(ENGINE)  # an app without one is a test's own
    known = here is not None and visit_of(request.environ).account in here.worlds
    _sparing.say(f"answered {status} to {request.method} {request.path}: {why}", is_news=known)
    return rendered(error_of(status, message, code), status, why=why)


def error_of(status: int, message: str, code: int | None = None) -> dict[str, Any]:
    """An error as a record. Source: exotel-v1.md 7 (C)."""
    error: dict[str, object] = {"Status": status, "Message": message}
    if code is not None:
        error["Code"] = code
    return {"RestException": error}


def sentence(error: ValidationError) -> str:
    """What is wrong with parameters: `name: what`, the first for each of them."""
    found = [f"{name}: {problems[0]}" for name, problems in error.messages_dict.items()]
    return "; ".join(found)


def init_app(app: Flask) -> None:
    """Turn whatever is raised while answering into a RestException."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(ValidationError, _invalid)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DatabaseFault, _database)
    app.register_error_handler(Exception, _unknown)


def _refused(error: Refused) -> Response:
    response = _rejected(error.rejection, error.why, **error.fill)
    response.headers.extend(error.headers)
    return response


def _rejected(rejection: Rejection, why: str, **fill: str) -> Response:
    message = rejection.message(why, **fill)
    return rest_exception(rejection.status, message, rejection.code, why=why)


def _domain(error: DomainError) -> Response:
    if isinstance(error, CallRefused):
        return rest_exception(error.status, str(error), error.code, why=f"{error.by}: {error}")
    rejection = REJECTIONS.get(type(error))
    if rejection is None:
        return _unknown(error)
    return _rejected(rejection, _why(error))


def _why(error: DomainError) -> str:
    """The sentence for the client's developer, where it says more than the service does."""
    if isinstance(error, CallNotFound):
        return _no_call(error)
    return no_exophone(error.name) if isinstance(error, ExoPhoneNotFound) else str(error)


def _no_call(error: CallNotFound) -> str:
    spelled = right_spelling(visit_of(request.environ))
    return no_call(error.sid) + (f"; {spelled}" if spelled else "")


def _invalid(error: ValidationError) -> Response:
    why = sentence(error)
    return _rejected(Rejection.BODY if "body" in error.messages_dict else Rejection.PARAMETER, why)


def _http(error: HTTPException) -> Response:
    visit = visit_of(request.environ)
    if error.code == HTTPStatus.NOT_FOUND:
        return _rejected(Rejection.PATH, no_path(visit))
    if error.code != HTTPStatus.METHOD_NOT_ALLOWED:
        return rest_exception(error.code or 500, error.name, why=error.description or error.name)
    sends = visit.resource in _MESSAGES  # `SMS/send` is a spelling of its own, and no wrong one
    if right_spelling(visit) and not sends:
        return _rejected(Rejection.PATH, no_path(visit))
    allowed = _allowed(visit, error)
    row = Rejection.SMS_METHOD if sends else Rejection.METHOD
    response = _rejected(row, no_method(visit, allowed))
    response.headers["Allow"] = allowed
    return response


def _allowed(visit: Visit, error: HTTPException) -> str:
    # Two routes share this path for Flask: its other one shows the call of a Sid.
    if visit.resource in ("Calls/connect", *_MESSAGES):
        return "POST"
    return dict(error.get_headers()).get("Allow", "")


_FAULTS = {
    NotOwner: Rejection.ELSEWHERE,
    DatabaseAway: Rejection.DATABASE_AWAY,
    DatabaseInDoubt: Rejection.DATABASE_AWAY,
}
"""What another process, or this one a moment later, may answer: 503."""


def _database(error: DatabaseFault) -> Response:
    # The database has logged the error, once a minute: a line more for each request would fill a
    # disk that may be full already.
    g.setdefault("as_json", False)
    row, why = _FAULTS.get(type(error), Rejection.DATABASE), str(error)
    response = rendered(error_of(row.status, row.message(why), row.code), row.status, why=why)
    # Many clients repeat a request that has Retry-After, and a call would be placed twice.
    if row.status == HTTPStatus.SERVICE_UNAVAILABLE and not isinstance(error, DatabaseInDoubt):
        response.headers["Retry-After"] = "1"
    return response


def _unknown(error: Exception) -> Response:
    _log.error("a request could not be answered", exc_info=error)
    g.setdefault("as_json", False)
    why = "exomock has a fault of its own, whose traceback is in its log; please report it"
    return _rejected(Rejection.BUG, why)
