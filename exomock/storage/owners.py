"""The owner of each account and its term: one row an account, changed by compare-and-set."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Integer,
    and_,
    bindparam,
    cast,
    delete,
    false,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.exc import IntegrityError

from exomock.storage.backend import bare, words
from exomock.storage.database import BATCH, Database
from exomock.storage.processes import LIVES, bury
from exomock.storage.tables import accounts, owners, processes


class Owned(NamedTuple):
    """
    Who plays an account.

    Args:
        account: Its Sid.
        owner: The process's id, None if nobody does.
        term: Rises with each change of its owner.
        url: What the owner advertises, None if it is gone.
        reach: How to connect to it, None if it is gone.
        name: Its name among workers, None if it is gone.
        alive: Whether the owner's lease is not over.
    """

    account: str
    owner: int | None
    term: int
    url: str | None = None
    reach: str | None = None
    name: str | None = None
    alive: bool = False


_LIVING = select(processes.c.id).where(LIVES)
_PLACES = select(
    owners.c.account,
    owners.c.owner,
    owners.c.term,
    processes.c.url,
    processes.c.reach,
    processes.c.name,
).select_from(owners.outerjoin(processes, and_(processes.c.id == owners.c.owner, LIVES)))
_PLACE = _PLACES.where(owners.c.account == bindparam("sid"))
_ALL = _PLACES.order_by(owners.c.account)

_FOUND = select(owners.c.account, owners.c.owner, owners.c.term)
# Three small queries, each by an index, because one with `OR` would read the whole table.
_ORPHANS = union_all(
    _FOUND.where(owners.c.owner == null()),
    _FOUND.where(owners.c.owner.in_(select(processes.c.id).where(~LIVES))),
    _FOUND.where(owners.c.given, owners.c.owner == bindparam("me", type_=Integer)),
).limit(bindparam("most", type_=Integer))

_AT = and_(owners.c.account == bindparam("sid"), owners.c.term == bindparam("seen"))
_RISES = owners.c.term + 1
_TAKE = update(owners).where(_AT, owners.c.owner.is_not_distinct_from(bindparam("owner_")))
_TAKE = _TAKE.where(
    # The owner must be dead; `bury`, or another process before, has declared it so.
    ~select(processes.c.id).where(processes.c.id == owners.c.owner, ~processes.c.dead).exists(),
    bindparam("me", type_=Integer).in_(_LIVING),
).values(owner=bindparam("me", type_=Integer), term=_RISES, given=False)
_MINE = and_(owners.c.account == bindparam("sid"), owners.c.owner == bindparam("me"))
_GIVE = (
    update(owners)
    .where(_MINE, owners.c.term == bindparam("seen"))
    .values(owner=bindparam("to", type_=Integer), term=_RISES, given=bindparam("given_"))
)
_FORGET = delete(owners).where(_MINE, owners.c.term == bindparam("seen"))
_ADOPT = update(owners).where(_MINE, owners.c.term == bindparam("seen")).values(given=False)
_MAY_BEGIN = _LIVING.where(
    processes.c.id == bindparam("me"),
    ~select(owners.c.account).where(owners.c.account == bindparam("sid")).exists(),
)
_BEGIN = insert(owners).values(account=bindparam("sid"), owner=bindparam("me"), term=1, given=False)
_OF = select(owners.c.account, owners.c.term).where(owners.c.owner == bindparam("me"))
_STILL = _OF.with_for_update(read=True)
# The same for one account, as text, because every transaction of an account asks it. To build and
# compile a statement costs five times as much as to execute this one.
_TERM = "SELECT term FROM owners WHERE owner = ? AND account = ?"
_STILL_ONE = {
    "sqlite": _TERM,
    "postgresql": words(_TERM)["postgresql"] + " FOR SHARE",
}
_KEPT = select(accounts.c.sid).where(accounts.c.sid == owners.c.account).exists()
_KNOWN = select(owners.c.account).where(owners.c.account == accounts.c.sid).exists()
_UNKNOWN = insert(owners).from_select(
    ["account", "owner", "term", "given"],
    select(accounts.c.sid, cast(null(), Integer), literal(0), false()).where(~_KNOWN),
)
_STRAY = delete(owners).where(~_KEPT, or_(owners.c.owner == null(), owners.c.owner.not_in(_LIVING)))


class KeptOwners:
    """
    The owners of one database's accounts; lives as long as it, safe for many threads.

    Theory
    ------

    An account's row has its owner and its *term*. Each change of the owner raises the term, and
    names the owner and the term that it has seen. Of two changes at once, one finds another term
    and changes nothing. A transaction that writes rows of an account reads this row, too
    (`cluster.deeds`), so a write under an old term is impossible.

    An owner is gone when it is *dead*. A lease that is over does not make it so by itself, because
    a renewal may be under way. `take` declares the owner dead first, and the renewal finds that.

    Args:
        database: Where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def place(self, sid: str) -> Owned | None:
        """Who plays an account; None if there is no such account."""
        row = self._database.reader.execute(_PLACE, {"sid": sid}).first()
        return None if row is None else _owned(row)

    def all(self) -> list[Owned]:
        """Who plays each account, in the order of their Sids."""
        return [_owned(row) for row in self._database.reader.execute(_ALL)]

    def of(self, process: int) -> dict[str, int]:
        """The terms of all accounts that a process owns, by their Sids."""
        return dict(self._database.reader.execute(_OF, {"me": process}).all())

    def orphans(self, me: int, limit: int = BATCH) -> list[Owned]:
        """
        Accounts whose owner's lease is over, that nobody owns, or that were given to a process.

        Args:
            me: The process that they may have been given to.
            limit: How many at most.
        """
        rows = self._database.reader.execute(_ORPHANS, {"me": me, "most": limit})
        return [Owned(*row) for row in rows]

    def take(self, sid: str, me: int, seen_owner: int | None, seen_term: int) -> int | None:
        """
        Take an account over.

        Args:
            sid: The account's.
            me: The process that takes it.
            seen_owner: Who owned it when the process looked.
            seen_term: And under which term.

        Returns:
            The new term; None if somebody else has taken it, its owner lives, or the process's
            own lease is over.

        Raises:
            DatabaseFault: The database could not be written.
        """
        said = {"sid": sid, "me": me, "owner_": seen_owner, "seen": seen_term}
        with self._database.writing() as tx:
            bury(tx, seen_owner)
            return seen_term + 1 if tx.execute(_TAKE, said).rowcount else None

    def begin(self, sid: str, me: int) -> bool:
        """
        Enter a new account, which a process owns under term 1.

        Returns:
            False if there is one, or the process's lease is over: nothing was entered.

        Raises:
            DatabaseFault: The database could not be written.
        """
        try:
            with self._database.writing() as tx:
                said = {"sid": sid, "me": me}
                if tx.execute(_MAY_BEGIN, said).first() is None:
                    return False
                tx.execute(_BEGIN, said)
                return True
        except IntegrityError:  # another process has entered it at the same time
            return False

    def give(self, sid: str, me: int, term: int, to: int | None) -> bool:
        """
        Hand an account over.

        Args:
            sid: The account's.
            me: Its owner.
            term: Its term.
            to: Its next owner, which finds it among its `orphans`; None lets any process take it.

        Returns:
            False if the process owns it no more under that term.

        Raises:
            DatabaseFault: The database could not be written.
        """
        return self.give_all(me, [(sid, term, to)]) == 1

    def give_all(self, me: int, given: Iterable[tuple[str, int, int | None]]) -> int:
        """
        Hand accounts over, all at once: (Sid, term, next owner) of each.

        Returns:
            How many of them the process owned under those terms.

        Raises:
            DatabaseFault: The database could not be written.
        """
        with self._database.writing() as tx:
            return sum(_give(tx, me, *each) for each in given)

    def adopt(self, sid: str, me: int, term: int) -> bool:
        """
        Note that a process knows of an account that it was given.

        Returns:
            False if it owns it no more under that term.
        """
        said = {"sid": sid, "me": me, "seen": term}
        with self._database.writing() as tx:
            return bool(tx.execute(_ADOPT, said).rowcount)

    def forget(self, sid: str, me: int, term: int) -> bool:
        """
        Delete the row of an account that is no more.

        Returns:
            False if the process owns it no more under that term.
        """
        with self._database.writing() as tx:
            return bool(tx.execute(_FORGET, {"sid": sid, "me": me, "seen": term}).rowcount)

    def settle(self) -> None:
        """
        Bring the rows in line with the accounts, where the database was one process's before.

        Accounts without a row become nobody's. Rows without an account go, if no living process
        owns them: it may be about to make that account.
        """
        # Another process that joins at the same time may have done it first.
        with suppress(IntegrityError), self._database.writing() as tx:
            tx.execute(_STRAY)
            tx.execute(_UNKNOWN)


def _owned(row: Sequence[Any]) -> Owned:
    return Owned(*row)._replace(alive=row[3] is not None)


def _give(tx: Connection, me: int, sid: str, term: int, to: int | None) -> int:
    said = {"sid": sid, "me": me, "seen": term, "to": to, "given_": to is not None}
    return tx.execute(_GIVE, said).rowcount


def still(tx: Connection, me: int, sids: Collection[str]) -> dict[str, int]:
    """
    The terms of those accounts that a process owns, which stay so until the transaction ends.

    A `take` waits for the lock. SQLite needs none, because a transaction is the only writer.

    Args:
        tx: The transaction.
        me: The process.
        sids: The accounts; at most a batch.
    """
    rows = tx.execute(_STILL.where(owners.c.account.in_(sids)), {"me": me})
    return {row[0]: row[1] for row in rows}


def still_one(tx: Connection, me: int, sid: str) -> int | None:
    """As `still`, of one account: None where the process owns it no more."""
    found = bare(tx, _STILL_ONE, (me, sid))
    return found[0][0] if found else None
