"""The values of a flow's steps: what is played, who is asked, whom to dial."""

import re
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError

from exomock.domain.clock import SECOND
from exomock.domain.flows.steps import Prompt
from exomock.field import TELEPHONE, Field, Json
from exomock.parties import SIP, read_party
from exomock.plain import masked
from exomock.scenarios.fields import all_read, read_telephone
from exomock.scenarios.manner import kind_of, scalar, whole_text
from exomock.scenarios.source import Scalar
from exomock.scenarios.times import OneTime

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


def _numbers(value: object) -> list[str]:
    """Telephone numbers and SIP addresses as they were written, of a list or between commas."""
    if not isinstance(value, list):
        text = scalar(value, "a telephone number in quotes, a list of them, or a URL")
        if "," not in text:
            read_telephone(text, read_party)  # whose error names no index
        value = [Scalar(part.strip(), text.kind) for part in text.split(",")]
    if not value:
        raise ValidationError("found an empty list, expected whom to dial")
    all_read(enumerate(value), lambda _index, each: read_telephone(each, read_party))
    return [str(each).strip() for each in value]


class Emails(Field[tuple[tuple[str, str], ...]]):
    """`emails`: addresses of agents, by number; a CRM opens its pop-up for whom it knows by one."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[tuple[str, str], ...]:
        if not isinstance(value, dict):
            expected = 'a mapping such as {"09811100001": asha@shop.example}'
            raise ValidationError(f"found {kind_of(value)}, expected {expected}")
        found: dict[str, str] = {}
        all_read(value.items(), lambda key, email: found.update([_agent_email(key, email)]))
        return tuple(found.items())

    def describe(self) -> Json:
        """As JSON Schema."""
        return {
            "type": "object",
            "propertyNames": {"pattern": rf"^\s*({TELEPHONE}|{SIP})\s*$"},
            "additionalProperties": {"type": "string", "pattern": f"^{_EMAIL}$"},
        }


_EMAIL = r"[^@\s]{1,64}@[^@\s]{1,190}"


def _agent_email(key: Any, value: Any) -> tuple[str, str]:
    text = scalar(value, "an e-mail address")
    if not re.fullmatch(_EMAIL, text):
        raise ValidationError(f"found '{text}', expected an e-mail address")
    return read_telephone(key, read_party), str(text)


class SmsValue(Field[Given]):
    """The text that is sent; or a URL that is asked for it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Given:
        return {"url": read_url(value)} if is_asked(value) else {"text": _text(value, "a text")}

    def describe(self) -> Json:
        """As JSON Schema."""
        return _TEXT


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
        expected = "an app id as it ends a flow's Url: no blank, /, ? or #"
        raise ValidationError(f"found '{text}', expected {expected}")
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
        text = whole_text(scalar(value, expected))
        if not re.fullmatch("[0-9*#]?", text):
            raise ValidationError(f"found '{text}', expected {expected}")
        return text

    def describe(self) -> Json:
        """As JSON Schema."""
        number = {"type": "integer", "minimum": 0, "maximum": 9}
        return {"anyOf": [{"type": "string", "pattern": "^[0-9*#]?$"}, number]}
