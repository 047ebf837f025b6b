"""Errors of the control API, as RFC 9457 problems."""

import json
import logging
from difflib import get_close_matches
from typing import Any

from flask import Blueprint, Response, current_app, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect

from exomock.api.wiring import engine
from exomock.domain.errors import (
    AccountGone,
    BoundReached,
    CallNotFound,
    DomainError,
    MessageNotFound,
    NoQuestion,
    NotGathering,
    NotOnTheLine,
    PhoneCannot,
    TimeIsMoving,
    TimeRunsForward,
)
from exomock.scenarios import ScenarioError
from exomock.scenarios.schema import flattened
from exomock.storage.fence import NotOwner
from exomock.storage.trouble import DatabaseAway, DatabaseFault, DatabaseInDoubt

bp = Blueprint("elsewhere", __name__)

STATUS: dict[type[DomainError], int] = {
    AccountGone: 404,
    CallNotFound: 404,
    BoundReached: 503,
    MessageNotFound: 404,
    NotGathering: 409,
    NoQuestion: 409,
    NotOnTheLine: 409,
    PhoneCannot: 409,
    TimeIsMoving: 409,
    TimeRunsForward: 400,
}
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_NEAR = 3
_LOOKED_AT, _LONGEST = 1000, 100

_log = logging.getLogger("exomock.control")


class Problem(Exception):
    """
    An answer that is an error.

    Args:
        status: HTTP status.
        detail: What was wrong and what was expected, for a human.
        extra: Further members of the problem.
    """

    def __init__(self, status: int, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.extra = status, detail, extra

    def response(self) -> Response:
        """The problem as an answer. Source: RFC 9457."""
        data = {
            "type": "about:blank",
            "title": _TITLES.get(self.status, "Error"),
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }
        return Response(json.dumps(data), self.status, mimetype="application/problem+json")


def init_blueprint(blueprint: Blueprint) -> None:
    """Turn whatever is raised in the blueprint's views into a problem."""
    blueprint.register_error_handler(Problem, Problem.response)
    blueprint.register_error_handler(DomainError, _domain)
    blueprint.register_error_handler(ValidationError, _invalid)
    blueprint.register_error_handler(ScenarioError, _scenario)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(DatabaseFault, _database)
    blueprint.register_error_handler(Exception, _unknown)


def nearest(word: str, words: list[str]) -> list[str]:
    """The words that come nearest to one that is not among them, or some if none is near."""
    # Only some of 10,000 accounts are compared, because each comparison costs both lengths.
    some = words[:_LOOKED_AT]
    return get_close_matches(word[:_LONGEST], some, n=_NEAR, cutoff=0.5) or sorted(some)[:_NEAR]


def _domain(error: DomainError) -> Response:
    status = STATUS.get(type(error))
    if status is None:
        return _unknown(error)
    if isinstance(error, AccountGone):
        near = nearest(error.sid, list(engine().worlds))
        return Problem(status, str(error), accounts=near).response()
    if isinstance(error, CallNotFound):
        return Problem(
            status, f"there is no call '{error.sid}'", **_calls_near(error.sid)
        ).response()
    if isinstance(error, MessageNotFound):
        near = nearest(error.sid, _message_sids())
        return Problem(status, f"there is no message '{error.sid}'", messages=near).response()
    return Problem(status, str(error)).response()


def _message_sids() -> list[str]:
    account = (request.view_args or {}).get("sid", "")
    return [message.sid for message in engine().store.messages.all(account, 200)]


def _calls_near(sid: str) -> dict[str, list[str]]:
    account = (request.view_args or {}).get("sid", "")
    known = [call.sid for call in engine().store.calls.all(account, 200)]
    return {"calls": nearest(sid, known)}


def _invalid(error: ValidationError) -> Response:
    problems = [
        f"{'.'.join(map(str, path)) or 'body'}: {what}" for path, what in flattened(error.messages)
    ]
    return Problem(400, "; ".join(problems)).response()


def _scenario(error: ScenarioError) -> Response:
    problems = [
        {"file": each.file, "line": each.line, "key": each.key, "problem": each.what}
        for each in error.mistakes
    ]
    return Problem(400, str(error), problems=problems).response()


def _http(error: HTTPException) -> Response:
    return Problem(error.code or 500, error.description or error.name).response()


def _database(error: DatabaseFault) -> Response:
    # No traceback: the database has logged the error, and one for each request would fill the disk.
    response = Problem(503, str(error)).response()
    # Many clients repeat a request that has Retry-After, and this one may have been done.
    again = isinstance(error, NotOwner | DatabaseAway) and not isinstance(error, DatabaseInDoubt)
    if again:
        response.headers["Retry-After"] = "1"
    return response


def _unknown(error: Exception) -> Response:
    _log.error("a request could not be answered", exc_info=error)
    return Problem(500, "exomock could not answer this request; its log says why").response()


@bp.route("", methods=_METHODS, defaults={"path": ""})
@bp.route("/<path:path>", methods=_METHODS)
def elsewhere(path: str) -> Response:
    """Name what exists nearby, for a path or a method that does not."""
    adapter = current_app.url_map.bind("")
    here = f"/_exomock/{path}".rstrip("/")
    allowed = sorted(m for m in _METHODS if _leads(adapter, here, m))
    if allowed:
        raise Problem(405, f"{request.method} is not possible here", allowed=allowed)
    known = {
        rule.rule
        for rule in current_app.url_map.iter_rules()
        if rule.rule.startswith("/_exomock/") and not rule.endpoint.endswith(".elsewhere")
    }
    raise Problem(404, f"there is no {here}", paths=nearest(here, sorted(known)))


def _leads(adapter: Any, path: str, method: str) -> bool:
    try:
        endpoint, _args = adapter.match(path, method)
    except (MethodNotAllowed, RequestRedirect, HTTPException):
        return False
    return not str(endpoint).endswith(".elsewhere")
