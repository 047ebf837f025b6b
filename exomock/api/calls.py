"""Calls: placing one, looking at one, listing them."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, g, request
from marshmallow import ValidationError
from werkzeug.exceptions import MethodNotAllowed

from exomock.api.connect_form import CONNECT_NAMES, connect_form
from exomock.api.filter_form import FILTER_NAMES, FILTERS, ONLY_DETAILS, FilterForm
from exomock.api.forms import connect_parameters
from exomock.api.paging import metadata
from exomock.api.records import (
    as_observed,
    call_details,
    call_record,
    is_recorded,
    placed_record,
    why_of,
    with_legs,
)
from exomock.api.rejecting import list_refused, order_refused, refuse_dates
from exomock.api.render import rendered
from exomock.api.spelling import Value, plainly
from exomock.api.strangers import strangers
from exomock.api.taken import Taken, insist, say
from exomock.api.wiring import (
    BEATEN,
    engine,
    keep_for_good,
    keep_for_second,
    keep_until,
    via,
)
from exomock.domain.dialect import Dialect
from exomock.domain.order import Order
from exomock.domain.scenario import first_exophone
from exomock.domain.summary import Summary, summary_of
from exomock.engine.options import is_strict
from exomock.recording.addresses import path_of, signed

bp = Blueprint("calls", __name__, url_prefix="/v1/Accounts/<account>/Calls")


@bp.post("/connect")
def connect(account: str) -> Response:
    """Place a call. Source: exotel-v1.md section 2."""
    sent = connect_parameters(request)
    notes = strangers(sent, CONNECT_NAMES)
    try:
        order = _order(account, sent)
    except ValidationError as error:
        raise order_refused(error, sent, notes) from None
    call = engine().connect(account, replace(order, via=via()))
    if call.script.twists.before_answer:
        request.environ[BEATEN] = (call.sid,)
    record = _led_on(account, placed_record(call, as_json=g.as_json, dialect=g.dialect))
    return rendered({"Call": record}, why="; ".join([why_of(call), *notes]))


def _order(account: str, sent: dict[str, str | list[str]]) -> Order:
    """The order that a client has sent; the answer says which parameters were read otherwise."""
    settings, world = engine().settings, engine().accounts.world(account)
    if "CallerId" not in sent and settings.default_caller_id:
        line = first_exophone(world.scenario).shown
        sent["CallerId"] = line
        why = f"none was sent; taken is {line}, the account's first (default-caller-id)"
        say([Taken("CallerId", why, doubtful=False)])
    form = connect_form(settings.max_time_out, sent)
    given, taken = form.taken(sent)
    say(taken)
    insist(strict=is_strict(world))
    order: Order = form.load(given)
    return order


@bp.get("/<sid>")
def details(account: str, sid: str) -> Response:
    """Say what became of a call. Source: exotel-v1.md section 4."""
    if sid == "connect":
        raise MethodNotAllowed
    listing = ONLY_DETAILS.load(_given(account, ONLY_DETAILS))
    call = engine().details(account, sid)
    now = engine().second(account)
    summary = summary_of(call)
    if call.story.filled and (summary.recording_at or 0) <= now and listing.validity is None:
        keep_for_good()  # a call that is stuck can still be hung up
    for moment in (summary.told, summary.recording_at):
        if moment is not None and now < moment:
            keep_until(account, moment)
            break
    record = _led_on(account, _spoken(_record(summary, now, listing.validity)))
    if listing.details:
        record["Details"] = call_details(call)
    return rendered({"Call": record}, why=why_of(call))


@bp.get("")
def list_calls(account: str) -> Response:
    """List ended calls, a page at a time. Source: exotel-v1.md section 5."""
    notes = strangers(request.args, FILTER_NAMES)
    refuse_dates(_sent())
    try:
        given = _given(account, FILTERS)
        listing = FILTERS.load(given)
    except ValidationError as error:
        raise list_refused(error, notes) from None
    page = engine().list_calls(account, listing.asked)
    keep_for_second(account, page.second, page.until)
    records = [
        _spoken(_record(each, page.second, listing.validity, listed=True)) for each in page.found
    ]
    for record, call in zip(records, page.calls, strict=False):
        record["Details"] = call_details(call, bulk_json=g.as_json)
    head = metadata(page, listing, given, account, as_json=g.as_json)
    why = f"{page.total} ended calls match, {len(records)} are on this page"
    why = f"{why}; {page.read}" if page.read else why
    return rendered({"Metadata": head, "Calls": records}, why="; ".join([why, *notes]))


def _record(
    call: Summary, now: int, validity: int | None, *, listed: bool = False
) -> dict[str, Any]:
    """
    The record of a call, with the recording's address for the client of this request.

    Args:
        call: The call.
        now: The account's time, unix seconds.
        validity: For how many minutes a signed address is good; None gives none.
        listed: Whether it stands in a list.
    """
    url = engine().recordings.url(call.account, call.sid, via())
    record = call_record(call, now, url, listed=listed)
    if validity is None:
        return record
    keep_for_second(call.account, now)
    until = now + 60 * validity
    secret = engine().accounts.world(call.account).token
    found = signed(url, path_of(call.account, call.sid), secret, until)
    # UNVERIFIED: that it stands last, and is empty without a recording; a live list would tell.
    return record | {"PreSignedRecordingUrl": found if is_recorded(call, now) else ""}


def _spoken(record: dict[str, Any]) -> dict[str, Any]:
    """A record of a GET in the account's dialect."""
    return as_observed(record) if g.as_json and g.dialect is Dialect.OBSERVED else record


def _led_on(account: str, record: dict[str, Any]) -> dict[str, Any]:
    """A record that leads to the call's legs, where the account's answers do."""
    leads = engine().accounts.world(account).scenario.terms.legs_api
    return with_legs(record) if leads and g.as_json and g.dialect is Dialect.OBSERVED else record


def _given(account: str, form: FilterForm) -> dict[str, str]:
    """
    The query's parameters as they are documented; an empty one is not given.

    Source: exotel-v1.md section 5.
    """
    given, taken = plainly(_sent(), form.readers)
    say(taken)
    insist(strict=is_strict(engine().accounts.world(account)))
    return {name: str(value) for name, value in given.items()}


def _sent() -> dict[str, Value]:
    return {name: text for name, text in request.args.items() if text.strip()}
