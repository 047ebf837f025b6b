"""Exotel's kinds of values as marshmallow fields: each says what it expected."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError

from exomock.field import Field, Json, Manner, Whole
from exomock.plain import masked, plain


def short(text: object) -> str:
    """A value as a message quotes it: 60 characters at most, on one line, no password of a URL."""
    text = plain(masked(str(text)))
    quoted = text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004
    return f"'{quoted}'"


def expected(value: object, rule: str) -> ValidationError:
    """The error that says what came and what was expected."""
    return ValidationError(f"{short(value)} is not valid; expected {rule}")


_wrong = expected


class _FormManner(Manner):
    """Parameters of a form or a query: everything is text."""

    def text(self, value: Any, expected: str) -> str:  # noqa: ARG002
        """The text as it came."""
        return str(value)

    def wrong(self, value: Any, expected: str) -> ValidationError:
        """Exotel's 400 in its words."""
        return _wrong(value, expected)


class Parameters(Schema):
    """A set of parameters; unknown ones are ignored. Source: exotel-v1.md section 2 (C)."""

    class Meta:
        """Marshmallow's options."""

        unknown = "exclude"

    manner = _FormManner()
    error_messages = {"type": "expected parameters"}  # noqa: RUF012


def mandatory(field: str) -> dict[str, Any]:
    """The arguments of a field that must be given."""
    return {"required": True, "error_messages": {"required": f"is missing; {field} is mandatory"}}


class Flag(Field[bool]):
    """`true` or `false`; Python clients send `True`."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if str(value).lower() not in ("true", "false"):
            raise expected(value, "true or false")
        return str(value).lower() == "true"

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "boolean"}


class CutWhole(Whole):
    """A whole number from its low end on; one above its high end is cut to it."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        text = str(value)
        beyond = re.fullmatch(r"[0-9]{1,19}", text) and int(text) > self.high
        return self.high if beyond else super()._deserialize(value, *args, **kwargs)

    def describe(self) -> Json:
        """As JSON Schema."""
        said = f"More than {self.high}{self.unit} is cut to that."
        return {"type": "integer", "minimum": self.low, "maximum": 10**19 - 1, "description": said}


class WordList(Field[tuple[str, ...]]):
    """
    Words of a list, already apart.

    Args:
        words: The words that are accepted.
        silent: Those of them that have no effect.
        kwargs: Those of every field.
    """

    def __init__(self, words: Iterable[str], *, silent: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words, self.silent = tuple(words), tuple(silent)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise expected(value, f"a list of {' or '.join(self.words)}")
        for word in value:
            if word not in self.words:
                raise expected(word, " or ".join(self.words))
        return tuple(dict.fromkeys(value))

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "array", "items": {"type": "string", "enum": list(self.words)}}


class WebAddress(Field[str]):
    """An http or https URL, kept as it was written."""

    schemes: tuple[str, ...] = ("http", "https")

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        text = value if isinstance(value, str) else ""
        try:
            parts = urlsplit(text)
            # Reading the port is what tells a wrong one.
            fine = parts.scheme in self.schemes and parts.hostname and parts.port != 0
        except ValueError:
            fine = False
        if not fine or re.search(r"[\s\x00-\x1f]", text):
            rule = f"{_an(self.schemes)} URL, spaces percent-encoded"
            raise expected(masked(text), rule)
        return text

    def describe(self) -> Json:
        """As JSON Schema."""
        schemes = "|".join(map(_any_case, self.schemes))
        return {"type": "string", "pattern": rf"^({schemes})://[^\s\x00-\x1f]+$"}


def _an(schemes: Iterable[str]) -> str:
    first, *others = [f"{scheme}://" for scheme in schemes]
    return " or ".join([f"{'an' if first[0] == 'h' else 'a'} {first}", *others])


def _any_case(word: str) -> str:
    return "".join(f"[{letter.upper()}{letter}]" for letter in word)


class Url(WebAddress):
    """The Url of a flow."""


class StreamAddress(WebAddress):
    """
    A ws or wss URL, or the http or https URL that answers with one.

    Source: exotel-stream.md section 1.1; http of an applet's field (V).
    """

    schemes = ("ws", "wss", "http", "https")


class Text(Field[str]):
    """Any text up to a length."""

    def __init__(self, longest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest = longest

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if len(value) > self.longest:
            raise ValidationError(f"has {len(value)} characters; expected at most {self.longest}")
        return str(value)

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string", "maxLength": self.longest}


class LongText(Text):
    """
    A text that is longer than its documented length is taken whole, up to a bound of ours.

    Args:
        usual: Its documented length.
        longest: The bound.
        kwargs: Those of every field.
    """

    def __init__(self, usual: int, longest: int, **kwargs: Any) -> None:
        super().__init__(longest, **kwargs)
        self.usual = usual
