"""What this process owns, and under which term; the fence in each transaction that writes."""

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from exomock.storage.database import BATCH
from exomock.storage.fence import NotOwner
from exomock.storage.owners import still, still_one


class Deed(NamedTuple):
    """
    That an account is this process's.

    Args:
        process: The id under which the process owns it; it has another after a lost lease.
        term: The account's term.
    """

    process: int
    term: int


class Deeds:
    """
    The deeds of this process, and the fence (`storage.fence.Fence`); safe for many threads.

    A transaction that writes an account's rows first reads that account's row in the table of
    owners, with a lock. A process that takes the account waits for the lock. So it sees all that
    was written before, and whoever writes afterwards finds another owner.

    No lock here: a dictionary gives the old deed or the new one, and the table has the last word.

    Attributes:
        missed: Told of an account that turned out to be another's, or whose rows are in doubt, in
            the transaction that failed.
    """

    def __init__(self) -> None:
        self._deeds: dict[str, Deed] = {}
        self.missed: Callable[[str], None] = lambda _sid: None

    def __len__(self) -> int:
        """How many accounts this process owns."""
        return len(self._deeds)

    def of(self, sid: str) -> Deed | None:
        """The deed of an account, None if it is not this process's."""
        return self._deeds.get(sid)

    def enter(self, sid: str, process: int, term: int) -> None:
        """Note that an account is this process's from now on."""
        self._deeds[sid] = Deed(process, term)

    def drop(self, sid: str) -> None:
        """Note that an account is not this process's any more."""
        self._deeds.pop(sid, None)

    def clear(self) -> None:
        """Note that no account is."""
        self._deeds = {}

    def doubt(self, accounts: Collection[str]) -> None:
        """
        Give the deeds of accounts up, whose rows may not be what memory says.

        Without a deed nothing of them is written, and nobody is answered from memory. Whoever takes
        care of missed accounts opens them anew.
        """
        for sid in accounts:
            self.drop(sid)
            self.missed(sid)

    def owned(self, tx: Connection, accounts: Collection[str]) -> Collection[str]:
        """Those of the accounts that are this process's, and stay so until the transaction ends."""
        mine = {sid: deed for sid in accounts if (deed := self._deeds.get(sid)) is not None}
        found = {sid for sid, deed in _confirmed(tx, mine) if mine[sid] == deed}
        for sid in mine.keys() - found:
            self.missed(sid)
        return found

    def check(self, tx: Connection, accounts: Collection[str]) -> None:
        """
        Make sure that the accounts are this process's until the transaction ends.

        Raises:
            NotOwner: One is not.
        """
        if len(accounts) == 1 and self._owns(tx, *accounts):
            return  # most transactions
        found = self.owned(tx, accounts)
        for sid in accounts:
            if sid not in found:
                raise NotOwner(sid)

    def _owns(self, tx: Connection, sid: str) -> bool:
        deed = self._deeds.get(sid)
        return deed is not None and still_one(tx, deed.process, sid) == deed.term


def _confirmed(tx: Connection, mine: dict[str, Deed]) -> Iterator[tuple[str, Deed]]:
    """The deeds of accounts, as the table has them."""
    # Mostly one id; a second one only while the accounts of a lost lease are let go of.
    for process in {deed.process for deed in mine.values()}:
        sids = [sid for sid, deed in mine.items() if deed.process == process]
        for start in range(0, len(sids), BATCH):
            terms = still(tx, process, sids[start : start + BATCH])
            yield from ((sid, Deed(process, term)) for sid, term in terms.items())
