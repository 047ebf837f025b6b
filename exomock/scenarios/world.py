"""The rest of a scenario: the account, its clock, its past, and who calls its ExoPhoneList."""

from collections.abc import Container
from typing import Any

from marshmallow import ValidationError, post_load

from exomock.domain.callback import EVENTS
from exomock.domain.dialect import Dialect
from exomock.domain.generator import Generator
from exomock.domain.number import EXOPHONE, Number, shown
from exomock.domain.past import PastCall
from exomock.domain.scenario import ClockStart, Terms
from exomock.domain.span import NO_TIME
from exomock.domain.status import Status
from exomock.domain.telecom import CIRCLES, DND_VALUES, OPERATORS, TYPES, NumberInfo, derive
from exomock.domain.when import Pattern
from exomock.field import TELEPHONE, Field, Json, OneOf, PhoneOrSip, Telephone, Whole
from exomock.numbering import is_mobile
from exomock.parties import SIP
from exomock.plain import masked
from exomock.scenarios.exophones import ExoPhoneList
from exomock.scenarios.fields import (
    Flag,
    Keys,
    Money,
    OneOrMore,
    Text,
    read_telephone,
)
from exomock.scenarios.history import FINAL
from exomock.scenarios.manner import kind_of, scalar
from exomock.scenarios.patterns import read_number_pattern
from exomock.scenarios.rules import ScriptSchema, script_of
from exomock.scenarios.times import Moment, OneTime, PerMinute, Time

DEFAULT_CALLER = "+919811100001"
_WORDS = [status.value for status in FINAL]
_MAX_RATE = 1_000_000


def _number(e164: str) -> Number:
    return Number(shown(e164), e164)


class NumberSchema(Keys):
    """What a look-up of a number answers; keys left out are derived from the number."""

    circle = OneOf(CIRCLES)
    operator = OneOf(OPERATORS)
    type = OneOf(TYPES)
    dnd = OneOf(DND_VALUES)


class Numbers(Field[dict[str, NumberInfo]]):
    """`numbers`: a mapping from telephone numbers to what is known of them."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, NumberInfo]:
        if not isinstance(value, dict):
            raise ValidationError(f"found {kind_of(value)}, expected a mapping of numbers")
        found: dict[str, NumberInfo] = {}
        wrong: dict[str, Any] = {}
        for key, info in value.items():
            try:
                e164 = _new_indian(key, found)
                found[e164] = _info(e164, NumberSchema().load(info))
            except ValidationError as error:
                wrong[str(key)] = error.messages
        if wrong:
            raise ValidationError(wrong)
        return found

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "object", "additionalProperties": {"$ref": "#/$defs/Number"}}


def _new_indian(key: Any, found: Container[str]) -> str:
    e164 = read_telephone(key)
    if e164 in found:
        raise ValidationError("is a number that stands here already, spelled otherwise")
    if not e164.startswith("+91"):
        raise ValidationError(f"found '{key}', expected an Indian number")
    return e164


def _info(e164: str, given: dict[str, str]) -> NumberInfo:
    number = Number(e164, e164)
    mobile = given["type"] == TYPES[0] if "type" in given else is_mobile(number)
    derived = derive(number.shown[1:], mobile=mobile)
    return NumberInfo(
        given.get("circle", derived.circle),
        given.get("operator", derived.operator),
        given.get("type", derived.type),
        given.get("dnd", derived.dnd),
    )


class ClockRate(Field[float]):
    """Account seconds per wall second."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        expected = f"a number from 0 (frozen) to {_MAX_RATE}: 1 is real, 60 a minute a second"
        text = scalar(value, expected)
        try:
            found = float(text)
        except ValueError:
            found = -1.0
        if not 0 <= found <= _MAX_RATE:
            raise ValidationError(f"found '{text}', expected {expected}")
        return found

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "number", "minimum": 0, "maximum": _MAX_RATE}


class ClockSchema(Keys):
    """`clock`: where an account's time begins, and how fast it runs."""

    now = Moment(load_default=None)
    rate = ClockRate(load_default=None)

    @post_load
    def _clock(self, data: dict[str, Any], **_: object) -> ClockStart:
        return ClockStart(**data)


class AccountSchema(Keys):
    """`account`: what it may and has."""

    exophones = ExoPhoneList(load_default=())
    late_fields = OneTime(zero=True, load_default=None)
    rate_limit = PerMinute(load_default=None)
    balance = Money(load_default=None)
    flow_events = Flag(load_default=False)
    dialect = OneOf(Dialect, load_default=None)
    strict = Flag(load_default=None)
    strict_senders = Flag(load_default=None)
    legs_api = Flag(load_default=None)

    @post_load
    def _terms(self, data: dict[str, Any], **_: object) -> Terms:
        data["dialect"] = data["dialect"] and Dialect(data["dialect"])
        return Terms(**data)


class PastCallSchema(Keys):
    """One of `calls`: a finished call, exactly."""

    to = PhoneOrSip(required=True)
    from_ = PhoneOrSip(data_key="from", load_default=_number(DEFAULT_CALLER))
    exophone = Telephone(load_default=EXOPHONE)
    created = Moment(required=True)
    status = OneOf(_WORDS, load_default=Status.COMPLETED.value)
    duration = Whole(0, 86_400, load_default=None)
    price = Money(load_default=None)
    recording = Flag(load_default=False)
    direction = OneOf(["outbound-api", "inbound"], load_default="outbound-api")
    custom_field = Text(load_default=None)

    @post_load
    def _call(self, data: dict[str, Any], **_: object) -> PastCall:
        for key in ("to", "from_", "exophone"):
            data[key] = _number(data[key].e164)
        data["status"] = Status(data["status"])
        data["inbound"] = data.pop("direction") == "inbound"
        talked = data["status"] is Status.COMPLETED
        if data["duration"] is None:
            data["duration"] = 42 if talked else 30
        for key in ("price", "recording"):
            if data[key] and not (talked and data["duration"]):
                what = f"status {data['status']}" if data["duration"] else "duration 0"
                raise ValidationError(f"stands beside {what}: nobody talked", key)
        data["price"] = data["price"] or 0
        return PastCall(**data)


class CallerPattern(Field[Pattern]):
    """Who calls: a number, or the beginning of one and `*`."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Pattern:
        found = read_number_pattern(value)
        if not isinstance(found, Pattern):
            raise ValidationError(f"found '{value}', expected a number or its beginning and *")
        # Digits fill up the beginning of a number; nothing can fill up that of a SIP address.
        digits = found.text.removeprefix("+").isdigit() and len(found.text) <= 10  # noqa: PLR2004
        if found.rest and not digits:
            raise ValidationError(f"found '{value}', expected 1 to 10 digits before the *")
        return found

    def describe(self) -> Json:
        """As JSON Schema."""
        return {
            "type": "string",
            "pattern": rf"^({TELEPHONE}|{SIP}|(\+[0-9]{{1,9}}|0[0-9]{{0,9}})\*)$",
        }


class GeneratorHeading(Keys):
    """Who calls whom how often; marshmallow puts the fields of a later base first."""

    every = Time(required=True)
    from_ = CallerPattern(data_key="from", load_default=Pattern("099", rest=True))
    exophone = Telephone(load_default=EXOPHONE)
    status_callback = Text(load_default=None)
    status_callback_events = OneOrMore(OneOf(EVENTS), load_default=list)
    status_callback_content_type = OneOf(
        ["multipart/form-data", "application/json"], load_default="multipart/form-data"
    )


_HEADING = ("every", "from_", "exophone")


class GeneratorSchema(ScriptSchema, GeneratorHeading):
    """One of `inbound`: somebody who calls an ExoPhone again and again."""

    @post_load
    def _load(self, data: dict[str, Any], **_: object) -> Any:
        if data["every"] == NO_TIME:
            raise ValidationError("found 0s, expected a time above 0", "every")
        callback, events = data.pop("status_callback"), data.pop("status_callback_events")
        as_json = data.pop("status_callback_content_type") == "application/json"
        every, caller, exophone = (data.pop(key) for key in _HEADING)
        for key in ("refuse", "leg1"):
            if key in data:
                raise ValidationError("has no meaning for a call that comes in", key)
        if callback is not None and not callback.startswith(("http://", "https://")):
            raise ValidationError(
                f"found '{masked(callback)}', expected an http or https URL", "status_callback"
            )
        # A generator without a script lets the rules decide its calls.
        script = script_of(data) if data else None
        return Generator(
            every, caller, _number(exophone.e164), script, callback, tuple(events), as_json
        )
