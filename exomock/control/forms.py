"""Bodies and queries of the control API as marshmallow schemas."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache, cached_property
from typing import Any

import orjson
from flask import request
from marshmallow import Schema, ValidationError, pre_load

from exomock.api.edge import BODY
from exomock.domain.clock import LATEST
from exomock.domain.sid import ACCOUNT_SID, SECRET
from exomock.field import Field, Json, Manner
from exomock.ist import from_iso
from exomock.kinds import ClockRate, WrongValue
from exomock.plain import masked
from exomock.scenarios.manner import nearest

MAX_DEPTH = 64
"""How deep a body may be nested: twice what a scenario may be."""

MAX_RATE = 1_000_000
_LONGEST_WORD = 20
MAX_SPAN = 400 * 86_400
"""Seconds of one advance, a little over a year."""


class _JsonManner(Manner):
    """Values of a JSON body, or of a query, where all is text."""

    def text(self, value: Any, expected: str) -> str:
        """The text of a string or a whole number."""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.wrong(value, expected)
        return str(value)

    def integer(self, value: Any, expected: str) -> str:
        """The text of a whole number, also of 3.0, which is one to JSON."""
        whole = isinstance(value, float) and value.is_integer()
        return self.text(int(value) if whole else value, expected)

    def wrong(self, value: Any, expected: str) -> ValidationError:
        """The problem that names what came."""
        return ValidationError(f"{quoted(value)} is not valid; expected {expected}")


class Form(Schema):
    """A JSON object with known keys."""

    manner = _JsonManner()

    @cached_property
    def known(self) -> list[str]:
        """The keys that it may have."""
        return [field.data_key or name for name, field in self.fields.items()]

    @pre_load
    def _known(self, data: Any, **_: object) -> Any:
        if not isinstance(data, dict):
            raise ValidationError(self.no_object(data))
        for key in data:
            if key not in self.known:
                hint = nearest(str(key), self.known) or f"; known are {', '.join(self.known)}"
                raise ValidationError({str(key): [f"unknown{hint}"]})
        return data

    def no_object(self, _data: Any) -> str:
        """What a body is told that is no object."""
        return "expected a JSON object"


@cache
def _made(form: type[Form]) -> Form:
    """
    A form, shared by all threads: loading changes nothing in it.

    Making one copies its fields, which is a fifth of what a short request takes.
    """
    return form()


@cache
def _nothing_given(form: type[Form]) -> dict[str, Any]:
    """What a form makes of `{}`; one that refuses it refuses each time."""
    found: dict[str, Any] = _made(form).load({})
    return found


def body(form: type[Form]) -> Any:
    """
    The body of the request that is being answered, through a form; no body is `{}`.

    Raises:
        ValidationError: It is no JSON, or not what the form expects.
    """
    if not request.environ.get("CONTENT_LENGTH", "").strip("0"):
        return dict(_nothing_given(form))
    raw = request.environ.get(BODY) or request.get_data()
    try:
        # orjson refuses lone surrogates, which neither the log nor the database could store.
        data = orjson.loads(raw) if raw.strip() else {}
    except ValueError as error:
        raise ValidationError({"body": [f"is not JSON: {error}"]}) from None
    return _made(form).load(bounded(data))


def bounded(data: Any) -> Any:
    """
    JSON data as it is, if it is not nested too deep to be looked at by functions that recur.

    Raises:
        ValidationError: It is nested over 64 deep.
    """
    level = [data]
    for _ in range(MAX_DEPTH):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return data
    raise ValidationError({"body": [f"is nested over {MAX_DEPTH} deep"]})


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def query(form: type[Form]) -> Any:
    """
    The query of the request that is being answered, through a form; empty values are not given.

    Raises:
        ValidationError: It is not what the form expects.
    """
    return _made(form).load({k: v for k, v in request.args.items() if v != ""})


def quoted(value: object) -> str:
    """A value as a message quotes it: 60 characters at most, no password of a URL."""
    return masked(repr(value))[:60]


class Matching(Field[str]):
    """A text of a given form."""

    def __init__(self, form: re.Pattern[str], expected: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.form, self.expected = form, expected

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str) or not self.form.fullmatch(value):
            raise ValidationError(f"{quoted(value)} is not valid; expected {self.expected}")
        return value

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string", "pattern": f"^{self.form.pattern}$"}


def account_sid(**kwargs: Any) -> Matching:
    """The Sid of an account."""
    return Matching(ACCOUNT_SID, "1 to 64 letters, digits, _ and -", **kwargs)


def suite_id(**kwargs: Any) -> Matching:
    """The id of a suite of tests, which it chooses itself."""
    return Matching(ACCOUNT_SID, "1 to 64 letters, digits, _ and -", **kwargs)


def secret(**kwargs: Any) -> Matching:
    """An API key or token."""
    return Matching(SECRET, "1 to 128 printable characters without spaces and colons", **kwargs)


class Quantity(Field[float]):
    """A number between two ends, both included."""

    def __init__(self, low: float, high: float, unit: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.low, self.high, self.unit = low, high, unit

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        try:
            found = float("nan") if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            found = float("nan")
        if not self.low <= found <= self.high:
            expected = f"a number from {self.low:g} to {self.high:g}{self.unit}"
            raise ValidationError(f"{quoted(value)} is not valid; expected {expected}")
        return found

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "number", "minimum": self.low, "maximum": self.high}


class Truth(Field[bool]):
    """True or false; in a query the words."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if value is True or value == "true":
            return True
        if value is False or value == "false":
            return False
        raise ValidationError(f"{quoted(value)} is not valid; expected true or false")

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "boolean"}


class Moment(Field[int]):
    """An ISO 8601 time; becomes microseconds since the epoch."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        expected = "a time such as 2026-03-01T18:00:00+05:30 (without a zone it is IST)"
        try:
            found = from_iso(value)
        except (TypeError, ValueError, OverflowError):
            raise ValidationError(f"{quoted(value)} is not valid; expected {expected}") from None
        if not 0 <= found <= LATEST:
            raise ValidationError(
                f"{quoted(value)} is not valid; expected a time from 1970 to 2099"
            )
        return found

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string", "format": "date-time"}


class Rate(Quantity):
    """Account seconds per wall second; a word of `--clock` is told its number."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> float:
        try:
            return super()._deserialize(value, *args, **kwargs)
        except ValidationError as error:
            meant = _rate_meant(value)
            hint = f"; did you mean {meant}?" if meant else ""
            raise ValidationError(f"{error.messages[0]}{hint}") from None


def _rate_meant(word: object) -> str:
    """The rate that a word of the command line's `--clock` means; empty if it is none."""
    if not isinstance(word, str) or len(word) > _LONGEST_WORD:
        return ""
    close = get_close_matches(word, ("frozen", "real"), n=1)
    try:
        return f"{ClockRate().read(close[0] if close else word):g}"
    except WrongValue:
        return ""


class ClockForm(Form):
    """Where an account's time is, and how fast it runs."""

    now = Moment(load_default=None)
    rate = Rate(0, MAX_RATE, load_default=None)

    def no_object(self, data: Any) -> str:
        """The sentence says how a word of `--clock` is written here."""
        rate = _rate_meant(data) or "0"
        return (
            f"{quoted(data)} is not valid; expected an object with now and rate; "
            f'did you mean {{"rate": {rate}}}?'
        )
