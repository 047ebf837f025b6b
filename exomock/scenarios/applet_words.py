"""The values of a flow's steps: what is played, who is asked, whom to dial, when it is open."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError

from exomock.domain.clock import SECOND
from exomock.domain.flows.steps import Canned, Interval, Prompt
from exomock.field import TELEPHONE, Field, Json, Whole
from exomock.parties import SIP, read_party
from exomock.plain import masked
from exomock.scenarios.fields import Keys, Text, read_telephone, read_whole
from exomock.scenarios.manner import kind_of, one_of, scalar
from exomock.scenarios.source import Scalar
from exomock.scenarios.times import DayTime, OneTime

_A_URL = "an http or https URL such as http://127.0.0.1:3000/exotel"
_URL = r"[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]\S*"
URL_SCHEMA: Json = {"type": "string", "pattern": f"^{_URL}$"}
_DYNAMIC: Json = {
    "type": "object",
    "properties": {"url": URL_SCHEMA},
    "required": ["url"],
    "additionalProperties": False,
}
_TEXT: Json = {"type": ["string", "number", "boolean"]}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"

Given = dict[str, Any]
"""What an `AppletStep` is given."""


def is_asked(value: object) -> bool:
    """Whether a value is a URL, which is asked; anything else is static."""
    return isinstance(value, Scalar) and value.lower().startswith(("http://", "https://"))


def read_url(value: object) -> str:
    """
    A URL that is asked.

    Raises:
        ValidationError: It is none.
    """
    text = scalar(value, _A_URL)
    try:
        parts = urlsplit(str(text))
        whole = bool(re.fullmatch(_URL, text) and parts.hostname and parts.port != 0)
    except ValueError:
        whole = False
    if not whole or not text.isprintable():
        raise ValidationError(f"found '{masked(text)}', expected {_A_URL}")
    return str(text)


class HttpUrl(Field[str]):
    """A URL of the customer's server."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        return read_url(value)

    def describe(self) -> Json:
        """As JSON Schema."""
        return URL_SCHEMA


class AskedValue(Field[Given]):
    """The URL that is asked."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Given:
        return {"url": read_url(value)}

    def describe(self) -> Json:
        """As JSON Schema."""
        return URL_SCHEMA


def _text(value: object, expected: str) -> str:
    return str(scalar(value, expected))


class PlayedValue(Field[Given]):
    """What is played: a text, or a URL that is asked for it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Given:
        if is_asked(value):
            return {"prompt": Prompt(url=read_url(value))}
        return {"prompt": Prompt(_text(value, "a text to speak, or a URL"))}

    def describe(self) -> Json:
        """As JSON Schema."""
        return _TEXT


def _asked(value: object, word: str) -> str:
    """The URL of `{url: …}`; other words stand beside the step's word, not in its value."""
    assert isinstance(value, dict)
    for key in value:
        if key != "url":
            raise ValidationError({str(key): f"expected beside {word}, not below it"})
    if "url" not in value:
        raise ValidationError({"url": "is missing; it is required here"})
    try:
        return read_url(value["url"])
    except ValidationError as error:
        raise ValidationError({"url": error.messages}) from None


class GatherValue(Field[Given]):
    """What is played before digits are gathered; or a URL that is asked for all of it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Given:
        if isinstance(value, dict):
            return {"url": _asked(value, "gather"), "dynamic": True}
        if is_asked(value):
            return {"url": read_url(value), "dynamic": True}
        return {"prompt": Prompt(_text(value, "a text to speak, or a URL"))}

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"anyOf": [_TEXT, _DYNAMIC]}


class ConnectValue(Field[Given]):
    """Whom to dial: numbers; a URL that says numbers; or `{url: …}`, which answers with JSON."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Given:
        if isinstance(value, dict):
            return {"url": _asked(value, "connect"), "dynamic": True}
        if is_asked(value):
            return {"url": read_url(value)}
        return {"numbers": tuple(_numbers(value))}

    def describe(self) -> Json:
        """As JSON Schema."""
        one = {"type": "string", "pattern": rf"^\s*({TELEPHONE}|{SIP})(,\s*({TELEPHONE}|{SIP}))*$"}
        several = {"type": "array", "items": one, "minItems": 1}
        return {"anyOf": [one, several, URL_SCHEMA, _DYNAMIC]}


def _numbers(value: object) -> Iterator[str]:
    """Telephone numbers and SIP addresses as they were written, of a list or between commas."""
    if not isinstance(value, list):
        text = scalar(value, "a telephone number in quotes, a list of them, or a URL")
        read_telephone(text, read_party) if "," not in text else None
        value = [Scalar(part.strip(), text.kind) for part in text.split(",")]
    if not value:
        raise ValidationError("found an empty list, expected whom to dial")
    for index, each in enumerate(value):
        try:
            read_telephone(each, read_party)
        except ValidationError as error:
            raise ValidationError({index: error.messages}) from None
        yield str(each).strip()


class SmsValue(Field[Given]):
    """The text that is sent; or a URL that is asked for it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Given:
        return {"url": read_url(value)} if is_asked(value) else {"text": _text(value, "a text")}

    def describe(self) -> Json:
        """As JSON Schema."""
        return _TEXT


class HoursValue(Field[Given]):
    """Hours of the days on which it is open; IST."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Given:
        if not isinstance(value, dict) or not value:
            expected = 'hours by day such as {mon-fri: "09:00-18:00"}'
            raise ValidationError(f"found {kind_of(value)}, expected {expected}")
        found: list[Interval] = []
        for days, hours in value.items():
            try:
                found += _intervals(str(days), hours)
            except ValidationError as error:
                raise ValidationError({str(days): error.messages}) from None
        return {"hours": tuple(sorted(found))}

    def describe(self) -> Json:
        """As JSON Schema."""
        hours = DayTime().describe()
        several = {"anyOf": [hours, {"type": "array", "items": hours, "minItems": 1}]}
        return {
            "type": "object",
            "patternProperties": {f"^{_DAY}(-{_DAY})?$": several},
            "additionalProperties": False,
            "minProperties": 1,
        }


def _intervals(days: str, hours: object) -> Iterator[Interval]:
    given = hours if isinstance(hours, list) else [hours]
    read = [DayTime().deserialize(each) for each in given]
    for day in _weekdays(days):
        for each in read:
            assert each is not None
            if each.begin > each.end:
                raise ValidationError(f"found '{each}', expected the earlier hour first")
            yield Interval(day, each.begin, each.end)


def _weekdays(days: str) -> range:
    first, dash, last = days.lower().partition("-")
    for each in (first, last) if dash else (first,):
        if each not in _DAYS:
            raise ValidationError(f"is no day: {one_of(each, _DAYS)}")
    begin, end = _DAYS.index(first), _DAYS.index(last if dash else first)
    if begin > end:
        raise ValidationError("expected the earlier day first: a week begins with mon")
    return range(begin, end + 1)


class AppValue(Field[Given]):
    """The app id of another flow."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Given:
        return {"app": read_app(value)}

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": ["string", "integer"], "pattern": f"^{APP}$", "minimum": 0}


APP = r"[^\s/?#]{1,100}"
"""An app id, as it stands in a flow's Url. Source: exotel-v1.md section 2."""


def read_app(value: object) -> str:
    """
    An app id.

    Raises:
        ValidationError: It could not stand in a Url.
    """
    text = str(scalar(value, 'an app id such as "926"'))
    if not re.fullmatch(APP, text):
        raise ValidationError(f"found '{text}', expected an app id as it ends a flow's Url: no blank, /, ? or #")  # fmt: skip
    return text


class NameValue(Field[Given]):
    """The name of a step or a part."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Given:
        return {"goto": _text(value, "the name of a step or a part")}

    def describe(self) -> Json:
        """As JSON Schema."""
        return _TEXT


class NoValue(Field[Given]):
    """Nothing."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Given:
        if not isinstance(value, Scalar) or value.kind != "null":
            raise ValidationError(f"found {kind_of(value)}, expected nothing")
        return {}

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "null"}


class WholeSeconds(Field[int]):
    """One length of time in whole seconds, between two ends."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        found = int(OneTime(zero=True).deserialize(value) or 0)
        if found % SECOND or not self.low <= found // SECOND <= self.high:
            expected = f"whole seconds from {self.low}s to {self.high}s"
            raise ValidationError(f"found '{value}', expected {expected}")
        return found // SECOND

    def describe(self) -> Json:
        """As JSON Schema."""
        return OneTime(zero=True).describe()


class FinishKey(Field[str]):
    """The key that ends a gather; an empty text is none."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        expected = 'one key in quotes such as "#", or "" for none'
        text = scalar(value, expected)
        if not re.fullmatch("[0-9*#]?", text):
            raise ValidationError(f"found '{text}', expected {expected}")
        return str(text)

    def describe(self) -> Json:
        """As JSON Schema."""
        number = {"type": "integer", "minimum": 0, "maximum": 9}
        return {"anyOf": [{"type": "string", "pattern": "^[0-9*#]?$"}, number]}


class BodyText(Field[str]):
    """A body: a text; or a mapping or a list, which becomes JSON."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if isinstance(value, dict | list):
            return json.dumps(_as_json(value), ensure_ascii=False)
        return _text(value, "a text, or what becomes JSON")

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": ["string", "number", "boolean", "object", "array"]}


_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def _as_json(value: Any) -> Any:
    """A value of a file as JSON has it: YAML's kinds, and texts as they are."""
    if isinstance(value, dict):
        return {str(key): _as_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_as_json(each) for each in value]
    if value.kind == "bool":
        return _TRUTHS.get(value.lower(), str(value))
    return None if value.kind == "null" else _number_or_text(value)


def _number_or_text(value: Scalar) -> int | float | str:
    if value.kind == "int" and re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", value):
        return int(value)
    if value.kind == "float" and re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{1,15}", value):
        return float(value)
    return str(value)


class CannedSchema(Keys):
    """`answer` written out: what is said in place of the customer's server."""

    status = Whole(200, 599, load_default=200)
    body = BodyText(load_default="")
    content_type = Text(load_default=None)


class CannedAnswer(Field[Callable[[str], Canned]]):
    """`answer`: a status, or status, body and content type; becomes it, given the usual type."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Callable[[str], Canned]:
        if isinstance(value, dict):
            given = CannedSchema().load(value)
        else:
            given = {"status": read_whole(value, 200, 599), "body": "", "content_type": None}
        said = given["content_type"]
        return lambda usual: Canned(
            given["status"], given["body"], (usual if said is None else said) or None
        )

    def describe(self) -> Json:
        """As JSON Schema."""
        status = {"type": "integer", "minimum": 200, "maximum": 599}
        return {"anyOf": [status, {"$ref": "#/$defs/Canned"}]}
