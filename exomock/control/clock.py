"""Time: where an account's clock is, how fast it runs, and letting it pass."""

import math
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response
from marshmallow import ValidationError

from exomock.api.wiring import engine
from exomock.control.accounts import clock
from exomock.control.answers import answered, callback_json, occurred_json
from exomock.control.forms import MAX_SPAN, ClockForm, Form, Quantity, body, quoted
from exomock.control.owners import owners_of
from exomock.control.wiring import courier, world
from exomock.engine import Advanced, World
from exomock.field import OneOf
from exomock.ist import iso

bp = Blueprint("clock", __name__)


class AdvanceForm(Form):
    """How much time is to pass: seconds, to the next event, or until nothing is due any more."""

    seconds = Quantity(0, MAX_SPAN, " seconds", load_default=None)
    until = OneOf(("idle", "event"), load_default=None)

    def no_object(self, data: Any) -> str:
        """The sentence shows both ways to say how much."""
        return f'{quoted(data)} is not valid; expected {{"seconds": 60}} or {{"until": "idle"}}'


@bp.get("/accounts/<sid>/clock")
def show(sid: str) -> Response:
    """Show an account's clock."""
    return answered(clock(world(sid)))


@bp.put("/accounts/<sid>/clock")
def put(sid: str) -> Response:
    """Move an account's clock: forward is an advance."""
    given = body(ClockForm)
    here = world(sid)
    now, stopped = given["now"], None
    if now is not None and now > here.clock.at(engine().wall()):
        stopped = engine().advancing.advance_to(here, now, courier().round()).stopped
        now = None
    after = engine().clocks.set(sid, now, given["rate"])
    return answered({**clock(after), "stopped": stopped})


def _went(here: World, given: Mapping[str, Any]) -> Advanced:
    """Let time pass for as long as was asked."""
    advancing, deliver = engine().advancing, courier().round()
    if given["until"] == "event":
        engine().agenda.catch_up(here)
        due_at = here.due_at
        # Without anything to come, the target 0 lies in the past: no time passes.
        return advancing.advance_to(here, 0 if due_at == math.inf else int(due_at), deliver)
    seconds = given["seconds"]
    span = math.inf if seconds is None else round(seconds * 1_000_000)
    return advancing.advance(here, span, deliver)


@bp.post("/accounts/<sid>/clock/advance")
def advance(sid: str) -> Response:
    """Let time pass, and say what happened."""
    given = body(AdvanceForm)
    if (given["seconds"] is None) == (given["until"] is None):
        raise ValidationError(
            {"seconds": ['expected either "seconds", or "until": "idle" or "event"']}
        )
    here = world(sid)
    went = _went(here, given)
    ids = list(dict.fromkeys(went.callbacks))
    rows = engine().store.outbox.of(sid, ids=ids) if ids else []
    owners = owners_of(sid, rows)
    return answered(
        {
            "now": iso(went.now),
            "idle": engine().advancing.idle(here),
            "stopped": went.stopped,
            "events": [occurred_json(each) for each in went.events],
            # Leave out callbacks whose owner a reset has deleted between the two reads.
            "callbacks": [
                callback_json(row, owners[row.kind, row.sid])
                for row in rows
                if (row.kind, row.sid) in owners
            ],
        }
    )
