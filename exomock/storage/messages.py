"""Messages as they are kept: placed, played, found."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Select, bindparam, delete, func, select

from exomock.domain.message import TextMessage
from exomock.storage.accounts import save_time
from exomock.storage.backend import among_texts, inserting, run, words
from exomock.storage.counts import NOTHING, set_counts
from exomock.storage.database import Database
from exomock.storage.deliveries import Owed
from exomock.storage.laid import NOTHING_LAID, Texts
from exomock.storage.message_rows import message_of
from exomock.storage.outbox import add_owed
from exomock.storage.tables import MARK, messages

_MINE = messages.c.account == bindparam("account_")
_BY_SID = select(messages).where(_MINE, messages.c.sid == bindparam("sid_"))
_STATUS = select(messages.c.status).where(_MINE, messages.c.sid == bindparam("sid_"))
_NTH = select(func.max(messages.c.nth)).where(
    _MINE, messages.c.fingerprint == bindparam("fingerprint_")
)
_COLUMNS = tuple(column.name for column in messages.c if column.name != "id")
_INSERT = inserting(messages, _COLUMNS)
_SAVE_PLAYED = words(
    "UPDATE messages SET done = ?, next_at = ?, tells_at = ?, status = ?, price = ? "
    "WHERE account = ? AND sid = ?"
)


class KeptMessages:
    """
    The messages of one database; lives as long as it, safe for many threads.

    Args:
        database: Where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def next_nth(self, account: str, fingerprint: str) -> int:
        """How many messages of this fingerprint the account has had."""
        asked = {"account_": account, "fingerprint_": fingerprint}
        last = self._database.reader.execute(_NTH, asked).scalar_one()
        return 0 if last is None else int(last) + 1

    def add(
        self,
        rows: Sequence[dict[str, Any]],
        owed: Sequence[Owed] = (),
        counted: Mapping[str, int] = NOTHING,
        now: int | None = None,
        laid: Texts = NOTHING_LAID,
    ) -> Sequence[int]:
        """
        Keep new messages (of `message_row`) and the time, all or none; the ids of callbacks.

        Args:
            rows: The messages; of one account.
            owed: The callbacks they owe.
            counted: What they count.
            now: The account's time, microseconds; None leaves it, as of a past.
            laid: What they use up of what is laid down.
        """
        account = rows[0]["account"]
        with self._database.writing(account) as tx:
            run(tx, _INSERT, [tuple(row[name] for name in _COLUMNS) for row in rows])
            ids = add_owed(tx, account, owed)
            set_counts(tx, account, counted, laid)
            if now is not None:
                # A restart goes on from here, where nothing else has saved the time.
                save_time(tx, account, now)
        return ids

    def save_played(
        self,
        account: str,
        played: Sequence[TextMessage],
        owed: Sequence[Owed],
        now: int,
        numbered: Callable[[Sequence[int]], None],
    ) -> None:
        """
        In one transaction: how far messages have come, what they owe for it, and the time.

        Args:
            account: Whose.
            played: The messages as they are now.
            owed: What they have come to owe.
            now: The account's time, microseconds.
            numbered: Told the ids of what is owed before the commit; it must take no lock.
        """
        rows = [
            (each.done, each.next_at, each.tells_at, each.status, each.price, account, each.sid)
            for each in played
        ]
        with self._database.writing(account) as tx:
            if rows:
                run(tx, _SAVE_PLAYED, rows)
            numbered(add_owed(tx, account, owed))
            save_time(tx, account, now)

    def forget_kind(self, account: str, fingerprint: str) -> None:
        """Forget the account's messages of a fingerprint."""
        mine = (messages.c.account == account, messages.c.fingerprint == fingerprint)
        with self._database.writing(account) as tx:
            tx.execute(delete(messages).where(*mine))

    def one(self, account: str, sid: str) -> TextMessage | None:
        """The message of that Sid, None if the account has none."""
        asked = {"account_": account, "sid_": sid}
        row = self._database.reader.execute(_BY_SID, asked).mappings().first()
        return None if row is None else message_of(row)

    def of(self, account: str, sids: Iterable[str]) -> dict[str, TextMessage]:
        """Those messages of the account, by Sid."""
        wanted = among_texts(messages.c.sid, orjson.dumps(sorted(sids)).decode())
        query = select(messages).where(messages.c.account == account, wanted)
        return {each.sid: each for each in self._found(query)}

    def all(self, account: str, limit: int | None = None) -> list[TextMessage]:
        """The account's messages, the oldest first; the newest `limit` of them."""
        query = select(messages).where(messages.c.account == account)
        return self._found(query.order_by(messages.c.id.desc()).limit(limit))[::-1]

    def page(self, account: str, limit: int, after: str | None = None) -> list[TextMessage] | None:
        """
        Messages, the oldest first.

        Args:
            account: Whose.
            limit: How many at most.
            after: Only those that were sent after this one; None begins with the first.

        Returns:
            The messages, or None if the account has no message of the Sid `after`.
        """
        query = select(messages).where(messages.c.account == account)
        if after is not None:
            place = select(messages.c.id).where(
                messages.c.account == account, messages.c.sid == after
            )
            number = self._database.reader.execute(place).scalar()
            if number is None:
                return None
            query = query.where(messages.c.id > number)
        return self._found(query.order_by(messages.c.id).limit(limit))

    def exist(self, account: str) -> bool:
        """Whether the account has any message."""
        query = select(messages.c.id).where(messages.c.account == account).limit(1)
        return self._database.reader.execute(query).first() is not None

    def status(self, account: str, sid: str) -> str | None:
        """The status of a message, None if the account has no such message."""
        asked = {"account_": account, "sid_": sid}
        found = self._database.reader.execute(_STATUS, asked).scalar()
        return None if found is None else str(found)

    def spent(self, account: str) -> int:
        """What the account's messages have cost, thousandths; `history` aside."""
        query = select(func.coalesce(func.sum(messages.c.price), 0)).where(
            messages.c.account == account, messages.c.fingerprint.not_like(f"{MARK}%")
        )
        return int(self._database.reader.execute(query).scalar_one())

    def _found(self, query: Select[Any]) -> list[TextMessage]:
        return [message_of(row) for row in self._database.reader.execute(query).mappings()]
