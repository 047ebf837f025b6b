"""What becomes of an account's calls: its scenario, and the fate of the next ones."""

import json
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import ValidationError

from exomock.api.wiring import engine
from exomock.control.answers import answered
from exomock.control.forms import Form, bounded, query, quoted
from exomock.control.guard import JSON
from exomock.control.wiring import world
from exomock.domain.call import Call
from exomock.engine import World
from exomock.field import Whole
from exomock.scenarios import kept_words, mistakes_in, read_given, read_next, yaml_of
from exomock.scenarios.jsonschema import scenario_schema
from exomock.scenarios.played import MOST_PLAYED, played

bp = Blueprint("scenario", __name__)


def _shown(world: World) -> Response:
    scenario = world.scenario
    rules = [rule.place for rule in scenario.rules]
    return answered({"name": scenario.name, "rules": rules, "yaml": scenario.text})


def sent_text() -> bytes:
    """The body as YAML; JSON is written anew, for YAML reads some of its escapes otherwise."""
    raw = request.get_data()
    if request.mimetype != JSON or not raw.strip():
        return raw
    try:
        data = bounded(json.loads(raw, object_pairs_hook=_once))
    except (ValueError, RecursionError) as error:
        raise ValidationError({"body": [f"is not JSON: {error}"]}) from None
    # A string is YAML text, as when an account is made.
    text = data if isinstance(data, str) else yaml_of(data, indent=1)
    return text.encode(errors="replace")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's members; of a key given twice, JSON would lose the first in silence."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValidationError({"body": [f"gives {quoted(twice)} twice in one object"]})
    return found


@bp.get("/accounts/<sid>/scenario")
def show(sid: str) -> Response:
    """Show an account's scenario."""
    return _shown(world(sid))


@bp.put("/accounts/<sid>/scenario")
def put(sid: str) -> Response:
    """Give an account a scenario; no body gives it back the server's."""
    raw = sent_text()
    scenario = read_given("scenario", raw) if raw.strip() else None
    return _shown(engine().scenarios.set(sid, scenario))


class PlayedForm(Form):
    """How many calls, the newest."""

    limit = Whole(1, MOST_PLAYED, load_default=MOST_PLAYED)


@bp.get("/accounts/<sid>/scenario/played")
def show_played(sid: str) -> Response:
    """Write the newest ended calls as a scenario that plays them again."""
    limit = query(PlayedForm)["limit"]
    engine().agenda.catch_up(world(sid))
    text = played(ended_calls(sid, limit)).text
    headers = {"Content-Disposition": f'attachment; filename="{sid}.yaml"'}
    return Response(text, mimetype="application/yaml", headers=headers)


def ended_calls(sid: str, limit: int) -> list[Call]:
    """The newest calls of an account that have ended, the oldest of them first."""
    newest = engine().store.calls.all(sid, _LOOKED_AT)
    return [call for call in newest if call.ended][-limit:]


_LOOKED_AT = 500
"""Among how many of the newest calls ended ones are looked for."""


@bp.post("/scenario-check")
def check() -> Response:
    """Say everything that is wrong with a scenario, and change nothing."""
    problems = [
        {"line": each.line, "column": each.column, "key": each.key, "problem": each.what}
        for each in mistakes_in(sent_text())
    ]
    return answered({"ok": not problems, "problems": problems})


@bp.get("/scenario-schema")
def schema() -> Response:
    """Show the JSON Schema of the scenario language, for editors; `.json` is optional."""
    return answered(scenario_schema())


@bp.post("/accounts/<sid>/next")
def lay_down(sid: str) -> Response:
    """Lay down what becomes of the next calls, or of the next messages."""
    here = world(sid)
    raw = sent_text() or b"{}"
    several, script = read_next(raw)
    waiting = engine().fates.lay_down(here, script, several, kept_words(raw))
    return answered({"waiting": waiting}, 201)
