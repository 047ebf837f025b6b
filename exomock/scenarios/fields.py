"""The words, numbers, mappings and lists of the scenario language, as marshmallow fields."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from marshmallow import Schema, ValidationError, fields, pre_load

from exomock.domain.number import Number
from exomock.field import Field, Json
from exomock.numbering import NotANumber, read_number
from exomock.scenarios.manner import YAML, kind_of, nearest, scalar, whole_text

Item = TypeVar("Item")

MOST_MISTAKES = 100
"""How many mistakes are told at once: nobody reads more."""

_MISSING = fields.Field.default_error_messages["required"]
_SPLIT = 'a comma splits a time such as normal(8s, 3s) in two; quote it: "normal(8s, 3s)"'


def each_item(
    mapping: Mapping[Any, Any], read: Callable[[Any], Item]
) -> Iterator[tuple[str, Item]]:
    """
    Each key of a mapping with its value as it was read; an error names the key.

    Raises:
        ValidationError: Of `read`.
    """
    for key, value in mapping.items():
        try:
            yield str(key), read(value)
        except ValidationError as error:
            raise ValidationError({str(key): error.messages}) from None


def all_read(pairs: Iterable[tuple[Any, Any]], read: Callable[[Any, Any], Item]) -> dict[Any, Item]:
    """
    Each thing by its key or index as it was read; an error names all that are wrong.

    Args:
        pairs: Keys with values, or indexes with items.
        read: Reads one, from its key and its value.

    Raises:
        ValidationError: Of `read`.
    """
    found: dict[Any, Item] = {}
    wrong: dict[Any, Any] = {}
    for key, value in pairs:
        name = str(key) if isinstance(key, str) else key
        try:
            found[name] = read(key, value)
        except ValidationError as error:
            wrong[name] = error.messages
    if wrong:
        raise ValidationError(wrong)
    return found


class Keys(Schema):
    """A mapping with known keys: an unknown one is answered with the nearest."""

    manner = YAML

    @pre_load
    def _only_known_keys(self, data: object, **_: object) -> object:
        if not isinstance(data, Mapping):
            raise ValidationError(f"found {kind_of(data)}, expected a mapping")
        return {str(k): v for k, v in data.items()}

    def handle_error(self, error: ValidationError, data: Any, **_: Any) -> None:
        """Say of each unknown key which is the nearest, beside whatever else is wrong."""
        known = [field.data_key or name for name, field in self.fields.items()]
        if not isinstance(data, Mapping) or not isinstance(error.messages, dict):
            return
        unknown = list(islice((str(key) for key in data if key not in known), MOST_MISTAKES))
        if not unknown:
            return
        wrong = {key: [self._unknown(key, known)] for key in unknown}
        if _SPLIT not in (what for (what,) in wrong.values()):
            # Leave out missing keys, because each is likely to be one that is misspelt.
            wrong |= {
                key: what
                for key, what in error.messages.items()
                if key in known and what != [_MISSING]
            }
        error.messages = wrong

    def _unknown(self, key: str, known: list[str]) -> str:
        if key.endswith(")") and "(" not in key:
            return _SPLIT
        return "unknown key" + (nearest(key, known) or f"; known are {', '.join(known)}")


class Items(fields.List):  # type: ignore[type-arg]  # generic since marshmallow 4.1
    """A list of such things."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError(f"found {kind_of(value)}, expected a list")
        return super()._deserialize(value, *args, **kwargs)


class OneOrMore(Items):
    """A list of such things, or one of them."""

    alone = True

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list):
            return super()._deserialize(value, *args, **kwargs)
        try:
            return super()._deserialize([value], *args, **kwargs)
        except ValidationError as error:
            # The value was not a list: report the error without an index.
            messages = error.messages_dict
            raise ValidationError(messages.get(0, messages)) from None  # type: ignore[call-overload]


class Text(Field[str]):
    """Any text."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        return str(scalar(value, "a text"))

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": ["string", "number", "boolean"]}


def read_whole(value: object, low: int, high: int) -> int:
    """
    A whole number between two ends, both included.

    Raises:
        ValidationError: It is none.
    """
    expected = f"a whole number from {low} to {high}"
    text = whole_text(scalar(value, expected))
    if not re.fullmatch(r"-?[0-9]{1,19}", text) or not low <= int(text) <= high:
        raise ValidationError(f"found '{text}', expected {expected}")
    return int(text)


class Flag(Field[bool]):
    """True or false, unquoted."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        text = scalar(value, "true or false")
        if text.lower() not in ("true", "false"):
            raise ValidationError(f"found '{text}', expected true or false")
        return text.lower() == "true"

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "boolean"}


def word_schema(words: Iterable[str]) -> Json:
    """A word of a list as JSON Schema, in either spelling."""
    spelled = (each for word in words for each in YAML.spellings(word))
    return {"type": "string", "enum": list(dict.fromkeys(spelled))}


def read_word(value: object, words: Iterable[str]) -> str:
    """
    The word of the list that is meant.

    Raises:
        ValidationError: None is, or YAML took it for true or false.
    """
    words = tuple(words)
    text = YAML.word(value, words)
    for word in words:
        if text in YAML.spellings(word):
            return word
    raise YAML.unlisted(text, words)


_AN_AMOUNT = "an amount such as 0.15, with at most three decimals"


def read_money(text: str) -> int:
    """
    An amount, in thousandths.

    Raises:
        ValidationError: It is none.
    """
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", text):
        raise ValidationError(f"found '{text}', expected {_AN_AMOUNT}")
    return int(Decimal(text) * 1000)


class Money(Field[int]):
    """An amount with at most three decimals; becomes thousandths."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        return read_money(scalar(value, _AN_AMOUNT))

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "number", "minimum": 0, "maximum": 999_999_999.999}


def read_share(value: object, expected: str = "a share such as 20%") -> float:
    """
    A share in percent, as a number from 0 to 1.

    Raises:
        ValidationError: It is none; `expected` says what was.
    """
    text = scalar(value, expected)
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%", text)
    if found is None or float(found[1]) > 100:  # noqa: PLR2004
        raise ValidationError(f"found '{text}', expected {expected}, at most 100%")
    return float(Decimal(found[1]) / 100)


class Share(Field[float]):
    """A share in percent; becomes a number from 0 to 1."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        return read_share(value)

    def describe(self) -> Json:
        """As JSON Schema."""
        return {
            "type": "string",
            "pattern": r"^(0?[0-9]{1,2}(\.[0-9]{1,6})?|100(\.0{1,6})?)\s*%$",
        }


_BYTES = {"B": 1, "KB": 1000, "MB": 1_000_000}


_RATE = re.compile(r"(0{0,8}[1-9][0-9]{0,8})\s*([KM]?B)/s")


class BytesPerSecond(Field[float]):
    """Bytes a second: 10B/s, 2KB/s."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        expected = "a rate such as 10B/s or 2KB/s"
        text = scalar(value, expected)
        found = _RATE.fullmatch(text)
        if found is None:
            raise ValidationError(f"found '{text}', expected {expected}")
        return float(int(found[1]) * _BYTES[found[2]])

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string", "pattern": f"^{_RATE.pattern}$"}


def read_telephone(value: object, read: Callable[[str], Number] = read_number) -> str:
    """
    The E.164 of a telephone number in any spelling.

    Args:
        value: What stands in the file.
        read: Reads the number; `read_party` takes a SIP address too.

    Raises:
        ValidationError: It is none, or YAML took it for a quantity.
    """
    try:
        return read(YAML.telephone(value)).e164
    except NotANumber as error:
        raise YAML.no_number(error) from None
