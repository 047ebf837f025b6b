"""Accounts as they are kept: their rows, and how far their time has come."""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    delete,
    literal_column,
    select,
    update,
)

from exomock.storage.backend import replacing, run
from exomock.storage.counts import forget_counts
from exomock.storage.database import Database
from exomock.storage.laid import NOTHING_LAID, Texts, set_laid
from exomock.storage.tables import AFTER_MARK, MARK, accounts
from exomock.storage.totals import Totals


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
        created: When it came into being, account time in microseconds.
        line_wall: The machine's time at which its clock was last set, microseconds.
        line_time: The account's time at that moment, microseconds.
        version: Where the versions of its present life in memory begin.
        requests: How many entries its journal has had, as far as that was kept.
        named: What messages call its own scenario, None for the server's.
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
    created: int
    line_wall: int = 0
    line_time: int = 0
    version: int = 0
    requests: int = 0
    named: str | None = None


class Moment(NamedTuple):
    """
    How far an account's time has come, and by which line it goes on; as in `AccountRow`.

    Args:
        sid: The account's Sid.
        saved_at: Its time, microseconds.
        line_wall: The machine's time at which its clock was last set, microseconds.
        line_time: The account's time at that moment, microseconds.
        requests: How many entries its journal has had.
    """

    sid: str
    saved_at: int
    line_wall: int
    line_time: int
    requests: int


# Calls have ids in the order of their placing. A call that came in by itself may be placed a little
# late, behind calls that are newer than it: so the newest is looked for among many.
_NEWEST = literal_column(
    f"""CASE WHEN
    EXISTS (SELECT 1 FROM calls WHERE account = accounts.sid AND fingerprint < '{MARK}') OR
    EXISTS (SELECT 1 FROM calls WHERE account = accounts.sid AND fingerprint >= '{AFTER_MARK}')
    THEN (
        SELECT max(created) FROM (
            SELECT created FROM calls
            WHERE account = accounts.sid AND fingerprint NOT LIKE '{MARK}%'
            ORDER BY id DESC LIMIT 1000
        ) AS newest
    ) END""",  # noqa: S608
    BigInteger,
)
"""When an account's newest call was placed; `history` and `calls` aside, NULL if none."""

_ACCOUNTS = select(accounts, _NEWEST).order_by(accounts.c.sid)
_ACCOUNT = select(accounts, _NEWEST).where(accounts.c.sid == bindparam("sid_"))
_SAVE_TIME = (
    update(accounts)
    .where(accounts.c.sid == bindparam("sid_"))
    .values(saved_at=bindparam("saved_at"))
)
_SAVE_MOMENT = _SAVE_TIME.values({name: bindparam(name) for name in Moment._fields[1:]})
# As text, because a test that makes and resets an account for each case waits for it twice.
_SAVE_ACCOUNT = replacing(accounts)
_COLUMNS = itemgetter(*(AccountRow._fields.index(column.name) for column in accounts.c))


def save_account(tx: Connection, account: AccountRow) -> None:
    """Keep an account in a transaction, in place of what was kept under its Sid."""
    run(tx, _SAVE_ACCOUNT, _COLUMNS(account))


def save_time(tx: Connection, sid: str, now: int) -> None:
    """Keep in a transaction how far an account's time has come, microseconds."""
    tx.execute(_SAVE_TIME, [{"sid_": sid, "saved_at": now}])


def _account(row: Sequence[Any], newest: int) -> AccountRow:
    found = AccountRow._make(row)
    return found._replace(saved_at=max(found.saved_at, newest))


def _moment(moment: Moment) -> dict[str, Any]:
    row = moment._asdict()
    return {"sid_": row.pop("sid"), **row}


class KeptAccounts:
    """
    The accounts of one database; lives as long as it, safe for many threads.

    Args:
        database: Where they are.
        totals: Forgets an account that is deleted.
    """

    def __init__(self, database: Database, totals: Totals) -> None:
        self._database = database
        self._totals = totals

    def all(self) -> list[AccountRow]:
        """Every account, the oldest first, its `saved_at` the last moment that anything shows."""
        rows = self._database.reader.execute(_ACCOUNTS).all()
        return [_account(row[:-1], row[-1] or 0) for row in rows]

    def one(self, sid: str) -> AccountRow | None:
        """The account of that Sid, as in `all`; None if there is none."""
        row = self._database.reader.execute(_ACCOUNT, {"sid_": sid}).first()
        return None if row is None else _account(row[:-1], row[-1] or 0)

    def save(
        self, account: AccountRow, laid: Texts = NOTHING_LAID, *, counts_anew: bool = False
    ) -> None:
        """
        Keep an account in place of what was kept of it.

        Args:
            account: It.
            laid: What is laid down in it.
            counts_anew: Whether nothing has been counted for its scenario yet.
        """
        with self._database.writing(account.sid) as tx:
            save_account(tx, account)
            set_laid(tx, account.sid, laid)
            if counts_anew:
                forget_counts(tx, account.sid)

    def delete(self, sid: str) -> None:
        """Forget an account, whose calls are gone already."""
        with self._totals.replacing(sid) as tx:
            tx.execute(delete(accounts).where(accounts.c.sid == sid))

    def save_times(self, moments: Iterable[Moment]) -> None:
        """
        Keep how far the time of these accounts has come.

        Those that are another process's by now are left out.
        """
        rows = [_moment(each) for each in moments]
        if not rows:
            return
        with self._database.writing() as tx:
            mine = self._database.owned(tx, [row["sid_"] for row in rows])
            if rows := [row for row in rows if row["sid_"] in mine]:
                tx.execute(_SAVE_MOMENT, rows)
