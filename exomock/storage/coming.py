"""What calls and messages will do: whose next step is due, and when."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import BigInteger, Select, Table, bindparam, func, select

from exomock.domain.call import Call
from exomock.domain.message import TextMessage
from exomock.storage.database import BATCH, Database, moment
from exomock.storage.message_rows import message_of
from exomock.storage.rows import call_of
from exomock.storage.tables import COMES_IN, calls, messages

T = TypeVar("T")


class _Asked(NamedTuple):
    """The statements about one table; SQLAlchemy compiles each once, so they are made once."""

    due: Select[Any]
    tellers: Select[Any]
    next_at: Select[Any]
    last_at: Select[Any]
    next_telling_at: Select[Any]


def _of(table: Table) -> _Asked:
    c = table.c
    mine, now = c.account == bindparam("account_"), bindparam("now_", type_=BigInteger)
    comes, tells = (mine, c.next_at.is_not(None)), (mine, c.tells_at.is_not(None))
    tellers = select(table).where(*tells, c.tells_at <= now).order_by(c.tells_at, c.id)
    telling = select(c.tells_at).where(*tells).order_by(c.tells_at)
    return _Asked(
        due=select(table).where(mine, c.next_at <= now).order_by(c.next_at, c.id).limit(BATCH),
        tellers=tellers.limit(BATCH),
        next_at=select(func.min(c.next_at)).where(*comes),
        last_at=select(func.max(c.next_at)).where(*comes),
        next_telling_at=telling.limit(1).offset(bindparam("others_")),
    )


_CALLS, _MESSAGES = _of(calls), _of(messages)
_OWN_CALL = _CALLS.next_at.where(calls.c.fingerprint.not_like(f"{COMES_IN}%"))


class Coming(ABC, Generic[T]):
    """
    The next steps of the plans in one table; lives as long as its database, safe for many threads.

    Args:
        database: Where the table is.
        asked: The statements about it.
    """

    def __init__(self, database: Database, asked: _Asked) -> None:
        self._database = database
        self._asked = asked

    @abstractmethod
    def _read(self, rows: Sequence[Any]) -> list[T]:
        """What rows of the table hold."""

    def due(self, account: str, now: int) -> tuple[list[T], int]:
        """
        Those whose next step is due, at most a batch, and up to when they can be played.

        Those that owe callbacks come first, in the order of their telling, and are played no
        further than the last of them tells: however many batches there are, callbacks are owed in
        their order.
        """
        asked = {"account_": account, "now_": now}
        rows = self._database.reader.execute(self._asked.tellers, asked).mappings().all()
        if len(rows) == BATCH:
            now = rows[-1]["tells_at"]
        found = rows or self._database.reader.execute(self._asked.due, asked).mappings().all()
        return self._read(found), now

    def next_at(self, account: str) -> int | None:
        """When the account's next step is due, None if never."""
        return moment(self._database.reader.execute(self._asked.next_at, {"account_": account}))

    def next_telling_at(self, account: str, others: int = 0) -> int | None:
        """
        When next somebody is told something, or asked; None if never.

        Args:
            account: Whose.
            others: How many that tell earlier are passed over.
        """
        asked = {"account_": account, "others_": others}
        query = self._asked.next_telling_at
        found: int | None = self._database.reader.execute(query, asked).scalar()
        return found

    def last_at(self, account: str) -> int | None:
        """The furthest next step of all, None if everything has been played."""
        return moment(self._database.reader.execute(self._asked.last_at, {"account_": account}))


class ComingCalls(Coming[Call]):
    """
    The next transitions of calls.

    Args:
        database: Where the calls are.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database, _CALLS)

    def _read(self, rows: Sequence[Any]) -> list[Call]:
        return [call_of(row, self._database) for row in rows]

    def has_own(self, account: str) -> bool:
        """Whether anything is to happen to a call that did not come in by itself."""
        return moment(self._database.reader.execute(_OWN_CALL, {"account_": account})) is not None


class ComingMessages(Coming[TextMessage]):
    """
    The next steps of messages.

    Args:
        database: Where the messages are.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database, _MESSAGES)

    def _read(self, rows: Sequence[Any]) -> list[TextMessage]:
        return [message_of(row) for row in rows]
