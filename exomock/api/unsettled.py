"""The 503 of a request whose account nobody plays just now, in the words of what was asked."""

import json
from http import HTTPStatus
from wsgiref.types import WSGIEnvironment

from exomock.api.errors import error_of
from exomock.api.render import WHY, header_text, xml
from exomock.api.visit import Visit, visit_of
from exomock.api.wsgi import Said
from exomock.domain.refusals import Rejection

_STATUS = "503 Service Unavailable"


def unsettled(environ: WSGIEnvironment, why: str, retry_after: int) -> Said:
    """
    The answer: v1's for v1, a problem for everything else.

    Args:
        environ: The request.
        why: One sentence: who is asked in vain, and what was done.
        retry_after: Seconds after which it is worth asking again.
    """
    visit = visit_of(environ)
    kind, body = _rejected(visit, why) if visit.account else _problem(why)
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Retry-After", str(retry_after)),
        (WHY, header_text(why)),
    ]
    return Said(_STATUS, headers, b"" if visit.method == "HEAD" else body)


def _rejected(visit: Visit, why: str) -> tuple[str, bytes]:
    row = Rejection.ELSEWHERE
    error = error_of(row.status, row.message(why), row.code)
    if visit.as_json:
        return "application/json", json.dumps(error).encode()
    return "application/xml", xml(error).encode()


def _problem(why: str) -> tuple[str, bytes]:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    found = {"type": "about:blank", "title": status.phrase, "status": status, "detail": why}
    return "application/problem+json", json.dumps(found).encode()
