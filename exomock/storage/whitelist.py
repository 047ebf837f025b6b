"""The whitelists of accounts."""

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, select

from exomock.domain.whitelist import Whitelisted
from exomock.storage.backend import replacing, run
from exomock.storage.database import Database
from exomock.storage.tables import whitelist

_OF = select(whitelist.c.exophone, whitelist.c.number, whitelist.c.until).where(
    whitelist.c.account == bindparam("account_"), whitelist.c.number == bindparam("number_")
)
_SAVE = replacing(whitelist)
_DELETE = delete(whitelist).where(
    whitelist.c.account == bindparam("account_"), whitelist.c.number == bindparam("number_")
)


class KeptWhitelist:
    """
    The whitelists of one database; lives as long as it, safe for many threads.

    Args:
        database: Where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, account: str, number: str) -> list[Whitelisted]:
        """The entries of a number, lapsed ones too."""
        asked = {"account_": account, "number_": number}
        return [Whitelisted(*row) for row in self._database.reader.execute(_OF, asked)]

    def add(self, account: str, entries: Iterable[Whitelisted]) -> None:
        """Keep entries, in place of earlier ones for the same ExoPhone and number."""
        rows = [(account, each.number, each.exophone, each.until) for each in entries]
        with self._database.writing(account) as tx:
            run(tx, _SAVE, rows)

    def remove(self, account: str, numbers: Iterable[str]) -> None:
        """Forget numbers of the account, for every ExoPhone."""
        rows = [{"account_": account, "number_": number} for number in numbers]
        with self._database.writing(account) as tx:
            tx.execute(_DELETE, rows)
