"""An RSGI request as WSGI has it. Source: PEP 3333, and Granian's specification of RSGI."""

import sys
from io import BytesIO
from typing import Any
from wsgiref.types import WSGIEnvironment


def environ_of(scope: Any, headers: list[tuple[str, str]]) -> WSGIEnvironment:
    """
    The WSGI environment of a request whose body is still to be read. Source: PEP 3333.

    Headers with an underscore in their name are left out: `Content_Length` would pass for another.
    """
    host, _colon, port = scope.server.rpartition(":")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _latin(scope.path),
        "QUERY_STRING": _latin(scope.query_string),
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        if "_" not in name:
            key = name.upper().replace("-", "_")
            environ[key if key in _UNPREFIXED else f"HTTP_{key}"] = _latin(value)
    return environ


def headers_of(scope: Any) -> list[tuple[str, str]]:
    """
    The headers; one that is no UTF-8 stands as U+FFFD.

    Granian leaves such a header out. A foreign page's Origin must not pass as none at all.
    """
    headers: list[tuple[str, str]] = scope.headers.items()
    names = scope.headers.keys()
    if len(names) > len(headers):
        known = {name for name, _value in headers}
        headers += [(name, "\ufffd") for name in names if name not in known]
    return headers


_UNPREFIXED = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})


def _latin(text: str) -> str:
    """A text as WSGI has it: its UTF-8, each byte a character."""
    return text if text.isascii() else text.encode(errors="replace").decode("latin-1")
