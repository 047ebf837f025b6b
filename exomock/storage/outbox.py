"""The outbox: what is to be told to the customer's server, and what came of each try."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)

from exomock.domain.telling import Move, Telling, after, before, leads_to
from exomock.storage.backend import Numbering, among_numbers, run, words
from exomock.storage.database import BATCH, Database, moment
from exomock.storage.deliveries import (
    Attempt,
    CallbackRow,
    Delivery,
    Owed,
    Settled,
    callback_row,
)
from exomock.storage.tables import attempts, callbacks

Batch = tuple[str, list[dict[str, Any]]]
"""Rows of a table, and its name."""


_MINE = callbacks.c.account == bindparam("account_")
# As text: PostgreSQL takes the partial index only for a state that it knows when it plans.
_PENDING = and_(_MINE, callbacks.c.state == literal_column("'pending'"))
_NEXT_CALLBACK = select(func.min(callbacks.c.due_at)).where(_PENDING)
_COLUMNS = tuple(callbacks.c[each] for each in Delivery.__slots__ if each != "subject")
_ONE = select(*_COLUMNS).where(
    _MINE, callbacks.c.id == bindparam("id_"), callbacks.c.state.in_(before(Move.TAKEN))
)
_DUE_CALLBACKS = (
    select(*_COLUMNS)
    .where(_PENDING, callbacks.c.due_at <= bindparam("now_"))
    .order_by(callbacks.c.due_at, callbacks.c.id)
    .limit(BATCH)
)
_OWN_CALLBACK = select(callbacks.c.id).where(_PENDING, callbacks.c.own).limit(1)
_OWED = (*(name for name in Owed._fields if name != "subject"), "account", "tries")
_numbering = Numbering(callbacks, _OWED)


def _states(move: Move) -> str:
    """The states in which a move may happen, as SQL."""
    return ", ".join(f"'{state}'" for state in before(move))


# The one place that moves a callback on: each move only from where the table allows it.
_MOVE = {
    move: words(
        f"UPDATE callbacks SET state = '{leads_to(move)}' "  # noqa: S608
        f"WHERE id = ? AND state IN ({_states(move)})"
    )
    for move in Move
}
# By the tries before it: what is recorded a second time, or late, then changes nothing. The try is
# kept first, because the move hides whether it may be.
_KEEP_TRY = words(
    "INSERT INTO attempts (callback, number, wall, status, error, milliseconds) "
    "SELECT id, CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT), "
    "CAST(? AS FLOAT) FROM callbacks WHERE id = ? AND tries = ? AND state = 'sending'"
)
_COUNT_TRY = {
    move: words(
        f"UPDATE callbacks SET tries = ?, due_at = ?, state = '{leads_to(move)}' "  # noqa: S608
        f"WHERE id = ? AND tries = ? AND state IN ({_states(move)})"
    )
    for move in Move
}


def happens(tx: Connection, ids: Iterable[int], move: Move) -> None:
    """A move happens to callbacks; those in a state that does not allow it stay as they are."""
    rows = [(each,) for each in ids]
    if rows:
        run(tx, _MOVE[move], rows)


def _keep(tx: Connection, tries: Sequence[Settled]) -> Sequence[Settled]:
    """Keep tries, and say which could be kept: a reset or a second record comes between."""
    if run(tx, _KEEP_TRY, [_kept(each) for each in tries]).rowcount == len(tries):
        return tries
    ids = [each.delivery.id for each in tries]
    sent = and_(among_numbers(callbacks.c.id, ids), callbacks.c.state == Telling.SENDING)
    found = {
        tuple(row) for row in tx.execute(select(callbacks.c.id, callbacks.c.tries).where(sent))
    }
    return [each for each in tries if (each.delivery.id, each.delivery.tries) in found]


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

    def due(self, account: str, now: int, sid: str | None = None) -> list[Delivery]:
        """
        Callbacks that are due, in order; at most a batch.

        Args:
            account: Whose.
            now: Account time, microseconds.
            sid: Only those of this owner.
        """
        query = _DUE_CALLBACKS
        if sid is not None:
            query = query.where(callbacks.c.sid == sid)
        rows = self._database.reader.execute(query, {"account_": account, "now_": now})
        return [Delivery(*row) for row in rows]

    def one(self, account: str, callback: int) -> Delivery | None:
        """A callback that is to be sent again; None if there is none, or it is on the wire."""
        found = {"account_": account, "id_": callback}
        row = self._database.reader.execute(_ONE, found).first()
        return None if row is None else Delivery(*row)

    def move(self, deliveries: Sequence[Delivery], move: Move) -> None:
        """Callbacks are taken, collected or given back; no try is counted."""
        if deliveries:
            with self._database.writing(*_accounts(deliveries)) as tx:
                happens(tx, (each.id for each in deliveries), move)

    def settle(
        self, tries: Sequence[Settled], given_back: Sequence[Delivery] = ()
    ) -> Sequence[Settled]:
        """
        Record tries and what each makes of its callback, and what was not tried; all at once.

        Does nothing where a try has been recorded, or its callback is no more.

        Returns:
            The tries that it recorded.
        """
        if not (tries or given_back):
            return ()
        told = [*(each.delivery for each in tries), *given_back]
        with self._database.writing(*_accounts(told)) as tx:
            # A reset may have come in between, even a restore of the same callback.
            recorded = _keep(tx, tries) if tries else ()
            for move in {each.move for each in tries}:
                rows = [_counted(each) for each in tries if each.move is move]
                run(tx, _COUNT_TRY[move], rows)
            happens(tx, (each.id for each in given_back), Move.GIVEN_BACK)
        return recorded

    def of(
        self,
        account: str,
        sid: str | None = None,
        notices: Sequence[str] = (),
        ids: Sequence[int] | None = None,
    ) -> list[CallbackRow]:
        """
        An account's callbacks, in the order they came to be owed.

        Args:
            account: Whose.
            sid: Only those of this owner.
            notices: Only those about these; () is all.
            ids: Only these.
        """
        query = select(callbacks).where(callbacks.c.account == account).order_by(callbacks.c.id)
        if sid is not None:
            query = query.where(callbacks.c.sid == sid)
        if notices:
            query = query.where(callbacks.c.notice.in_(notices))
        if ids is not None:
            query = query.where(among_numbers(callbacks.c.id, ids))
        rows = self._database.reader.execute(query).all()
        tries = self._attempts([row.id for row in rows])
        return [callback_row(row, tries.get(row.id, ())) for row in rows]

    def _attempts(self, ids: list[int]) -> dict[int, list[Attempt]]:
        found: dict[int, list[Attempt]] = {}
        mine = among_numbers(attempts.c.callback, ids)
        query = select(attempts).where(mine).order_by(attempts.c.id)
        for row in self._database.reader.execute(query):
            attempt = Attempt(row.number, row.wall, row.status, row.error, row.milliseconds)
            found.setdefault(row.callback, []).append(attempt)
        return found


def _accounts(deliveries: Iterable[Delivery]) -> set[str]:
    return {each.account for each in deliveries}


def _kept(tried: Settled) -> tuple[object, ...]:
    # The receiver's words are not kept: they would double what a callback takes on the disk.
    *known, _answered = tried.attempt
    return (*known, tried.delivery.id, tried.delivery.tries)


def _counted(tried: Settled) -> tuple[object, ...]:
    return tried.attempt.number, tried.due_at, tried.delivery.id, tried.delivery.tries


def add_owed(tx: Connection, account: str, owed: Iterable[Owed]) -> Sequence[int]:
    """Put callbacks into the outbox, in the transaction of what they are owed for; their ids."""
    rows = [(*each[:-1], account, 0) for each in owed]
    return _numbering.add(tx, rows) if rows else ()


class Sooner(NamedTuple):
    """
    That callbacks are due sooner.

    Args:
        lane: Whose: a kind and a Sid.
        notice: What they tell of.
        latest: When they are due at the latest, account time in microseconds.
    """

    lane: tuple[str, str]
    notice: str
    latest: int


def bring_forward(tx: Connection, account: str, sooner: Sooner) -> None:
    """Let callbacks that wait be due sooner, in the transaction of what makes them so."""
    kind, sid = sooner.lane
    waiting = and_(
        callbacks.c.account == account,
        callbacks.c.kind == kind,
        callbacks.c.sid == sid,
        callbacks.c.notice == sooner.notice,
        callbacks.c.state == Telling.PENDING,
        callbacks.c.due_at > sooner.latest,
    )
    tx.execute(update(callbacks).where(waiting).values(due_at=sooner.latest))


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
            if row["state"] == Telling.SENDING:
                row["state"] = str(after(Telling.SENDING, Move.GIVEN_BACK))
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
