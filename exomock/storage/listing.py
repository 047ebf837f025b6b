"""The list of calls: filters, keyset pages, and whether there is more."""

from typing import Any

from exomock.domain.call import Call
from exomock.domain.listing import CallFilter, Cursor, Page, Window
from exomock.domain.summary import Summary, summary_of
from exomock.storage.questions import Filters, count_of, form_of, given, placed, rows_of
from exomock.storage.rows import call_of, summary
from exomock.storage.store import Store


def page(store: Store, account: str, asked: CallFilter, window: Window) -> Page:
    """
    One page of the account's ended calls.

    Rows are ordered by (DateCreated in seconds, Sid), the two things a cursor holds: so every
    row that was there when paging began is met exactly once, while others arrive.

    Args:
        store: Where the calls are.
        account: Whose.
        asked: Filters, order, size and cursor.
        window: The stretch of time to search.
    """
    return _Search(store, account, asked, window).page()


class _Search:
    """One question while it is answered."""

    def __init__(self, store: Store, account: str, asked: CallFilter, window: Window) -> None:
        self._store = store
        self._account = account
        self._asked = asked
        self._window = window
        self._form: Filters = form_of(asked)
        self._given = given(account, asked, window)

    def page(self) -> Page:
        asked = self._asked
        # A page before a cursor is read backwards from it, then turned round.
        backwards = asked.before is not None
        cursor = asked.before or asked.after
        found, calls = self._read(cursor, ascending=asked.ascending is not backwards)
        more = len(found) > asked.size
        found, calls = found[: asked.size], calls[: asked.size]
        if backwards:
            found.reverse()
            calls.reverse()
        behind = cursor is not None and self._beyond(found, first=not backwards)
        return Page(
            tuple(found),
            tuple(calls),
            self._total(),
            has_previous=more if backwards else behind,
            has_next=behind if backwards else more,
        )

    def _read(self, cursor: Cursor | None, *, ascending: bool) -> tuple[list[Summary], list[Call]]:
        rows = self._rows(cursor, self._asked.size + 1, ascending=ascending, legs=self._asked.legs)
        if not self._asked.legs:
            return [summary(row) for row in rows.all()], []
        calls = [call_of(row, self._store) for row in rows.mappings()]
        return [summary_of(call) for call in calls], calls

    def _rows(
        self, cursor: Cursor | None, limit: int, *, ascending: bool, legs: bool = False
    ) -> Any:
        by = self._store.seeking.index(self._account, self._asked)
        query = rows_of(self._form, by, ascending=ascending, cursor=cursor is not None, legs=legs)
        place = placed(cursor, self._window, ascending=ascending)
        return self._store.reader.execute(query, self._given | place | {"limit_": limit})

    def _total(self) -> int:
        if not self._asked.narrows:
            return self._store.totals.within(self._account, self._window)
        by = self._store.seeking.index(self._account, self._asked, counting=True)
        return int(self._store.reader.execute(count_of(self._form, by), self._given).scalar_one())

    def _beyond(self, found: list[Summary], *, first: bool) -> bool:
        """Whether a row lies outside the page on the side its cursor came from."""
        if not found:
            return False
        edge = Cursor.of(found[0 if first else -1])
        return bool(self._rows(edge, 1, ascending=self._asked.ascending is not first).first())
