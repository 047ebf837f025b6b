"""The words, numbers, mappings and lists of the scenario language, as marshmallow fields."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from itertools import islice
from typing import Any, TypeVar

from marshmallow import Schema, ValidationError, fields, pre_load

from exomock.field import Field
from exomock.numbering import NotANumber, read_number
from exomock.scenarios.source import Scalar

Json = dict[str, Any]
Item = TypeVar("Item")

MOST_MISTAKES = 100
"""How many mistakes are told at once: nobody reads more."""

_LONGEST_WORD = 60
_MISSING = fields.Field.default_error_messages["required"]
_SPLIT = 'a comma splits a time such as normal(8s, 3s) in two; quote it: "normal(8s, 3s)"'


def nearest(word: str, words: Iterable[str]) -> str:
    """A hint at the nearest right word, empty if none is near."""
    if len(word) > _LONGEST_WORD:
        return ""
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
    """Name a value for a message."""
    if isinstance(value, Scalar):
        return f"'{value}'" if value.kind != "null" else "nothing"
    return "a list" if isinstance(value, list) else "a mapping"


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


class Keys(Schema):
    """A mapping with known keys: an unknown one is answered with the nearest."""

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


class Whole(Field[int]):
    """A whole number between two ends, both included."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        return read_whole(value, self.low, self.high)

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


def read_whole(value: object, low: int, high: int) -> int:
    """
    A whole number between two ends, both included.

    Raises:
        ValidationError: It is none.
    """
    expected = f"a whole number from {low} to {high}"
    text = scalar(value, expected)
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


class Word(Field[str]):
    """A word of a list; `_` and `-` are the same to a reader."""

    def __init__(self, words: Iterable[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = tuple(words)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        return read_word(value, self.words)

    def describe(self) -> Json:
        """As JSON Schema."""
        return word_schema(self.words)


def word_schema(words: Iterable[str]) -> Json:
    """A word of a list as JSON Schema, in either spelling."""
    words = list(words)
    return {"enum": list(dict.fromkeys([*words, *(word.replace("_", "-") for word in words)]))}


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
        return {"type": "number", "minimum": 0}


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
        return {"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,6})?\s*%$"}


def not_a_quantity(text: Scalar) -> None:
    """
    Refuse what YAML took for a number where a telephone number or text belongs.

    Raises:
        ValidationError: It did.
    """
    if text.kind in ("int", "float"):
        raise ValidationError(f'YAML reads {text} as a quantity; quote it: "{text}"')


class Telephone(Field[str]):
    """A telephone number in any spelling; becomes E.164."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        return read_telephone(value)

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string"}


def read_telephone(value: object) -> str:
    """
    The E.164 of a telephone number in any spelling.

    Raises:
        ValidationError: It is none, or YAML took it for a quantity.
    """
    text = scalar(value, "a telephone number in quotes")
    not_a_quantity(text)
    try:
        return read_number(str(text)).e164
    except NotANumber as error:
        raise ValidationError(f"found {error}") from None
