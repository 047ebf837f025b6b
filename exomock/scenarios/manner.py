"""How a scenario file holds its values, and how a mistake in one is told."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from marshmallow import ValidationError

from exomock.field import Manner
from exomock.numbering import NotANumber
from exomock.scenarios.source import Scalar

_LONGEST_WORD = 60


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


def whole_text(text: Scalar) -> str:
    """A number as it was written, without the zeros of 3.0: JSON makes no difference."""
    return text.partition(".")[0] if re.fullmatch(r"-?[0-9]+\.0+", text) else str(text)


def not_a_quantity(text: Scalar) -> None:
    """
    Refuse what YAML took for a number where a telephone number or text belongs.

    Raises:
        ValidationError: It did.
    """
    if text.kind in ("int", "float"):
        raise ValidationError(f'YAML reads {text} as a quantity; quote it: "{text}"')


class _YamlManner(Manner):
    """Values of a scenario file, as they were written."""

    def text(self, value: Any, expected: str) -> str:
        """The text of a scalar."""
        return scalar(value, expected)

    def integer(self, value: Any, expected: str) -> str:
        """The text of a whole number."""
        return whole_text(scalar(value, expected))

    def wrong(self, value: Any, expected: str) -> ValidationError:
        """The mistake that names what was found."""
        return ValidationError(f"found {kind_of(value)}, expected {expected}")

    def listed(self, words: Iterable[str]) -> str:
        """A list of words."""
        return f"one of {', '.join(words)}"

    def word(self, value: Any, words: Iterable[str]) -> str:
        """The text of what should be a word, also of one that YAML takes for true or false."""
        text = scalar(value, self.listed(words))
        if text.kind == "bool":
            raise ValidationError(f'YAML reads {text} as true or false; quote it: "{text}"')
        return text

    def unlisted(self, value: Any, words: Iterable[str]) -> ValidationError:
        """The mistake that names the nearest word."""
        return ValidationError(one_of(value, words))

    def telephone(self, value: Any) -> str:
        """The text of what should be a telephone number, in quotes."""
        text = scalar(value, "a telephone number in quotes")
        not_a_quantity(text)
        return str(text)

    def no_number(self, error: NotANumber) -> ValidationError:
        """The mistake of a text that is no telephone number."""
        return ValidationError(f"found {error}")

    def spellings(self, word: str) -> tuple[str, ...]:
        """A word with `-` and with `_`, which are the same to a reader."""
        return (word, word.replace("_", "-"), word.replace("-", "_"))


YAML = _YamlManner()
