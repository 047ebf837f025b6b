"""Kept answers, given before anything is made of a request: polling costs next to nothing."""

from collections.abc import Callable
from typing import Any, Protocol

from exomock.api.kept import Kept, KeptAnswer
from exomock.api.recorder import entry_of
from exomock.api.visitors import Visitors
from exomock.api.wsgi import Said
from exomock.engine import Engine
from exomock.engine.meters import UNMETERED, Meters
from exomock.wall import stopwatch

_OK = 200
"""The status of whatever is kept."""


class Headers(Protocol):
    """The headers of a request, by lower-case names."""

    get: Callable[[str, str], Any]

    def __contains__(self, name: str) -> bool:
        """Whether there is such a header."""


class Quick:
    """
    Gives kept answers; lives as long as the app, safe for all threads.

    Args:
        engine: Whose accounts.
        kept: What is kept.
        visitors: Says who may be answered.
        meters: Counts what was answered.
    """

    def __init__(
        self, engine: Engine, kept: Kept, visitors: Visitors, meters: Meters = UNMETERED
    ) -> None:
        self._engine = engine
        self._kept = kept
        self._visitors = visitors
        self._meters = meters

    def __call__(self, path: str, query: str, headers: Headers, scheme: str) -> KeptAnswer | None:
        """
        Answer a GET from memory, and write it down in the journal.

        Args:
            path: As it came, decoded.
            query: As it came.
            headers: Of the request.
            scheme: http or https.

        Returns:
            The answer; None where none is kept, or the request is not as plain as most.
        """
        authorization = headers.get("authorization", "")
        base = f"{scheme}://{headers.get('host', '')}"
        found = self._kept.found((path, query, authorization, base))
        if found is None or "origin" in headers or "content-length" in headers:
            return None
        if not self._visitors.may_be(headers.get("host", "")):
            return None
        began = stopwatch()
        answer, world = found
        if not answer.noted:
            said = Said(answer.status, answer.headers, answer.body)
            entry = entry_of("GET", answer.written, query, authorization, said)
            answer.noted.append((entry, entry.size))
        entry, size = answer.noted[0]
        at = world.clock.at(self._engine.wall())
        self._meters.answered(answer.route, _OK)
        world.heard(entry._replace(at=at, milliseconds=(stopwatch() - began) * 1000), size)
        return answer
