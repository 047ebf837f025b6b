"""Patterns for values: texts, beginnings, and regular expressions that always end."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from exomock.domain.number import shown
from exomock.domain.when import NUMBER_BEGINNING, AnyPattern, Pattern
from exomock.field import TELEPHONE, Field, Json
from exomock.parties import SIP
from exomock.scenarios.expression import expression
from exomock.scenarios.fields import each_item, read_telephone
from exomock.scenarios.manner import kind_of, not_a_quantity, scalar
from exomock.scenarios.source import Scalar

_SIP = rf"({SIP}|[Ss][Ii][Pp][Ss]?:)\*|{SIP}"
_SIP_PATTERN = re.compile(_SIP)
_RE2 = r"/[\s\S]+/"
_ANY_TEXT: Json = {"type": ["string", "number", "boolean"]}


class NumberPattern(Field[AnyPattern]):
    """A number in any spelling or a SIP address, its beginning and `*`, or a regular expression."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> AnyPattern:
        return read_number_pattern(value)

    def describe(self) -> Json:
        """As JSON Schema."""
        beginning = NUMBER_BEGINNING.pattern
        return {"type": "string", "pattern": rf"^({TELEPHONE}|{beginning}|{_SIP}|{_RE2})$"}


def read_number_pattern(value: object) -> AnyPattern:
    """
    A pattern that numbers are compared with, in their `0` + 10 digits form.

    Raises:
        ValidationError: It is none, or YAML took it for a quantity.
    """
    text = scalar(value, 'a number such as "09812345678" or "0981*"')
    not_a_quantity(text)
    found = expression(str(text))
    if found is not None:
        return found
    if _SIP_PATTERN.fullmatch(text):
        return Pattern(text.removesuffix("*"), rest=text.endswith("*"))
    if "*" not in text:
        return Pattern(shown(read_telephone(value)))
    if not NUMBER_BEGINNING.fullmatch(text):
        raise ValidationError(
            f"found '{text}', expected a beginning and one * at its end; Indian numbers begin "
            "with 0, others with + and the country code"
        )
    return Pattern(shown(text[:-1]), rest=True)


class TextPattern(Field[AnyPattern]):
    """A text, its beginning and `*`, or a regular expression."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> AnyPattern:
        return read_text_pattern(value)

    def describe(self) -> Json:
        """As JSON Schema."""
        return {**_ANY_TEXT, "pattern": rf"^({_RE2}|(?!/)[^*]*\*?)$"}


def read_text_pattern(value: object) -> AnyPattern:
    """
    A pattern that texts are compared with.

    Raises:
        ValidationError: It is none.
    """
    text = str(scalar(value, 'a text such as "926" or "92*"'))
    found = expression(text)
    if found is not None:
        return found
    if "*" in text[:-1]:
        raise ValidationError(f"found '{text}', expected one * at its end")
    return Pattern(text.removesuffix("*"), rest=text.endswith("*"))


class PathPattern(TextPattern):
    """What follows the account in a path: `Calls/connect`; `.json` is optional."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> AnyPattern:
        text = scalar(value, "a path such as Calls/connect")
        if text.startswith("/") and text.endswith("/") and len(text) > 2:  # noqa: PLR2004
            return read_text_pattern(text)
        return read_text_pattern(Scalar(text.strip("/").removesuffix(".json")))

    def describe(self) -> Json:
        """As JSON Schema."""
        return {**_ANY_TEXT, "pattern": rf"^({_RE2}|[^*]*(\*(\.json)?/*)?)$"}


class FormPatterns(Field[tuple[tuple[str, AnyPattern], ...]]):
    """Parameters by name, and what they are compared with."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[tuple[str, AnyPattern], ...]:
        if not isinstance(value, Mapping):
            raise ValidationError(f"found {kind_of(value)}, expected a mapping of parameters")
        return tuple(each_item(value, read_text_pattern))

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "object", "additionalProperties": TextPattern().describe()}
