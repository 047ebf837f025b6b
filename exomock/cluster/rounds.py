"""Once a second: what was missed is let go of, orphans are taken, idle accounts go where named."""

import logging
import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue

from exomock.cluster.membership import Membership
from exomock.cluster.peers import Peers
from exomock.cluster.transfers import Playing, Transfers
from exomock.cluster.where import Here
from exomock.storage.database import BATCH
from exomock.storage.owners import KeptOwners, Owned
from exomock.storage.trouble import DatabaseFault
from exomock.wall import rest

LOOK = 1.0
"""Seconds between two looks."""

_PATIENCE = 2
"""Looks after which an orphan is taken by anybody, because whoever it names has not come."""

_CALM = 3
"""Looks for which nobody has joined or gone before accounts move: whoever joins has to listen."""

_MOVES = 250
"""How many accounts go at most in one look: 10,000 are moved within a minute."""

_log = logging.getLogger("exomock.cluster")


class Rounds:
    """
    Looks after this process's part of the accounts; a thread of its own, from `start` to `stop`.

    Args:
        owners: Who plays each account.
        member: This process.
        peers: The living processes.
        transfers: Takes accounts and gives them.
        playing: Who plays accounts.
        quiet: The version of an account that is idle, None if it is busy.
    """

    def __init__(
        self,
        owners: KeptOwners,
        member: Membership,
        peers: Peers,
        transfers: Transfers,
        playing: Playing,
        quiet: Callable[[str], int | None],
    ) -> None:
        self._owners = owners
        self._member = member
        self._peers = peers
        self._transfers = transfers
        self._playing = playing
        self._quiet = quiet
        self._seen: dict[str, int] = {}
        self._known = 0
        self._calm = 0
        self._misplaced: dict[str, int | None] = {}
        self._missed: SimpleQueue[str] = SimpleQueue()
        self._bell = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look once a second from now on."""
        self._thread = threading.Thread(target=self._run, name="exomock-cluster", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more; the look under way is finished."""
        self._stopped = True
        self._bell.set()
        if self._thread is not None:
            self._thread.join()

    def missed(self, sid: str) -> None:
        """Let go of an account soon, because it turned out to be another's."""
        self._missed.put(sid)
        self._bell.set()

    def _run(self) -> None:
        while not self._stopped:
            rest(self._bell, LOOK)
            self._bell.clear()
            if self._stopped:
                return
            try:
                self.look()
            except DatabaseFault:
                continue  # the database has said so; the next look tries again
            except Exception:  # noqa: BLE001
                _log.exception("the accounts of this process could not be looked after")

    def look(self) -> None:
        """
        Look once.

        Raises:
            DatabaseFault: The database could not be read or written.
        """
        self._drop_missed()
        if not self._member.holds:
            return
        self._peers.look()
        for sid in list(self._transfers.unbuilt):
            self._transfers.settle(sid)
        while self._take_orphans():
            pass
        self._move()

    def _drop_missed(self) -> None:
        try:
            while True:
                self._transfers.drop(self._missed.get_nowait())
        except Empty:
            return

    def _take_orphans(self) -> bool:
        """Take those that name this process, or nobody has taken; whether there may be more."""
        me = self._member.id
        if me is None:
            return False
        found = self._owners.orphans(me)
        taken = [each for each in found if self._wants(each, me) and self._come(each, me)]
        self._seen = {each.account: self._seen.get(each.account, 0) + 1 for each in found}
        return len(found) == BATCH and bool(taken)

    def _wants(self, orphan: Owned, me: int) -> bool:
        mine = orphan.owner == me or self._peers.names_me(orphan.account)
        return mine or self._seen.get(orphan.account, 0) >= _PATIENCE

    def _come(self, orphan: Owned, me: int) -> bool:
        if self._stopped:
            return False
        came = isinstance(self._transfers.settle(orphan.account), Here)
        if came and orphan.owner == me:
            self._transfers.adopted(orphan.account)
        return came

    # Accounts that name another process

    def _move(self) -> None:
        """Give idle accounts to whom they name, once nobody has joined or gone for a while."""
        if self._peers.changes != self._known:
            self._known, self._calm = self._peers.changes, 0
            self._misplace(list(self._playing.worlds))
        self._calm += 1
        arrived, self._transfers.arrived = self._transfers.arrived, set()
        self._misplace(arrived)
        if self._calm > _CALM:
            for sid in list(self._misplaced)[:_MOVES]:
                self._move_one(sid)

    def _misplace(self, sids: Iterable[str]) -> None:
        self._misplaced |= {
            sid: self._quiet(sid) for sid in sids if self._peers.named(sid) is not None
        }

    def _move_one(self, sid: str) -> None:
        seen, to = self._misplaced.pop(sid), self._peers.named(sid)
        if to is None or self._stopped or sid not in self._playing.worlds:
            return
        version = self._quiet(sid)
        if version is not None and version == seen:
            self._transfers.give(sid, to.process)
        else:
            # To the end of the queue: between two looks nothing may have changed in it.
            self._misplaced[sid] = version
