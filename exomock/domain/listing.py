"""A question to the list of calls, and a page of its answer."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from exomock.domain.call import Call
from exomock.domain.clock import SECOND
from exomock.domain.errors import WindowRefused
from exomock.domain.summary import Summary

DAY = 24 * 3600
MONTH = 31 * DAY
SIX_MONTHS = 183 * DAY
"""Source: exotel-v1.md section 5 (S). UNVERIFIED: how many days Exotel counts to a month; a
filter one day wider and narrower on a live account would settle it."""

NEAR_NOW = 15 * 60
"""Seconds; half of the smallest difference between two zones."""


class Cursor(NamedTuple):
    """A place in the list: the call's DateCreated in unix seconds, and its Sid."""

    created: int
    sid: str

    @classmethod
    def of(cls, call: Summary) -> "Cursor":
        """The place of a call."""
        return cls(call.created, call.sid)


class Window(NamedTuple):
    """From and until, both included, unix seconds."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class CallFilter:
    """
    Which calls, in what order, how many; empty tuples and None do not filter.

    Args:
        gte: DateCreated from, unix seconds.
        lte: DateCreated until, included.
        to: E.164 numbers, any of them; so `from_` and `exophone`.
        duration: (operator, seconds) pairs, all of them; operators `gte`, `lte`, `eq`.
        price: The same in thousandths of the currency.
        size: Records on a page, 1-100.
        ascending: Oldest first.
        legs: Whether the calls themselves are wanted beside their summaries.
    """

    sids: tuple[str, ...] = ()
    gte: int | None = None
    lte: int | None = None
    to: tuple[str, ...] = ()
    from_: tuple[str, ...] = ()
    exophone: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    duration: tuple[tuple[str, int], ...] = ()
    price: tuple[tuple[str, int], ...] = ()
    size: int = 50
    ascending: bool = False
    after: Cursor | None = None
    before: Cursor | None = None
    legs: bool = False

    @property
    def narrows(self) -> bool:
        """Whether it leaves calls of its window out."""
        values = self.sids, self.to, self.from_, self.exophone, self.statuses, self.directions
        return any(values) or bool(self.duration or self.price)


@dataclass(frozen=True, slots=True)
class Page:
    """
    One page of calls, in the order asked for.

    Args:
        found: What is on it.
        calls: The same calls with their legs, nothing where nobody asked for these.
        total: Rows that match, all pages.
        has_previous: Whether rows come before the first of this page.
        has_next: Whether rows come after its last.
        second: The account's time when it was found, unix seconds; the search ended there.
        read: How the window was read, empty if as it stands.
        until: Until when (wall, microseconds) the window is read so.
    """

    found: tuple[Summary, ...] = ()
    calls: tuple[Call, ...] = ()
    total: int = 0
    has_previous: bool = False
    has_next: bool = False
    second: int = 0
    read: str = ""
    until: float = math.inf


def window(gte: int | None, lte: int | None, now: int) -> Window:
    """
    The stretch of time a list searches.

    Args:
        gte: From, unix seconds, None if not given.
        lte: Until, included.
        now: The account's time, microseconds.

    Raises:
        WindowRefused: Older than six months, wider than a month, or ending before it begins.

    Source:
        exotel-v1.md section 5. UNVERIFIED: how the service completes a half-open window; a
        live list of calls that lie around its ends would settle it.
    """
    today, oldest = now // SECOND, now // SECOND - SIX_MONTHS
    if gte is None and lte is None:
        return Window(today - MONTH, today)
    if gte is None and lte is not None:
        gte = max(lte - MONTH, min(oldest, lte))
    if gte is not None and lte is None:
        lte = max(gte, min(gte + MONTH, today))
    assert gte is not None
    assert lte is not None
    return _checked(Window(gte, lte), oldest)


def window_read(gte: int | None, lte: int | None, now: int, wall: int) -> tuple[Window, str]:
    """
    The stretch of time a list searches, for a client whose own clock may be behind the account's.

    A window that ends at the wall clock's now, or up to 15 minutes before, most often means "until
    now". Read by an account whose clock is ahead, it would find none of its calls. One that ends
    earlier is as it stands: a client that writes another zone's time must see his mistake.

    Args:
        gte: From, unix seconds, None if not given.
        lte: Until, included.
        now: The account's time, microseconds.
        wall: The wall clock's, microseconds.

    Returns:
        It, and how it was read, empty if as it stands.

    Raises:
        WindowRefused: As `window`.
    """
    if lte is None or now // SECOND <= wall // SECOND or not 0 <= wall // SECOND - lte <= NEAR_NOW:
        return window(gte, lte, now), ""
    found = window(gte, lte, wall)
    ahead = now // SECOND - wall // SECOND
    return found._replace(end=now // SECOND), (
        f"DateCreated is read as until the account's now, because its clock is {ahead} s ahead of "
        "the wall clock's"
    )


def read_until(lte: int | None, wall: int) -> float:
    """Until when (wall, microseconds) `window_read` reads a window as it does now; inf if ever."""
    turns = () if lte is None else (lte * SECOND, (lte + NEAR_NOW + 1) * SECOND)
    return min((turn for turn in turns if turn > wall), default=math.inf)


def _checked(window: Window, oldest: int) -> Window:
    if window.end < window.begin:
        raise WindowRefused("'lte' lies before 'gte'; expected gte:<begin>;lte:<end>")
    if window.begin < oldest:
        raise WindowRefused("begins over 6 months (183 days) ago; calls are kept for 6 months")
    if window.end - window.begin > MONTH:
        raise WindowRefused("is wider than 1 month (31 days); ask for one month at a time")
    return window
