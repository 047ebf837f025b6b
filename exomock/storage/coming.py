"""What calls will do: whose next transition is due, and when."""

from sqlalchemy import bindparam, func, select

from exomock.domain.call import Call
from exomock.storage.database import BATCH, Database, moment
from exomock.storage.rows import call_of
from exomock.storage.tables import COMES_IN, calls

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
_OWN_CALL = _NEXT_CALL.where(calls.c.fingerprint.not_like(f"{COMES_IN}%"))


class Coming:
    """
    The next transitions of the calls in one database; lives as long as it, safe for many threads.

    Args:
        database: Where the calls are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, account: str, now: int) -> list[Call]:
        """Calls whose next transition is due, the longest due first, at most a batch."""
        rows = self._database.reader.execute(_DUE, {"account_": account, "now_": now}).mappings()
        return [call_of(row) for row in rows]

    def next_at(self, account: str) -> int | None:
        """When the account's next transition is due, None if never."""
        return moment(self._database.reader.execute(_NEXT_CALL, {"account_": account}))

    def next_telling_at(self, account: str) -> int | None:
        """When the next transition of a call that owes somebody callbacks is due, None if never."""
        return moment(self._database.reader.execute(_NEXT_TELLING, {"account_": account}))

    def last_at(self, account: str) -> int | None:
        """The furthest next transition of any call, None if all have been played."""
        return moment(self._database.reader.execute(_LAST_CALL, {"account_": account}))

    def has_own(self, account: str) -> bool:
        """Whether anything is to happen to a call that did not come in by itself."""
        return moment(self._database.reader.execute(_OWN_CALL, {"account_": account})) is not None
