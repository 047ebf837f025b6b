"""What clients did to the ExoPhones of accounts."""

import orjson
from sqlalchemy import bindparam, select

from exomock.domain.exophone import ExoPhone
from exomock.storage.backend import replacing, run
from exomock.storage.database import Database
from exomock.storage.tables import calls, exophones

LOOKED_AT = 10_000
"""Among how many of the newest calls their ExoPhones are looked for."""

_OF = select(exophones.c.number, exophones.c.facts).where(
    exophones.c.account == bindparam("account_")
)
_SAVE = replacing(exophones)
_NEWEST = (
    select(calls.c.exophone_e164)
    .where(calls.c.account == bindparam("account_"))
    .order_by(calls.c.id.desc())
    .limit(LOOKED_AT)
    .subquery()
)
_USED = select(_NEWEST.c.exophone_e164).distinct().order_by(_NEWEST.c.exophone_e164)


class KeptExoPhones:
    """
    Changes of ExoPhones in one database; lives as long as it, safe for many threads.

    Args:
        database: Where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def changed(self, account: str) -> dict[str, ExoPhone | None]:
        """The account's ExoPhones that a client changed, by number; None for one it gave up."""
        rows = self._database.reader.execute(_OF, {"account_": account}).all()
        return {number: _exophone(number, facts) for number, facts in rows}

    def save(self, account: str, number: str, exophone: ExoPhone | None) -> None:
        """Keep an ExoPhone of the account as it is now; None gives it up."""
        facts = None if exophone is None else orjson.dumps(exophone._asdict()).decode()
        with self._database.writing(account) as tx:
            run(tx, _SAVE, (account, number, facts))

    def used(self, account: str) -> list[str]:
        """The ExoPhones of the account's newest calls, E.164."""
        return [number for (number,) in self._database.reader.execute(_USED, {"account_": account})]


def _exophone(number: str, facts: str | None) -> ExoPhone | None:
    return None if facts is None else ExoPhone(**orjson.loads(facts) | {"number": number})
