"""Fields that forms, bodies and scenario files share: what each reads, and how it is described."""

import inspect
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from marshmallow import Schema, ValidationError, fields

from exomock.domain.number import Number
from exomock.numbering import NotANumber, read_number
from exomock.parties import SIP, read_party

if TYPE_CHECKING:
    from marshmallow.fields import Field as Field  # noqa: PLC0414
else:

    class Field(fields.Field):
        """marshmallow's field with the type of its value; marshmallow 3 takes none in brackets."""

        def __class_getitem__(cls, _kind: Any) -> type:
            """Give the class itself, because only the type checker looks at the type."""
            return cls


Json = dict[str, Any]

_INTEGER = re.compile(r"-?[0-9]{1,19}")

TELEPHONE = r"\s*[(\[]?\+?[(\[]?[0-9][0-9\s()\[\]./\-\u2010-\u2015]*"
"""How every spelling of a telephone number looks; which of them are numbers, a library decides."""


class Manner(ABC):
    """
    The way in which one kind of schema is given its values, and tells what is wrong with one.

    A schema holds its own as `manner`, where the shared fields find it. So a number is read in one
    place, though a form, a JSON body and a YAML file hold it differently.
    """

    @abstractmethod
    def text(self, value: Any, expected: str) -> str:
        """
        The text of a single value.

        Raises:
            ValidationError: It is none.
        """

    @abstractmethod
    def wrong(self, value: Any, expected: str) -> ValidationError:
        """The error that says what came, and what was expected."""

    def integer(self, value: Any, expected: str) -> str:
        """
        The text of what should be a whole number; JSON has 3.0 for 3.

        Raises:
            ValidationError: It is no single value.
        """
        return self.text(value, expected)

    def listed(self, words: Iterable[str]) -> str:
        """A list of words as a message says it."""
        return " or ".join(words)

    def word(self, value: Any, words: Iterable[str]) -> str:
        """
        The text of what should be a word of a list.

        Raises:
            ValidationError: It is no single value.
        """
        return self.text(value, self.listed(words))

    def unlisted(self, value: Any, words: Iterable[str]) -> ValidationError:
        """The error of a word that is not in its list."""
        return self.wrong(value, self.listed(words))

    def telephone(self, value: Any) -> str:
        """
        The text of what should be a telephone number.

        Raises:
            ValidationError: It cannot be one.
        """
        return self.text(value, "a telephone number")

    def no_number(self, error: NotANumber) -> ValidationError:
        """The error of a text that is no telephone number."""
        return ValidationError(str(error))

    def spellings(self, word: str) -> tuple[str, ...]:
        """The spellings of a word, its own first."""
        return (word,)


def _manner(field: fields.Field) -> Manner:  # type: ignore[type-arg]  # generic since 4
    found: Manner = field.root.manner  # type: ignore[union-attr]
    return found


class Telephone(Field[Number]):
    """A telephone number in any spelling."""

    reads: Callable[[str], Number] = staticmethod(read_number)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Number:
        manner = _manner(self)
        try:
            return self.reads(manner.telephone(value))
        except NotANumber as error:
            raise manner.no_number(error) from None

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string", "pattern": f"^{TELEPHONE}$"}


class PhoneOrSip(Telephone):
    """A telephone number in any spelling, or a SIP address."""

    reads = staticmethod(read_party)

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string", "pattern": f"^({TELEPHONE}|\\s*{SIP}\\s*)$"}


class Whole(Field[int]):
    """A whole number between two ends, both included."""

    def __init__(self, low: int, high: int, unit: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.low, self.high, self.unit = low, high, unit

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        manner = _manner(self)
        expected = f"a whole number from {self.low} to {self.high}{self.unit}"
        text = manner.integer(value, expected)
        if not _INTEGER.fullmatch(text) or not self.low <= int(text) <= self.high:
            raise manner.wrong(value, expected)
        return int(text)

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


class OneOf(Field[str]):
    """A word of a list."""

    def __init__(self, words: Iterable[str], *, any_case: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words, self.any_case = tuple(map(str, words)), any_case

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        return self.word(value)

    def word(self, value: Any) -> str:
        """
        The word of the list that is meant.

        Raises:
            ValidationError: None is.
        """
        manner = _manner(self)
        text = manner.word(value, self.words)
        for word in self.words:
            if text in manner.spellings(word) or (self.any_case and text.lower() == word.lower()):
                return word
        raise manner.unlisted(value, self.words)

    def describe(self) -> Json:
        """As JSON Schema."""
        spellings = _manner(self).spellings
        every = [spelled for word in self.words for spelled in spellings(word)]
        return {"type": "string", "enum": list(dict.fromkeys(every))}


def described(field: Any, refer: Callable[[Schema], Json], *, says: bool = False) -> Json:
    """
    A field as JSON Schema: the one description of it, for OpenAPI and for editors.

    Args:
        field: Of marshmallow, or with a `describe` of its own.
        refer: Describes a nested schema, or refers to its description.
        says: Whether each value is described in words, too.
    """
    if isinstance(field, fields.Nested):
        return refer(field.schema)
    if isinstance(field, fields.List):
        several = {"type": "array", "items": described(field.inner, refer, says=says)}
        return {"anyOf": [several, several["items"]]} if hasattr(field, "alone") else several
    found: Json = field.describe() if hasattr(field, "describe") else _plain(field)
    return {"description": said_of(field), **found} if says else found


def _plain(field: Any) -> Json:
    return {"type": "object" if isinstance(field, fields.Dict) else "string"}


def properties(schema: Schema, describe: Callable[[Any], Json]) -> Json:
    """A schema as JSON Schema: its fields by the names that clients write."""
    known = {field.data_key or name: field for name, field in schema.fields.items()}
    required = [name for name, field in known.items() if field.required]
    return {
        "type": "object",
        "properties": {name: describe(field) for name, field in known.items()},
        **({"required": required} if required else {}),
    }


def said_of(thing: object) -> str:
    """The first paragraph of a docstring, in one line."""
    return " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())
