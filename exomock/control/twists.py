"""Callbacks that misbehave whatever decides their calls, laid down and lifted while a test runs."""

from typing import Any

from flask import Blueprint, Response

from exomock.api.wiring import engine
from exomock.control.answers import answered, done
from exomock.control.forms import query
from exomock.control.paging import PageForm, answered_page, page
from exomock.control.problems import Problem, nearest
from exomock.control.scenario import sent_text
from exomock.control.wiring import world
from exomock.domain.overlay import ArmedOverlay
from exomock.ist import iso
from exomock.scenarios import kept_words, read_overlay

bp = Blueprint("twists", __name__)


def _shown(armed: ArmedOverlay) -> dict[str, Any]:
    return {
        "id": armed.id,
        "by": armed.overlay.place,
        "since": iso(armed.since),
        "struck": armed.struck,
        "spent": armed.spent,
    }


@bp.get("/accounts/<sid>/twists")
def list_twists(sid: str) -> Response:
    """Show what goes wrong with callbacks whatever decides their calls, the newest first."""
    found, following = page(world(sid).overlays, lambda each: each.id, query(PageForm))
    return answered_page({"twists": [_shown(each) for each in found]}, following)


@bp.post("/accounts/<sid>/twists")
def add(sid: str) -> Response:
    """Let the callbacks of calls that are placed from now on misbehave, until it is lifted."""
    here = world(sid)
    raw = sent_text() or b"{}"
    armed = engine().twisting.add(here, read_overlay(raw), kept_words(raw))
    return answered(_shown(armed), 201)


@bp.delete("/accounts/<sid>/twists")
def lift_all(sid: str) -> Response:
    """Let the callbacks of calls that are placed from now on be as their scenario says."""
    engine().twisting.remove(world(sid))
    return done()


@bp.delete("/accounts/<sid>/twists/<twist>")
def lift(sid: str, twist: str) -> Response:
    """Lift one twist."""
    here = world(sid)
    if not engine().twisting.remove(here, twist):
        known = [each.id for each in here.overlays]
        raise Problem(404, f"there is no twist '{twist}'", twists=nearest(twist, known))
    return done()
