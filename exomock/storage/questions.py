"""The questions of lists as SQL, put together once for all that differ in their values alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
    tuple_,
)

from exomock.domain.listing import CallFilter, Cursor, Window
from exomock.storage.backend import among_texts, hidden
from exomock.storage.rows import SUMMED_UP
from exomock.storage.seeking import MEASURED
from exomock.storage.tables import calls

FORMS = 32
"""How many questions of different forms are kept as SQL."""

_COMPARE = {"gte": "__ge__", "lte": "__le__", "eq": "__eq__"}
_LIMITS = ("duration", "price")
_COLUMNS = {
    "to": calls.c.to_e164,
    "from_": calls.c.from_e164,
    "statuses": calls.c.status,
    "exophone": calls.c.exophone_e164,
    "directions": calls.c.direction,
}
"""Filters by values, of which any may match."""

_ORDER = (calls.c.created_s, calls.c.sid)


@dataclass(frozen=True, slots=True)
class Filters:
    """
    What the SQL of a question depends on: two questions of one form differ in their values alone.

    Args:
        sids: Whether calls are asked for by Sid.
        values: Filters by values, and how many each has.
        limits: Filters by limits, and the operators of each.
    """

    sids: bool
    values: tuple[tuple[str, int], ...]
    limits: tuple[tuple[str, tuple[str, ...]], ...]


def form_of(asked: CallFilter) -> Filters:
    """The form of a question."""
    values = ((name, len(getattr(asked, name))) for name in _COLUMNS)
    limits = ((name, tuple(word for word, _ in getattr(asked, name))) for name in _LIMITS)
    return Filters(
        bool(asked.sids),
        tuple(each for each in values if each[1]),
        tuple(each for each in limits if each[1]),
    )


def given(account: str, asked: CallFilter, window: Window) -> dict[str, Any]:
    """The values of a question, by the names that its SQL has for them."""
    found: dict[str, Any] = {"account_": account, "begin_": window.begin, "end_": window.end}
    if asked.sids:
        found["sids_"] = orjson.dumps(asked.sids).decode()
    for name in _COLUMNS:
        found |= {f"{name}_{i}": value for i, value in enumerate(getattr(asked, name))}
    for name in _LIMITS:
        found |= {f"{name}_{i}": value for i, (_word, value) in enumerate(getattr(asked, name))}
    return found


def placed(cursor: Cursor | None, window: Window, *, ascending: bool) -> dict[str, Any]:
    """
    A cursor as values of `rows_of`, and the end of the window that it moves.

    SQLite goes through an index from the window's end: it would step over all up to the cursor.
    """
    if cursor is None:
        return {}
    moved = (
        {"begin_": max(window.begin, cursor.created)}
        if ascending
        else {"end_": min(window.end, cursor.created)}
    )
    return {"created_": cursor.created, "place_": cursor.sid} | moved


# SQLAlchemy takes longer to put a question together than SQLite to answer it.
@lru_cache(maxsize=FORMS)
def rows_of(
    form: Filters, by: str | None, *, ascending: bool, cursor: bool, legs: bool = False
) -> Select[Any]:
    """
    The rows of a page, and one more: columns of a summary, or all of them where legs are wanted.

    Args:
        form: The question's.
        by: The filter whose index answers it, None where there is no such index.
        ascending: Whether the oldest come first.
        cursor: Whether it goes on from a cursor.
        legs: Whether whole rows are wanted.
    """
    columns = tuple(calls.c) if legs else SUMMED_UP
    found = select(*((calls.c.id,) if by == MEASURED else columns)).where(*_matching(form, by))
    if cursor:
        here, there = tuple_(*_ORDER), tuple_(bindparam("created_"), bindparam("place_"))
        found = found.where(here > there if ascending else here < there)
    columns_in_order = map(hidden, _ORDER) if _sorted(form, by) else _ORDER
    order = [each.asc() if ascending else each.desc() for each in columns_in_order]
    found = found.order_by(*order).limit(bindparam("limit_"))
    if by != MEASURED:
        return found
    # Ids alone are found without reading a row; for more SQLite would read each that it passes.
    return select(*columns).where(calls.c.id.in_(found)).order_by(*order)


@lru_cache(maxsize=FORMS)
def count_of(form: Filters, by: str | None) -> Select[Any]:
    """How many rows match, all pages; `by` as for `rows_of`."""
    return select(func.count()).select_from(calls).where(*_matching(form, by))


def _matching(form: Filters, by: str | None) -> Iterator[ColumnElement[bool]]:
    created = hidden(calls.c.created_s) if _sorted(form, by) else calls.c.created_s
    yield calls.c.account == bindparam("account_")
    yield (hidden(calls.c.ended) if form.sids else calls.c.ended) == true()
    yield created.between(bindparam("begin_"), bindparam("end_"))
    if form.sids:
        yield among_texts(calls.c.sid, bindparam("sids_", type_=Text()))
    for name, count in form.values:
        column = _COLUMNS[name] if name == by else hidden(_COLUMNS[name])
        yield or_(*(column == bindparam(f"{name}_{i}") for i in range(count)))
    for name, operators in form.limits:
        # A call whose Duration or Price is unset is NULL here and matches no limit.
        column = calls.c[name]
        for i, operator in enumerate(operators):
            limit: BindParameter[Any] = bindparam(f"{name}_{i}")
            yield and_(column.is_not(None), getattr(column, _COMPARE[operator])(limit))


def _sorted(form: Filters, by: str | None) -> bool:
    """Whether what matches is sorted: for an order that it has already SQLite takes its index."""
    return form.sids or (dict(form.values).get(by or "", 0) > 1 and by != "statuses")
