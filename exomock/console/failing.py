"""The page on which a person makes an account's API and its callbacks fail."""

from flask import Blueprint

from exomock.console.pages import page
from exomock.console.switches import FAULTS, TWISTS, laid_in, rows
from exomock.control.wiring import world

bp = Blueprint("console_failing", __name__)


@bp.get("/accounts/<sid>/fail")
def show(sid: str) -> str:
    """Show what can be made to fail, and what is."""
    laid = laid_in(world(sid))
    return page(
        "fail.html",
        title="Make it fail",
        sid=sid,
        faults=rows(FAULTS, "faults", laid),
        twists=rows(TWISTS, "twists", laid),
    )
