"""How often things have happened in an account."""

from collections.abc import Mapping

from sqlalchemy import Connection, and_, bindparam, delete, select

from exomock.storage.backend import replacing, run
from exomock.storage.database import Database
from exomock.storage.laid import NOTHING_LAID, Texts, set_laid
from exomock.storage.tables import MARK, counts

_COUNT = select(counts.c.count).where(
    counts.c.account == bindparam("account_"), counts.c.what == bindparam("what_")
)
_SET_COUNT = replacing(counts)
NOTHING: Mapping[str, int] = {}


def set_counts(
    tx: Connection, account: str, counted: Mapping[str, int], laid: Texts = NOTHING_LAID
) -> None:
    """Keep counts, and what is laid down, in the transaction of what they count."""
    if counted:
        run(tx, _SET_COUNT, [(account, what, n) for what, n in counted.items()])
    if laid:
        set_laid(tx, account, laid)


def forget_counts(tx: Connection, account: str) -> None:
    """
    Forget how often things have happened in an account, in which a new scenario begins to count.

    What says that a past was made stays: it is there.
    """
    mine = and_(counts.c.account == account, counts.c.what.not_like(f"{MARK}%"))
    tx.execute(delete(counts).where(mine))


class KeptCounts:
    """
    The counts of one database; lives as long as it, safe for many threads.

    Args:
        database: Where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, account: str, what: str) -> int:
        """How often something has happened in the account."""
        found = self._database.reader.execute(_COUNT, {"account_": account, "what_": what}).scalar()
        return int(found or 0)

    def save(self, account: str, counted: Mapping[str, int], laid: Texts = NOTHING_LAID) -> None:
        """Keep how often things have happened in the account, and what is laid down in it."""
        with self._database.writing(account) as tx:
            set_counts(tx, account, counted, laid)
