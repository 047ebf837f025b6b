"""`account: {exophones: …}`: the ExoPhoneList of an account, a number or a mapping each."""

import re
from typing import Any

from marshmallow import ValidationError, post_load

from exomock.domain.exophone import ExoPhone, joined
from exomock.field import Field, Json, Telephone
from exomock.plain import masked
from exomock.scenarios.fields import Keys, Text, read_telephone
from exomock.scenarios.manner import kind_of, scalar

_SENDER = r"[0-9A-Za-z][0-9A-Za-z -]{0,10}"
_ADDRESS = r"[Hh][Tt][Tt][Pp][Ss]?://[^\s\x00-\x1f]+"


class Sender(Field[str]):
    """A sender id: up to eleven letters and digits, which is all that a message can carry."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        expected = "a sender id of 1 to 11 letters and digits, such as EXOMCK"
        text = str(scalar(value, expected))
        if not re.fullmatch(_SENDER, text, re.ASCII):
            raise ValidationError(f"found '{text}', expected {expected}")
        return text

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string", "pattern": f"^{_SENDER}$"}


class Address(Field[str]):
    """An http or https URL."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        text = str(scalar(value, "an http or https URL"))
        if not re.fullmatch(_ADDRESS, text):
            raise ValidationError(f"found '{masked(text)}', expected an http or https URL")
        return text

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string", "pattern": f"^{_ADDRESS}$"}


class ExoPhoneSchema(Keys):
    """An ExoPhone with what belongs to it."""

    number = Telephone(required=True)
    flow = Text(load_default=None)
    sms_url = Address(load_default=None)
    sender = Sender(load_default=None)
    region = Text(load_default=None)

    @post_load
    def _exophone(self, data: dict[str, Any], **_: object) -> ExoPhone:
        return ExoPhone(**data | {"number": data["number"].e164})


class ExoPhoneList(Field[tuple[ExoPhone, ...]]):
    """`exophones`: a list of numbers, and of mappings that say more of one."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[ExoPhone, ...]:
        if not isinstance(value, list):
            raise ValidationError(f"found {kind_of(value)}, expected a list")
        found: dict[int, ExoPhone] = {}
        wrong: dict[str | int, Any] = {}
        for place, item in enumerate(value):
            try:
                found[place] = _exophone(item)
                _agree(found[place], found)
            except ValidationError as error:
                wrong[place] = error.messages
        if wrong:
            raise ValidationError(wrong)
        return joined(found.values())

    def describe(self) -> Json:
        """As JSON Schema."""
        number = {"description": "A telephone number in any spelling.", **Telephone().describe()}
        return {
            "type": "array",
            "items": {"anyOf": [number, {"$ref": "#/$defs/ExoPhone"}]},
        }


def _exophone(item: Any) -> ExoPhone:
    if isinstance(item, dict):
        loaded: ExoPhone = ExoPhoneSchema().load(item)
        return loaded
    return ExoPhone(read_telephone(item))


def _agree(one: ExoPhone, others: dict[int, ExoPhone]) -> None:
    """
    Refuse a number that stands in the list before, with another answer to the same question.

    Raises:
        ValidationError: It does.
    """
    for place, other in others.items():
        name = one.differs(other) if other.number == one.number and other is not one else None
        if name is not None:
            known = masked(str(getattr(other, name)))
            what = f"says another {name} than exophones.{place} says of the same number: '{known}'"
            raise ValidationError({name: [what]})
