"""What calls will do: whose next transition is due, and when."""

from sqlalchemy import and_, bindparam, func, select

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
_TELLING = and_(calls.c.account == bindparam("account_"), calls.c.tells_at.is_not(None))
_NEXT_TELLING = (
    select(calls.c.tells_at)
    .where(_TELLING)
    .order_by(calls.c.tells_at)
    .limit(1)
    .offset(bindparam("others_"))
)
_TELLERS = (
    select(calls)
    .where(_TELLING, calls.c.tells_at <= bindparam("now_"))
    .order_by(calls.c.tells_at, calls.c.id)
    .limit(BATCH)
)
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

    def due(self, account: str, now: int) -> tuple[list[Call], int]:
        """
        Calls whose next transition is due, at most a batch, and up to when they can be played.

        Those that owe callbacks come first, in the order of their telling, and are played no
        further than the last of them tells: however many batches there are, callbacks are owed in
        their order.
        """
        asked = {"account_": account, "now_": now}
        rows = self._database.reader.execute(_TELLERS, asked).mappings().all()
        if len(rows) == BATCH:
            now = rows[-1]["tells_at"]
        found = rows or self._database.reader.execute(_DUE, asked).mappings().all()
        return [call_of(row, self._database) for row in found], now

    def next_at(self, account: str) -> int | None:
        """When the account's next transition is due, None if never."""
        return moment(self._database.reader.execute(_NEXT_CALL, {"account_": account}))

    def next_telling_at(self, account: str, others: int = 0) -> int | None:
        """
        When next somebody is told something of a call, or asked; None if never.

        Args:
            account: Whose.
            others: How many calls that tell earlier are passed over.
        """
        asked = {"account_": account, "others_": others}
        found: int | None = self._database.reader.execute(_NEXT_TELLING, asked).scalar()
        return found

    def last_at(self, account: str) -> int | None:
        """The furthest next transition of any call, None if all have been played."""
        return moment(self._database.reader.execute(_LAST_CALL, {"account_": account}))

    def has_own(self, account: str) -> bool:
        """Whether anything is to happen to a call that did not come in by itself."""
        return moment(self._database.reader.execute(_OWN_CALL, {"account_": account})) is not None
