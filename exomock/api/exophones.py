"""ExoPhones: IncomingPhoneNumbers of v1, and of v2_beta with what can be rented."""

from typing import Any

import orjson
from flask import Blueprint, Response, request
from marshmallow import ValidationError, post_load

from exomock.api.fields import Parameters, Text, WebAddress, mandatory
from exomock.api.forms import named_parameters
from exomock.api.render import rendered
from exomock.api.wiring import engine
from exomock.domain.exophone import ExoPhone, exophone_sid
from exomock.domain.flow_url import FLOW_URL, flow_of
from exomock.domain.number import Number, from_e164
from exomock.engine.exophones import offered, region_of
from exomock.field import Telephone, Whole
from exomock.numbering import country_of

bp = Blueprint("exophones", __name__, url_prefix="/v1/Accounts/<account>/IncomingPhoneNumbers")
beta = Blueprint("exophones_beta", __name__, url_prefix="/v2_beta/Accounts/<account>")

LONGEST_NAME = 256
PAGE_SIZE = 50
LARGEST_PAGE = 100
"""Source: exotel-v1.md section 12 (V, C: `page_size` is 50); 100 is ours."""

RENT = "499.000000"
"""Rupees a month. Source: exotel-v1.md section 12 (V)."""

_V1 = {
    "sid": "Sid", "phone_number": "PhoneNumber", "friendly_name": "FriendlyName",
    "capabilities": "Capabilities", "country": "Country", "region": "Region",
    "voice_url": "VoiceUrl", "sms_url": "SMSUrl", "rental_price": "RentalPrice",
    "currency": "Currency",
}  # fmt: skip
# UNVERIFIED: which keys v1 has beside PhoneNumber (C: two programs read it), Sid and FriendlyName
# (c); a captured answer would settle it.
"""The keys of v1, by those of v2_beta."""


class FactsForm(Parameters):
    """What a client says of an ExoPhone. Source: the vendor's pages on PUT and POST (V)."""

    voice_url = WebAddress(data_key="VoiceUrl")
    sms_url = WebAddress(data_key="SMSUrl")
    name = Text(LONGEST_NAME, data_key="FriendlyName")

    @post_load
    def _facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        if "voice_url" in data:
            found = flow_of(data["voice_url"])
            data["flow"] = None if found.lost else found.app
        return data


class RentalForm(FactsForm):
    """The facts of an ExoPhone that is to be rented, and its number."""

    number = Telephone(data_key="PhoneNumber", **mandatory("PhoneNumber"))


class PagingForm(Parameters):
    """Which part of the list is wanted."""

    page = Whole(0, 1_000_000, data_key="Page", load_default=0)
    size = Whole(1, LARGEST_PAGE, data_key="PageSize", load_default=PAGE_SIZE)


class AvailableForm(Parameters):
    """Which numbers are wanted of those that can be rented."""

    region = Text(LONGEST_NAME, data_key="InRegion", load_default="")
    size = Whole(1, LARGEST_PAGE, data_key="PageSize", load_default=PAGE_SIZE)


@bp.get("")
def list_exophones(account: str) -> Response:
    """List the account's ExoPhones. Source: exotel-v1.md sections 10 and 12 (V, C)."""
    found = engine().holdings.exophones.all(account)
    records = [{"IncomingPhoneNumber": _in_v1(account, each)} for each in found]
    return rendered({"IncomingPhoneNumbers": records}, why=_why(found))


@bp.get("/<sid>")
def exophone(account: str, sid: str) -> Response:
    """Show one of the account's ExoPhones, by its Sid or its number."""
    found = engine().holdings.exophones.one(account, sid)
    return rendered({"IncomingPhoneNumber": _in_v1(account, found)}, why=_said(found))


@beta.get("/IncomingPhoneNumbers")
def list_exophones_beta(account: str) -> Response:
    """List the account's ExoPhones. Source: exotel-v1.md section 12 (V, C: the three keys)."""
    paging = PagingForm().load(_given())
    found = engine().holdings.exophones.all(account)
    begin = paging["page"] * paging["size"]
    shown = [_in_beta(account, each) for each in found[begin : begin + paging["size"]]]
    data = {"page": paging["page"], "page_size": paging["size"], "incoming_phone_numbers": shown}
    return rendered(data, why=_why(found))


@beta.post("/IncomingPhoneNumbers")
def rent(account: str) -> Response:
    """Rent an ExoPhone. Source: exotel-v1.md section 12 (V)."""
    facts = RentalForm().load(_given())
    number: Number = facts.pop("number")
    wanted = ExoPhone(number.e164, region=region_of(number), **facts)
    found = engine().holdings.exophones.rent(account, wanted)
    return rendered(_in_beta(account, found), why=f"{number.shown} is the account's now")


@beta.get("/IncomingPhoneNumbers/<sid>")
def exophone_beta(account: str, sid: str) -> Response:
    """Show one of the account's ExoPhones, by its Sid or its number."""
    found = engine().holdings.exophones.one(account, sid)
    return rendered(_in_beta(account, found), why=_said(found))


@beta.put("/IncomingPhoneNumbers/<sid>")
def change(account: str, sid: str) -> Response:
    """Assign an ExoPhone to a flow, or give it another name. Source: section 12 (V)."""
    facts = FactsForm().load(_given())
    found = engine().holdings.exophones.change(account, sid, facts)
    return rendered(_in_beta(account, found), why=_said(found))


@beta.delete("/IncomingPhoneNumbers/<sid>")
def give_up(account: str, sid: str) -> Response:
    """Give an ExoPhone up. Source: exotel-v1.md section 12 (V: 202 and its body)."""
    engine().holdings.exophones.give_up(account, sid)
    return rendered({"Status": 202, "Message": "Accepted"}, 202, why="it is the account's no more")


@beta.get("/AvailablePhoneNumbers")
def all_available(account: str) -> Response:
    """List Indian landlines that can be rented; a bare array. Source: section 12 (V)."""
    return available(account, "IN", "Landline")


@beta.get("/AvailablePhoneNumbers/<country>/<kind>")
def available(account: str, country: str, kind: str) -> Response:
    """
    List ExoPhones that can be rented; a bare array.

    Source: exotel-v1.md section 12 (V); the three kinds: the vendor's page on ExoPhones (V).
    """
    wanted = AvailableForm().load(_given())
    mine = {each.number for each in engine().holdings.exophones.all(account)}
    numbers = offered(country.upper(), kind.lower(), wanted["region"].upper())
    free = [each for each in numbers if each not in mine][: wanted["size"]]
    records = [_in_beta(account, ExoPhone(each)) for each in free]
    # A number that nobody has rented yet has neither a Sid nor addresses.
    for record in records:
        for key in ("sid", "voice_url", "sms_url"):
            del record[key]
    return rendered(records, why=f"{len(free)} of exomock's own numbers; any other can be rented")


def _given() -> dict[str, Any]:
    """The parameters of a request to v2_beta: a form, a query, or a JSON body."""
    given: dict[str, Any] = dict(named_parameters(request))
    if request.mimetype == "application/json":
        try:
            body = orjson.loads(request.get_data() or b"{}")
        except ValueError:
            raise ValidationError({"body": ["is no JSON, though its Content-Type is"]}) from None
        if not isinstance(body, dict):
            raise ValidationError({"body": ["is no JSON object of parameters"]})
        given |= {name: str(value) for name, value in body.items() if value not in (None, "")}
    return given


def _in_beta(account: str, exophone: ExoPhone) -> dict[str, Any]:
    number = from_e164(exophone.number)
    flow = FLOW_URL.format(sid=account, app_id=exophone.flow)
    return {
        "sid": exophone_sid(account, exophone.number),
        "phone_number": exophone.number,
        "friendly_name": exophone.name or number.shown,
        "capabilities": {"voice": True, "sms": True},
        "country": country_of(number),
        "region": exophone.region or region_of(number),
        "voice_url": exophone.voice_url or (flow if exophone.flow else None),
        "sms_url": exophone.sms_url,
        "rental_price": RENT,
        "currency": "INR",
    }


def _in_v1(account: str, exophone: ExoPhone) -> dict[str, Any]:
    record = {_V1[key]: value for key, value in _in_beta(account, exophone).items()}
    record["PhoneNumber"] = from_e164(exophone.number).shown
    record["Capabilities"] = {"Voice": True, "SMS": True}
    return record


def _said(exophone: ExoPhone) -> str:
    flow = exophone.flow or exophone.voice_url
    return f"a call to it starts flow {flow}" if flow else "no flow is assigned to it"


def _why(found: tuple[ExoPhone, ...]) -> str:
    return f"ExoPhones of the account: {len(found)}"
