"""Texts of what is laid down in accounts at run time, and of what it has counted, by name."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Column, Connection, String, Table, Text, bindparam, delete, insert, select

from exomock.storage.database import Database
from exomock.storage.tables import metadata

laid_down = Table(
    "laid_down",
    metadata,
    Column("account", String, primary_key=True),
    Column("what", String, primary_key=True),
    Column("text", Text, nullable=False),
    sqlite_with_rowid=False,
)

Texts = Mapping[str, str | None]
"""The texts to keep, by name; None forgets one."""

NOTHING_LAID: Texts = {}

_AT_ONCE = 500
"""How many texts a statement forgets, because databases bound its parameters."""

_MINE = laid_down.c.account == bindparam("account_")
_OF = select(laid_down.c.what, laid_down.c.text).where(_MINE)
_ALL = select(laid_down)
_FORGET = delete(laid_down).where(_MINE, laid_down.c.what.in_(bindparam("whats_", expanding=True)))
_KEEP = insert(laid_down)


def set_laid(tx: Connection, account: str, texts: Texts) -> None:
    """Keep texts of an account, in the transaction that counts or uses them up."""
    if not texts:
        return
    whats = list(texts)
    for begin in range(0, len(whats), _AT_ONCE):
        tx.execute(_FORGET, {"account_": account, "whats_": whats[begin : begin + _AT_ONCE]})
    rows = laid_rows(account, texts)
    if rows:
        tx.execute(_KEEP, rows)


def laid_rows(account: str, texts: Texts) -> Sequence[dict[str, str]]:
    """Texts as rows of the table."""
    kept = [(what, text) for what, text in texts.items() if text is not None]
    return [{"account": account, "what": what, "text": text} for what, text in kept]


class KeptLaid:
    """
    What is laid down in the accounts of one database; lives as long as it, safe for many threads.

    Args:
        database: Where it is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, account: str) -> dict[str, str]:
        """All texts of an account."""
        rows = self._database.reader.execute(_OF, {"account_": account})
        return dict(rows.all())

    def all(self) -> dict[str, dict[str, str]]:
        """All texts of every account that has any."""
        found: dict[str, dict[str, str]] = {}
        for account, what, text in self._database.reader.execute(_ALL):
            found.setdefault(account, {})[what] = text
        return found

    def save(self, account: str, texts: Texts) -> None:
        """Keep texts of an account."""
        with self._database.writing(account) as tx:
            set_laid(tx, account, texts)
