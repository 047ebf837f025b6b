"""What is settled before routing: double slashes, `.json`, and the size of a body."""

import io
import re
import threading
from contextlib import nullcontext
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

AS_JSON = "exomock.as_json"
TOO_LARGE = "exomock.too_large"
BODY = "exomock.body"

_SLASHES = re.compile("//+")
# UNVERIFIED: that only the path decides, never Accept; a live request with both would settle it.
# `.json` ends a path, or a segment of it: the connect answer's own Uri is
# `/v1/Accounts/x/Calls.json/<Sid>` (exotel-v1.md section 2, S).
_JSON = re.compile(r"\.json(?=/|$)")


class Edge:
    """
    WSGI middleware that makes one route out of a path's spellings, and bounds the body.

    Even a 404 then knows in which format it was asked for.

    Args:
        app: What comes after.
        max_body: Bytes; of a longer body nothing is kept, and the request is answered 413.
    """

    def __init__(self, app: WSGIApplication, max_body: int) -> None:
        self._app = app
        self._max_body = max_body
        self._gate = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer a request."""
        path = _SLASHES.sub("/", environ.get("PATH_INFO", "/"))
        plain = _JSON.sub("", path)
        environ[AS_JSON] = plain != path
        environ["PATH_INFO"] = plain.rstrip("/") or "/"
        if environ.get("CONTENT_LENGTH") or environ.get("HTTP_TRANSFER_ENCODING"):
            self._read(environ)
        # One request at a time: the interpreter runs no more than one anyway, and threads that
        # hand its lock round at every SQLite call get half as much done (docs/design.md).
        # Not the control API: what waits there would let nobody else in.
        with self._gate if plain.startswith("/v1/") else nullcontext():
            return self._app(environ, start_response)

    def _read(self, environ: WSGIEnvironment) -> None:
        # One byte past the bound: a chunked body has no length to look at beforehand.
        bound = self._max_body + 1
        length = environ.get("CONTENT_LENGTH") or ""
        left = min(bound, int(length)) if length.isdecimal() else bound
        body = bytearray()
        while left > len(body) and (more := environ["wsgi.input"].read(left - len(body))):
            body += more
        environ[TOO_LARGE] = len(body) == bound
        if environ[TOO_LARGE]:
            body.clear()
        environ[BODY] = bytes(body)
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
