"""The news of an account: each thing that happened in it, numbered, in the order of commits."""

from collections import deque
from collections.abc import Sequence
from itertools import islice, repeat
from operator import itemgetter
from sys import getsizeof
from typing import Protocol

from exomock.domain.telling import Telling
from exomock.engine.items import (
    AccountChange,
    Item,
    NowOwed,
    Occurred,
    Read,
    TriedCallback,
    What,
)
from exomock.engine.journal import Entry
from exomock.engine.newsstand import Newsstand
from exomock.engine.waiting import Waiting
from exomock.storage.deliveries import Owed

# Bytes of an item beside its texts: tuples, numbers, its place in the deque. A test holds them to
# within a fifth of the truth.
_ITEM, _WALL, _SID = 80, 32, 81
_EVENT, _OWED, _TRY, _CHANGE = 104, 240, 410, 140
_COMMIT = 160
"""Bytes of a commit's place in the order of all."""


_EMPTY: deque[tuple[int, What, int]] = deque(maxlen=0)
"""What is kept where nothing has happened yet: a deque takes 760 bytes even when it is empty."""

_SIZE = itemgetter(2)


def _at_first(owed: Owed) -> Owed:
    """What is owed, before anybody takes it; its owner and its URL, which may be long, aside."""
    state = Telling.DROPPED if owed.state is Telling.DROPPED else Telling.PENDING
    return owed._replace(state=state, url="", subject=None)


class _Moment(Protocol):
    @property
    def at(self) -> int:
        """When, microseconds."""


class Owing(Protocol):
    """Whatever has a plan and owes callbacks: a call, a message."""

    @property
    def sid(self) -> str:
        """Its Sid."""

    @property
    def plan(self) -> Sequence[_Moment]:
        """All that happens to it, in order."""


class News:
    """
    One account's news; lives as long as its world in memory, also through resets and restores.

    Whoever changes something adds it here, after the commit and under the lock that he held for
    it. So nothing is told that was rolled back, and what belongs together is told in the order of
    commits. Items refer to what exists already, and are written out when they are read, because an
    advance adds eighty thousand of them in a second.

    Safe for all threads: the stand's lock guards what is kept.

    Args:
        stand: The bounds it shares with others.
        account: Whose news they are, a Sid.

    Attributes:
        life: Tells this numbering from the one before a restart: when it began, microseconds.
        total: The number of the newest item; numbers count from 1.
        over: Whether the account was deleted: nothing is to come.
        pulse: The number that ticks tell, the same for all who follow at about one time.
        waiting: Whoever waits for news, or for anything else to change in the account.
    """

    __slots__ = (
        "_stand", "account", "bytes", "kept", "life", "over", "pulse", "total", "waiting",
    )  # fmt: skip

    def __init__(self, stand: Newsstand | None = None, account: str = "") -> None:
        self._stand = stand or Newsstand()
        self.account = account
        self.life = self._stand.wall()
        self.kept = _EMPTY
        self.bytes = self.total = self.pulse = 0
        self.over = False
        self.waiting = Waiting(self._stand.lock)

    # Writing

    def played(
        self,
        calls: Sequence[Owing],
        events: Sequence[Occurred],
        owed: list[Owed],
    ) -> None:
        """
        Tell what happened to calls or to messages, and which callbacks they have come to owe.

        Args:
            calls: The calls or the messages, as they are now.
            events: What happened, in order.
            owed: What is owed for it, in order.
        """
        if events:
            # Events of one call share its Sid, and those of one commit the wall time.
            shared = (_SID * len(calls) + _WALL) // len(events)
            self._add(events, _ITEM + _EVENT + shared)
        for each in owed:
            if each.state is Telling.DROPPED:
                self._stand.meters.told(Telling.DROPPED)
        if owed:
            plans = {call.sid: call.plan for call in calls}
            told = [NowOwed(plans[each.sid][each.place - 1].at, _at_first(each)) for each in owed]
            self._add(told, _ITEM + _OWED)

    def request(self, entry: Entry, size: int) -> None:
        """
        Tell of a request.

        Args:
            entry: As the journal has it.
            size: Its size in bytes; counted here too, because the journal may lose it first.
        """
        self._add((entry,), _ITEM + _WALL + size)

    def tried(self, *tried: TriedCallback) -> None:
        """Tell what became of callbacks."""
        for each in tried:
            error = each.attempt and each.attempt.error
            texts = getsizeof(each.url) + (getsizeof(error) if error else 0)
            if each.attempt is not None and each.attempt.answered:
                texts += getsizeof(each.attempt.answered)
            self._add((each,), _ITEM + _WALL + _TRY + texts)
            self._stand.meters.told("retried" if each.state == Telling.PENDING else each.state)

    def late(self, seconds: float) -> None:
        """Say how long after it was due a callback was first tried; it is counted, and no news."""
        self._stand.meters.late(seconds)

    def change(self, change: AccountChange) -> None:
        """Tell of a change by the control API."""
        texts = sum(map(getsizeof, change.data.values())) + getsizeof(change.data)
        self._add((change,), _ITEM + _WALL + _CHANGE + texts)

    def _add(self, whats: Sequence[What], size: int) -> None:
        """Add items of one commit, each of which takes `size` bytes on average."""
        stand = self._stand
        wall = stand.wall()
        count = len(whats)
        size += _COMMIT // count
        with stand.lock:
            if self.over:
                return
            self.total += count
            stand.note(self, count)
            if not self.kept:
                self.kept = deque(maxlen=stand.entries)
                stand.journals.add(self)
            grown = self._put(wall, whats, size)
            self.bytes += grown
            stand.bytes += grown
            if stand.bytes > stand.most:
                stand.make_room()
        # A reader counts itself before it looks at `total`. So it has seen the new one, or is seen.
        if self.waiting.readers:
            self.waiting.wake()
        for bell in stand.bells:
            bell(self)

    def _put(self, wall: int, whats: Sequence[What], size: int) -> int:
        """Put items behind what is kept, where the oldest go; how many bytes more it is then."""
        kept, most = self.kept, self._stand.entries
        if len(whats) == 1 and most:  # most often: a request, or a call that is placed
            lost = kept[0][2] if len(kept) == most else 0
            kept.append((wall, whats[0], size))
            return size - lost
        new = whats[max(0, len(whats) - most) :]
        excess = max(0, len(kept) + len(new) - most)
        lost = sum(map(_SIZE, islice(kept, excess)))
        kept.extend(zip(repeat(wall), new, repeat(size)))
        return size * len(new) - lost

    def drop(self) -> None:
        """Lose the oldest item; the stand's lock is held."""
        size = self.kept.popleft()[2]
        self.bytes -= size
        self._stand.bytes -= size

    def end(self) -> None:
        """Take no more, because the account is deleted; who reads it still may end."""
        stand = self._stand
        with stand.lock:
            self.over = True
            stand.ended(self)
        self.waiting.wake()
        for bell in stand.bells:
            bell(self)

    def forget(self) -> None:
        """Keep the last word alone, which says that it is over; the stand's lock is held."""
        self._stand.bytes -= self.bytes
        self._stand.journals.discard(self)
        self.bytes = 0
        self.kept = deque(islice(reversed(self.kept), 1), maxlen=1)

    # Reading

    def since(self, number: int, limit: int | None = None) -> Read:
        """
        Read what came after an item.

        Args:
            number: The number of the last item that was read; 0 begins with the oldest.
            limit: How many items at most; None is all.
        """
        with self._stand.lock:
            kept, last = self.kept, self.total
            oldest = last - len(kept)
            begin = max(0, number - oldest)
            end = len(kept) if limit is None else min(len(kept), begin + limit)
            found = [kept[index] for index in range(begin, end)]
        first = oldest + begin + 1
        items = [Item(first + index, wall, what) for index, (wall, what, _size) in enumerate(found)]
        return Read(items, max(0, oldest - number), last)

    def tries(self, sid: str) -> list[TriedCallback]:
        """The tries that are kept of what a call, or a message, has told; the oldest first."""
        with self._stand.lock:
            whats = [what for _wall, what, _size in self.kept if type(what) is TriedCallback]
        return [each for each in whats if each.sid == sid]

    def wait(self, number: int, seconds: float) -> bool:
        """
        Wait until there is something after an item.

        Args:
            number: The number of the last item that was read.
            seconds: Wall time to wait at most.

        Returns:
            Whether there is; also false, and at once, when the account is deleted.
        """
        self.waiting.for_news(lambda: self.total > number or self.over, seconds)
        return self.total > number
