"""Lengths of time, moments and hours of the scenario language."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from exomock.domain.clock import LATEST, SECOND
from exomock.domain.fate import Fate, Outcome
from exomock.domain.span import Length, Normal, Span
from exomock.domain.when import Hours, Nth
from exomock.field import Field, Json
from exomock.ist import from_iso
from exomock.scenarios.fields import read_whole, read_word, word_schema
from exomock.scenarios.manner import kind_of, scalar, whole_text
from exomock.scenarios.source import Scalar

_UNITS = {"ms": SECOND // 1000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND}
_UNITS["d"] = 24 * _UNITS["h"]
_NUMBER = r"[0-9]{1,12}(?:\.[0-9]{1,9})?"
_ONE = rf"{_NUMBER}(?:ms|s|m|h|d)"
_TIME = re.compile(rf"({_NUMBER})(ms|s|m|h|d)")
_NORMAL = re.compile(rf"normal\(\s*({_ONE})\s*,\s*({_ONE})\s*\)")
_EXPECTED = 'a time such as 500ms, 3s, 2m, 1h, a range such as 3s..6s, or "normal(8s, 3s)"'
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")
_DAY = 86_400
TIME_SCHEMA: Json = {
    "type": "string",
    "pattern": rf"^({_ONE}|{_ONE}\s*\.\.\s*{_ONE}|normal\(\s*{_ONE}\s*,\s*{_ONE}\s*\))$",
}


class Time(Field[Length]):
    """A length of time: fixed, a range, or a distribution."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Length:
        return read_length(value)

    def describe(self) -> Json:
        """As JSON Schema."""
        return TIME_SCHEMA


def read_length(value: object) -> Length:
    """
    A time, a range of times, or `normal(mean, deviation)`.

    Raises:
        ValidationError: It is none, or the range runs backwards.
    """
    text = scalar(value, _EXPECTED)
    if text.startswith("normal"):
        found = _NORMAL.fullmatch(text)
        if found is None:
            hint = "; a comma splits it in braces: quote it" if ")" not in text else ""
            raise ValidationError(f"found '{text}', expected \"normal(mean, deviation)\"{hint}")
        return Normal(_time(found[1], text), _time(found[2], text))
    low, dots, high = text.partition("..")
    span = Span(_time(low, text), _time(high if dots else low, text))
    if span.low > span.high:
        raise ValidationError(f"found '{text}', expected the shorter time first")
    return span


def _time(text: str, whole: str) -> int:
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ValidationError(f"found '{whole}', expected {_EXPECTED}")
    span = int(Decimal(found[1]) * _UNITS[found[2]])
    if span > 365 * _UNITS["d"]:
        raise ValidationError(f"found '{whole}', expected at most 365d")
    return span


class OneTime(Field[int]):
    """One length of time; becomes microseconds."""

    def __init__(self, *, zero: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.zero = zero

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        span = read_length(value)
        above = "" if self.zero else " above 0"
        if not isinstance(span, Span) or span.low != span.high or (span.low == 0 and above):
            raise ValidationError(f"found '{value}', expected one time{above}")
        return span.low

    def describe(self) -> Json:
        """As JSON Schema."""
        above = "" if self.zero else "(?![0.]+[a-z])"
        return {"type": "string", "pattern": f"^{above}{_ONE}$"}


class Between(Field[tuple[int, int]]):
    """Two times, the shorter first: from (included), until (excluded)."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[int, int]:
        expected = "two times such as [10m, 15m]"
        if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004
            raise ValidationError(f"found {kind_of(value)}, expected {expected}")
        one = OneTime(zero=True)
        begin, end = (int(one.deserialize(each) or 0) for each in value)
        if begin >= end:
            raise ValidationError(f"found [{value[0]}, {value[1]}], expected the shorter first")
        return begin, end

    def describe(self) -> Json:
        """As JSON Schema."""
        one = {"type": "string", "pattern": f"^{_ONE}$"}
        return {"type": "array", "items": one, "minItems": 2, "maxItems": 2}


class Moment(Field[int]):
    """A time of a day, IST where it names no zone; becomes microseconds since the epoch."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        expected = 'a moment such as "2026-03-01T18:00:00+05:30" or "2026-03-01 18:00:00" (IST)'
        text = scalar(value, expected)
        try:
            found = from_iso(str(text))
        except (ValueError, OverflowError):
            raise ValidationError(f"found '{text}', expected {expected}") from None
        if not 0 <= found <= LATEST:
            raise ValidationError(f"found '{text}', expected a moment from 1970 to 2099")
        return found

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string", "pattern": "^[0-9]{4}-?([0-9]{2}|W)"}


class DayTime(Field[Hours]):
    """Hours of the day in IST; they may cross midnight, and the end is excluded."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Hours:
        expected = 'hours such as "13:00-14:00" (IST)'
        text = scalar(value, expected)
        found = _HOURS.fullmatch(text)
        if found is None:
            raise ValidationError(f"found '{text}', expected {expected}")
        begin, end = (int(found[i]) * 3600 + int(found[i + 1]) * 60 for i in (1, 3))
        minutes = max(int(found[2]), int(found[4]))
        if minutes >= 60 or begin >= _DAY or end > _DAY or begin == end:  # noqa: PLR2004
            raise ValidationError(f"found '{text}', expected {expected}, from 00:00 to 24:00")
        return Hours(begin, end)

    def describe(self) -> Json:
        """As JSON Schema."""
        hour = r"([01]?[0-9]|2[0-3]):[0-5][0-9]"
        return {"type": "string", "pattern": rf"^{hour}\s*-\s*({hour}|24:00)$"}


class Turn(Field[Nth]):
    """Which of several, counted from 1: a number, or a range such as 1..3."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Nth:
        expected = "a whole number such as 3, or a range such as 1..3"
        text = whole_text(scalar(value, expected))
        found = re.fullmatch(r"([0-9]{1,9})(?:\.\.([0-9]{1,9}))?", text)
        nth = Nth(int(found[1]), int(found[2] or found[1])) if found else Nth(0, 0)
        if not 1 <= nth.low <= nth.high:
            raise ValidationError(f"found '{text}', expected {expected}, from 1 on")
        return nth

    def describe(self) -> Json:
        """As JSON Schema."""
        one = "0{0,8}[1-9][0-9]{0,8}"
        ranged = {"type": "string", "pattern": rf"^{one}(\.\.{one})?$"}
        return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 999_999_999}, ranged]}


class PerMinute(Field[int]):
    """How many a minute: 200/min."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        text = scalar(value, "a rate such as 200/min")
        if not text.endswith("/min"):
            raise ValidationError(f"found '{text}', expected a rate such as 200/min")
        return read_whole(Scalar(text.removesuffix("/min").strip(), "int"), 1, 1_000_000)

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string", "pattern": r"^\s*0{0,12}([1-9][0-9]{0,5}|1000000)\s*/min$"}


class LegOutcome(Field[Outcome]):
    """A leg's fate: a bare word, or the word with its time."""

    def __init__(self, fates: Iterable[Fate], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = [fate.value for fate in fates]

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Outcome:
        if not isinstance(value, Mapping):
            return Outcome(Fate(read_word(value, self.words)))
        if any(")" in str(word) for word in value):
            raise ValidationError(
                'a comma splits a time such as normal(8s, 3s) in two; quote it: "normal(8s, 3s)"'
            )
        if len(value) != 1:
            raise ValidationError(f"found {len(value)} words, expected one: {{answer: 3s}}")
        ((word, time),) = value.items()
        return Outcome(Fate(read_word(word, self.words)), read_length(time))

    def describe(self) -> Json:
        """As JSON Schema."""
        bare = word_schema(self.words)
        timed = {
            "type": "object",
            "properties": dict.fromkeys(bare["enum"], TIME_SCHEMA),
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
        return {"anyOf": [bare, timed]}
