"""Visitors of both APIs: a client, a web page in a browser, a host name that was rebound."""

import json
import logging
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from exomock.api.errors import error_of
from exomock.api.render import WHY, header_text, xml
from exomock.api.visit import visit_of
from exomock.domain.refusals import Rejection
from exomock.plain import plain
from exomock.settings import Settings

EXOTEL = ("exotel.com", "exotel.in")
"""Domains of Exotel. An application whose code names them reaches exomock by a hosts file."""

NOT_DELEGATED = (
    "localhost", "internal", "local", "test", "home.arpa", "lan", "home", "corp", "svc",
)  # fmt: skip
"""Ends of names that nobody can register, so that no page of an attacker has one."""

LONGEST_HOST = 255
_NAMED_ORIGINS = 32
"""How many refused origins are named in the log: a page could make up one after the other."""

_METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
_ASKED_HEADERS = re.compile(r"[A-Za-z0-9, _-]{1,1000}")
_PREFLIGHT_SECONDS = "600"

_log = logging.getLogger("exomock.api")

Headers = list[tuple[str, str]]


def is_foreign(origin: str, host: str) -> bool:
    """
    Whether a page of this origin is another server's than the one that is asked.

    Args:
        origin: The Origin header.
        host: The Host header, empty if there was none.
    """
    try:
        return not host or urlsplit(origin).netloc.lower() != host.lower()
    except ValueError:
        return True


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """
    Whether a Host header names this machine.

    Args:
        host: With or without a port, at most 255 characters; empty if there was none.
    """
    name = _name_of(host)
    address = _address(name)
    return _ends_in(name, ("localhost",)) if address is None else address.is_loopback


@lru_cache(maxsize=256)
def is_near(host: str) -> bool:
    """
    Whether a Host header can be no name that a foreign page rebound to this machine.

    Such a page has a registered name. A client of this machine uses a loopback or private address,
    a name without a dot (a container's), one that nobody can register, or Exotel's.

    Args:
        host: With or without a port, at most 255 characters.
    """
    name = _name_of(host)
    address = _address(name)
    if address is not None:
        return not address.is_global
    return bool(name) and ("." not in name or _ends_in(name, NOT_DELEGATED + EXOTEL))


def _name_of(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None


def _ends_in(name: str, ends: tuple[str, ...]) -> bool:
    return any(name == end or name.endswith(f".{end}") for end in ends)


class Visitors:
    """
    WSGI middleware that keeps foreign pages out of v1; lives as long as the app.

    It stands before the kept answers, which know of no Origin, and inside the recorder, so that
    the journal of the account shows what was refused. The control API has its own, stricter guard.

    Args:
        app: What answers.
        settings: Which origins are allowed, and whether the server listens on loopback alone.
    """

    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        self._app = app
        self._allowed = frozenset(settings.allow_origin)
        named = (*settings.allow_origin, *filter(None, [settings.recording_base]))
        self._hosts = frozenset(urlsplit(each).netloc.lower() for each in named)
        self._checks_hosts = settings.loopback and "*" not in self._allowed
        self._named: set[str] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or refuse it with a 403 that has no effect."""
        if visit_of(environ).control:
            return self._app(environ, start_response)
        origin, host = environ.get("HTTP_ORIGIN"), environ.get("HTTP_HOST", "")
        if not self.may_be(host):
            return _refused(
                environ, start_response, Rejection.HOST, _HOST.format(host=plain(host, 100))
            )
        if origin is None or not is_foreign(origin, host):
            return self._app(environ, start_response)
        if not self._allows(origin):
            return self._refuse_page(origin, environ, start_response)
        shared = _shared("*" if "*" in self._allowed else origin)
        if _is_preflight(environ):
            return _preflight(environ, start_response, shared)
        return self._app(environ, _with(start_response, shared))

    def refuses(self, environ: WSGIEnvironment) -> bool:
        """Whether a request would be refused."""
        origin, host = environ.get("HTTP_ORIGIN"), environ.get("HTTP_HOST", "")
        if not self.may_be(host):
            return True
        return origin is not None and is_foreign(origin, host) and not self._allows(origin)

    def may_be(self, host: str) -> bool:
        """Whether a Host header, or none, can be no name that a page rebound to this machine."""
        # A client without a Host header is no browser, so no page can have rebound a name.
        if not (host and self._checks_hosts):
            return True
        return len(host) <= LONGEST_HOST and (is_near(host) or host.lower() in self._hosts)

    def _allows(self, origin: str) -> bool:
        return "*" in self._allowed or origin.lower() in self._allowed

    def _refuse_page(
        self, origin: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        shown = plain(origin, 100)
        # Log it, because the browser hides this answer from the page's developer.
        if shown not in self._named and len(self._named) < _NAMED_ORIGINS:
            self._named.add(shown)
            _log.warning("refused a web page: %s", _ORIGIN.format(origin=shown))
        return _refused(environ, start_response, Rejection.PAGE, _ORIGIN.format(origin=shown))


_ORIGIN = (
    "Origin '{origin}' is foreign: exomock answers web pages only of origins that it was told of "
    "(setting allow-origin: exomock serve --allow-origin {origin})"
)
_HOST = (
    "Host '{host}' is no name of this machine (DNS rebinding?): use localhost, 127.0.0.1, a "
    "private address or a name without a dot, or name its origin (setting allow-origin: exomock "
    "serve --allow-origin http://{host})"
)


def _refused(
    environ: WSGIEnvironment, start_response: StartResponse, rejection: Rejection, why: str
) -> Iterable[bytes]:
    error = error_of(rejection.status, rejection.message(why), rejection.code)
    as_json = visit_of(environ).as_json
    body = (json.dumps(error) if as_json else xml(error)).encode()
    kind = "application/json" if as_json else "application/xml"
    headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
    start_response("403 FORBIDDEN", [*headers, (WHY, header_text(why)), ("Vary", "Origin")])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


def _shared(origin: str) -> Headers:
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", WHY),
        ("Vary", "Origin"),
    ]


def _is_preflight(environ: WSGIEnvironment) -> bool:
    asked = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
    return asked and environ["REQUEST_METHOD"] == "OPTIONS"


def _preflight(
    environ: WSGIEnvironment, start_response: StartResponse, shared: Headers
) -> Iterable[bytes]:
    asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
    allowed = asked if _ASKED_HEADERS.fullmatch(asked) else "Authorization, Content-Type"
    headers = [
        *shared,
        ("Access-Control-Allow-Methods", _METHODS),
        ("Access-Control-Allow-Headers", allowed),
        ("Access-Control-Max-Age", _PREFLIGHT_SECONDS),
        (WHY, "a browser asks beforehand whether its page may"),
    ]
    if "HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK" in environ:
        headers.append(("Access-Control-Allow-Private-Network", "true"))
    start_response("204 NO CONTENT", headers)
    return []


def _with(start_response: StartResponse, more: Headers) -> Callable[..., Any]:
    """A start_response that adds headers; kept answers share theirs, so none are changed."""

    def start(status: str, headers: Headers, *error: Any) -> Any:
        return start_response(status, [*headers, *more], *error)

    return start
