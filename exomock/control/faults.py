"""Faults of the v1 API, laid down and lifted while a test runs."""

from typing import Any

from flask import Blueprint, Response

from exomock.api.wiring import engine
from exomock.control.answers import answered, done
from exomock.control.forms import query
from exomock.control.paging import PageForm, answered_page, page
from exomock.control.problems import Problem, nearest
from exomock.control.scenario import sent_text
from exomock.control.wiring import world
from exomock.domain.fault import ArmedFault
from exomock.ist import iso
from exomock.scenarios import kept_words, read_fault

bp = Blueprint("faults", __name__)


def _shown(armed: ArmedFault) -> dict[str, Any]:
    return {
        "id": armed.id,
        "by": armed.fault.place,
        "since": iso(armed.since),
        "struck": armed.struck,
        "spent": armed.spent,
    }


@bp.get("/accounts/<sid>/faults")
def list_faults(sid: str) -> Response:
    """Show what goes wrong with the API, in the order it is asked."""
    found, following = page(world(sid).faults, lambda each: each.id, query(PageForm))
    return answered_page({"faults": [_shown(each) for each in found]}, following)


@bp.post("/accounts/<sid>/faults")
def add(sid: str) -> Response:
    """Let something go wrong, in the words of a scenario's faults; until it is lifted."""
    here = world(sid)
    raw = sent_text() or b"{}"
    armed = engine().faults.add(here, read_fault(raw), kept_words(raw))
    return answered(_shown(armed), 201)


@bp.delete("/accounts/<sid>/faults")
def lift_all(sid: str) -> Response:
    """Let everything go right."""
    engine().faults.remove(world(sid))
    return done()


@bp.delete("/accounts/<sid>/faults/<fault>")
def lift(sid: str, fault: str) -> Response:
    """Lift one fault."""
    here = world(sid)
    if not engine().faults.remove(here, fault):
        known = [each.id for each in here.faults]
        raise Problem(404, f"there is no fault '{fault}'", faults=nearest(fault, known))
    return done()
