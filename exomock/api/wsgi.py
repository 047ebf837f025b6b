"""The answer of a WSGI app as one value, for middleware."""

from typing import Any, NamedTuple
from wsgiref.types import WSGIApplication, WSGIEnvironment


class Said(NamedTuple):
    """An answer: its status line, headers and body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def answer_of(app: WSGIApplication, environ: WSGIEnvironment) -> Said:
    """Let the app answer, to its end."""
    said: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _error: object = None) -> Any:
        said[:] = [status, headers]
        return said.append

    chunks = app(environ, start)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    return Said(said[0], said[1], body)
