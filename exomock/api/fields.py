"""Exotel's kinds of values as marshmallow fields: each says what it expected."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError

from exomock.domain.number import Number
from exomock.field import Field
from exomock.numbering import NotANumber, read_number
from exomock.plain import masked, plain


def short(text: object) -> str:
    """A value as a message quotes it: 60 characters at most, on one line, no password of a URL."""
    text = plain(masked(str(text)))
    quoted = text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004
    return f"'{quoted}'"


def expected(value: object, rule: str) -> ValidationError:
    """The error that says what came and what was expected."""
    return ValidationError(f"{short(value)} is not valid; expected {rule}")


class Parameters(Schema):
    """A set of parameters; unknown ones are ignored. Source: exotel-v1.md section 2 (C)."""

    class Meta:
        """Marshmallow's options."""

        unknown = "exclude"

    error_messages = {"type": "expected parameters"}  # noqa: RUF012


def mandatory(field: str) -> dict[str, Any]:
    """The arguments of a field that must be given."""
    return {"required": True, "error_messages": {"required": f"is missing; {field} is mandatory"}}


class Telephone(Field[Number]):
    """A telephone number in any spelling."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Number:
        try:
            return read_number(str(value))
        except NotANumber as error:
            raise ValidationError(str(error)) from None


class Whole(Field[int]):
    """A whole number between two ends, both included."""

    def __init__(self, low: int, high: int, unit: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.low, self.high, self.unit = low, high, unit

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", str(value)) or not self.low <= int(value) <= self.high:
            raise expected(value, f"a whole number from {self.low} to {self.high}{self.unit}")
        return int(value)


class Flag(Field[bool]):
    """`true` or `false`; Python clients send `True`."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if str(value).lower() not in ("true", "false"):
            raise expected(value, "true or false")
        return str(value).lower() == "true"


class OneOf(Field[str]):
    """A word of a list."""

    def __init__(self, words: Iterable[str], *, any_case: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words, self.any_case = tuple(words), any_case

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        for word in self.words:
            if value == word or (self.any_case and str(value).lower() == word.lower()):
                return word
        raise expected(value, " or ".join(self.words))


class WordList(Field[tuple[str, ...]]):
    """Words of a list, already apart."""

    def __init__(self, words: Iterable[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = tuple(words)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise expected(value, f"a list of {' or '.join(self.words)}")
        for word in value:
            if word not in self.words:
                raise expected(word, " or ".join(self.words))
        return tuple(dict.fromkeys(value))


class WebAddress(Field[str]):
    """An http or https URL, kept as it was written."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        text = value if isinstance(value, str) else ""
        try:
            parts = urlsplit(text)
            # Reading the port is what tells a wrong one.
            fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            fine = False
        if not fine or re.search(r"[\s\x00-\x1f]", text):
            rule = "an http:// or https:// URL, spaces percent-encoded"
            raise expected(masked(text), rule)
        return text


class Text(Field[str]):
    """Any text up to a length."""

    def __init__(self, longest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest = longest

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if len(value) > self.longest:
            raise ValidationError(f"has {len(value)} characters; expected at most {self.longest}")
        return str(value)
