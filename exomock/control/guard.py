"""The guard of the control API: a test on this machine may reach it, a web page never."""

import hmac
from wsgiref.types import WSGIEnvironment

from flask import request

from exomock.api.edge import UNREAD
from exomock.api.visitors import LONGEST_HOST, is_foreign, is_loopback
from exomock.api.wiring import engine
from exomock.control.problems import Problem
from exomock.settings import Settings

JSON = "application/json"
YAML = ("application/yaml", "application/x-yaml", "text/yaml")
_WRITTEN = ("/scenario", "/next", "/faults", "/twists", "/scenario-check")
"""Ends of paths whose body is in the scenario language, and so may be YAML as well as JSON."""


def check() -> None:
    """
    Let a request pass, or say by which rule it does not.

    Raises:
        Problem: 401 without a token where one is needed; 403 for a foreign Origin or Host; 400,
            408 or 413 for a body that could not be read whole; 415 for one that is not JSON.
    """
    problem = refuses(engine().settings, request.environ)
    if problem is not None:
        raise problem
    unread = request.environ.get(UNREAD)
    if unread is not None:
        raise Problem(*unread)
    _readable_body()


def refuses(settings: Settings, environ: WSGIEnvironment) -> Problem | None:
    """
    Why somebody may not use the control API, None if he may.

    Args:
        settings: Of the server that he asks.
        environ: His request.
    """
    trusted = _has(settings.control_token, environ.get("HTTP_AUTHORIZATION", ""))
    if not settings.loopback and not trusted:
        return Problem(
            401, "this server listens beyond loopback: send 'Authorization: Bearer <control-token>'"
        )
    origin, host = environ.get("HTTP_ORIGIN"), environ.get("HTTP_HOST", "")
    if origin is not None and is_foreign(origin, host):
        return Problem(403, f"Origin '{origin}' is foreign: a web page may not drive exomock")
    if not trusted and not (len(host) <= LONGEST_HOST and is_loopback(host)):
        return Problem(
            403,
            f"Host '{host}' is no loopback name (DNS rebinding?); expected localhost or 127.0.0.1, "
            "or a control token",
        )
    return None


def _has(token: str | None, header: str) -> bool:
    scheme, _space, given = header.partition(" ")
    return (
        token is not None
        and scheme.lower() == "bearer"
        and hmac.compare_digest(given.strip().encode(), token.encode())
    )


def _readable_body() -> None:
    if not request.content_length:
        return
    allowed = (JSON, *YAML) if request.path.endswith(_WRITTEN) else (JSON,)
    if request.mimetype not in allowed:
        raise Problem(415, f"Content-Type '{request.mimetype}': expected {' or '.join(allowed)}")
