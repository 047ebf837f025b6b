"""Pages of an account's calls and callbacks, and the small questions that waits ask."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, select

from exomock.domain.call import Call
from exomock.domain.callback import KIND, QUESTION
from exomock.domain.message import MESSAGE
from exomock.domain.number import shown
from exomock.storage.database import Database
from exomock.storage.deliveries import Attempt, CallbackRow, callback_row
from exomock.storage.rows import call_of, end_of
from exomock.storage.tables import TRIED, attempts, callbacks, calls, flows, messages, owners


class Wanted(NamedTuple):
    """
    Which callbacks and questions of an account's calls, and callbacks of its messages.

    Args:
        account: Whose.
        call_sid: Only this call's; None is any.
        notices: Only those about these; () is all.
        message_sid: Only this message's; None is any.
        states: Only those in one of these states; () is all.
    """

    account: str
    call_sid: str | None = None
    notices: Sequence[str] = ()
    message_sid: str | None = None
    states: Sequence[str] = ()

    def narrowed(self, query: Select[Any]) -> Select[Any]:
        """A query of callbacks that finds only these."""
        query = query.where(callbacks.c.account == self.account)
        for kinds, sid in (((KIND, QUESTION), self.call_sid), ((MESSAGE,), self.message_sid)):
            if sid is not None:
                query = query.where(callbacks.c.kind.in_(kinds), callbacks.c.sid == sid)
        if self.call_sid is None and self.message_sid is None:
            query = query.where(callbacks.c.kind.in_((KIND, QUESTION, MESSAGE)))
        if self.notices:
            query = query.where(callbacks.c.notice.in_(self.notices))
        if self.states:
            query = query.where(callbacks.c.state.in_(self.states))
        return query


_STATUS = select(calls.c.status).where(
    calls.c.account == bindparam("account_"), calls.c.sid == bindparam("sid_")
)
_NEWEST = (
    select(callbacks.c.id)
    .where(callbacks.c.account == bindparam("account_"))
    .order_by(callbacks.c.id.desc())
    .limit(bindparam("limit_"))
)


def callbacks_page(
    database: Database, wanted: Wanted, limit: int, after: int = 0
) -> list[CallbackRow]:
    """
    Callbacks with their tries, in the order they came to be owed.

    Args:
        database: Where they are kept.
        wanted: Which.
        limit: How many at most.
        after: Only those whose id is greater.
    """
    query = wanted.narrowed(select(callbacks)).where(callbacks.c.id > after)
    return _with_tries(database, query.order_by(callbacks.c.id).limit(limit))


def newest_of(database: Database, wanted: Wanted, limit: int) -> list[CallbackRow]:
    """
    Callbacks with their tries, the newest first.

    Args:
        database: Where they are kept.
        wanted: Which.
        limit: How many at most.
    """
    query = wanted.narrowed(select(callbacks))
    return _with_tries(database, query.order_by(callbacks.c.id.desc()).limit(limit))


def _with_tries(database: Database, query: Select[Any]) -> list[CallbackRow]:
    rows = database.reader.execute(query).all()
    tries = _attempts(database, [row.id for row in rows])
    return [callback_row(row, tries.get(row.id, ())) for row in rows]


def _attempts(database: Database, ids: list[int]) -> dict[int, list[Attempt]]:
    """The tries of a page's callbacks; a page is longer than a list of parameters may be."""
    found: dict[int, list[Attempt]] = {}
    for at in range(0, len(ids), 500):
        mine = attempts.c.callback.in_(ids[at : at + 500])
        # In the order of the index, which holds the tries of a callback as they came.
        query = select(attempts).where(mine).order_by(attempts.c.callback, attempts.c.id)
        for row in database.reader.execute(query):
            attempt = Attempt(row.number, row.wall, row.status, row.error, row.milliseconds)
            found.setdefault(row.callback, []).append(attempt)
    return found


def callback_tried(database: Database, wanted: Wanted) -> bool:
    """Whether any such callback has been tried, or collected."""
    query = wanted.narrowed(select(callbacks.c.id)).where(TRIED).limit(1)
    return database.reader.execute(query).first() is not None


def newest_callbacks(database: Database, account: str, limit: int) -> list[int]:
    """The ids of the account's newest callbacks, the oldest of them first."""
    found = database.reader.execute(_NEWEST, {"account_": account, "limit_": limit})
    return [int(row[0]) for row in found][::-1]


def calls_page(
    database: Database, account: str, limit: int, after: str | None = None
) -> list[Call] | None:
    """
    Calls, running ones too, the oldest first.

    Args:
        database: Where they are kept.
        account: Whose.
        limit: How many at most.
        after: Only those that were placed after this one; None begins with the first.

    Returns:
        The calls, or None if the account has no call of the Sid `after`.
    """
    query = select(calls).where(calls.c.account == account)
    if after is not None:
        number = _number_of(database, account, after)
        if number is None:
            return None
        query = query.where(calls.c.id > number)
    rows = database.reader.execute(query.order_by(calls.c.id).limit(limit)).mappings()
    return [call_of(row, database) for row in rows]


class EndedCall(NamedTuple):
    """What a row of ended calls shows; to make a whole call of it takes ten times as long."""

    sid: str
    created: int  # microseconds since the epoch, as the next
    ended: int
    from_: str
    to: str
    status: str
    rule: str


_SHOWN = (
    calls.c.account, calls.c.sid, calls.c.created, calls.c.plan, calls.c.done,
    calls.c.from_e164, calls.c.to_e164, calls.c.status, calls.c.rule,
)  # fmt: skip


def ended_calls(
    database: Database, account: str, limit: int, before: str | None = None
) -> list[EndedCall] | None:
    """
    Calls that have ended, the newest first.

    Args:
        database: Where they are kept.
        account: Whose.
        limit: How many at most.
        before: Only those that were placed before this one; None begins with the newest.

    Returns:
        The calls, or None if the account has no call of the Sid `before`.
    """
    query = select(*_SHOWN).where(calls.c.account == account, calls.c.ended)
    if before is not None:
        number = _number_of(database, account, before)
        if number is None:
            return None
        query = query.where(calls.c.id < number)
    rows = database.reader.execute(query.order_by(calls.c.id.desc()).limit(limit))
    return [_ended(row) for row in rows]


def _ended(row: Any) -> EndedCall:
    account, sid, created, plan, done, from_, to, status, rule = row
    after = end_of(account, plan, done)
    return EndedCall(sid, created, created + after, shown(from_), shown(to), status, rule)


def _number_of(database: Database, account: str, sid: str) -> int | None:
    """The place of a call among all."""
    query = select(calls.c.id).where(calls.c.account == account, calls.c.sid == sid)
    found: int | None = database.reader.execute(query).scalar()
    return found


def running_calls(database: Database, account: str, limit: int) -> list[Call]:
    """
    Calls that are under way, the newest first; those that are stuck aside, of which nothing comes.

    Args:
        database: Where they are kept.
        account: Whose.
        limit: How many at most.
    """
    soonest = (
        select(calls.c.id)
        .where(calls.c.account == account, calls.c.next_at.is_not(None), ~calls.c.ended)
        .order_by(calls.c.next_at)
        .limit(_LOOKED_AT)
    )
    newest = select(calls).where(calls.c.id.in_(soonest)).order_by(calls.c.id.desc()).limit(limit)
    return [call_of(row, database) for row in database.reader.execute(newest).mappings()]


def stuck_calls(database: Database, account: str, among: int) -> list[Call]:
    """
    Calls that have not ended and of which nothing comes, the newest first.

    Args:
        database: Where they are kept.
        account: Whose.
        among: How many of the newest calls are looked at, because there may be a million.
    """
    newest = select(calls.c.id).where(calls.c.account == account)
    query = (
        select(calls)
        .where(calls.c.id.in_(newest.order_by(calls.c.id.desc()).limit(among)))
        .where(calls.c.next_at.is_(None), ~calls.c.ended)
        .order_by(calls.c.id.desc())
    )
    return [call_of(row, database) for row in database.reader.execute(query).mappings()]


_RUNNING = select(func.count()).where(calls.c.next_at.is_not(None), ~calls.c.ended)


def count_running(database: Database, processes: Sequence[int] | None = None) -> int:
    """
    How many calls are under way; those that are stuck aside.

    Args:
        database: Where they are.
        processes: Only those of accounts that these own; None is all.
    """
    query = _RUNNING
    if processes is not None:
        owned = select(owners.c.account).where(owners.c.owner.in_(processes))
        query = query.where(calls.c.account.in_(owned))
    return int(database.reader.execute(query).scalar_one())


_LOOKED_AT = 500
"""How many calls that go on soonest are looked at for the newest of them."""


def status_of(database: Database, account: str, sid: str) -> str | None:
    """The status of a call, None if the account has no such call."""
    found = database.reader.execute(_STATUS, {"account_": account, "sid_": sid}).scalar()
    return None if found is None else str(found)


# Bytes of a row in memory beside its texts: a mapping of its columns (a test measures it).
_CALL_BYTES, _CALLBACK_BYTES, _ATTEMPT_BYTES = 2_600, 900, 700
_MESSAGE_BYTES = 1_250


def weight_of(database: Database, account: str) -> int:
    """Bytes that the account's rows take when they are read into memory, roughly."""
    texts = sum(
        (func.length(column) for column in (calls.c.plan, calls.c.rule, calls.c.script)),
        func.length(calls.c.order) + func.coalesce(func.length(calls.c.inputs), 0),
    )
    mine = select(callbacks.c.id).where(callbacks.c.account == account)
    errors = func.coalesce(func.length(attempts.c.error), 0)
    said = func.length(messages.c.order) + func.length(messages.c.plan)
    parts = (
        select(func.sum(texts + _CALL_BYTES)).where(calls.c.account == account),
        select(func.sum(said + _MESSAGE_BYTES)).where(messages.c.account == account),
        select(func.sum(func.length(callbacks.c.url) + _CALLBACK_BYTES)).where(
            callbacks.c.account == account
        ),
        select(func.sum(errors + _ATTEMPT_BYTES)).where(attempts.c.callback.in_(mine)),
        select(func.sum(func.length(flows.c.text))).where(flows.c.account == account),
    )
    return sum(int(database.reader.execute(part).scalar() or 0) for part in parts)
