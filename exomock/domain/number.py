"""A telephone number in the three forms that matter: as sent, E.164, and as Exotel writes it."""

from dataclasses import dataclass
from random import Random

INDIA = "+91"

DIGITS = 11
"""Of a number in the `0` + 10 digits form."""


@dataclass(frozen=True, slots=True)
class Number:
    """
    One telephone number, or a SIP address.

    Args:
        sent: The spelling the client used; StatusCallbacks echo it.
        e164: `+` and digits, of which two spellings of one number have the same; a SIP address as
            it was sent.
    """

    sent: str
    e164: str

    @property
    def indian(self) -> bool:
        """Whether the number belongs to India's numbering plan."""
        return self.e164.startswith(INDIA)

    @property
    def shown(self) -> str:
        """
        As answers write it: `0` + the national digits for India, E.164 abroad, a SIP address as is.

        Source: exotel-v1.md section 1 (foreign numbers UNVERIFIED: a captured answer for one
        would settle it).
        """
        return shown(self.e164)


def shown(e164: str) -> str:
    """The number `e164` as Exotel writes it; scenario patterns are tried on this form."""
    return "0" + e164[len(INDIA) :] if e164.startswith(INDIA) else e164


def from_shown(text: str) -> Number:
    """The number that is written so by Exotel: `0` + 10 digits, E.164 abroad."""
    return Number(text, INDIA + text[1:] if text.startswith("0") else text)


def from_e164(e164: str) -> Number:
    """A number that nobody spelled: as Exotel writes it."""
    return Number(shown(e164), e164)


def drawn(beginning: str, rng: Random) -> Number:
    """
    A number that chance has completed.

    Args:
        beginning: How it is shown, up to all its `DIGITS`: `0981`.
        rng: The chance; it is asked once, or not where nothing is missing.
    """
    missing = DIGITS - len(beginning)
    if missing == 0:
        return from_shown(beginning)
    # Not a format of so many digits, which costs as much as the number itself.
    return from_shown(beginning + str(int(rng.random() * 10**missing)).zfill(missing))


NOBODY = Number("", "")
"""Whom a call of one leg reaches: its To is empty. Source: exotel-stream.md section 1.1 (c)."""

EXOPHONE = Number("08047112233", "+918047112233")
"""The ExoPhone where a scenario names none; ours."""
