"""The outbox: callbacks that calls owe, and what came of each try."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, delete, func, insert, select, update

from exomock.domain.call import Call
from exomock.domain.callback import Notice
from exomock.storage.database import BATCH, Database, moment
from exomock.storage.rows import call_of
from exomock.storage.tables import COMES_IN, attempts, callbacks, calls

Batch = tuple[str, list[dict[str, Any]]]
"""Rows of a table, and its name."""


class Owed(NamedTuple):
    """
    A callback that a call has just come to owe.

    Args:
        call_sid: The call's Sid.
        notice: What about.
        done: After how many transitions.
        due_at: When, microseconds.
        state: `pending`, or `dropped` where a scenario has it never sent.
    """

    call_sid: str
    notice: Notice
    done: int
    due_at: int
    state: str = "pending"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A callback that is to be sent now: the call as it was then, and how many tries there were."""

    id: int
    call: Call
    notice: Notice
    due_at: int
    tries: int


class Attempt(NamedTuple):
    """What came of one try; `wall` in microseconds since the epoch."""

    number: int
    wall: int
    status: int | None
    error: str | None
    milliseconds: float


class CallbackRow(NamedTuple):
    """A callback as it is kept, with its tries."""

    id: int
    call_sid: str
    notice: str
    done: int
    due_at: int
    state: str
    attempts: tuple[Attempt, ...]


_PENDING = and_(callbacks.c.account == bindparam("account_"), callbacks.c.state == "pending")
_NEXT_CALLBACK = select(func.min(callbacks.c.due_at)).where(_PENDING)
_CALLBACKS = select(
    *(column.label(f"callback_{column.name}") for column in callbacks.c if column.name != "done"),
    callbacks.c.done.label("callback_done"),
    calls,
).join(calls, and_(calls.c.account == callbacks.c.account, calls.c.sid == callbacks.c.call_sid))
_ONE = _CALLBACKS.where(
    callbacks.c.account == bindparam("account_"),
    callbacks.c.id == bindparam("id_"),
    callbacks.c.state != "sending",
)
_DUE_CALLBACKS = (
    _CALLBACKS.where(_PENDING, callbacks.c.due_at <= bindparam("now_"))
    .order_by(callbacks.c.due_at, callbacks.c.id)
    .limit(BATCH)
)
_INSERT_CALLBACK = insert(callbacks)
_INSERT_ATTEMPT = insert(attempts)
_SET_STATE = (
    update(callbacks).where(callbacks.c.id == bindparam("id_")).values(state=bindparam("state"))
)
_SENDING = and_(callbacks.c.id == bindparam("id_"), callbacks.c.state == "sending")
# By the tries before it: what is recorded a second time, or late, then changes nothing.
_SETTLE = (
    update(callbacks)
    .where(_SENDING, callbacks.c.tries == bindparam("before"))
    .values(state=bindparam("state"), tries=bindparam("tries_"), due_at=bindparam("due_at_"))
)
_GIVE_BACK = update(callbacks).where(_SENDING).values(state="pending")


_OWN_CALLBACK = (
    select(callbacks.c.id)
    .join(calls, and_(calls.c.account == callbacks.c.account, calls.c.sid == callbacks.c.call_sid))
    .where(_PENDING, calls.c.fingerprint.not_like(f"{COMES_IN}%"))
    .limit(1)
)


class Outbox:
    """
    The callbacks of a database; lives as long as it does.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def next_at(self, account: str) -> int | None:
        """When the account's next callback or retry is due, None if none is pending."""
        return moment(self._database.reader.execute(_NEXT_CALLBACK, {"account_": account}))

    def owes_own(self, account: str) -> bool:
        """Whether a callback is pending of a call that did not come in by itself."""
        found = self._database.reader.execute(_OWN_CALLBACK, {"account_": account})
        return found.first() is not None

    def bring_forward(self, account: str, call_sid: str, latest: int) -> None:
        """Let the answers of a call that wait for longer be due at `latest` (microseconds)."""
        waiting = and_(
            callbacks.c.account == account,
            callbacks.c.call_sid == call_sid,
            callbacks.c.notice == Notice.ANSWERED,
            callbacks.c.state == "pending",
            callbacks.c.due_at > latest,
        )
        with self._database.writing() as tx:
            tx.execute(update(callbacks).where(waiting).values(due_at=latest))

    def due(self, account: str, now: int, call_sid: str | None = None) -> list[Delivery]:
        """
        Callbacks that are due, in order; at most a batch.

        Args:
            account: Whose.
            now: Account time, microseconds.
            call_sid: Only this call's.
        """
        query = _DUE_CALLBACKS
        if call_sid is not None:
            query = query.where(callbacks.c.call_sid == call_sid)
        rows = self._database.reader.execute(query, {"account_": account, "now_": now}).mappings()
        return [_delivery(row) for row in rows]

    def one(self, account: str, callback: int) -> Delivery | None:
        """A callback that is to be sent again; None if there is none, or it is on the wire."""
        found = {"account_": account, "id_": callback}
        row = self._database.reader.execute(_ONE, found).mappings().first()
        return None if row is None else _delivery(row)

    def mark(self, deliveries: Sequence[Delivery], state: str) -> None:
        """Mark callbacks as `sending`, or as `collected` where none is sent."""
        if deliveries:
            with self._database.writing() as tx:
                tx.execute(_SET_STATE, [{"id_": each.id, "state": state} for each in deliveries])

    def settle(self, delivery: Delivery, attempt: Attempt, state: str, due_at: int) -> bool:
        """
        Record a try, and what is to become of its callback: delivered, failed or pending.

        Does nothing where this has been recorded, or the callback is no more.

        Returns:
            Whether it did anything.
        """
        row = {
            "id_": delivery.id,
            "before": delivery.tries,
            "state": state,
            "tries_": attempt.number,
            "due_at_": due_at,
        }
        with self._database.writing() as tx:
            # A reset may have come in between, even a restore of the same callback.
            recorded = tx.execute(_SETTLE, row).rowcount > 0
            if recorded:
                tx.execute(_INSERT_ATTEMPT, {"callback": delivery.id, **attempt._asdict()})
        return recorded

    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Let callbacks be pending again that were marked as sent but not tried."""
        with self._database.writing() as tx:
            tx.execute(_GIVE_BACK, [{"id_": each.id} for each in deliveries])

    def of(
        self,
        account: str,
        call_sid: str | None = None,
        notices: Sequence[str] = (),
        ids: Sequence[int] | None = None,
    ) -> list[CallbackRow]:
        """
        An account's callbacks, in the order they came to be owed.

        Args:
            account: Whose.
            call_sid: Only this call's.
            notices: Only those about these; () is all.
            ids: Only these.
        """
        query = select(callbacks).where(callbacks.c.account == account).order_by(callbacks.c.id)
        if call_sid is not None:
            query = query.where(callbacks.c.call_sid == call_sid)
        if notices:
            query = query.where(callbacks.c.notice.in_(notices))
        if ids is not None:
            query = query.where(callbacks.c.id.in_(_each(ids)))
        rows = self._database.reader.execute(query).all()
        tries = self._attempts([row.id for row in rows])
        return [
            CallbackRow(
                row.id,
                row.call_sid,
                row.notice,
                row.done,
                row.due_at,
                row.state,
                tuple(tries.get(row.id, ())),
            )
            for row in rows
        ]

    def _attempts(self, ids: list[int]) -> dict[int, list[Attempt]]:
        found: dict[int, list[Attempt]] = {}
        query = select(attempts).where(attempts.c.callback.in_(_each(ids))).order_by(attempts.c.id)
        for row in self._database.reader.execute(query):
            attempt = Attempt(row.number, row.wall, row.status, row.error, row.milliseconds)
            found.setdefault(row.callback, []).append(attempt)
        return found


def add_owed(tx: Connection, account: str, owed: Iterable[Owed]) -> None:
    """Put callbacks into the outbox, in the transaction of what they are owed for."""
    rows = [{"account": account, "tries": 0, **each._asdict()} for each in owed]
    if rows:
        tx.execute(_INSERT_CALLBACK, rows)


def _each(ids: Sequence[int]) -> Select[Any]:
    """Ids as a subquery: SQLite bounds how many parameters a statement may have."""
    listed = func.json_each(json.dumps(list(ids))).table_valued("value")
    return select(listed.c.value)


def clear_outbox(tx: Connection, account: str) -> None:
    """Forget an account's callbacks and their tries."""
    mine = select(callbacks.c.id).where(callbacks.c.account == account)
    tx.execute(delete(attempts).where(attempts.c.callback.in_(mine)))
    tx.execute(delete(callbacks).where(callbacks.c.account == account))


def dump_outbox(tx: Connection, account: str) -> Iterator[Batch]:
    """An account's callbacks and tries as rows; what is on the wire is to go out again."""
    query = select(callbacks).where(callbacks.c.account == account).order_by(callbacks.c.id)
    for rows in batches(tx, query):
        for row in rows:
            if row["state"] == "sending":
                row["state"] = "pending"
        yield "callbacks", rows
    # Without their own ids, which nobody knows: restored, they get new ones in this order.
    columns = [column for column in attempts.c if column.name != "id"]
    mine = attempts.c.callback.in_(select(callbacks.c.id).where(callbacks.c.account == account))
    for rows in batches(tx, select(*columns).where(mine).order_by(attempts.c.id)):
        yield "attempts", rows


def batches(tx: Connection, query: Select[Any]) -> Iterator[list[dict[str, Any]]]:
    """What a query finds, as mappings that can be inserted again; at most a batch at once."""
    for rows in tx.execute(query).mappings().partitions(BATCH):
        yield [dict(row) for row in rows]


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=row["callback_id"],
        call=call_of(row).as_of(row["callback_done"]),
        notice=Notice(row["callback_notice"]),
        due_at=row["callback_due_at"],
        tries=row["callback_tries"],
    )
