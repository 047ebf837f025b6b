"""Followers of the news: what a stream sends next, and whose bell rings when there is more."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple, Protocol

from exomock.control.items import item_json
from exomock.delivery.kinds import Kinds
from exomock.domain.message import MESSAGE
from exomock.engine import Item, News, TriedCallback
from exomock.engine.newsstand import Bell, Newsstand, Told
from exomock.storage.pages import status_of
from exomock.storage.store import Store
from exomock.storage.trouble import DatabaseFault
from exomock.wall import stopwatch

BATCH = 100
"""Items of which a follower makes one piece: some milliseconds of work."""


class Next(NamedTuple):
    """
    What a source has after a number.

    Args:
        items: Each with its number there, and its account.
        missed: How many before the last of them are lost.
        last: The number up to which this reaches.
    """

    items: list[tuple[int, str, Item]]
    missed: int
    last: int


class Followed(Protocol):
    """News with numbers, of one account or of all."""

    stand: Newsstand

    @property
    def life(self) -> int:
        """Tells its numbers from those before a restart."""

    @property
    def last(self) -> int:
        """The newest number."""

    @property
    def over(self) -> bool:
        """Whether nothing is to come."""

    def concerned(self, news: Told) -> bool:
        """Whether this account's news are among them."""

    def after(self, number: int, limit: int) -> Next:
        """What came after a number."""

    def pulse(self, seen: int) -> int:
        """A number up to which ticks reach, the same for all until one has seen it."""


class OneNews:
    """
    An account's news as a source.

    Args:
        news: The account's.
        stand: Where they belong.
        account: Its Sid.
    """

    def __init__(self, news: News, stand: Newsstand, account: str) -> None:
        self._news, self.stand, self._account = news, stand, account
        self.life = news.life

    @property
    def last(self) -> int:
        """The newest number."""
        return self._news.total

    @property
    def over(self) -> bool:
        """Whether the account was deleted."""
        return self._news.over

    def concerned(self, news: Told) -> bool:
        """Whether it is these."""
        return news is self._news

    def after(self, number: int, limit: int) -> Next:
        """What came after a number."""
        read = self._news.since(number, limit)
        items = [(each.number, self._account, each) for each in read.items]
        return Next(items, read.missed, items[-1][0] if items else read.last)

    def pulse(self, seen: int) -> int:
        """A number up to which ticks reach, the same for all until one has seen it."""
        return _pulse(self._news, seen)


class AllNews:
    """The news of all accounts as a source."""

    over = False

    def __init__(self, stand: Newsstand) -> None:
        self.stand = stand
        self.life = stand.life

    @property
    def last(self) -> int:
        """The newest serial."""
        return self.stand.total

    def concerned(self, _news: Told) -> bool:
        """Always."""
        return True

    def after(self, number: int, limit: int) -> Next:
        """What came after a serial."""
        read = self.stand.since(number, limit)
        items = [(each.serial, each.account, each.item) for each in read.items]
        return Next(items, read.missed, items[-1][0] if len(items) >= limit else read.last)

    def pulse(self, seen: int) -> int:
        """A number up to which ticks reach, the same for all until one has seen it."""
        return _pulse(self.stand, seen)


def _pulse(told: News | Newsstand, seen: int) -> int:
    # Pages that have heard of the same event share one rendering (`sharing.py`).
    if told.pulse <= seen:
        told.pulse = told.total
    return told.pulse


class Wording:
    """
    Writes items out, each with its account and, for a callback, what it says of its call.

    Args:
        store: Where the status of a call is looked up.
        kinds: What tells, by name.
    """

    def __init__(self, store: Store, kinds: Kinds) -> None:
        self._store, self._kinds = store, kinds

    def told(self, account: str, item: Item) -> dict[str, Any]:
        """An item, as a stream and the log have it."""
        found = {"account": account, **item_json(item, self._kinds)}
        if isinstance(item.what, TriedCallback):
            found["data"]["says"] = self._says(account, item.what, found["data"]["event"])
        return found

    def _says(self, account: str, tried: TriedCallback, event: str) -> str | None:
        """The Status of a callback. It is looked up, because news do not hold calls."""
        if event != "terminal":
            return None if tried.owner == MESSAGE else "in-progress"
        try:
            if tried.owner == MESSAGE:
                return self._store.messages.status(account, tried.sid)
            return status_of(self._store, account, tried.sid)
        except DatabaseFault:
            return None


class _Following:
    """
    Somebody who follows; lives until `close`, and is read by one thread at a time.

    Args:
        source: What is followed.
        after: The number of the last item that its client has seen.
        lasts: Seconds of wall time after which it ends; None is never.
        done: Called once, when nobody follows any more.
    """

    pause = 0.0
    light = False

    def __init__(
        self, source: Followed, after: int, lasts: float | None, done: Callable[[], None]
    ) -> None:
        self._source, self._seen, self.lasts = source, after, lasts
        self._done: Callable[[], None] | None = done
        self._bell: Bell | None = None

    @property
    def over(self) -> bool:
        """Whether all is sent, and nothing is to come."""
        return self._source.over and self._seen >= self._source.last

    def listen(self, bell: Callable[[], None]) -> None:
        """Ring this when there may be more."""
        source = self._source

        def ring(news: Told) -> None:
            if source.concerned(news):
                bell()

        self._bell = ring
        source.stand.listen(ring)

    def _event(self, number: int, kind: str, data: dict[str, Any]) -> bytes:
        name = f"{self._source.life}-{number}"
        return f"id: {name}\nevent: {kind}\ndata: {json.dumps(data)}\n\n".encode()

    def close(self) -> None:
        """Follow no more."""
        if self._bell is not None:
            self._source.stand.leave(self._bell)
        done, self._done = self._done, None
        if done is not None:
            done()


class Follower(_Following):
    """
    A stream of news, each item written out.

    Args:
        wording: Writes items out.
    """

    def __init__(
        self, source: Followed, after: int, lasts: float | None, done: Callable[[], None],
        wording: Wording,
    ) -> None:  # fmt: skip
        super().__init__(source, after, lasts, done)
        self._wording = wording

    def read(self) -> bytes:
        """The next events; empty if there are none yet."""
        found = self._source.after(self._seen, BATCH)
        if found.last == self._seen:
            return b""
        self._seen = found.last
        pieces = []
        if found.missed:
            pieces.append(self._event(found.last - len(found.items), "dropped",
                                      {"count": found.missed}))  # fmt: skip
        for number, account, item in found.items:
            pieces.append(self._event(number, item.kind, self._wording.told(account, item)))
        return b"".join(pieces)


TICKS = 100
"""Ticks a second that all who follow get together at most, so that fifty pages cost as one."""

LEAST = 0.05
"""Seconds between two ticks of one follower: a page draws at most twenty times a second."""

SPREAD = 0.1
"""Seconds over which the ticks of many are spread: a rendering is shared for a little longer."""

# Each far from those before it, however many there are: multiples of the golden ratio.
_turns = (number * 0.618034 % 1 for number in count())


class Ticks(_Following):
    """
    A stream that says only that something has happened, and up to which number.

    Args:
        crowd: How many follow at once, this one among them.
    """

    light = True

    def __init__(
        self, source: Followed, after: int, lasts: float | None, done: Callable[[], None],
        crowd: Callable[[], int],
    ) -> None:  # fmt: skip
        super().__init__(source, after, lasts, done)
        self._crowd = crowd
        self._turn = next(_turns)

    @property
    def pause(self) -> float:  # type: ignore[override]
        """The more follow, the rarer are ticks; the first after a while comes at once."""
        period = self._crowd() / TICKS
        if period <= LEAST:
            return LEAST
        # Soon after each other, so that all share a rendering, and not at once: fifty answers in
        # one go would hold up whoever asks v1 meanwhile.
        until = (self._turn * min(SPREAD, period / 2) - stopwatch()) % period
        return until if until >= LEAST else until + period

    def read(self) -> bytes:
        """One tick for all that has happened since the last."""
        if self._source.last == self._seen:
            return b""
        self._seen = self._source.pulse(self._seen)
        return self._event(self._seen, "more", {"number": self._seen})
