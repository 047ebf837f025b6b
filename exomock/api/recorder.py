"""The journal's ear: every v1 request and its answer, kept answers included."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from exomock.api.auth import user_of
from exomock.api.edge import BODY
from exomock.api.render import WHY
from exomock.api.visit import Visit, visit_of
from exomock.api.wiring import STRUCK
from exomock.api.wsgi import Said, answer_of
from exomock.engine import Engine, Entry
from exomock.wall import stopwatch

_LONGEST = 2_000
"""Characters of a user name or a Content-Type that the journal keeps; both can be 64 KB long."""


class Recorder:
    """
    WSGI middleware that writes each account's journal; lives as long as the app.

    Args:
        app: What answers.
        engine: Whose accounts.
    """

    def __init__(self, app: WSGIApplication, engine: Engine) -> None:
        self._app = app
        self._engine = engine

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, and write it down."""
        visit = visit_of(environ)
        if not visit.account:
            return self._app(environ, start_response)
        began = stopwatch()
        said = answer_of(self._app, environ)
        self._note(visit, environ, said, began)
        start_response(said.status, said.headers)
        return [said.body]

    def _note(self, visit: Visit, environ: WSGIEnvironment, said: Said, began: float) -> None:
        # Look for the account after the answer, because an open house may have made it meanwhile.
        world = self._engine.worlds.get(visit.account)
        if world is None:
            return
        struck = environ.get(STRUCK)
        entry = entry_of(
            visit.method, visit.written, visit.query, environ.get("HTTP_AUTHORIZATION"), said
        )
        world.heard(
            entry._replace(
                at=world.clock.at(self._engine.wall()),
                content_type=cut(environ.get("CONTENT_TYPE", "")),
                body=environ.get(BODY, b""),
                milliseconds=(stopwatch() - began) * 1000,
                struck=struck and (struck.answer, struck.delay),
            )
        )


def entry_of(method: str, path: str, query: str, authorization: str | None, said: Said) -> Entry:
    """
    How the journal notes a request without a body; when it came, and what it took, unset.

    Args:
        method: HTTP method.
        path: What follows the account.
        query: The query string as it came.
        authorization: The Authorization header, None if there was none.
        said: What it was answered.
    """
    return Entry(
        number=0,
        at=0,
        method=method,
        path=path,
        query=query,
        content_type="",
        body=b"",
        user=cut(user_of(authorization)),
        status=int(said.status[:3]),
        why=dict(said.headers).get(WHY, ""),
        answer=said.body,
        milliseconds=0.0,
    )


def cut(text: str) -> str:
    """A text of at most 2,000 characters; a longer one says how long it was."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}… ({len(text)} characters)"
