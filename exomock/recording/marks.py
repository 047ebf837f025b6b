"""The marks in a recording: which call it is, who speaks, and in which second; as symbols."""

from typing import NamedTuple

from exomock.domain.script import Party

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
"""The symbols of a mark: all that a Sid is made of."""

SID_DIGITS = 8
"""How many of a Sid's last characters a mark has: the last four alone are the date."""

_SECOND_DIGITS = 3
_PARTIES = {Party.FROM: "f", Party.TO: "t"}
_SPEAKS = {symbol: party for party, symbol in _PARTIES.items()}

LENGTH = SID_DIGITS + 1 + _SECOND_DIGITS + 1
"""Symbols of a mark: the Sid's last characters, the party, the second, and a check."""


class Mark(NamedTuple):
    """
    What a recording says of itself at one place.

    Args:
        sid: The last eight characters of the call's Sid.
        party: Who speaks.
        second: Which second of the recording it is, from 0.
    """

    sid: str
    party: Party
    second: int


def written(mark: Mark) -> str:
    """The symbols of a mark."""
    high, low = divmod(mark.second % len(ALPHABET) ** _SECOND_DIGITS, len(ALPHABET))
    digits = (*divmod(high, len(ALPHABET)), low)
    second = "".join(ALPHABET[digit] for digit in digits)
    text = mark.sid[-SID_DIGITS:].lower().rjust(SID_DIGITS, "0") + _PARTIES[mark.party] + second
    return text + _check(text)


def read(text: str) -> Mark | None:
    """The mark that these symbols are; None if they are none."""
    if len(text) != LENGTH or _check(text[:-1]) != text[-1]:
        return None
    party = _SPEAKS.get(text[SID_DIGITS])
    if party is None:
        return None
    return Mark(text[:SID_DIGITS], party, int(text[SID_DIGITS + 1 : -1], len(ALPHABET)))


def _check(text: str) -> str:
    """A symbol that changes when any one of the others does."""
    # Each weight has no factor in common with 36, so that no other symbol gives the same product.
    total = sum(_WEIGHTS[at % len(_WEIGHTS)] * ALPHABET.index(each) for at, each in enumerate(text))
    return ALPHABET[total % len(ALPHABET)]


_WEIGHTS = (1, 5, 7, 11, 13, 17, 19, 23, 25, 29, 31, 35)
