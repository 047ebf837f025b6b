"""Once a second: lost accounts are dropped, orphans taken, idle ones given to those they name."""

import logging
import threading
from collections.abc import Callable, Iterable
from queue import SimpleQueue

from exomock.cluster.membership import Membership
from exomock.cluster.peers import Peers
from exomock.cluster.transfers import Playing, Transfers
from exomock.cluster.where import Here, Nobody
from exomock.storage.database import BATCH
from exomock.storage.owners import KeptOwners, Owned
from exomock.storage.trouble import DatabaseFault
from exomock.wall import rest

LOOK = 1.0
"""Seconds between two looks."""

_PATIENCE = 2
"""Looks after which any process takes an orphan, because the one that it names has not."""

_CALM = 3
"""Looks without a change of processes before accounts move: a new process must listen first."""

_MOVES = 250
"""How many accounts go at most in one look: 10,000 are moved within a minute."""

_AUDIT = 30
"""Looks between two reads of all that this process owns."""

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
        self._known = self._looks = 0
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
        """Let go of an account soon: it turned out to be another's, or its rows are in doubt."""
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
                continue  # the log has the fault; the next look tries again
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
        self._looks += 1
        if self._looks % _AUDIT == 0:
            self._audit()
        for sid in list(self._transfers.unbuilt):
            self._settled(sid)
        self._take_orphans()
        self._move()

    def _drop_missed(self) -> None:
        while not self._missed.empty():
            sid = self._missed.get()
            try:
                self._transfers.drop_missed(sid)
            except DatabaseFault:
                self._missed.put(sid)
                raise

    def _audit(self) -> None:
        """Find accounts that this process owns and does not play, whatever the cause."""
        me = self._member.id
        if me is not None:
            lost = self._owners.of(me).keys() - self._playing.worlds.keys()
            self._transfers.unbuilt |= lost

    def _take_orphans(self) -> None:
        """Take those that name this process, or that nobody has taken for long."""
        seen: set[str] = set()
        more = True
        while more and (me := self._member.id) is not None:
            found = self._owners.orphans(me)
            seen |= {each.account for each in found}
            taken = [each for each in found if self._wants(each, me) and self._come(each, me)]
            more = len(found) == BATCH and bool(taken)
        self._seen = {sid: self._seen.get(sid, 0) + 1 for sid in seen}

    def _wants(self, orphan: Owned, me: int) -> bool:
        mine = orphan.owner == me or self._peers.names_me(orphan.account)
        return mine or self._seen.get(orphan.account, 0) >= _PATIENCE

    def _come(self, orphan: Owned, me: int) -> bool:
        came = not self._stopped and self._settled(orphan.account)
        if came and orphan.owner == me:
            self._transfers.adopted(orphan.account)
        return came

    def _settled(self, sid: str) -> bool:
        """Whether an account is here, or is no more; one that cannot be opened stops no other."""
        try:
            return isinstance(self._transfers.settle(sid), Here | Nobody)
        except DatabaseFault:
            return False

    # Accounts that name another process

    def _move(self) -> None:
        """Give idle accounts to the processes they name, once nobody has joined or gone lately."""
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
            # The account goes to the end of the queue: it is given away only if nothing changes in
            # it until the next look, or clients would meet a 503 in the middle of their work.
            self._misplaced[sid] = version
