"""Text messages: sending one or many, and looking at one."""

from typing import Any

from flask import Blueprint, Response, g, request
from marshmallow import ValidationError

from exomock.api.errors import Refused, rest_exception
from exomock.api.message_form import (
    MESSAGE_NAMES,
    Given,
    in_bulk,
    message_refused,
    orders_of,
    refuse_many,
    sent_pairs,
)
from exomock.api.message_records import message_record
from exomock.api.paths import no_message
from exomock.api.render import rendered
from exomock.api.strangers import strangers
from exomock.api.taken import insist, say
from exomock.api.wiring import BEATEN, engine, keep_for_good
from exomock.domain.errors import MessageNotFound
from exomock.domain.message import MessageOrder, TextMessage
from exomock.domain.refusals import Rejection
from exomock.engine.options import is_strict

bp = Blueprint("messages", __name__, url_prefix="/v1/Accounts/<account>")

_SENDS = ("send", "bulksend")
_OK = 200


@bp.post("/Sms/send")
@bp.post("/<any(SMS):_part>/send")
def send(account: str, _part: str = "") -> Response:
    """Send a message, to one number or to many. Source: exotel-v1.md sections 10 and 12."""
    given = Given(*sent_pairs(request))
    notes = strangers(given.values, MESSAGE_NAMES)
    orders = _orders(account, [given], notes)
    return _answer(engine().texting.send(account, orders), notes, several=given.several)


@bp.post("/Sms/bulksend")
@bp.post("/<any(SMS):_part>/bulksend")
def bulksend(account: str, _part: str = "") -> Response:
    """Send different messages at once. Source: exotel-v1.md section 12."""
    each = list(in_bulk(*sent_pairs(request)))
    notes = strangers({name for given in each for name in given.values}, MESSAGE_NAMES)
    orders = _orders(account, each, notes)
    return _answer(engine().texting.send(account, orders), notes, several=True)


@bp.get("/SMS/Messages/<sid>")
@bp.get("/<any(Sms):_part>/Messages/<sid>")
@bp.get("/<any(Sms, SMS):_part>/<sid>")
def details(account: str, sid: str, _part: str = "") -> Response:
    """Say what became of a message. Source: exotel-v1.md sections 10 and 12."""
    if sid in _SENDS and "/Messages/" not in request.path:
        why = f"GET is not possible on Sms/{sid}, POST is"
        raise Refused(Rejection.SMS_METHOD, why, {"Allow": "POST"})
    try:
        message = engine().texting.details(account, sid)
    except MessageNotFound as error:
        return _unknown(error)
    if message.over:
        keep_for_good()
    return rendered({"SMSMessage": _record(message)}, why=message.rule)


def _unknown(error: MessageNotFound) -> Response:
    """404 (C: two SDKs rely on it), or 200 with the same body (a page of the vendor's, V)."""
    row = Rejection.MESSAGE
    status = _OK if engine().settings.unknown_message == str(_OK) else row.status
    why = no_message(error.sid)
    response = rest_exception(row.status, row.message(why), row.code, why=why)
    response.status_code = status
    return response


def _orders(account: str, several: list[Given], notes: list[str]) -> list[MessageOrder]:
    found: list[MessageOrder] = []
    for given in several:
        orders, taken = orders_of(given, notes)
        say(taken)
        found += orders
        # A hundred messages of a hundred numbers each would hold up everybody for seconds.
        refuse_many(len(found), notes)
    try:
        insist(strict=is_strict(engine().accounts.world(account)))
    except ValidationError as error:
        raise message_refused(error, {str(next(iter(error.messages_dict))): ""}, notes) from None
    return found


def _record(message: TextMessage) -> dict[str, Any]:
    return message_record(message, as_json=g.as_json)


def _answer(messages: list[TextMessage], notes: list[str], *, several: bool) -> Response:
    if any(message.early for message in messages):
        request.environ[BEATEN] = tuple(message.sid for message in messages if message.early)
    whys = dict.fromkeys(message.rule for message in messages)
    why = "; ".join([*whys, *notes])
    records = [_record(message.as_of(0)) for message in messages]
    if not several:
        return rendered({"SMSMessage": records[0]}, why=why)
    if g.as_json:
        return rendered([{"SMSMessage": record} for record in records], why=why)
    return rendered({"SMSMessages": records}, why=why)
