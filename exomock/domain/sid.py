"""Sids of accounts and calls; a call's Sid and chance come from a fingerprint of its order."""

import re
from datetime import date
from functools import lru_cache
from hashlib import sha256

from exomock.domain.clock import IST, SECOND

_DAY = 86_400 * SECOND
_EPOCH = date(1970, 1, 1).toordinal()
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
SID_LENGTH = 32

ACCOUNT_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")
LONGEST_SECRET = 128
SECRET = re.compile(rf"[!-9;-~]{{1,{LONGEST_SECRET}}}")
"""An API key or token: printable ASCII without spaces, and without the colon that ends a key."""


def call_key(seed: int, account: str, fingerprint: str, nth: int) -> str:
    """
    The key from which a call's Sid and chance are drawn.

    A call's turn among all calls is no part of it, because parallel requests would change each
    other's keys. Two equal orders differ by `nth`, the number of their kind before.
    """
    return f"{seed}:{account}:{fingerprint}:{nth}"


def number_key(key: str, e164: str) -> str:
    """The key of what belongs to a number and to no call: from the seed and account of `key`."""
    return ":".join([*key.split(":", 2)[:2], e164])


def seed_of(key: str) -> int:
    """The seed in a call's key: all of it that does not say which call it is."""
    return int(key.partition(":")[0])


def call_sid(key: str, created: int) -> str:
    """
    The Sid of the call with this key, created then (microseconds since the epoch).

    Source: exotel-v1.md section 1: 28 hex digits, the year - 2000 in two hex digits, month and
    day in base 36, of the IST date (C: `...1412` is 2020-01-02, `...1a4f` is 2026-04-15).
    """
    day = _date((created + IST) // _DAY)
    return sha256(key.encode()).hexdigest()[: SID_LENGTH - len(day)] + day


def leg_sid(call: str, leg: int) -> str:
    """The Sid of a leg of the call with this Sid; legs count from 0."""
    return sha256(f"leg:{call}:{leg}".encode()).hexdigest()[:SID_LENGTH]


@lru_cache(maxsize=1024)
def _date(day: int) -> str:
    """A day as a Sid writes it, counted from the epoch in IST."""
    found = date.fromordinal(_EPOCH + day)
    return f"{(found.year - 2000) % 256:02x}{_BASE36[found.month]}{_BASE36[found.day]}"
