"""Done before routing: one route for all spellings of a path, and one request at a time."""

import threading
from contextlib import nullcontext
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from exomock.api.visit import visit_of

BODY = "exomock.body"
UNREAD = "exomock.unread"
"""Why the body of a request could not be read whole, an `Unread`; absent where it could."""


class Unread(NamedTuple):
    """Why a body could not be read whole: the HTTP status, and a sentence."""

    status: int
    message: str


class Edge:
    """
    WSGI middleware that routes a request by its visit, and lets one v1 request in at a time.

    Args:
        app: What comes after.
        gate: Held while a v1 request is answered.
    """

    def __init__(self, app: WSGIApplication, gate: threading.Lock) -> None:
        self._app = app
        self._gate = gate

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer a request."""
        route = environ["PATH_INFO"] = visit_of(environ).route
        # One request at a time: the interpreter runs only one thread, and threads that pass its
        # lock round at every SQLite call get half as much done (docs/design.md). The control API
        # takes no part, because a request that waits there would block all others.
        with self._gate if route.startswith(("/v1/", "/v2_beta/")) else nullcontext():
            return self._app(environ, start_response)
