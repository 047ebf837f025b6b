"""Kinds of values: how the text of an option is read, its bounds, and what a wrong one is told."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from exomock.domain.clock import LATEST
from exomock.domain.sid import ACCOUNT_SID, SECRET
from exomock.ist import from_iso
from exomock.plain import plain

T = TypeVar("T")

DRAWN = "auto"
"""What `--control-token` says when exomock is to draw one."""

_DAY = 86_400


class WrongValue(ValueError):
    """A text that is no value of its kind; says what was found, and what was expected."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"found '{plain(found)}', expected {expected}")


class Kind(ABC, Generic[T]):
    """
    A kind of values that an option takes.

    Attributes:
        bounds: The lowest and the highest value, for people; empty where there is no such thing.
        multiple: Whether an option of this kind may be given more than once.
        flag: Whether an option of this kind is said without a value.
        unit: What is counted: seconds, bytes, …; empty where there is no such thing.
    """

    multiple = False
    flag = False
    unit: str = ""

    @property
    def bounds(self) -> str:
        """The lowest and the highest value, for people."""
        return ""

    @abstractmethod
    def read(self, text: Any) -> T:
        """
        The value that a text stands for.

        Raises:
            WrongValue: It stands for none.
        """


class Text(Kind[str]):
    """Any text."""

    def read(self, text: str) -> str:
        """The text itself."""
        return text


class Flag(Kind[bool]):
    """Said or not; click has read it already."""

    flag = True

    def read(self, text: object) -> bool:
        """Whether it was said."""
        return bool(text)


@dataclass(frozen=True)
class Whole(Kind[int]):
    """
    A whole number.

    Args:
        low: The lowest.
        high: The highest.
        expected: What a wrong one is told, where that is not the bounds.
        unit: What is counted.
    """

    low: int
    high: int
    expected: str = ""
    unit: str = ""

    @property
    def bounds(self) -> str:
        """Both ends."""
        return "" if self.expected else f"{self.low} to {self.high}"

    def read(self, text: str) -> int:
        """The number."""
        if re.fullmatch(r"-?[0-9]{1,18}", text) and self.low <= int(text) <= self.high:
            return int(text)
        raise WrongValue(text, self.expected or f"a whole number from {self.bounds}")


@dataclass(frozen=True)
class Real(Kind[float]):
    """A number between two ends, both included; `unit` says of what."""

    low: float
    high: float
    unit: str = ""

    @property
    def bounds(self) -> str:
        """Both ends."""
        return f"{self.low:g} to {self.high:.15g}"

    def read(self, text: str) -> float:
        """The number."""
        try:
            value = float(text)
        except ValueError:
            value = self.low - 1
        if not self.low <= value <= self.high:  # NaN lies between no two numbers
            raise WrongValue(text, f"a number from {self.bounds}")
        return value


@dataclass(frozen=True)
class Seconds(Kind[int]):
    """A length of time, written in seconds and kept in microseconds."""

    low: float
    high: float
    unit = "seconds"

    @property
    def bounds(self) -> str:
        """Both ends, in seconds."""
        return Real(self.low, self.high).bounds

    def read(self, text: str) -> int:
        """The length in microseconds."""
        return round(Real(self.low, self.high).read(text) * 1e6)


class RetryTimes(Kind[tuple[int, int]]):
    """The times before the second and the third try: one for both, or two."""

    unit = "seconds"
    _each = Seconds(0, 30 * _DAY)

    @property
    def bounds(self) -> str:
        """Both ends of each, in seconds."""
        return f"{self._each.bounds} each"

    def read(self, text: str) -> tuple[int, int]:
        """Both in microseconds."""
        parts = text.split(",")
        if len(parts) > 2:  # noqa: PLR2004
            raise WrongValue(text, "one or two times in seconds: 300,900")
        values = [self._each.read(part) for part in parts]
        return values[0], values[-1]


@dataclass(frozen=True)
class OneOf(Kind[str]):
    """One of some words, in any case."""

    words: tuple[str, ...]

    def read(self, text: str) -> str:
        """The word in lower case."""
        if text.lower() not in self.words:
            raise WrongValue(text, f"one of {', '.join(self.words)}")
        return text.lower()


class Token(Kind[str]):
    """A bearer token, or the word that has one drawn."""

    def read(self, text: str) -> str:
        """The token itself."""
        if text != DRAWN and not re.fullmatch(r"[!-~]{8,200}", text):
            raise WrongValue(text, "auto, or 8 to 200 printable characters without spaces")
        return text


class Moment(Kind[int]):
    """A time, written in ISO 8601 and kept in microseconds since the epoch."""

    def read(self, text: str) -> int:
        """The time in microseconds since the epoch."""
        expected = "a time such as 2026-03-01T10:00:00+05:30"
        try:
            found = from_iso(text)
        except ValueError:
            raise WrongValue(text, expected) from None
        # The same range as the scenario language: Python reads times that IST cannot write.
        if not 0 <= found <= LATEST:
            raise WrongValue(text, f"{expected}, from 1970 to 2099")
        return found


class ClockRate(Kind[float]):
    """The rate of account time."""

    _highest = 1_000_000

    def read(self, text: str) -> float:
        """Account seconds per wall second."""
        if text in ("real", "frozen"):
            return float(text == "real")
        found = re.fullmatch(r"x([0-9]+(?:\.[0-9]+)?)", text)
        if found is None or not 0 < float(found[1]) <= self._highest:
            raise WrongValue(text, "real, frozen, or x and a rate above 0 such as x60")
        return float(found[1])


class PemFile(Kind[str]):
    """A file that can be read."""

    def read(self, text: str) -> str:
        """Its path."""
        try:
            with open(text, "rb") as file:  # noqa: PTH123
                file.read(1)
        except OSError as error:
            raise WrongValue(text, f"a readable PEM file ({error.strerror})") from None
        return text


class Credentials(Kind[tuple[str, str, str]]):
    """An account as SID:KEY:TOKEN."""

    def read(self, text: str) -> tuple[str, str, str]:
        """Its Sid, key and token."""
        sid, _, rest = text.partition(":")
        key, _, token = rest.partition(":")
        if not (ACCOUNT_SID.fullmatch(sid) and SECRET.fullmatch(key) and SECRET.fullmatch(token)):
            raise WrongValue(text, "SID:KEY:TOKEN (the Sid of letters, digits, _ and -)")
        return sid, key, token


class Maybe(Kind[T | None]):
    """A value that need not be said; an empty text is None."""

    def __init__(self, kind: Kind[T]) -> None:
        self._kind = kind
        self.unit = kind.unit

    @property
    def bounds(self) -> str:
        """Those of the value."""
        return self._kind.bounds

    def read(self, text: str) -> T | None:
        """The value, None if nothing was said."""
        return self._kind.read(text) if text else None


class Each(Kind[tuple[T, ...]]):
    """An option that may be given more than once."""

    multiple = True

    def __init__(self, kind: Kind[T]) -> None:
        self._kind = kind

    def read(self, text: Iterable[str]) -> tuple[T, ...]:
        """All values, in the order given."""
        return tuple(self._kind.read(each) for each in text)
