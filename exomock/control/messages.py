"""Messages with their plans; and somebody who texts an ExoPhone."""

from collections.abc import Sequence

from flask import Blueprint, Response
from marshmallow import ValidationError, fields

from exomock.api.message_form import LONGEST_BODY
from exomock.api.wiring import engine
from exomock.control.answers import answered, message_json
from exomock.control.forms import Form, body, query
from exomock.control.paging import PageForm, answered_page, cut, unknown
from exomock.control.wiring import world
from exomock.domain.message import TextMessage
from exomock.field import Telephone

bp = Blueprint("messages", __name__)


class TextedForm(Form):
    """Somebody texts an ExoPhone."""

    from_ = Telephone(data_key="from", required=True)
    exophone = Telephone(required=True)
    body = fields.String(required=True)


@bp.get("/accounts/<sid>/messages")
def list_messages(sid: str) -> Response:
    """Show an account's messages, the oldest first; the newest, or after one."""
    asked = query(PageForm)
    engine().agenda.catch_up(world(sid))
    limit, after = asked["limit"], asked["after"]
    found, following = _newest(sid, limit) if after is None else _after(sid, after, limit)
    return answered_page({"messages": [message_json(each) for each in found]}, following)


def _newest(sid: str, limit: int) -> tuple[Sequence[TextMessage], str | None]:
    return engine().store.messages.all(sid, limit), None


def _after(sid: str, after: str, limit: int) -> tuple[Sequence[TextMessage], str | None]:
    found = engine().store.messages.page(sid, limit + 1, None if after == "0" else after)
    if found is None:
        raise unknown(after)
    return cut(found, lambda message: message.sid, limit)


@bp.get("/accounts/<sid>/messages/<message>")
def show(sid: str, message: str) -> Response:
    """Show a message."""
    return answered(message_json(engine().texting.details(sid, message)))


@bp.post("/accounts/<sid>/messages")
def texted(sid: str) -> Response:
    """Let somebody text an ExoPhone: its `sms_url` is asked by a GET."""
    given = body(TextedForm)
    text = given["body"]
    if not 1 <= len(text) <= LONGEST_BODY:
        said = f"has {len(text)} characters; expected 1 to {LONGEST_BODY}"
        raise ValidationError({"body": [said]})
    found = engine().texting.receive(sid, given["from_"], given["exophone"], text)
    return answered(message_json(found), 201)
