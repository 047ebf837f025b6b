"""Calls as they are kept: placed, played, found."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Connection, Select, and_, bindparam, delete, func, select, update

from exomock.domain.call import Call
from exomock.domain.clock import SECOND
from exomock.storage.accounts import save_time
from exomock.storage.backend import among_texts, inserting, run, words
from exomock.storage.counts import NOTHING, set_counts
from exomock.storage.database import Database
from exomock.storage.deliveries import Owed
from exomock.storage.flows import FlowText, keep
from exomock.storage.laid import NOTHING_LAID, Texts
from exomock.storage.outbox import Sooner, add_owed, bring_forward
from exomock.storage.rows import call_of, played, replanned
from exomock.storage.tables import MARK, calls
from exomock.storage.totals import Totals

_BY_SID = select(calls).where(
    calls.c.account == bindparam("account_"), calls.c.sid == bindparam("sid_")
)
_NTH = select(func.max(calls.c.nth)).where(
    calls.c.account == bindparam("account_"), calls.c.fingerprint == bindparam("fingerprint_")
)
_CALL_COLUMNS = tuple(column.name for column in calls.c if column.name != "id")
_INSERT_CALL = inserting(calls, _CALL_COLUMNS)
_PLAYED = ("done", "next_at", "tells_at", "ended", "status", "duration", "price")
_SAVE_PLAYED = words(
    f"UPDATE calls SET {', '.join(f'{name} = ?' for name in _PLAYED)} "  # noqa: S608
    "WHERE account = ? AND sid = ?"
)
_values = itemgetter(*_CALL_COLUMNS)
_now = itemgetter(*_PLAYED)


class KeptCalls:
    """
    The calls of one database; lives as long as it, safe for many threads.

    Args:
        database: Where they are.
        totals: Is told which calls have ended.
    """

    def __init__(self, database: Database, totals: Totals) -> None:
        self._database = database
        self._totals = totals

    def next_nth(self, account: str, fingerprint: str) -> int:
        """How many calls of this fingerprint the account has had."""
        last = self._database.reader.execute(
            _NTH, {"account_": account, "fingerprint_": fingerprint}
        ).scalar_one()
        return 0 if last is None else int(last) + 1

    def add(
        self,
        rows: Sequence[dict[str, Any]],
        owed: Sequence[Owed] = (),
        counted: Mapping[str, int] = NOTHING,
        flows: FlowText | None = None,
        laid: Texts = NOTHING_LAID,
    ) -> None:
        """
        Keep new calls.

        Args:
            rows: They, as `placed` makes them.
            owed: What they owe.
            counted: What is counted for them.
            flows: What they walk through.
            laid: What they use up, or count, of what is laid down.
        """
        account = rows[0]["account"]
        ended = [row["created_s"] for row in rows if row["ended"]]
        with self._totals.ending(account, ended) as tx:
            # The statement is the compiler's; executing it by name would cost as much again.
            run(tx, _INSERT_CALL, [_values(row) for row in rows])
            if flows is not None:
                keep(tx, account, flows)
            add_owed(tx, account, owed)
            set_counts(tx, account, counted, laid)

    def save_played(
        self,
        account: str,
        played_calls: Sequence[Call],
        owed: Sequence[Owed],
        now: int,
        ended: Sequence[int],
        numbered: Callable[[Sequence[int]], None] = lambda _ids: None,
        replanned_calls: Sequence[Call] = (),
    ) -> None:
        """
        In one transaction: how far calls have come, what they owe for it, and the time.

        Args:
            account: Whose.
            played_calls: The calls as they are now.
            owed: What they have come to owe.
            now: The account's time, microseconds.
            ended: For each call that had not ended before, the second in which it was placed.
            numbered: Told the ids of what is owed before the commit; it must take no lock.
            replanned_calls: Those of the calls that have another future than they had.
        """
        rows = [(*_now(played(call)), account, call.sid) for call in played_calls]
        with self._totals.ending(account, ended) as tx:
            if rows:
                # As written: compiling values by name costs a tenth of an advance.
                run(tx, _SAVE_PLAYED, rows)
            for call in replanned_calls:
                _save_plan(tx, call)
            numbered(add_owed(tx, account, owed))
            save_time(tx, account, now)

    def save_replanned(
        self, call: Call, owed: Sequence[Owed], sooner: Sooner | None = None
    ) -> None:
        """
        In one transaction: a call whose future has changed, and what it owes by now.

        It had not ended before.

        Args:
            call: It.
            owed: What it has come to owe.
            sooner: Which callbacks are due sooner because of it.
        """
        ended = [call.created // SECOND] if call.ended else []
        with self._totals.ending(call.account, ended) as tx:
            _save_plan(tx, call)
            add_owed(tx, call.account, owed)
            if sooner is not None:
                bring_forward(tx, call.account, sooner)

    def forget_kind(self, account: str, fingerprint: str) -> None:
        """Forget the account's calls of a fingerprint."""
        mine = and_(calls.c.account == account, calls.c.fingerprint == fingerprint)
        with self._totals.replacing(account) as tx:
            tx.execute(delete(calls).where(mine))

    def one(self, account: str, sid: str) -> Call | None:
        """The call of that Sid, None if the account has none."""
        row = (
            self._database.reader.execute(_BY_SID, {"account_": account, "sid_": sid})
            .mappings()
            .first()
        )
        return None if row is None else call_of(row, self._database)

    def of(self, account: str, sids: Iterable[str]) -> dict[str, Call]:
        """Those calls of the account, by Sid."""
        wanted = among_texts(calls.c.sid, orjson.dumps(sorted(sids)).decode())
        query = select(calls).where(calls.c.account == account, wanted)
        return {call.sid: call for call in self._calls(query)}

    def all(self, account: str, limit: int | None = None) -> list[Call]:
        """The account's calls, running ones too, the oldest first; the newest `limit` of them."""
        query = select(calls).where(calls.c.account == account).order_by(calls.c.id.desc())
        return self._calls(query.limit(limit))[::-1]

    def in_flows(self, account: str, limit: int) -> list[Call]:
        """The newest calls of the account that walk through flows, the oldest of them first."""
        mine = and_(calls.c.account == account, calls.c.flows.is_not(None))
        return self._calls(select(calls).where(mine).order_by(calls.c.id.desc()).limit(limit))[::-1]

    def exist(self, account: str) -> bool:
        """Whether the account has any call."""
        query = select(calls.c.id).where(calls.c.account == account).limit(1)
        return self._database.reader.execute(query).first() is not None

    def last_created(self, account: str, fingerprint: str) -> int | None:
        """When the newest call of a fingerprint was placed, None if there is none."""
        query = (
            select(calls.c.created)
            .where(calls.c.account == account, calls.c.fingerprint == fingerprint)
            .order_by(calls.c.nth.desc())
            .limit(1)
        )
        found: int | None = self._database.reader.execute(query).scalar()
        return found

    def spent(self, account: str) -> int:
        """What the account's calls have cost, thousandths; `history` and `calls` aside."""
        query = select(func.coalesce(func.sum(calls.c.price), 0)).where(
            calls.c.account == account, calls.c.fingerprint.not_like(f"{MARK}%")
        )
        return int(self._database.reader.execute(query).scalar_one())

    def _calls(self, query: Select[Any]) -> list[Call]:
        rows = self._database.reader.execute(query).mappings()
        return [call_of(row, self._database) for row in rows]


def _save_plan(tx: Connection, call: Call) -> None:
    mine = and_(calls.c.account == call.account, calls.c.sid == call.sid)
    tx.execute(update(calls).where(mine).values(replanned(call)))
