"""Parts that were rendered a moment ago, for the other pages that ask for the same."""

import threading
from collections import OrderedDict
from typing import NamedTuple

from exomock.wall import stopwatch

FRESH = 0.25
"""Seconds for which a part serves: its clocks are as old at most, and a browser moves them on."""

_MOST, _LONGEST = 64, 262_144
"""How many parts are kept, and how long each may be: at most 16 MB."""


class _Kept(NamedTuple):
    stand: str
    until: float
    body: bytes


class Renderings:
    """
    One exomock's rendered parts; safe for many threads.

    A part is a function of the account's version and the address alone, so that fifty pages which
    hear of the same event cost one rendering.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def find(self, address: str, stand: str) -> bytes | None:
        """
        A part as it was rendered a moment ago.

        Args:
            address: Host, path and query.
            stand: The version of what it shows: another one finds nothing.
        """
        with self._lock:
            kept = self._kept.get(address)
        if kept is None or kept.stand != stand or kept.until < stopwatch():
            return None
        return kept.body

    def keep(self, address: str, stand: str, body: bytes) -> None:
        """Keep a part, and forget the one that was kept first when there are too many."""
        if len(body) > _LONGEST:
            return
        with self._lock:
            self._kept[address] = _Kept(stand, stopwatch() + FRESH, body)
            self._kept.move_to_end(address)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
