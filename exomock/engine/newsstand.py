"""What the news of all accounts share: bounds, a clock, one order, and bells for followers."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol

from exomock.engine.items import Item, What
from exomock.engine.journal import Shelf
from exomock.engine.meters import UNMETERED
from exomock.wall import wall_now

_ENDED = 16
"""Deleted accounts whose last news are kept for whoever follows all accounts."""

_COMMITS = 10_000
"""Commits at most whose order among all accounts is remembered; each takes a hundred bytes."""


class Told(Protocol):
    """One account's news, as the stand sees them."""

    account: str
    total: int

    @property
    def kept(self) -> deque[tuple[int, What, int]]:
        """What is kept, the oldest first."""

    def forget(self) -> None:
        """Keep the last word alone; the stand's lock is held."""


Bell = Callable[[Told], None]
"""Rung after each commit, with whose news it was, in the writer's thread: it must not wait."""


class Placed(NamedTuple):
    """An item of some account, and its number among those of all accounts."""

    serial: int
    account: str
    item: Item


class AllRead(NamedTuple):
    """
    What a reader of all accounts gets.

    Args:
        items: The oldest that are kept after the serial he asked for, in the order of commits.
        missed: How many up to the last of `items` (or up to `last`, without any) are lost.
        last: The serial of the newest item there is.
    """

    items: list[Placed]
    missed: int
    last: int


class Newsstand(Shelf):
    """
    The bounds that the news of all accounts share, and the clock that stamps them.

    Items of all accounts have serials, in the order of their commits. An item keeps no serial, and
    a commit notes only its first: an advance adds eighty thousand items in a second.

    Args:
        entries: How many items one account keeps, 0 or more.
        most: How many bytes all accounts keep together.
        wall: Reads the wall clock, microseconds since the epoch.

    Attributes:
        life: Tells these serials from those before a restart: when they began, microseconds.
        total: The serial of the newest item; serials count from 1.
        pulse: The serial that ticks tell, the same for all who follow at about one time.
        bells: Rung after each commit. A tuple, which is replaced: writers read it without a lock.
        meters: Counts what is told; put in before anybody tells anything.
    """

    def __init__(
        self,
        entries: int = 10_000,
        most: int = 8 * 1024 * 1024,
        wall: Callable[[], int] = wall_now,
    ) -> None:
        super().__init__(entries, most)
        self.wall = wall
        self.life = wall()
        self.total = self.pulse = 0
        self.bells: tuple[Bell, ...] = ()
        self.meters = UNMETERED
        # Of each commit: whose news, how many the account and how many all had before, how many.
        self._commits: deque[tuple[Told, int, int, int]] = deque(maxlen=min(entries, _COMMITS))
        self._ended: deque[Told] = deque()

    def listen(self, bell: Bell) -> None:
        """Ring this after each commit from now on."""
        with self.lock:
            self.bells = (*self.bells, bell)

    def leave(self, bell: Bell) -> None:
        """Ring this no more."""
        with self.lock:
            self.bells = tuple(each for each in self.bells if each is not bell)
            while self._ended and not self.bells:
                self._ended.popleft().forget()

    def note(self, news: Told, count: int) -> None:
        """Note that so many items were added just now; `lock` is held."""
        self._commits.append((news, news.total - count, self.total, count))
        self.total += count

    def ended(self, news: Told) -> None:
        """Keep what a deleted account told, while somebody may still read it; `lock` is held."""
        if not self.bells:
            news.forget()
            return
        self._ended.append(news)
        if len(self._ended) > _ENDED:
            self._ended.popleft().forget()

    def since(self, serial: int, limit: int) -> AllRead:
        """
        Read what came after an item, of all accounts.

        Args:
            serial: The serial of the last item that was read; 0 begins with the oldest.
            limit: How many items at most, 1 or more.
        """
        with self.lock:
            items: list[Placed] = []
            for commit in reversed(self._behind(serial)):
                items += _items_of(commit, serial, limit - len(items))
                if len(items) >= limit:
                    break
            end = items[-1].serial if len(items) >= limit else self.total
            return AllRead(items, max(0, end - serial - len(items)), self.total)

    def _behind(self, serial: int) -> list[tuple[Told, int, int, int]]:
        """The commits that have something after a serial, the newest first."""
        found = []
        for commit in reversed(self._commits):
            _news, _total, before, count = commit
            if before + count <= serial:
                break
            found.append(commit)
        return found


def _items_of(commit: tuple[Told, int, int, int], serial: int, limit: int) -> list[Placed]:
    """The items of a commit that come after a serial and are still kept."""
    news, total, before, count = commit
    oldest = news.total - len(news.kept)
    begin = max(total, oldest, total + serial - before)
    found = []
    for number in range(begin, min(total + count, begin + limit)):
        wall, what, _size = news.kept[number - oldest]
        found.append(
            Placed(before + number - total + 1, news.account, Item(number + 1, wall, what))
        )
    return found
