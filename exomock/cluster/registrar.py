"""The registrar: new accounts become this process's, and deleted ones are nobody's."""

from exomock.cluster.deeds import Deeds
from exomock.cluster.membership import Membership
from exomock.cluster.peers import Peers
from exomock.cluster.transfers import Transfers
from exomock.storage.fence import NotOwner
from exomock.storage.owners import KeptOwners
from exomock.storage.trouble import DatabaseFault


class Registrar:
    """
    Writes accounts that are made or deleted here into the table of owners, for the engine.

    It is the engine's `Owning`. Safe for many threads.

    Args:
        owners: The table.
        member: The lease of this process.
        deeds: What this process owns.
        peers: The living processes.
        transfers: Learns of each new account, because another process may be its better home.

    Attributes:
        alike: Whether the other processes were told the same as this one.
    """

    def __init__(
        self,
        owners: KeptOwners,
        member: Membership,
        deeds: Deeds,
        peers: Peers,
        transfers: Transfers,
    ) -> None:
        self._owners = owners
        self._member = member
        self._deeds = deeds
        self._peers = peers
        self._transfers = transfers
        self.alike = member.me.crew > 1

    def mine(self, sid: str) -> bool:
        """Whether a new account of that Sid names this process, which then has to make it."""
        return self._peers.names_me(sid)

    def begin(self, sid: str) -> bool:
        """
        Enter a new account as this process's, before its row is written.

        Returns:
            False if there is one.

        Raises:
            NotOwner: This process holds no lease, or whose the account is has to be found out yet.
            DatabaseFault: The database could not be written.
        """
        me, unbuilt = self._member.id, self._transfers.unbuilt
        if me is None or not self._member.holds or sid in unbuilt:
            raise NotOwner(sid)
        try:
            if not self._owners.begin(sid, me):
                return False
        except DatabaseFault:
            unbuilt.add(sid)  # it may have been entered: the next round finds out
            raise
        self._deeds.enter(sid, me, 1)
        self._transfers.arrived.add(sid)
        return True

    def end(self, sid: str) -> None:
        """Forget an account that is deleted, or was not made after all."""
        deed = self._deeds.of(sid)
        if deed is not None:
            self._deeds.drop(sid)
            self._transfers.forget(sid, deed.process, deed.term)
