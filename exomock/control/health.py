"""Health: whether a call can be placed now."""

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from exomock import __version__
from exomock.api.wiring import engine
from exomock.heartbeat import Heartbeat
from exomock.ist import iso

bp = Blueprint("health", __name__, url_prefix="/_exomock")

HEARTBEAT = "exomock.heartbeat"
STALE = 5_000_000
"""Microseconds of wall time without a beat after which time is taken to have stopped."""


@bp.get("/health")
def health() -> tuple[Response, int]:
    """Answer 200 when calls can be placed and time runs, 503 otherwise."""
    heartbeat: Heartbeat | None = current_app.extensions.get(HEARTBEAT)
    database, beating = _database(), _beating(heartbeat)
    fine = database == "ok" and beating
    body = {
        "status": "ok" if fine else "unavailable",
        "version": __version__,
        "database": database,
        "heartbeat": "ok" if beating else "stopped",
        "last_beat": None
        if heartbeat is None or heartbeat.last_beat is None
        else iso(heartbeat.last_beat),
    }
    return jsonify(body), 200 if fine else 503


def _database() -> str:
    try:
        engine().store.ping()
    except SQLAlchemyError as error:
        return str(error)
    return "ok"


def _beating(heartbeat: Heartbeat | None) -> bool:
    # Without a heartbeat (a frozen test server) time moves by advance alone: nothing to wait for.
    if heartbeat is None:
        return True
    return heartbeat.last_beat is not None and engine().wall() - heartbeat.last_beat < STALE
