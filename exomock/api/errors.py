"""Every failure as Exotel's RestException, in the format that was asked for."""

import logging

from flask import Flask, Response, g
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from exomock.api.render import rendered
from exomock.domain.errors import (
    AccountGone,
    BoundReached,
    CallNotFound,
    CallRefused,
    DirectiveWrong,
    DomainError,
    NotIndian,
    WindowRefused,
)
from exomock.storage.trouble import DatabaseFault

_log = logging.getLogger("exomock.api")

STATUS: dict[type[DomainError], int] = {
    AccountGone: 404,
    BoundReached: 503,
    CallNotFound: 404,
    DirectiveWrong: 400,
    NotIndian: 400,
    WindowRefused: 400,
}
"""What is not here is our bug: 500."""

# UNVERIFIED: the texts of 401, 403, 405 and 413, and the challenge; captured answers would settle
# them.
NO_CREDENTIALS = "Authentication is required: HTTP Basic, API key and API token"
WRONG_CREDENTIALS = "Authentication failed: the API key or the API token is wrong"
ODD_CREDENTIALS = (
    "Authentication failed: a new account's API key and API token have 1 to 128 printable ASCII "
    "characters each, without spaces and colons"
)
FOREIGN_CREDENTIALS = "These credentials belong to another account"
WRONG_CREDENTIALS_CODE = 34010
FOREIGN_CREDENTIALS_CODE = 34009
DATABASE_FAILED = "exomock's database failed; X-Exomock-Why and the log say why"
CHALLENGE = {"WWW-Authenticate": 'Basic realm="Exotel"'}

_MESSAGES = {404: "No matching results"}


class Refused(Exception):
    """
    An answer other than 200 that the edge itself decides on.

    Args:
        status: HTTP status.
        message: For the client's developer.
        code: Exotel's code, None where it has none.
        headers: To be sent with it.
    """

    def __init__(
        self,
        status: int,
        message: str,
        code: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code
        self.headers = headers or {}


def rest_exception(
    status: int, message: str, code: int | None = None, why: str | None = None
) -> Response:
    """The one shape of an error; why is the message unless said. Source: exotel-v1.md 7 (C)."""
    error: dict[str, object] = {"Status": status, "Message": message}
    if code is not None:
        error["Code"] = code
    return rendered({"RestException": error}, status, why=why or message)


def init_app(app: Flask) -> None:
    """Turn whatever is raised while answering into a RestException."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(ValidationError, _invalid)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DatabaseFault, _database)
    app.register_error_handler(Exception, _unknown)


def _refused(error: Refused) -> Response:
    response = rest_exception(error.status, error.message, error.code)
    response.headers.extend(error.headers)
    return response


def _domain(error: DomainError) -> Response:
    if isinstance(error, CallRefused):
        return rest_exception(error.status, str(error), error.code, f"{error.by}: {error}")
    status = STATUS.get(type(error))
    if status is None:
        return _unknown(error)
    why = (
        f"no call of this account has the Sid {error.sid}"
        if isinstance(error, CallNotFound)
        else None
    )
    return rest_exception(status, str(error), why=why)


def _invalid(error: ValidationError) -> Response:
    field, problems = next(iter(error.messages_dict.items()))
    return rest_exception(400, f"{field}: {problems[0]}")


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    response = rest_exception(status, _MESSAGES.get(status, error.description or error.name))
    allowed = dict(error.get_headers()).get("Allow")
    if allowed:
        response.headers["Allow"] = allowed
    return response


def _database(error: DatabaseFault) -> Response:
    # No traceback: the database has logged the error, and one for each request would fill the disk.
    g.setdefault("as_json", False)
    return rest_exception(500, DATABASE_FAILED, why=str(error))


def _unknown(error: Exception) -> Response:
    _log.error("a request could not be answered", exc_info=error)
    g.setdefault("as_json", False)
    return rest_exception(500, "exomock could not answer this request; its log says why")
