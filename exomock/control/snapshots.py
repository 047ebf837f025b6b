"""Snapshots: an account's world, kept and brought back."""

from flask import Blueprint, Response

from exomock.api.wiring import engine
from exomock.control.accounts import account
from exomock.control.answers import answered
from exomock.control.forms import query
from exomock.control.paging import PageForm, answered_page, page
from exomock.control.problems import Problem, nearest
from exomock.control.wiring import world

bp = Blueprint("snapshots", __name__)


@bp.post("/accounts/<sid>/snapshots")
def take(sid: str) -> Response:
    """Keep the account's world as it is now."""
    return answered({"id": engine().snapshots.take(sid)}, 201)


@bp.get("/accounts/<sid>/snapshots")
def list_snapshots(sid: str) -> Response:
    """Show which snapshots there are."""
    world(sid)
    found, following = page(engine().snapshots.of(sid), str, query(PageForm))
    return answered_page({"snapshots": [{"id": key} for key in found]}, following)


@bp.post("/accounts/<sid>/snapshots/<snapshot>/restore")
def restore(sid: str, snapshot: str) -> Response:
    """Bring the account's world back to a snapshot."""
    restored = engine().snapshots.restore(sid, snapshot)
    if restored is None:
        known = engine().snapshots.of(sid)
        raise Problem(404, f"there is no snapshot '{snapshot}'", snapshots=nearest(snapshot, known))
    return answered(account(restored))
