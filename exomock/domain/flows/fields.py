"""The fields of a JSON object that a customer's server answered with, read by their types."""

import re
from collections.abc import Sequence
from typing import Any

_WHOLE = re.compile(r"[0-9]{1,9}")
_FLAGS = {"true": True, "false": False}


class Unfit(ValueError):
    """An answer is not what the applet asked for; its message is one sentence without full stop."""


def quoted(given: str | None, most: int = 500) -> str:
    """A text of an answer as a sentence may hold it: on one line, in quotes, not without end."""
    text = given or ""
    return repr(text if len(text) <= most else f"{text[:most]}...")


class Fields:
    """
    A JSON object, field by field; null is as though the field were not there.

    Args:
        raw: The object.
        where: What its fields' names begin with in messages.
    """

    def __init__(self, raw: dict[str, Any], where: str = "") -> None:
        self.raw = raw
        self._where = where

    def _given(self, name: str, usual: Any) -> Any:
        found = self.raw.get(name)
        return usual if found is None else found

    def _wrong(self, name: str, found: Any, expected: str) -> Unfit:
        return Unfit(f"{self._where}{name} is {repr(found)[:60]}, expected {expected}")

    def inside(self, name: str) -> "Fields":
        """The object in a field; an empty one where there is none."""
        found = self._given(name, {})
        if not isinstance(found, dict):
            raise self._wrong(name, found, "an object")
        return Fields(found, f"{self._where}{name}.")

    def text(self, name: str, usual: str) -> str:
        """A text."""
        found = self._given(name, usual)
        if not isinstance(found, str):
            raise self._wrong(name, found, "a text")
        return found

    def texts(self, name: str) -> list[str]:
        """A list of texts; a number in it is taken as one. Source: strings for numbers (C)."""
        found = self._given(name, [])
        if not isinstance(found, list):
            raise self._wrong(name, found, "a list of texts")
        return [self._item(name, each) for each in found]

    def _item(self, name: str, each: Any) -> str:
        if isinstance(each, bool) or not isinstance(each, str | int):
            raise self._wrong(name, each, "texts in the list")
        return str(each)

    def whole(self, name: str, usual: int, low: int, high: int) -> int:
        """A whole number, or its digits as a text. Source: exotel-flows.md section 3 (QA)."""
        found = self._given(name, usual)
        if isinstance(found, str) and _WHOLE.fullmatch(found.strip()):
            found = int(found)
        if isinstance(found, bool) or not isinstance(found, int) or not low <= found <= high:
            raise self._wrong(name, found, f"a whole number from {low} to {high}")
        return found

    def flag(self, name: str) -> bool:
        """True or false, also as a text; false where it is not there."""
        found = self._given(name, False)
        if isinstance(found, str):
            found = _FLAGS.get(found.strip().lower(), found)
        if not isinstance(found, bool):
            raise self._wrong(name, found, "true or false")
        return found

    def one_of(self, name: str, usual: str, words: Sequence[str]) -> str:
        """One of some words."""
        found = self.text(name, usual)
        if found not in words:
            raise self._wrong(name, found, f"one of {', '.join(words)}")
        return found
