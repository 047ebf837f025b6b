"""The questions of lists as SQL, put together once for all that differ in their values alone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
    tuple_,
)

from exomock.domain.listing import CallFilter, Cursor, Window
from exomock.storage.rows import SUMMED_UP
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
class Question:
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


def form_of(asked: CallFilter) -> Question:
    """The form of a question."""
    values = ((name, len(getattr(asked, name))) for name in _COLUMNS)
    limits = ((name, tuple(word for word, _ in getattr(asked, name))) for name in _LIMITS)
    return Question(
        bool(asked.sids),
        tuple(each for each in values if each[1]),
        tuple(each for each in limits if each[1]),
    )


def given(account: str, asked: CallFilter, window: Window) -> dict[str, Any]:
    """The values of a question, by the names that its SQL has for them."""
    found: dict[str, Any] = {"account_": account, "begin_": window.begin, "end_": window.end}
    if asked.sids:
        found["sids_"] = json.dumps(asked.sids)
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
def rows_of(form: Question, *, ascending: bool, cursor: bool, legs: bool = False) -> Select[Any]:
    """
    The rows of a page, and one more: columns of a summary, or all of them where legs are wanted.

    Args:
        form: The question's.
        ascending: Whether the oldest come first.
        cursor: Whether it goes on from a cursor.
        legs: Whether whole rows are wanted.
    """
    query = select(*(calls.c if legs else SUMMED_UP)).where(*_matching(form))
    if cursor:
        here, there = tuple_(*_ORDER), tuple_(bindparam("created_"), bindparam("place_"))
        query = query.where(here > there if ascending else here < there)
    query = query.order_by(*(each.asc() if ascending else each.desc() for each in _ORDER))
    return query.limit(bindparam("limit_"))


@lru_cache(maxsize=FORMS)
def count_of(form: Question) -> Select[Any]:
    """How many rows match, all pages."""
    return select(func.count()).select_from(calls).where(*_matching(form))


def _matching(form: Question) -> Iterator[ColumnElement[bool]]:
    yield calls.c.account == bindparam("account_")
    yield calls.c.ended == true()
    yield calls.c.created_s.between(bindparam("begin_"), bindparam("end_"))
    if form.sids:
        wanted = func.json_each(bindparam("sids_")).table_valued("value")
        yield calls.c.sid.in_(select(wanted.c.value))
    for name, count in form.values:
        yield or_(*(_COLUMNS[name] == bindparam(f"{name}_{i}") for i in range(count)))
    for name, operators in form.limits:
        # A call whose Duration or Price is unset is NULL here and matches no limit.
        column = calls.c[name]
        for i, operator in enumerate(operators):
            limit: BindParameter[Any] = bindparam(f"{name}_{i}")
            yield and_(column.is_not(None), getattr(column, _COMPARE[operator])(limit))
