"""Messages as they are kept: placed, played, found."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import orjson
from sqlalchemy import Select, bindparam, delete, func, select

from exomock.domain.message import MessageOrder, MessageStep, TextMessage
from exomock.domain.number import Number
from exomock.domain.order import Direction
from exomock.storage.accounts import save_time
from exomock.storage.backend import among_texts, inserting, run, words
from exomock.storage.counts import NOTHING, set_counts
from exomock.storage.database import BATCH, Database, moment
from exomock.storage.deliveries import Owed
from exomock.storage.laid import NOTHING_LAID, Texts
from exomock.storage.outbox import add_owed
from exomock.storage.rows import damaged
from exomock.storage.scripts import twist_json, twist_of
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
_DUE = (
    select(messages)
    .where(_MINE, messages.c.next_at <= bindparam("now_"))
    .order_by(messages.c.next_at, messages.c.id)
    .limit(BATCH)
)
_TELLERS = (
    select(messages)
    .where(_MINE, messages.c.tells_at <= bindparam("now_"))
    .order_by(messages.c.tells_at, messages.c.id)
    .limit(BATCH)
)
_COMES = (_MINE, messages.c.next_at.is_not(None))
_NEXT = select(func.min(messages.c.next_at)).where(*_COMES)
_LAST = select(func.max(messages.c.next_at)).where(*_COMES)
_NEXT_TELLING = (
    select(messages.c.tells_at)
    .where(_MINE, messages.c.tells_at.is_not(None))
    .order_by(messages.c.tells_at)
    .limit(1)
    .offset(bindparam("others_"))
)
_DEFAULTS = {field.name: field.default for field in fields(MessageOrder)}


def message_json(order: MessageOrder) -> str:
    """An order as JSON, without what is default; the same order is always the same text."""
    data: dict[str, Any] = {}
    for name, usual in _DEFAULTS.items():
        value = getattr(order, name)
        if value is not usual and value != usual:
            data[name] = [value.e164, value.sent] if isinstance(value, Number) else value
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()


def _order(text: str) -> MessageOrder:
    data = orjson.loads(text)
    e164, sent = data.pop("to")
    direction = Direction(data.pop("direction", Direction.OUTBOUND_API))
    extras = tuple((name, value) for name, value in data.pop("extras", ()))
    return MessageOrder(to=Number(sent, e164), direction=direction, extras=extras, **data)


def message_row(message: TextMessage, order: str, fingerprint: str, nth: int) -> dict[str, Any]:
    """
    The row of a new message.

    Args:
        message: It.
        order: Its order as `message_json` wrote it.
        fingerprint: Of its order; with `nth` unique in the account.
        nth: How many messages of that fingerprint came before it.
    """
    plan = orjson.dumps([(each.at - message.created, each.code) for each in message.plan])
    return {
        "account": message.account,
        "sid": message.sid,
        "created": message.created,
        "order": order,
        "plan": plan.decode(),
        "twist": twist_json(message.twist),
        "rule": message.rule,
        "fingerprint": fingerprint,
        "nth": nth,
        "done": message.done,
        "next_at": message.next_at,
        "tells_at": message.tells_at,
        "status": message.status,
        "price": message.price,
    }


def _message(row: Any) -> TextMessage:
    try:
        return _read(row)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(row["account"], "message") from error


def _read(row: Any) -> TextMessage:
    created = row["created"]
    plan = tuple(MessageStep(created + after, code) for after, code in orjson.loads(row["plan"]))
    found = TextMessage(
        row["account"], row["sid"], _order(row["order"]), created, plan, row["done"], row["rule"],
        twist_of(row["twist"]),
    )  # fmt: skip
    if not 0 <= found.done <= len(plan) or found.status != row["status"]:
        raise ValueError(found.sid)
    return found


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

    # What is to come

    def due(self, account: str, now: int) -> tuple[list[TextMessage], int]:
        """
        Messages whose next step is due, at most a batch, and up to when they can be played.

        As of calls: those that tell come first, and none is played further than the last of them.
        """
        asked = {"account_": account, "now_": now}
        rows = self._database.reader.execute(_TELLERS, asked).mappings().all()
        if len(rows) == BATCH:
            now = rows[-1]["tells_at"]
        found = rows or self._database.reader.execute(_DUE, asked).mappings().all()
        return [_message(row) for row in found], now

    def next_at(self, account: str) -> int | None:
        """When the next step of any message is due, None if never."""
        return moment(self._database.reader.execute(_NEXT, {"account_": account}))

    def last_at(self, account: str) -> int | None:
        """The furthest next step of any message, None if all have been played."""
        return moment(self._database.reader.execute(_LAST, {"account_": account}))

    def next_telling_at(self, account: str, others: int = 0) -> int | None:
        """When next somebody is told of a message; `others` that tell earlier are passed over."""
        asked = {"account_": account, "others_": others}
        found: int | None = self._database.reader.execute(_NEXT_TELLING, asked).scalar()
        return found

    # Looking

    def forget_kind(self, account: str, fingerprint: str) -> None:
        """Forget the account's messages of a fingerprint."""
        mine = (messages.c.account == account, messages.c.fingerprint == fingerprint)
        with self._database.writing(account) as tx:
            tx.execute(delete(messages).where(*mine))

    def one(self, account: str, sid: str) -> TextMessage | None:
        """The message of that Sid, None if the account has none."""
        asked = {"account_": account, "sid_": sid}
        row = self._database.reader.execute(_BY_SID, asked).mappings().first()
        return None if row is None else _message(row)

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
        return [_message(row) for row in self._database.reader.execute(query).mappings()]
