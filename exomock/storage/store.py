"""The store of an exomock: accounts and their calls, and the outbox beside them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import dialect

from exomock.domain.call import Call
from exomock.storage.database import BATCH, Database, moment
from exomock.storage.outbox import (
    Batch,
    Outbox,
    Owed,
    add_owed,
    batches,
    clear_outbox,
    dump_outbox,
)
from exomock.storage.rows import call_of, played, replanned
from exomock.storage.tables import COMES_IN, MARK, accounts, calls, counts, metadata


class AccountRow(NamedTuple):
    """
    An account as it is kept.

    Args:
        sid: Its Sid.
        key: Its API key.
        token: Its API token.
        seed: What its chance is drawn from.
        rate: Account seconds per wall second.
        saved_at: Its time when this was kept, microseconds.
        began_at: Its time at its beginning, None where that was the wall clock's.
        scenario: The text of its own scenario, None for the server's.
        collect: Whether its callbacks are recorded instead of sent.
        made: Whether a client made it.
        options: What the client said of it, as JSON.
    """

    sid: str
    key: str
    token: str
    seed: int
    rate: float
    saved_at: int
    began_at: int | None
    scenario: str | None
    collect: bool
    made: bool
    options: str


_BY_SID = select(calls).where(
    calls.c.account == bindparam("account_"), calls.c.sid == bindparam("sid_")
)
_DUE = (
    select(calls)
    .where(calls.c.account == bindparam("account_"), calls.c.next_at <= bindparam("now_"))
    .order_by(calls.c.next_at, calls.c.id)
    .limit(BATCH)
)
_NEXT_CALL = select(func.min(calls.c.next_at)).where(
    calls.c.account == bindparam("account_"), calls.c.next_at.is_not(None)
)
_NEXT_TELLING = _NEXT_CALL.where(calls.c.tells)
_LAST_CALL = select(func.max(calls.c.next_at)).where(
    calls.c.account == bindparam("account_"), calls.c.next_at.is_not(None)
)
_NTH = select(func.max(calls.c.nth)).where(
    calls.c.account == bindparam("account_"), calls.c.fingerprint == bindparam("fingerprint_")
)
_CALL_COLUMNS = tuple(column.name for column in calls.c if column.name != "id")
_INSERT_CALL = str(
    insert(calls)
    .values({name: bindparam(name) for name in _CALL_COLUMNS})
    .compile(dialect=dialect())
)
_PLAYED = ("done", "next_at", "ended", "status", "duration", "price")
_SAVE_PLAYED = (
    f"UPDATE calls SET {', '.join(f'{name} = ?' for name in _PLAYED)} "  # noqa: S608
    "WHERE account = ? AND sid = ?"
)
_now = itemgetter(*_PLAYED)
_SAVE_TIME = (
    update(accounts)
    .where(accounts.c.sid == bindparam("sid_"))
    .values(saved_at=bindparam("saved_at"))
)


_COUNT = select(counts.c.count).where(
    counts.c.account == bindparam("account_"), counts.c.what == bindparam("what_")
)
_SET_COUNT = insert(counts).prefix_with("OR REPLACE")
_OWN_CALL = _NEXT_CALL.where(calls.c.fingerprint.not_like(f"{COMES_IN}%"))
# As text, because a test that makes and resets an account for each case waits for it twice.
_SAVE_ACCOUNT = str(
    insert(accounts)
    .prefix_with("OR REPLACE")
    .values({name: bindparam(name) for name in AccountRow._fields})
    .compile(dialect=dialect())
)
_COLUMNS = itemgetter(*(AccountRow._fields.index(column.name) for column in accounts.c))
NOTHING: Mapping[str, int] = {}


def _set_counts(tx: Connection, account: str, counted: Mapping[str, int]) -> None:
    if counted:
        rows = [{"account": account, "what": what, "count": n} for what, n in counted.items()]
        tx.execute(_SET_COUNT, rows)


def _clear(tx: Connection, account: str) -> None:
    clear_outbox(tx, account)
    tx.execute(delete(calls).where(calls.c.account == account))
    tx.execute(delete(counts).where(counts.c.account == account))


def _nameless(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without their ids."""
    for row in rows:
        del row["id"]
    return rows


class Store(Database):
    """
    Accounts and their calls in one database, with the outbox of callbacks beside them.

    Args:
        url: A SQLAlchemy URL of SQLite.
        durable: False gives up safety against power loss (a temporary file has none to give).

    Raises:
        DatabaseError: As `Database`.
    """

    def __init__(self, url: str, *, durable: bool = True) -> None:
        super().__init__(url, durable=durable)
        self.outbox = Outbox(self)

    # Accounts

    def accounts(self) -> list[AccountRow]:
        """Every account, the oldest first, its `saved_at` the last moment that anything shows."""
        rows = self.reader.execute(select(accounts).order_by(accounts.c.sid)).all()
        lived = calls.c.fingerprint.not_like(f"{MARK}%")
        newest = select(calls.c.account, func.max(calls.c.created)).where(lived)
        newest = newest.group_by(calls.c.account)
        last = dict(self.reader.execute(newest).all())
        return [
            AccountRow._make(row)._replace(saved_at=max(row.saved_at, last.get(row.sid, 0)))
            for row in rows
        ]

    def save_account(self, account: AccountRow) -> None:
        """Keep an account, in place of what was kept under its Sid."""
        with self.writing() as tx:
            tx.exec_driver_sql(_SAVE_ACCOUNT, _COLUMNS(account))

    def delete_account(self, sid: str) -> None:
        """Forget an account, whose calls are gone already."""
        with self.writing() as tx:
            tx.execute(delete(accounts).where(accounts.c.sid == sid))

    def clear(self, account: str) -> None:
        """Forget an account's calls, callbacks and their tries."""
        with self.writing() as tx:
            _clear(tx, account)

    def forget_counts(self, account: str) -> None:
        """
        Forget how often things have happened, as where a new scenario begins to count.

        What says that a past was made stays: it is there.
        """
        mine = and_(counts.c.account == account, counts.c.what.not_like(f"{MARK}%"))
        with self.writing() as tx:
            tx.execute(delete(counts).where(mine))

    def dump(self, account: str) -> Iterator[Batch]:
        """
        Everything of an account's world, as batches of rows by table.

        A batch at a time, because a row takes twenty times the memory that it takes packed.
        """
        with self.writing() as tx:
            # Under the writers' lock, so that no table is ahead of another.
            mine = select(calls).where(calls.c.account == account).order_by(calls.c.id)
            for rows in batches(tx, mine):
                yield "calls", _nameless(rows)
            for rows in batches(tx, select(counts).where(counts.c.account == account)):
                yield "counts", rows
            yield from dump_outbox(tx, account)

    def restore(self, account: AccountRow, found: Iterable[Batch]) -> None:
        """
        Put rows of `dump` in place of all that the account has, and keep it: whole or not.

        A callback has the id it had: AUTOINCREMENT gives it to no other. Calls and tries, whose
        ids nobody knows, get new ones in the same order: their old ones may be another's by now.

        Args:
            account: It, as it is to be from now on.
            found: What `dump` gave for the same account.
        """
        with self.writing() as tx:
            _clear(tx, account.sid)
            for name, rows in found:
                tx.execute(insert(metadata.tables[name]), rows)
            tx.exec_driver_sql(_SAVE_ACCOUNT, _COLUMNS(account))

    def save_times(self, moments: Iterable[tuple[str, int]]) -> None:
        """Keep how far the time of these accounts has come: (sid, account time) pairs."""
        rows = [{"sid_": sid, "saved_at": at} for sid, at in moments]
        if rows:
            with self.writing() as tx:
                tx.execute(_SAVE_TIME, rows)

    # Calls

    def next_nth(self, account: str, fingerprint: str) -> int:
        """How many calls of this fingerprint the account has had."""
        last = self.reader.execute(
            _NTH, {"account_": account, "fingerprint_": fingerprint}
        ).scalar_one()
        return 0 if last is None else int(last) + 1

    def add_calls(
        self,
        rows: Sequence[dict[str, Any]],
        owed: Sequence[Owed] = (),
        counted: Mapping[str, int] = NOTHING,
    ) -> None:
        """Keep new calls (rows of `placed`), the callbacks they owe, and what they count."""
        with self.writing() as tx:
            # The statement is the compiler's; executing it by name would cost as much again.
            tx.exec_driver_sql(_INSERT_CALL, [tuple(row[n] for n in _CALL_COLUMNS) for row in rows])
            add_owed(tx, rows[0]["account"], owed)
            _set_counts(tx, rows[0]["account"], counted)

    def count_of(self, account: str, what: str) -> int:
        """How often something has happened in the account."""
        found = self.reader.execute(_COUNT, {"account_": account, "what_": what}).scalar()
        return int(found or 0)

    def save_counts(self, account: str, counted: Mapping[str, int]) -> None:
        """Keep how often things have happened in the account."""
        with self.writing() as tx:
            _set_counts(tx, account, counted)

    def call(self, account: str, sid: str) -> Call | None:
        """The call of that Sid, None if the account has none."""
        row = self.reader.execute(_BY_SID, {"account_": account, "sid_": sid}).mappings().first()
        return None if row is None else call_of(row)

    def due_calls(self, account: str, now: int) -> list[Call]:
        """Calls whose next transition is due, the longest due first, at most a batch."""
        rows = self.reader.execute(_DUE, {"account_": account, "now_": now}).mappings()
        return [call_of(row) for row in rows]

    def next_call_at(self, account: str) -> int | None:
        """When the account's next transition is due, None if never."""
        return moment(self.reader.execute(_NEXT_CALL, {"account_": account}))

    def next_telling_at(self, account: str) -> int | None:
        """When the next transition of a call that owes somebody callbacks is due, None if never."""
        return moment(self.reader.execute(_NEXT_TELLING, {"account_": account}))

    def owns_due(self, account: str) -> bool:
        """Whether a transition is to come of a call that did not come in by itself."""
        return moment(self.reader.execute(_OWN_CALL, {"account_": account})) is not None

    def forget_kind(self, account: str, fingerprint: str) -> None:
        """Forget the account's calls of a fingerprint."""
        mine = and_(calls.c.account == account, calls.c.fingerprint == fingerprint)
        with self.writing() as tx:
            tx.execute(delete(calls).where(mine))

    def last_created(self, account: str, fingerprint: str) -> int | None:
        """When the newest call of a fingerprint was placed, None if there is none."""
        query = (
            select(calls.c.created)
            .where(calls.c.account == account, calls.c.fingerprint == fingerprint)
            .order_by(calls.c.nth.desc())
            .limit(1)
        )
        found: int | None = self.reader.execute(query).scalar()
        return found

    def spent(self, account: str) -> int:
        """What the account's calls have cost so far, thousandths; those of a made past aside."""
        query = select(func.coalesce(func.sum(calls.c.price), 0)).where(
            calls.c.account == account, calls.c.fingerprint.not_like(f"{MARK}%")
        )
        return int(self.reader.execute(query).scalar_one())

    def last_call_at(self, account: str) -> int | None:
        """The furthest next transition of any call, None if all have been played."""
        return moment(self.reader.execute(_LAST_CALL, {"account_": account}))

    def save_played(
        self, account: str, played_calls: Sequence[Call], owed: Sequence[Owed], now: int
    ) -> None:
        """In one transaction: how far calls have come, what they owe for it, and the time."""
        rows = [(*_now(played(call)), account, call.sid) for call in played_calls]
        with self.writing() as tx:
            if rows:
                # As written: compiling values by name costs a tenth of an advance.
                tx.exec_driver_sql(_SAVE_PLAYED, rows)
            add_owed(tx, account, owed)
            tx.execute(_SAVE_TIME, [{"sid_": account, "saved_at": now}])

    def save_replanned(self, call: Call, owed: Sequence[Owed]) -> None:
        """In one transaction: a call whose future has changed, and what it owes by now."""
        with self.writing() as tx:
            tx.execute(
                update(calls)
                .where(calls.c.account == call.account, calls.c.sid == call.sid)
                .values(replanned(call))
            )
            add_owed(tx, call.account, owed)

    def calls_exist(self, account: str) -> bool:
        """Whether the account has any call."""
        query = select(calls.c.id).where(calls.c.account == account).limit(1)
        return self.reader.execute(query).first() is not None

    def calls_of(self, account: str, sids: Iterable[str]) -> dict[str, Call]:
        """Those calls of the account, by Sid."""
        wanted = func.json_each(json.dumps(sorted(sids))).table_valued("value")
        query = select(calls).where(
            calls.c.account == account, calls.c.sid.in_(select(wanted.c.value))
        )
        return {call.sid: call for call in self.listed(query)}

    def all_calls(self, account: str, limit: int | None = None) -> list[Call]:
        """The account's calls, running ones too, the oldest first; the newest `limit` of them."""
        query = select(calls).where(calls.c.account == account).order_by(calls.c.id.desc())
        return self.listed(query.limit(limit))[::-1]

    def listed(self, query: Select[Any]) -> list[Call]:
        """The calls a query of `storage.listing` finds, in its order."""
        return [call_of(row) for row in self.reader.execute(query).mappings()]

    def count(self, query: Select[Any]) -> int:
        """The one number a query of `storage.listing` finds."""
        return int(self.reader.execute(query).scalar_one())
