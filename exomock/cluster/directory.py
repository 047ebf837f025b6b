"""The directory: where each account is played, and which processes live."""

from collections.abc import Callable
from typing import Any

from exomock.cluster.membership import Membership
from exomock.cluster.peers import Peers
from exomock.cluster.transfers import Transfers
from exomock.cluster.view import view_of
from exomock.cluster.where import Here, There, Unsettled, Where
from exomock.storage.store import Store
from exomock.storage.trouble import DatabaseFault


class Directory:
    """
    All that the front and the control API ask of the cluster; safe for many threads.

    It changes nothing itself: `where` lets `Transfers` take an account over.

    Args:
        store: The database, which is shared.
        member: The lease of this process.
        peers: The living processes.
        transfers: Takes accounts and gives them.
    """

    def __init__(
        self, store: Store, member: Membership, peers: Peers, transfers: Transfers
    ) -> None:
        self._store = store
        self._member = member
        self._peers = peers
        self._transfers = transfers

    @property
    def me(self) -> str:
        """What an operator calls this process: `worker-1` and so on, else its URL."""
        return self._member.me.shown

    @property
    def holds(self) -> bool:
        """Whether this process holds its lease, and so may answer."""
        return self._member.holds

    @property
    def lapse(self) -> str:
        """Why it may not, in one line."""
        return self._member.lapse

    @property
    def tenure(self) -> int | None:
        """The id under which this process holds its lease, None while it does not."""
        return self._member.id if self._member.holds else None

    def others(self) -> list[There]:
        """The other processes that lived a second ago; never reads the database."""
        return self._peers.others()

    def lives(self, process: int) -> bool:
        """Whether a process lived a second ago, or is newer; never reads the database."""
        return self._peers.lives(process)

    def term(self, sid: str) -> int | None:
        """
        The term under which an account is played here, None if it is not; never reads the database.

        An answer is good only if the term is the same before and after it was made: a process that
        was frozen meanwhile may have lost the account, and may even have got it back.
        """
        return self._transfers.term(sid)

    def stays(self, sid: str, term: int) -> Callable[[], bool]:
        """
        What says whether an answer is good that is begun now, while the account is here.

        It is also where the account was deleted here meanwhile: nobody else has played it.

        Args:
            sid: The account.
            term: Under which it is played here.
        """
        return self._transfers.stays(sid, term)

    def where(self, sid: str) -> Where:
        """
        Where an account is played; one whose owner is gone is taken over first.

        It may read and write the database, and build the account: it has no place in an event loop.
        """
        if self._transfers.term(sid) is not None:
            return Here()
        try:
            if self._peers.leaving:
                return self._transfers.gone_to(sid)
            return self._transfers.settle(sid)
        except DatabaseFault as fault:
            return Unsettled(str(fault))

    def home(self, sid: str) -> Here | There | Unsettled:
        """The process that has to make an account which does not exist: the one that it names."""
        if not self._member.holds or self._peers.leaving:
            return self._peers.named(sid) or Unsettled(self._member.lapse)
        return self._peers.named(sid) or Here()

    def view(self, account: str | None = None) -> dict[str, Any]:
        """
        The living processes and the owner of each account: the JSON of `GET /_exomock/cluster`.

        Args:
            account: Only this account's row; None is all.

        Raises:
            DatabaseFault: The database could not be read.
        """
        return view_of(self._store, self.me, account)
