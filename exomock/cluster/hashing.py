"""Rendezvous hashing: each account names one of the living processes, and few names change."""

from collections.abc import Iterable
from hashlib import blake2b


def named(sid: str, among: Iterable[str]) -> str | None:
    """
    The process that an account names: the one with the highest hash of both.

    When a process joins, it is named by a fair share of the accounts, and no other name changes;
    when one leaves, only those that named it name others.

    Args:
        sid: The account's Sid.
        among: What tells the living processes apart, in any order.

    Returns:
        One of them; None if there is none.
    """
    return max(among, key=lambda each: (_score(sid, each), each), default=None)


def _score(sid: str, process: str) -> bytes:
    # A fixed hash: every process, of every release and platform, must name the same one.
    return blake2b(f"{process}\n{sid}".encode(), digest_size=8).digest()
