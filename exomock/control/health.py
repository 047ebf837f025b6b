"""Health: whether a call can be placed now."""

from typing import Any

from flask import Blueprint, Response, jsonify

from exomock import __version__
from exomock.api.wiring import engine
from exomock.control.problems import Problem
from exomock.control.siblings import cluster
from exomock.control.wiring import heartbeat
from exomock.ist import iso

bp = Blueprint("health", __name__, url_prefix="/_exomock")

_NOT_NOW = "this process can place no calls just now"

STALE = 5_000_000
"""Microseconds of wall time without a beat after which time is taken to have stopped."""


@bp.get("/health")
def health() -> Response | tuple[Response, int]:
    """
    Answer 200 when calls can be placed and time runs, 503 otherwise.

    Where processes share the database, this one must hold its lease too, and 503 is a problem.

    The database is written to find out, at most once a second: one that could only be read would
    say that all is well on a full disk.
    """
    here = cluster()
    if here is None:
        found = _found()
        fine = _fine(found)
        return jsonify(status="ok" if fine else "unavailable", **found), 200 if fine else 503
    if not here.holds:
        # The database is not asked, because its failure is the usual reason for a lost lease, and
        # a database that fails may take seconds to say so. What the renewal met with is known.
        return Problem(503, here.lapse, version=__version__, lease="lost").response()
    found = {**_found(), "lease": "held"}
    if not _fine(found):
        return Problem(503, _NOT_NOW, **found).response()
    return jsonify(status="ok", **found)


def _found() -> dict[str, Any]:
    last = heartbeat().last_beat
    return {
        "version": __version__,
        "database": engine().store.trouble() or "ok",
        "heartbeat": "ok" if _beating(last) else "stopped",
        "last_beat": None if last is None else iso(last),
    }


def _fine(found: dict[str, Any]) -> bool:
    return bool(found["database"] == found["heartbeat"] == "ok")


def _beating(last: int | None) -> bool:
    return last is not None and engine().wall() - last < STALE
