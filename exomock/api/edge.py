"""Decided before routing: double slashes, `.json`, and one request at a time."""

import re
import threading
from contextlib import nullcontext
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

AS_JSON = "exomock.as_json"
BODY = "exomock.body"
UNREAD = "exomock.unread"
"""Why the body of a request could not be read whole, an `Unread`; absent where it could."""

_SLASHES = re.compile("//+")
# UNVERIFIED: that only the path decides, never Accept; a live request with both would settle it.
# `.json` ends a path, or a segment of it: the connect answer's own Uri is
# `/v1/Accounts/x/Calls.json/<Sid>` (exotel-v1.md section 2, S).
_JSON = re.compile(r"\.json(?=/|$)")


class Unread(NamedTuple):
    """Why a body could not be read whole: the HTTP status, and a sentence."""

    status: int
    message: str


class Edge:
    """
    WSGI middleware that makes one route out of a path's spellings.

    Even a 404 then knows in which format it was asked for.

    Args:
        app: What comes after.
        gate: Held while a v1 request is answered.
    """

    def __init__(self, app: WSGIApplication, gate: threading.Lock) -> None:
        self._app = app
        self._gate = gate

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer a request."""
        path = _SLASHES.sub("/", environ.get("PATH_INFO", "/"))
        plain = _JSON.sub("", path)
        environ[AS_JSON] = plain != path
        environ["PATH_INFO"] = plain.rstrip("/") or "/"
        # One request at a time: the interpreter runs only one thread, and threads that pass its
        # lock round at every SQLite call get half as much done (docs/design.md). The control API
        # takes no part, because a request that waits there would block all others.
        with self._gate if plain.startswith("/v1/") else nullcontext():
            return self._app(environ, start_response)
