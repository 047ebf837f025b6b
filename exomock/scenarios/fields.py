"""The words, times, numbers and tables of the scenario language, as marshmallow fields."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load

from exomock.domain.clock import SECOND
from exomock.domain.number import shown
from exomock.domain.scenario import Pattern
from exomock.domain.script import Fate, Outcome, Span
from exomock.numbering import NotANumber, read_number
from exomock.scenarios.source import Scalar

_UNITS = {"ms": SECOND // 1000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND}
_UNITS["d"] = 24 * _UNITS["h"]
_TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_EXPECTED_TIME = "a time such as 500ms, 3s, 2m, 1h, or a range such as 3s..6s"
LATER = "comes in a later release"


def nearest(word: str, words: Iterable[str]) -> str:
    """A hint at the nearest right word, empty if none is near."""
    lower = {each.lower(): each for each in words}
    close = get_close_matches(word.lower(), list(lower), n=1)
    return f"; did you mean '{lower[close[0]]}'?" if close else ""


def one_of(word: str, words: Iterable[str]) -> str:
    """The sentence for a word that is not in its list."""
    words = list(words)
    return f"found '{word}', expected one of {', '.join(words)}{nearest(word, words)}"


def scalar(value: object, expected: str) -> Scalar:
    """
    The value as a scalar.

    Raises:
        ValidationError: It is a list, a mapping, or empty.
    """
    if isinstance(value, Scalar) and value.kind != "null":
        return value
    raise ValidationError(f"found {kind_of(value)}, expected {expected}")


def kind_of(value: object) -> str:
    """What to call a value in a message."""
    if isinstance(value, Scalar):
        return f"'{value}'" if value.kind != "null" else "nothing"
    return "a list" if isinstance(value, list) else "a mapping"


class Keys(Schema):
    """A mapping with known keys: an unknown one is answered with the nearest, or with `later`."""

    later: frozenset[str] = frozenset()

    @pre_load
    def _only_known_keys(self, data: object, **_: object) -> object:
        if not isinstance(data, Mapping):
            raise ValidationError(f"found {kind_of(data)}, expected a mapping")
        known = [field.data_key or name for name, field in self.fields.items()]
        wrong = {str(k): [self._unknown(str(k), known)] for k in data if k not in known}
        if wrong:
            raise ValidationError(wrong)
        return {str(k): v for k, v in data.items()}

    def _unknown(self, key: str, known: list[str]) -> str:
        if key in self.later:
            return LATER
        hint = nearest(key, [*known, *self.later]) or f"; known are {', '.join(known)}"
        return f"unknown key{hint}"


class Items(fields.List[Any]):
    """A list of such things."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError(f"found {kind_of(value)}, expected a list")
        return super()._deserialize(value, *args, **kwargs)


class Text(fields.Field[str]):
    """Any text."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        return str(scalar(value, "a text"))


class Whole(fields.Field[int]):
    """A whole number between two ends, both included."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        expected = f"a whole number from {self.low} to {self.high}"
        text = scalar(value, expected)
        if not re.fullmatch(r"-?[0-9]{1,19}", text) or not self.low <= int(text) <= self.high:
            raise ValidationError(f"found '{text}', expected {expected}")
        return int(text)


class Flag(fields.Field[bool]):
    """True or false, unquoted."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        text = scalar(value, "true or false")
        if text.lower() not in ("true", "false"):
            raise ValidationError(f"found '{text}', expected true or false")
        return text.lower() == "true"


class Word(fields.Field[str]):
    """A word of a list; `_` and `-` are the same to a reader."""

    def __init__(self, words: Iterable[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = tuple(words)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        return read_word(value, self.words)


def read_word(value: object, words: Iterable[str]) -> str:
    """
    The word of the list that is meant.

    Raises:
        ValidationError: None is, or YAML took it for true or false.
    """
    words = tuple(words)
    text = scalar(value, f"one of {', '.join(words)}")
    if text.kind == "bool":
        raise ValidationError(f'YAML reads {text} as true or false; quote it: "{text}"')
    for word in words:
        if word.replace("_", "-") == text.replace("_", "-"):
            return word
    raise ValidationError(one_of(text, words))


class Time(fields.Field[Span]):
    """A length of time, fixed or a range."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Span:
        return read_span(value)


def read_span(value: object) -> Span:
    """
    A time or a range of times.

    Raises:
        ValidationError: It is neither, or the range runs backwards.
    """
    text = scalar(value, _EXPECTED_TIME)
    if text.startswith("normal("):
        raise ValidationError(f"normal(…) {LATER}; a range such as 3s..6s is there now")
    low, dots, high = text.partition("..")
    span = Span(_time(low, text), _time(high if dots else low, text))
    if span.low > span.high:
        raise ValidationError(f"found '{text}', expected the shorter time first")
    return span


def _time(text: str, whole: str) -> int:
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ValidationError(f"found '{whole}', expected {_EXPECTED_TIME}")
    span = int(Decimal(found[1]) * _UNITS[found[2]])
    if span > 365 * _UNITS["d"]:
        raise ValidationError(f"found '{whole}', expected at most 365d")
    return span


class Pulse(fields.Field[int]):
    """One length of time above 0; becomes microseconds."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        span = read_span(value)
        if span.low != span.high or span.low == 0:
            raise ValidationError(f"found '{value}', expected one time above 0")
        return span.low


class Money(fields.Field[int]):
    """An amount with at most three decimals; becomes thousandths."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        expected = "an amount such as 0.15, with at most three decimals"
        text = scalar(value, expected)
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", text):
            raise ValidationError(f"found '{text}', expected {expected}")
        return int(Decimal(text) * 1000)


def _unquoted_number(text: Scalar) -> None:
    if text.kind in ("int", "float"):
        raise ValidationError(f'YAML reads {text} as a quantity; quote it: "{text}"')


class Telephone(fields.Field[str]):
    """A telephone number in any spelling; becomes E.164."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        return read_telephone(value)


def read_telephone(value: object) -> str:
    """
    The E.164 of a telephone number in any spelling.

    Raises:
        ValidationError: It is none, or YAML took it for a quantity.
    """
    text = scalar(value, "a telephone number in quotes")
    _unquoted_number(text)
    try:
        return read_number(str(text)).e164
    except NotANumber as error:
        raise ValidationError(f"found {error}") from None


class NumberPattern(fields.Field[Pattern]):
    """A number in any spelling, or its beginning and `*`."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Pattern:
        text = scalar(value, 'a number such as "09812345678" or "0981*"')
        _unquoted_number(text)
        if text.startswith("/"):
            raise ValidationError(f"a regular expression {LATER}; a beginning and * is there now")
        if "*" not in text:
            return Pattern(shown(read_telephone(value)))
        if not re.fullmatch(r"(\+[0-9]+|0[0-9]*)?\*", text):
            raise ValidationError(
                f"found '{text}', expected a beginning and one * at its end; Indian numbers begin "
                "with 0, others with + and the country code"
            )
        return Pattern(shown(text[:-1]), rest=True)


class TextPattern(fields.Field[Pattern]):
    """A text, or its beginning and `*`."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Pattern:
        text = str(scalar(value, 'a text such as "926" or "92*"'))
        if text.startswith("/"):
            raise ValidationError(f"a regular expression {LATER}; a beginning and * is there now")
        if "*" in text[:-1]:
            raise ValidationError(f"found '{text}', expected one * at its end")
        return Pattern(text.removesuffix("*"), rest=text.endswith("*"))


class LegOutcome(fields.Field[Outcome]):
    """A leg's fate: a bare word, or the word with its time."""

    def __init__(self, fates: Iterable[Fate], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = [fate.value for fate in fates]

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Outcome:
        if not isinstance(value, Mapping):
            return Outcome(Fate(read_word(value, self.words)))
        if any("(" in str(word) for word in value):
            raise ValidationError(
                'a comma splits a time such as normal(8s, 3s) in two; quote it: "normal(8s, 3s)"'
            )
        if len(value) != 1:
            raise ValidationError(f"found {len(value)} words, expected one: {{answer: 3s}}")
        ((word, time),) = value.items()
        return Outcome(Fate(read_word(word, self.words)), read_span(time))
