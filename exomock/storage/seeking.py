"""Indexes that lists ask for: each is made when an account of many calls is first asked by it."""

import math
import threading
from contextlib import suppress

from exomock.domain.listing import CallFilter
from exomock.storage.backend import make_index
from exomock.storage.database import Database
from exomock.storage.totals import Totals
from exomock.storage.trouble import DatabaseFault
from exomock.wall import stopwatch

FEW = 5_000
"""Ended calls of an account that are gone through in less time than a page takes."""

AGAIN = 60.0
"""Seconds after which an index that could not be made is tried again."""

MEASURED = "measured"
"""The index of the filters that have none of their own: it goes through all, but reads no row."""

_ENDED = "(account, {}created_s, sid, {}ended) WHERE ended = {{true}}"
INDEXES = {
    "to": f"calls_to ON calls {_ENDED.format('to_e164, ', '')}",
    "from_": f"calls_from ON calls {_ENDED.format('from_e164, ', '')}",
    "statuses": f"calls_status ON calls {_ENDED.format('status, ', '')}",
    MEASURED: "calls_measured ON calls "
    + _ENDED.format("", "status, duration, price, direction, exophone_e164, "),
}
"""
The indexes by the filter that each is for.

Each holds every column that a question names, because SQLite counts from an index alone only then.
Each holds the Sid, because a page would have to be sorted without it.
"""


class Seeking:
    """
    Makes the indexes of filters; lives as long as the store, safe for many threads.

    An index costs each ended call some 4 microseconds and 90 bytes. Most accounts have few calls,
    and nobody filters them, so nobody pays before he asks.

    Args:
        database: Where the calls are.
        totals: Knows how many there are.
    """

    def __init__(self, database: Database, totals: Totals) -> None:
        self._database = database
        self._totals = totals
        self._lock = threading.Lock()
        # When each may be tried again: never where it is there.
        self._not_before: dict[str, float] = {}
        self._made: set[str] = set()

    def index(self, account: str, asked: CallFilter, *, counting: bool = False) -> str | None:
        """
        The filter whose index answers a question, None where that is another one or none.

        Args:
            account: Whose calls.
            asked: The question.
            counting: Whether all that match are counted, not a page of them read.
        """
        name = _wanted(asked, counting=counting)
        if name is None or not self._totals.more_than(account, FEW):
            return None
        return name if name in self._made or self._make(name) else None

    def _make(self, name: str) -> bool:
        with self._lock:
            if name in self._made or stopwatch() < self._not_before.get(name, -math.inf):
                return name in self._made
            self._not_before[name] = stopwatch() + AGAIN
            # Without it the question is answered all the same. The database tells its fault itself.
            with suppress(DatabaseFault):
                with self._database.writing() as tx:
                    make_index(tx, INDEXES[name])
                self._made.add(name)
        return name in self._made


def _wanted(asked: CallFilter, *, counting: bool) -> str | None:
    if asked.sids or not asked.narrows:
        return None
    if asked.to:
        return "to"
    if asked.from_:
        return "from_"
    others = asked.directions or asked.exophone or asked.duration or asked.price
    # A page of several statuses would have to be sorted: it takes less time to go through all.
    alone = not others and (counting or len(asked.statuses) == 1)
    return "statuses" if asked.statuses and alone else MEASURED
