"""Health: whether a call can be placed now."""

from flask import Blueprint, Response, jsonify

from exomock import __version__
from exomock.api.wiring import engine
from exomock.control.wiring import heartbeat
from exomock.ist import iso

bp = Blueprint("health", __name__, url_prefix="/_exomock")

STALE = 5_000_000
"""Microseconds of wall time without a beat after which time is taken to have stopped."""


@bp.get("/health")
def health() -> tuple[Response, int]:
    """
    Answer 200 when calls can be placed and time runs, 503 otherwise.

    The database is written to find out, at most once a second: one that could only be read would
    say that all is well on a full disk.
    """
    last = heartbeat().last_beat
    database, beating = engine().store.trouble() or "ok", _beating(last)
    fine = database == "ok" and beating
    body = {
        "status": "ok" if fine else "unavailable",
        "version": __version__,
        "database": database,
        "heartbeat": "ok" if beating else "stopped",
        "last_beat": None if last is None else iso(last),
    }
    return jsonify(body), 200 if fine else 503


def _beating(last: int | None) -> bool:
    return last is not None and engine().wall() - last < STALE
