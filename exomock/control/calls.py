"""Calls with their plans; inbound ones; hanging up."""

from collections.abc import Sequence

from flask import Blueprint, Response
from marshmallow import fields

from exomock.api.fields import WebAddress, WordList
from exomock.api.wiring import engine, via
from exomock.control.answers import answered, call_json
from exomock.control.forms import Form, body, query
from exomock.control.paging import PageForm, answered_page, cut, unknown
from exomock.control.replies import Replies
from exomock.control.wiring import world
from exomock.domain.call import Call
from exomock.domain.callback import EVENTS
from exomock.domain.order import Order
from exomock.domain.script import Party
from exomock.field import Json, OneOf, PhoneOrSip, Telephone, described
from exomock.scenarios import read_script
from exomock.scenarios.jsonschema import reference
from exomock.scenarios.rules import ScriptSchema
from exomock.storage.pages import calls_page

bp = Blueprint("calls", __name__)

_WORDS = ScriptSchema()


class ScriptWord(fields.Raw):
    """A word of the scenario language, which is read there."""

    def describe(self) -> Json:
        """As JSON Schema: as the language describes it."""
        return described(_WORDS.fields[self.name or ""], reference)


class InboundForm(Form):
    """Somebody calls an ExoPhone; what is left out takes the scenario language's defaults."""

    from_ = PhoneOrSip(data_key="from", required=True)
    exophone = Telephone(required=True)
    to = PhoneOrSip(load_default=None)
    status_callback = WebAddress(load_default=None)
    status_callback_events = WordList(EVENTS, load_default=())
    custom_field = fields.String(load_default=None)
    leg2 = ScriptWord()
    talk = ScriptWord()
    hangup_by = ScriptWord()
    record = ScriptWord()
    price = ScriptWord()
    status = ScriptWord()
    stuck = ScriptWord()
    callbacks = ScriptWord()
    recording = ScriptWord()
    caller = ScriptWord()
    agents = ScriptWord()
    replies = Replies(load_default=())


class HangUpForm(Form):
    """Who hangs up."""

    by = OneOf((Party.FROM.value, Party.TO.value), load_default=Party.FROM.value)


@bp.get("/accounts/<sid>/calls")
def list_calls(sid: str) -> Response:
    """Show an account's calls, running ones too, the oldest first; the newest, or after one."""
    asked = query(PageForm)
    engine().agenda.catch_up(world(sid))
    limit, after = asked["limit"], asked["after"]
    found, following = _newest(sid, limit) if after is None else _after(sid, after, limit)
    return answered_page({"calls": [call_json(call) for call in found]}, following)


def _newest(sid: str, limit: int) -> tuple[Sequence[Call], str | None]:
    return engine().store.calls.all(sid, limit), None


def _after(sid: str, after: str, limit: int) -> tuple[Sequence[Call], str | None]:
    found = calls_page(engine().store, sid, limit + 1, None if after == "0" else after)
    if found is None:
        raise unknown(after)
    return cut(found, lambda call: call.sid, limit)


@bp.get("/accounts/<sid>/calls/<call>")
def show(sid: str, call: str) -> Response:
    """Show a call."""
    return answered(call_json(engine().details(sid, call)))


@bp.post("/accounts/<sid>/calls")
def inbound(sid: str) -> Response:
    """Let somebody call an ExoPhone."""
    given = body(InboundForm)
    words = {key: given.pop(key) for key in list(given) if key in SCRIPT}
    script = read_script(words) if words else None
    order = Order(
        given["from_"],
        given["to"] or given["exophone"],
        given["exophone"],
        callback=given["status_callback"],
        events=given["status_callback_events"],
        custom_field=given["custom_field"],
        via=via(),
    )
    return answered(call_json(engine().inbound(sid, order, script, given["replies"])), 201)


SCRIPT = (
    "leg2", "talk", "hangup_by", "record", "price", "status", "stuck", "callbacks", "recording",
    "caller", "agents",
)  # fmt: skip
"""The words of the scenario language in an inbound call; without any its rules decide."""


@bp.post("/accounts/<sid>/calls/<call>/hangup")
def hang_up(sid: str, call: str) -> Response:
    """Let a party hang up now."""
    by = Party(body(HangUpForm)["by"])
    return answered(call_json(engine().hang_up(sid, call, by)))
