"""The list of calls as SQL: filters, keyset pages, and whether there is more."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_

from exomock.domain.call import Call
from exomock.domain.listing import CallFilter, Cursor, Page, Window
from exomock.storage.store import Store
from exomock.storage.tables import calls

_COMPARE = {"gte": "__ge__", "lte": "__le__", "eq": "__eq__"}


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
    matching = _matching(account, asked, window)
    # A page before a cursor is read backwards from it, then turned round.
    backwards = asked.before is not None
    ascending = asked.ascending is not backwards
    query = select(calls).where(*matching)
    cursor = asked.before or asked.after
    if cursor is not None:
        query = query.where(_beyond(cursor, ascending=ascending))
    order = calls.c.created_s, calls.c.sid
    query = query.order_by(*(c.asc() if ascending else c.desc() for c in order))
    rows = store.listed(query.limit(asked.size + 1))
    found, more = rows[: asked.size], len(rows) > asked.size
    if backwards:
        found.reverse()
    total = _total(store, account, asked, window, matching)
    behind = _exists(store, matching, found, asked, first=not backwards) if cursor else False
    return Page(
        tuple(found),
        total,
        has_previous=more if backwards else behind,
        has_next=behind if backwards else more,
    )


def _total(
    store: Store,
    account: str,
    asked: CallFilter,
    window: Window,
    matching: Sequence[ColumnElement[bool]],
) -> int:
    if not asked.narrows:
        return store.totals.within(account, window)
    return store.count(select(func.count()).select_from(calls).where(*matching))


def _exists(
    store: Store,
    matching: Sequence[ColumnElement[bool]],
    found: list[Call],
    asked: CallFilter,
    *,
    first: bool,
) -> bool:
    """Whether a row lies outside the page on the side its cursor came from."""
    if not found:
        return False
    edge = found[0 if first else -1]
    ascending = asked.ascending is not first
    query: Select[Any] = (
        select(literal(1))
        .select_from(calls)
        .where(*matching, _beyond(Cursor(edge.created // 1_000_000, edge.sid), ascending=ascending))
        .limit(1)
    )
    return store.count(select(query.exists())) == 1


def _beyond(cursor: Cursor, *, ascending: bool) -> ColumnElement[bool]:
    here = tuple_(calls.c.created_s, calls.c.sid)
    there = tuple_(literal(cursor.created), literal(cursor.sid))
    return here > there if ascending else here < there


def _matching(account: str, asked: CallFilter, window: Window) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        calls.c.account == account,
        calls.c.ended,
        calls.c.created_s.between(window.begin, window.end),
    ]
    for column, values in (
        (calls.c.sid, asked.sids),
        (calls.c.to_e164, asked.to),
        (calls.c.from_e164, asked.from_),
        (calls.c.exophone_e164, asked.exophone),
        (calls.c.status, asked.statuses),
        (calls.c.direction, asked.directions),
    ):
        if values:
            found.append(or_(*(column == value for value in values)))
    for column, limits in ((calls.c.duration, asked.duration), (calls.c.price, asked.price)):
        # A call whose Duration or Price is unset is NULL here and matches no limit.
        found.extend(
            and_(column.is_not(None), getattr(column, _COMPARE[operator])(value))
            for operator, value in limits
        )
    return found
