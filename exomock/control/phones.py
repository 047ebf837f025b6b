"""The telephones of calls: what a person does with one, and whether people answer them at all."""

from flask import Blueprint, Response

from exomock.api.wiring import engine
from exomock.control.answers import answered, call_json
from exomock.control.forms import Form, Truth, body
from exomock.control.wiring import world
from exomock.domain.fate import Does
from exomock.domain.phone import Decide
from exomock.domain.script import Party
from exomock.engine import World
from exomock.engine.options import has_people
from exomock.field import OneOf

bp = Blueprint("phones", __name__)


class PhoneForm(Form):
    """What a person does with the telephone of From, or of To."""

    who = OneOf(Party, required=True)
    does = OneOf(Does, required=True)


class PhonesForm(Form):
    """Whether people answer the telephones of calls that are placed from now on."""

    people = Truth(required=True)


def _shown(here: World) -> Response:
    return answered({"people": has_people(here)})


@bp.post("/accounts/<sid>/calls/<call>/phone")
def phone(sid: str, call: str) -> Response:
    """Let a person answer, reject, let ring out or hang up a telephone of a call, now."""
    asked = body(PhoneForm)
    change = Decide(Party(asked["who"]), Does(asked["does"]))
    return answered(call_json(engine().replan(sid, call, change)))


@bp.get("/accounts/<sid>/phones")
def show(sid: str) -> Response:
    """Show whether people answer the telephones of an account's calls."""
    return _shown(world(sid))


@bp.put("/accounts/<sid>/phones")
def put(sid: str) -> Response:
    """Let people answer the telephones of calls that are placed from now on, or the scenario."""
    return _shown(engine().phones.switch(sid, body(PhonesForm)["people"]))
