"""The whitelist: customers who may be called through an ExoPhone although they are on DND."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from exomock.domain.clock import SECOND

# UNVERIFIED: how many days the vendor's six months have; the Expiry of a number that has just been
# whitelisted would settle it.
LASTS = 183 * 86_400 * SECOND
"""How long a number stays whitelisted, microseconds. Source: exotel-v1.md section 12 (V)."""

NEVER = -1
"""The Expiry of a number that is on no list. Source: exotel-v1.md section 12 (V)."""


class ListName(StrEnum):
    """Whether a number is on a list. Source: exotel-v1.md section 12 (V)."""

    WHITELIST = "Whitelist"
    BLACKLIST = "Blacklist"
    NEUTRAL = "Neutral"


class Whitelisted(NamedTuple):
    """
    A number on an account's whitelist.

    Args:
        exophone: The ExoPhone through which it may be reached, E.164.
        number: The number, E.164.
        until: When that ends, account time in microseconds.
    """

    exophone: str
    number: str
    until: int


class Entered(NamedTuple):
    """
    What the whitelist says of a number.

    Args:
        listing: The list it is on.
        by: Who put it there: `API`; empty if nobody did.
        expiry: Seconds until that ends, -1 if nobody did.
    """

    listing: ListName = ListName.NEUTRAL
    by: str = ""
    expiry: int = NEVER


def entered(entries: Iterable[Whitelisted], now: int) -> Entered:
    """
    What the entries of one number say of it.

    Args:
        entries: For each ExoPhone at most one; the one that lasts longest counts.
        now: The account's time, microseconds.

    Source: exotel-v1.md section 12 (V: the three values, and -1).
    """
    until = max((each.until for each in entries), default=0)
    if until <= now:
        return Entered()
    # Rounded up, because a client that reads 0 takes the number for lapsed.
    return Entered(ListName.WHITELIST, "API", -(-(until - now) // SECOND))
