"""What values are compared with: texts, beginnings, and regular expressions that always end."""

from collections.abc import Mapping
from typing import Any

import re2
from marshmallow import ValidationError, fields

from exomock.domain.number import shown
from exomock.domain.when import NUMBER_BEGINNING, AnyPattern, Expression, Pattern
from exomock.scenarios.fields import (
    Json,
    each_item,
    kind_of,
    not_a_quantity,
    read_telephone,
    scalar,
)
from exomock.scenarios.source import Scalar

_LONGEST = 1000
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 8 << 20


def _expression(text: str) -> Expression | None:
    """The regular expression that is meant, None if none is."""
    if not text.startswith("/"):
        return None
    if len(text) < 3 or not text.endswith("/"):  # noqa: PLR2004
        raise ValidationError(f"found '{text}', expected a regular expression between two slashes")
    if len(text) > _LONGEST:
        raise ValidationError(f"is {len(text)} characters long, expected at most {_LONGEST}")
    try:
        # RE2 takes time in proportion to the text, whatever the expression.
        return Expression(text[1:-1], re2.compile(text[1:-1], _OPTIONS).search)
    except re2.error as error:
        why = error.args[0] if error.args else ""
        why = why.decode(errors="replace") if isinstance(why, bytes) else str(why)
        raise ValidationError(
            f"found '{text}', expected a regular expression as RE2 knows it: {why}"
        ) from None


class NumberPattern(fields.Field[AnyPattern]):
    """A number in any spelling, its beginning and `*`, or a regular expression."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> AnyPattern:
        return read_number_pattern(value)

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string"}


def read_number_pattern(value: object) -> AnyPattern:
    """
    A pattern that numbers are compared with, in their `0` + 10 digits form.

    Raises:
        ValidationError: It is none, or YAML took it for a quantity.
    """
    text = scalar(value, 'a number such as "09812345678" or "0981*"')
    not_a_quantity(text)
    expression = _expression(str(text))
    if expression is not None:
        return expression
    if "*" not in text:
        return Pattern(shown(read_telephone(value)))
    if not NUMBER_BEGINNING.fullmatch(text):
        raise ValidationError(
            f"found '{text}', expected a beginning and one * at its end; Indian numbers begin "
            "with 0, others with + and the country code"
        )
    return Pattern(shown(text[:-1]), rest=True)


class TextPattern(fields.Field[AnyPattern]):
    """A text, its beginning and `*`, or a regular expression."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> AnyPattern:
        return read_text_pattern(value)

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string"}


def read_text_pattern(value: object) -> AnyPattern:
    """
    A pattern that texts are compared with.

    Raises:
        ValidationError: It is none.
    """
    text = str(scalar(value, 'a text such as "926" or "92*"'))
    expression = _expression(text)
    if expression is not None:
        return expression
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


class FormPatterns(fields.Field[tuple[tuple[str, AnyPattern], ...]]):
    """Parameters by name, and what they are compared with."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[tuple[str, AnyPattern], ...]:
        if not isinstance(value, Mapping):
            raise ValidationError(f"found {kind_of(value)}, expected a mapping of parameters")
        return tuple(each_item(value, read_text_pattern))

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "object", "additionalProperties": {"type": ["string", "number"]}}
