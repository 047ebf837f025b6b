"""The news of an account that belongs to a suite: what is told is counted in the suite's book."""

import re
import threading
from collections.abc import Iterator, Sequence

from exomock.domain.call import Call
from exomock.domain.callback import KIND
from exomock.domain.coverage import (
    met_by_end,
    met_by_fault,
    met_by_page,
    met_by_refusal,
    met_by_try,
    twists_met,
)
from exomock.domain.leg import Event
from exomock.domain.situations import Situation
from exomock.domain.telling import Telling
from exomock.engine.books import Book
from exomock.engine.happening import Happened
from exomock.engine.items import AccountChange, Did, Occurred, TriedCallback
from exomock.engine.journal import Entry
from exomock.engine.news import News, Owing
from exomock.engine.newsstand import Newsstand
from exomock.storage.deliveries import Owed

_SIDS = re.compile(rb'"Sid": *"(\w+)"|<Sid>(\w+)</Sid>')
_OK = 200


class CountedNews(News):
    """
    News that a suite's book hears as well; as `News` safe for all threads.

    It counts while it is told, because the news have bounds and end with their account. An account
    without a suite has plain `News`, and pays nothing.

    Args:
        stand: The bounds it shares with others.
        account: Whose news they are, a Sid.
        book: Where it is counted.
    """

    __slots__ = ("_book", "_lock", "_replayed", "_told", "_twisted", "_unfilled")

    def __init__(self, stand: Newsstand, account: str, book: Book) -> None:
        super().__init__(stand, account)
        self._book = book
        # Guards the four below. Tries, requests and calls are told under different locks, so one
        # more is needed; it is innermost, because nothing is waited for while it is held.
        self._lock = threading.Lock()
        self._unfilled: dict[str, tuple[int, int]] = {}
        self._twisted: dict[tuple[str, str], tuple[Situation, ...]] = {}
        self._told: dict[tuple[str, str], int] = {}
        self._replayed: set[int] = set()

    def played(self, calls: Sequence[Owing], events: Sequence[Occurred], owed: list[Owed]) -> None:
        """Tell what happened to calls or to messages; how calls ended is counted."""
        ends = {
            each.call: each.at
            for each in events
            if isinstance(each, Happened) and each.event is Event.ENDED
        }
        by_sid = {call.sid: call for call in calls if isinstance(call, Call)}
        with self._lock:
            for sid, at in ends.items():
                self._note_late(by_sid[sid], at)
            for each in owed:
                if each.kind == KIND:
                    self._note_twists(by_sid[each.sid], each)
        self._book.met(each for sid in ends for each in met_by_end(by_sid[sid]))
        self._book.met(Situation.DROPPED for each in owed if each.state is Telling.DROPPED)
        super().played(calls, events, owed)

    def _note_late(self, call: Call, ended: int) -> None:
        filled = next((each.at for each in call.plan if each.event is Event.FILLED), ended)
        if filled > ended:
            self._unfilled[call.sid] = ended, filled

    def _note_twists(self, call: Call, owed: Owed) -> None:
        if twists := twists_met(call.script.twists, owed.notice):
            self._twisted[owed.sid, owed.notice] = twists

    def request(self, entry: Entry, size: int) -> None:
        """Tell of a request; what it was answered is counted."""
        self._book.met(self._met_by(entry))
        super().request(entry, size)

    def _met_by(self, entry: Entry) -> Iterator[Situation]:
        refusal = met_by_refusal(entry.status, entry.answer)
        if refusal is not None:
            yield refusal
        if entry.struck is not None:
            yield from met_by_fault(*entry.struck)
        if entry.method == "GET":
            yield from met_by_page(entry.path, entry.query, entry.status, entry.answer)
            if entry.status == _OK and self._shows_late(entry):
                details = "/" in entry.path
                yield Situation.LATE_DETAILS if details else Situation.LATE_LIST

    def _shows_late(self, entry: Entry) -> bool:
        """Whether an answer shows a call that has ended, and whose late fields are not there."""
        with self._lock:
            if not self._unfilled:
                return False
            for found in _SIDS.finditer(entry.answer):
                ended, filled = self._unfilled.get((found[1] or found[2]).decode(), (0, 0))
                if ended <= entry.at < filled:
                    return True
        return False

    def tried(self, *tried: TriedCallback) -> None:
        """Tell what became of callbacks; the tries are counted, but for replays."""
        with self._lock:
            found = [each for one in tried for each in self._met_by_try(one)]
        self._book.met(found)
        super().tried(*tried)

    def _met_by_try(self, tried: TriedCallback) -> Iterator[Situation]:
        attempt, lane = tried.attempt, (tried.sid, tried.notice)
        if attempt is None or tried.callback in self._replayed:
            return
        yield from met_by_try(attempt.number, failed=tried.state == Telling.FAILED)
        if attempt.status is None:  # nobody was there to notice what is wrong with it
            return
        first = self._told.setdefault(lane, tried.callback)
        for twist in self._twisted.get(lane, ()):
            if twist is not Situation.REPEATED or tried.callback != first:
                yield twist

    def change(self, change: AccountChange) -> None:
        """Tell of a change by the control API."""
        with self._lock:
            if change.did is Did.REPLAYED:
                self._replayed.add(int(change.subject or 0))
            elif change.did is Did.RESET:
                # Its calls are gone, and others may come to have their Sids.
                for each in (self._unfilled, self._twisted, self._told, self._replayed):
                    each.clear()
        super().change(change)
