"""All that an account has, as one thing: emptied, copied and put back."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from exomock.storage.accounts import AccountRow, save_account
from exomock.storage.database import Database
from exomock.storage.laid import laid_down
from exomock.storage.outbox import Batch, batches, clear_outbox, dump_outbox
from exomock.storage.tables import calls, counts, exophones, flows, messages, metadata, whitelist
from exomock.storage.totals import Totals

_NUMBERED = (calls, messages)
"""Tables whose rows have ids that nobody knows."""

_KEPT = (counts, exophones, flows, whitelist)
"""Tables whose rows have no ids, and belong to an account as they are."""


class Contents:
    """
    What accounts have in one database; lives as long as it, safe for many threads.

    Args:
        database: Where it is.
        totals: Forgets an account whose calls are others now.
    """

    def __init__(self, database: Database, totals: Totals) -> None:
        self._database = database
        self._totals = totals

    def clear(self, account: str) -> None:
        """Forget all that an account has, but for the account itself."""
        with self._totals.replacing(account) as tx:
            _clear(tx, account)

    def dump(self, account: str) -> Iterator[Batch]:
        """
        Everything of an account's world, as batches of rows by table.

        A batch at a time, because a row takes twenty times the memory that it takes packed.
        """
        with self._database.writing(account) as tx:
            # Under the writers' lock, so that no table is ahead of another.
            for table in _NUMBERED:
                mine = select(table).where(table.c.account == account).order_by(table.c.id)
                for rows in batches(tx, mine):
                    yield table.name, _nameless(rows)
            for table in _KEPT:
                for rows in batches(tx, select(table).where(table.c.account == account)):
                    yield table.name, rows
            yield from dump_outbox(tx, account)

    def restore(self, account: AccountRow, found: Iterable[Batch]) -> None:
        """
        Put rows of `dump` in place of all that the account has, and keep it: whole or not.

        A callback has the id it had: AUTOINCREMENT gives it to no other. Calls, messages and
        tries, whose ids nobody knows, get new ones in the same order: their old ones may be
        another's by now.

        Args:
            account: It, as it is to be from now on.
            found: What `dump` gave for the same account.
        """
        with self._totals.replacing(account.sid) as tx:
            _clear(tx, account.sid)
            for name, rows in found:
                tx.execute(insert(metadata.tables[name]), rows)
            save_account(tx, account)


def _clear(tx: Connection, account: str) -> None:
    clear_outbox(tx, account)
    # What is laid down is not among `_KEPT`: a snapshot has it as it was in memory.
    for table in (*_NUMBERED, *_KEPT, laid_down):
        tx.execute(delete(table).where(table.c.account == account))


def _nameless(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without their ids."""
    for row in rows:
        del row["id"]
    return rows
