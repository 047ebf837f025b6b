"""CustomerWhitelist: who may be reached through an ExoPhone although he is on DND."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, ValidationError

from exomock.api.errors import Refused, sentence
from exomock.api.fields import Parameters, mandatory
from exomock.api.forms import form_parameters, sent_parameters
from exomock.api.render import rendered
from exomock.api.strangers import strangers
from exomock.api.wiring import engine, keep_for_second
from exomock.domain.number import Number
from exomock.domain.refusals import Rejection
from exomock.field import Field, Json, Telephone
from exomock.numbering import NotANumber, read_number

bp = Blueprint("whitelist", __name__, url_prefix="/v1/Accounts/<account>/CustomerWhitelist")

MOST_NUMBERS = 1_000
"""How many numbers one request may name; ours."""

_NUMBER = "Number"


class _Numbers(Field[tuple[Number, ...]]):
    """A comma list of telephone numbers, blanks around each."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[Number, ...]:
        parts = [part for part in str(value).split(",") if part.strip()]
        if not 0 < len(parts) <= MOST_NUMBERS:
            raise ValidationError(f"holds {len(parts)} numbers; expected 1 to {MOST_NUMBERS}")
        try:
            found = [read_number(part) for part in parts]
        except NotANumber as error:
            raise ValidationError(str(error)) from None
        return tuple({each.e164: each for each in found}.values())

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string"}


class RemovalForm(Parameters):
    """What DELETE reads. Source: exotel-v1.md section 10 (C)."""

    numbers = _Numbers(data_key=_NUMBER, **mandatory(_NUMBER))


class WhitelistForm(RemovalForm):
    """What POST reads; Language says nothing here. Source: exotel-v1.md section 12 (V, C)."""

    exophone = Telephone(data_key="VirtualNumber", **mandatory("VirtualNumber"))


_ONE = Parameters.from_dict({"number": Telephone(data_key=_NUMBER)})
_KNOWN = ("VirtualNumber", _NUMBER, "Language")


@bp.post("")
def whitelist(account: str) -> Response:
    """Put numbers on the whitelist of an ExoPhone. Source: exotel-v1.md section 12 (V, C)."""
    wanted, notes = _loaded(WhitelistForm())
    engine().holdings.whitelists.add(account, wanted["exophone"], wanted["numbers"])
    line, count = wanted["exophone"].shown, len(wanted["numbers"])
    return _done(f"whitelisted for {line}, for six months: {count}", notes)


@bp.delete("")
def remove(account: str) -> Response:
    """Take numbers off the whitelist. Source: exotel-v1.md section 10 (C)."""
    wanted, notes = _loaded(RemovalForm())
    engine().holdings.whitelists.remove(account, wanted["numbers"])
    return _done(f"taken off the whitelist: {len(wanted['numbers'])}", notes)


@bp.get("/<number>")
def listed(account: str, number: str) -> Response:
    """Say whether a number is whitelisted for any ExoPhone. Source: section 12 (V)."""
    asked = _load(_ONE(), {_NUMBER: number}, ())["number"]
    keep_for_second(account, engine().second(account))
    found = engine().holdings.whitelists.look_up(account, asked)
    record = {"Status": found.listing.value, "Type": found.by, "Expiry": found.expiry}
    why = f"{asked.shown} is on the account's whitelist" if found.by else "nobody whitelisted it"
    return rendered({"Result": record}, why=why)


def _loaded(form: Schema) -> tuple[dict[str, Any], list[str]]:
    """What a request asks for, and the sentences about parameters that nobody reads."""
    given: dict[str, Any] = dict(form_parameters(request, _NUMBER))
    # As a comma list, because some clients repeat the parameter instead.
    several = sent_parameters(request).getlist(_NUMBER) or request.args.getlist(_NUMBER)
    if several:
        given[_NUMBER] = ",".join(several)
    notes = strangers(given, _KNOWN)
    return _load(form, given, notes), notes


def _load(form: Schema, given: dict[str, Any], notes: Iterable[str]) -> dict[str, Any]:
    try:
        found: dict[str, Any] = form.load(given)
    except ValidationError as error:
        raise Refused(Rejection.WHITELIST, "; ".join([sentence(error), *notes])) from None
    return found


def _done(why: str, notes: Iterable[str]) -> Response:
    return rendered({"Result": {"Succeeded": True}}, why="; ".join([why, *notes]))
