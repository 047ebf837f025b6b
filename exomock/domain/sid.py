"""Call Sids and the call's own chance, from a fingerprint of its order and nothing else."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

_IST = timedelta(hours=5, minutes=30)
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
SID_LENGTH = 32


def call_key(seed: int, account: str, fingerprint: str, nth: int) -> str:
    """
    What a call's Sid and chance are drawn from.

    Not its turn among all calls: parallel requests would change each other's. Two equal orders
    differ by `nth`, how many of their kind came before.
    """
    return f"{seed}:{account}:{fingerprint}:{nth}"


def call_sid(key: str, created: int) -> str:
    """
    The Sid of the call with this key, created then (microseconds since the epoch).

    Source: exotel-v1.md section 1: 28 hex digits, two digits (year - 2006), month and day in
    base 36, of the IST date (C: `...1412` is 2020-01-02).
    """
    day = datetime.fromtimestamp(created // 1_000_000, UTC) + _IST
    date = f"{(day.year - 2006) % 100:02d}{_BASE36[day.month]}{_BASE36[day.day]}"
    return sha256(key.encode()).hexdigest()[: SID_LENGTH - len(date)] + date
