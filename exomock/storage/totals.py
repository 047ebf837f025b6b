"""How many ended calls a window holds, from the sorted seconds of an account's calls, in memory."""

import math
import threading
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

import orjson
from sqlalchemy import Connection, bindparam, func, select, true

from exomock.domain.listing import Window
from exomock.storage.backend import listed
from exomock.storage.database import Database
from exomock.storage.tables import calls

MOST = 4 * 1024 * 1024
"""How many seconds all accounts keep together; each takes 8 bytes."""

_EACH = 32
"""What an account takes beside its seconds, in seconds."""

_FEW = 500
"""How many calls are put among the others one by one: each may move all that follow."""

_CHUNK = 20_000
# As one text of JSON: a row of each second takes eight times as long.
_CHUNK_OF = (
    select(calls.c.created_s)
    .where(
        calls.c.account == bindparam("account_"),
        calls.c.ended == true(),
        calls.c.created_s >= bindparam("since_"),
    )
    .order_by(calls.c.created_s)
    .limit(bindparam("limit_"))
    .offset(bindparam("known_"))
    .subquery()
)
_SECONDS = select(listed(_CHUNK_OF.c.created_s))
_COUNT = select(func.count()).where(
    calls.c.account == bindparam("account_"),
    calls.c.ended == true(),
    calls.c.created_s.between(bindparam("begin_"), bindparam("end_")),
)

Seconds: TypeAlias = "array[int]"


class Totals:
    """
    Counts the ended calls of windows; lives as long as the store, safe for many threads.

    An account's seconds are read when its calls are first listed. `moved` and `forget` are called
    under the writers' lock, after the commit, so that the seconds follow the database in its order.

    Args:
        database: Where the calls are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        # The account that was listed longest ago comes first. None: it has more than all may keep.
        self._kept: OrderedDict[str, Seconds | None] = OrderedDict()
        self._weight = 0
        # An account that is being read, and the first second that has changed meanwhile.
        self._changed: dict[str, float] = {}

    def within(self, account: str, window: Window) -> int:
        """How many ended calls of the account were placed in the window."""
        self._know(account)
        with self._lock:
            found = self._kept.get(account)
            if found is not None:
                self._kept.move_to_end(account)
                return max(0, bisect_right(found, window.end) - bisect_left(found, window.begin))
        # Too many to keep, or forgotten meanwhile.
        given = {"account_": account, "begin_": window.begin, "end_": window.end}
        return int(self._database.reader.execute(_COUNT, given).scalar_one())

    @contextmanager
    def replacing(self, account: str) -> Iterator[Connection]:
        """A transaction that puts other ended calls in place of the account's."""
        with self._database.writing(account, then=lambda: self.forget(account)) as tx:
            yield tx

    def ending(self, account: str, ended: Sequence[int]) -> AbstractContextManager[Connection]:
        """A transaction that ends calls, which were placed in these seconds."""
        return self._ending(account, ended) if ended else self._database.writing(account)

    @contextmanager
    def _ending(self, account: str, ended: Sequence[int]) -> Iterator[Connection]:
        try:
            with self._database.writing(account, then=lambda: self.moved(account, ended)) as tx:
                yield tx
        except BaseException:
            # Where a commit failed nobody knows what the file holds.
            self.forget(account)
            raise

    def more_than(self, account: str, few: int) -> bool:
        """Whether the account has more than a few ended calls."""
        self._know(account)
        with self._lock:
            found = self._kept.get(account, ())
            return found is None or len(found) > few

    def moved(self, account: str, seconds: Sequence[int]) -> None:
        """Count calls that have ended, by the seconds in which they were placed."""
        if not seconds:
            return
        with self._lock:
            self._change(account, min(seconds))
            kept = self._kept.get(account)
            if kept is None:
                return
            if len(seconds) > _FEW:
                self._drop(account)
                return
            for second in seconds:
                # Most calls end in about the order in which they were placed.
                kept.insert(bisect_right(kept, second), second)
            self._weight += len(seconds)
            self._make_room()

    def forget(self, account: str) -> None:
        """Forget an account whose calls are others now; the next list reads them."""
        with self._lock:
            self._change(account, -math.inf)
            self._drop(account)

    def _change(self, account: str, since: float) -> None:
        if account in self._changed:
            self._changed[account] = min(self._changed[account], since)

    def _know(self, account: str) -> None:
        with self._lock:
            known = account in self._kept
        if not known:
            self._read(account)

    def _read(self, account: str) -> None:
        """
        Read an account's seconds, without holding up whoever writes.

        What changed meanwhile is read again while no one can write. That is short, because the
        calls that have just ended are the newest.
        """
        with self._reading:
            with self._lock:
                if account in self._kept:
                    return
                self._changed[account] = math.inf
            try:
                found = self._scan(account, array("q"), 0)
                with self._database.quiet():
                    since = self._changed[account]
                    if since != math.inf:
                        since = max(0, int(max(since, 0)))
                        found = self._scan(account, found[: bisect_left(found, since)], since)
                    self._keep(account, found)
            finally:
                with self._lock:
                    del self._changed[account]

    def _scan(self, account: str, found: Seconds, since: int) -> Seconds:
        """Add the seconds from one on to those before it, a chunk at a time."""
        known = 0  # of the second `since`
        while len(found) <= MOST:
            given = {"account_": account, "since_": since, "known_": known, "limit_": _CHUNK}
            chunk = orjson.loads(self._database.reader.execute(_SECONDS, given).scalar_one())
            found.extend(chunk)
            if len(chunk) < _CHUNK:
                break
            since = found[-1]
            known = len(found) - bisect_left(found, since)
        return found

    def _keep(self, account: str, found: Seconds) -> None:
        with self._lock:
            self._kept[account] = found if len(found) <= MOST else None
            self._weight += _weight(self._kept[account])
            self._make_room()

    def _drop(self, account: str) -> None:
        if account in self._kept:
            self._weight -= _weight(self._kept.pop(account))

    def _make_room(self) -> None:
        """Forget the accounts that were listed longest ago, until the rest is few enough."""
        while self._weight > MOST and self._kept:
            self._drop(next(iter(self._kept)))


def _weight(seconds: "Seconds | None") -> int:
    return _EACH + len(seconds or ())
