"""Calls: placing one, looking at one, listing them."""

from typing import Any

from flask import Blueprint, Response, g, request

from exomock.api.connect_form import connect_form
from exomock.api.filter_form import FILTERS, ONLY_DETAILS
from exomock.api.forms import connect_parameters
from exomock.api.paging import metadata
from exomock.api.records import as_observed, call_details, call_record, placed_record
from exomock.api.render import rendered
from exomock.api.wiring import BEATEN, engine, keep_for_good, keep_for_second, keep_until
from exomock.domain.dialect import Dialect
from exomock.domain.summary import summary_of

bp = Blueprint("calls", __name__, url_prefix="/v1/Accounts/<account>/Calls")


@bp.post("/connect")
def connect(account: str) -> Response:
    """Place a call. Source: exotel-v1.md section 2."""
    given = connect_parameters(request)
    order = connect_form(engine().settings.max_time_out, given).load(given)
    call = engine().connect(account, order)
    if call.script.twists.before_answer:
        request.environ[BEATEN] = call.sid
    record = placed_record(call, as_json=g.as_json, dialect=g.dialect)
    return rendered({"Call": record}, why=call.rule)


@bp.get("/<sid>")
def details(account: str, sid: str) -> Response:
    """Say what became of a call. Source: exotel-v1.md section 4."""
    listing = ONLY_DETAILS.load(_given())
    call = engine().details(account, sid)
    if call.story.filled:  # one that is stuck can still be hung up
        keep_for_good()
    now = engine().second(account)
    summary = summary_of(call)
    if summary.told is not None and now < summary.told:
        keep_until(account, summary.told)
    record = _spoken(call_record(summary, now))
    if listing.details:
        record["Details"] = call_details(call)
    return rendered({"Call": record}, why=call.rule)


@bp.get("")
def list_calls(account: str) -> Response:
    """List ended calls, a page at a time. Source: exotel-v1.md section 5."""
    given = _given()
    listing = FILTERS.load(given)
    page = engine().list_calls(account, listing.asked)
    keep_for_second(account, page.second, page.until)
    records = [_spoken(call_record(each, page.second, listed=True)) for each in page.found]
    for record, call in zip(records, page.calls, strict=False):
        record["Details"] = call_details(call, bulk_json=g.as_json)
    head = metadata(page, listing, given, account, as_json=g.as_json)
    why = f"{page.total} ended calls match, {len(records)} are on this page"
    why = f"{why}; {page.read}" if page.read else why
    return rendered({"Metadata": head, "Calls": records}, why=why)


def _spoken(record: dict[str, Any]) -> dict[str, Any]:
    """A record of a GET in the account's dialect."""
    return as_observed(record) if g.as_json and g.dialect is Dialect.OBSERVED else record


def _given() -> dict[str, str]:
    """The query's parameters; an empty one is not given. Source: exotel-v1.md section 5."""
    return {name: value for name, value in request.args.items() if value.strip()}
