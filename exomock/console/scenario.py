"""The page on which a person reads, writes and uses an account's scenario."""

from functools import cache

from flask import Blueprint, request

from exomock.api.wiring import engine
from exomock.console.pages import PART, page
from exomock.control.problems import Problem, nearest
from exomock.control.scenario import ended_calls
from exomock.control.wiring import world
from exomock.scenarios import shipped, stories
from exomock.scenarios.played import MOST_PLAYED, played

bp = Blueprint("console_scenario", __name__)

STORY, PLAYED = "story", "played"
"""Parameters of the page: a shipped scenario to be read, or the calls that were played."""


@bp.get("/accounts/<sid>/scenario")
def show(sid: str) -> str:
    """Show the scenario in use, or a text that could be used."""
    here = world(sid)
    return page(
        "scenario.html",
        title="Scenario",
        sid=sid,
        module="scenario.js",
        scenario=here.scenario,
        own=here.scenario is not engine().scenarios.server,
        text="" if PART in request.args else _text(sid, here.scenario.text),
        stories=told(),
        most=MOST_PLAYED,
    )


@cache
def told() -> dict[str, str]:
    """What each shipped scenario is about: the files do not change while a server runs."""
    return stories()


def _text(sid: str, used: str) -> str:
    """The text that stands in the editor."""
    if PLAYED in request.args:
        engine().agenda.catch_up(world(sid))
        return played(ended_calls(sid, MOST_PLAYED)).text
    story = request.args.get(STORY)
    if story is None:
        return used
    path = shipped().get(story)
    if path is None:
        near = nearest(story, list(shipped()))
        raise Problem(404, f"there is no shipped scenario '{story}'", stories=near)
    return path.read_text(encoding="utf-8")
