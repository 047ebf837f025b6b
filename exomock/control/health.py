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
    last = heartbeat().last_beat
    database, beating = engine().store.trouble() or "ok", _beating(last)
    fine, here = database == "ok" and beating, cluster()
    body: dict[str, Any] = {
        "status": "ok" if fine else "unavailable",
        "version": __version__,
        "database": database,
        "heartbeat": "ok" if beating else "stopped",
        "last_beat": None if last is None else iso(last),
    }
    if here is not None:
        holds = here.holds
        body["lease"] = "held" if holds else "lost"
        if not (fine and holds):
            del body["status"]
            return Problem(503, _NOT_NOW, **body).response()
    return jsonify(body), 200 if fine else 503


def _beating(last: int | None) -> bool:
    return last is not None and engine().wall() - last < STALE
