"""
Kept answers: a GET that has been answered is answered again from memory while nothing changed.

Reads through Flask and SQLAlchemy hand the interpreter's lock round at every SQLite call and fall
far behind a bare view when many threads ask; clients that poll ask the same thing again and again.
"""

import math
import threading
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from exomock.api.visit import Visit, visit_of
from exomock.api.wiring import KEEP_FINAL, KEEP_UNTIL, ROUTE
from exomock.api.wsgi import answer_of
from exomock.domain.dialect import Dialect
from exomock.engine import Engine, Entry, World
from exomock.engine.options import dialect_of
from exomock.storage.trouble import DatabaseFault

MAX_BYTES = 8 * 1024 * 1024
MAX_ANSWER = 256 * 1024
MAX_KEY = 4096
"""Characters of path, query and credentials; a longer request is answered anew each time."""

OVERHEAD = 1_150
"""Bytes of a kept answer beside its texts: tuples, lists, its place in the map, its entry."""

Key = tuple[str, str, str, str]
"""Path, query, credentials, and the base URL that was used, with which a RecordingUrl begins."""


class KeptAnswer(NamedTuple):
    """An answer that was given, and what it depends on."""

    body: bytes
    status: str
    headers: list[tuple[str, str]]
    account: str
    version: int
    until: float
    epoch: int
    dialect: Dialect
    final: bool
    size: int
    noted: list[tuple[Entry, int]]
    """How the journal notes it, and that entry's size: empty until it is given again."""

    written: str = ""
    """What follows the account in the path as it came, for the journal."""

    route: str = ""
    """The rule that took it, for the metrics."""


def weight(key: Key, headers: list[tuple[str, str]], body: bytes) -> int:
    """Bytes that a kept answer takes, its key included."""
    texts = sum(map(len, key)) + sum(len(name) + len(value) + 150 for name, value in headers)
    return OVERHEAD + texts + len(body)


class Kept:
    """
    WSGI middleware that keeps answers of successful v1 GETs; lives as long as the app.

    An answer holds while the account's version is what it was before the answer was made, no
    transition has fallen due, and the view's own bound has not passed; that of a call whose plan
    has been played, until a reset. Writers commit first and
    move the version before they answer, so nobody reads what they have already changed.

    Args:
        app: What answers in the first place.
        engine: Whose accounts.
    """

    def __init__(self, app: WSGIApplication, engine: Engine) -> None:
        self._app = app
        self._engine = engine
        self._lock = threading.Lock()
        self._answers: OrderedDict[Key, KeptAnswer] = OrderedDict()
        self._bytes = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, from memory if what is there still holds."""
        visit = visit_of(environ)
        if visit.method != "GET" or not visit.account or visit.recording:
            return self._app(environ, start_response)
        world = self._engine.worlds.get(visit.account)
        if world is None or world.faults or environ.get("CONTENT_LENGTH", "0") not in ("", "0"):
            return self._app(environ, start_response)
        base = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
        key = (visit.path, visit.query, environ.get("HTTP_AUTHORIZATION", ""), base)
        answer = self._answers.get(key)
        if answer is None or not self._holds(answer, world):
            answer = self._answer(key, world, visit, environ)
        environ[ROUTE] = answer.route
        start_response(answer.status, answer.headers)
        return [answer.body]

    def found(self, key: Key) -> tuple[KeptAnswer, World] | None:
        """The answer to such a GET if it still holds, and whose it is."""
        answer = self._answers.get(key)
        if answer is None:
            return None
        world = self._engine.worlds.get(answer.account)
        if world is None or world.faults or not self._holds(answer, world):
            return None
        return answer, world

    def _holds(self, answer: KeptAnswer, world: World) -> bool:
        if answer.final and answer.epoch == world.epoch and answer.dialect is dialect_of(world):
            return True
        wall = self._engine.wall()
        return answer.version == world.version and wall < min(answer.until, world.next_wall)

    def _answer(self, key: Key, world: World, visit: Visit, environ: WSGIEnvironment) -> KeptAnswer:
        # Ignore a database fault here: the view meets it again, and Flask answers it there.
        with suppress(DatabaseFault):
            self._engine.agenda.catch_up(world)
        version, epoch, dialect = world.version, world.epoch, dialect_of(world)
        status, headers, body = answer_of(self._app, environ)
        until, final = environ.get(KEEP_UNTIL, math.inf), KEEP_FINAL in environ
        size = weight(key, headers, body)
        answer = KeptAnswer(
            body, status, headers, world.sid, version, until, epoch, dialect, final, size, [],
            visit.written, environ.get(ROUTE, ""),
        )  # fmt: skip
        if status.startswith("200") and len(body) <= MAX_ANSWER and sum(map(len, key)) <= MAX_KEY:
            self._keep(key, answer)
        return answer

    def _keep(self, key: Key, answer: KeptAnswer) -> None:
        with self._lock:
            old = self._answers.pop(key, None)
            self._bytes += answer.size - (old.size if old else 0)
            self._answers[key] = answer
            while self._bytes > MAX_BYTES:
                _key, oldest = self._answers.popitem(last=False)
                self._bytes -= oldest.size
