"""
An account comes to this process, or goes from it.

Theory
------

What moves: an account's row in the table of owners, the deed of it in memory (`deeds`), and its
world. An account is *here* while all three say so: the process has a deed of it under the id that
it has now, the world is open, and the lease is not over.

In which order. Coming: the row first, by compare-and-set; then the deed, because building the world
writes; then the world. Going: the world first, which is saved; then the deed; then the row. So no
row is another's while a world of it is played here, and none is written without a deed.

Who may: whoever holds the account's lock (one of `_STRIPES`) takes it or gives it. The lock is held
over the database. Whoever makes or deletes an account in the engine holds the engine's lock of
accounts, under which none of these is taken.
"""

import logging
import threading
import zlib
from collections.abc import Callable, Mapping
from typing import Protocol

from exomock.cluster.deeds import Deeds
from exomock.cluster.membership import Membership
from exomock.cluster.where import Here, Nobody, There, Unsettled, Where
from exomock.storage.fence import NotOwner
from exomock.storage.owners import KeptOwners, Owned
from exomock.storage.trouble import DatabaseFault

_STRIPES = 64
"""How many accounts may come or go at once; those with one remainder wait for each other."""

_SLOWLY = 5
"""Seconds after which it is worth asking again for an account that cannot be opened."""

_log = logging.getLogger("exomock.cluster")


class OpenAccount(Protocol):
    """
    An account that is open: the engine's `World`.

    Args:
        alive: Whether it is neither deleted nor left.
        left: Whether it goes to another process.
    """

    alive: bool
    left: bool


class Playing(Protocol):
    """Who plays accounts: the engine's `Accounts`."""

    @property
    def worlds(self) -> Mapping[str, OpenAccount]:
        """The open accounts by Sid."""

    def take(self, sid: str) -> object | None:
        """
        Build an account from its rows and play it; None if there is no such account.

        Then its deed and its row in the table of owners are gone as well.
        """

    def let_go(self, sid: str, *, save: bool) -> bool:
        """Play an account no more; False where it is not open, or somebody else lets go of it."""

    def ended(self, sid: str) -> None:
        """Learn that an account is no more."""


class Transfers:
    """
    Takes accounts and gives them; lives as long as the server, safe for many threads.

    Args:
        owners: Who plays each account.
        member: This process.
        deeds: What it owns.
        playing: Who plays accounts.

    Attributes:
        takeovers: How many accounts were taken whose owner was gone.
        taken_over: Told of each of them.
        unbuilt: Accounts that this process owns, and could not open because of the database.
        arrived: Accounts that have come since somebody emptied it.
        leaving: Whether this process is about to leave, and takes nothing any more.
    """

    def __init__(
        self, owners: KeptOwners, member: Membership, deeds: Deeds, playing: Playing
    ) -> None:
        self._owners = owners
        self._member = member
        self._deeds = deeds
        self._playing = playing
        self._locks = [threading.Lock() for _ in range(_STRIPES)]
        self.takeovers = 0
        self.taken_over: Callable[[], None] = lambda: None
        self.unbuilt: set[str] = set()
        self.arrived: set[str] = set()
        self.leaving = False

    def _lock(self, sid: str) -> threading.Lock:
        return self._locks[zlib.crc32(sid.encode()) % _STRIPES]

    def term(self, sid: str) -> int | None:
        """The term of an account that is here, None if it is not; two look-ups and a clock."""
        deed = self._deeds.of(sid)
        if deed is None or deed.process != self._member.id or sid not in self._playing.worlds:
            return None
        return deed.term if self._member.holds else None

    def stays(self, sid: str, term: int) -> Callable[[], bool]:
        """What says later whether an account that is here stayed, or was deleted here."""
        world = self._playing.worlds.get(sid)

        def deleted() -> bool:
            return world is not None and not world.alive and not world.left

        return lambda: self.term(sid) == term or deleted()

    def here(self) -> list[str]:
        """The accounts that are here."""
        return [sid for sid in list(self._playing.worlds) if self.term(sid) is not None]

    def settle(self, sid: str) -> Where:
        """
        Find out where an account is played, and take it if it is nobody's.

        Raises:
            DatabaseFault: The database could not be read or written.
        """
        with self._lock(sid):
            me = self._member.id
            if me is None or not self._member.holds:
                return Unsettled(self._member.lapse)
            if self.term(sid) is not None:
                self.unbuilt.discard(sid)
                return Here()
            place = self._owners.place(sid)
            self.unbuilt.discard(sid)
            if place is None:
                self._playing.ended(sid)
                return Nobody()
            if place.owner == me:
                if self._deeds.of(sid) is None:
                    # A world without a deed is one in doubt, and never comes back.
                    self._close(sid, save=False)
                return self._build(sid, me, place.term)
            if place.alive:
                return _there(place)
            return self._take(place, me)

    def gone_to(self, sid: str) -> Where:
        """
        Find out who plays an account that this process, which leaves, has given away.

        Raises:
            DatabaseFault: The database could not be read.
        """
        place = self._owners.place(sid)
        if place is None:
            return Nobody()
        return _there(place) if place.alive and place.owner != self._member.id else _ENDING

    def _take(self, place: Owned, me: int) -> Where:
        sid = place.account
        if self.leaving:
            return _ENDING
        try:
            term = self._owners.take(sid, me, place.owner, place.term)
        except DatabaseFault:
            self.unbuilt.add(sid)  # it may have been taken: the next round finds out
            raise
        if term is None:
            return Unsettled(f"another process is taking account {sid} over")
        self.takeovers += 1
        self.taken_over()
        self.arrived.add(sid)
        return self._build(sid, me, term)

    def _build(self, sid: str, me: int, term: int) -> Where:
        self._deeds.enter(sid, me, term)
        try:
            built = self._playing.take(sid)
        except NotOwner:
            self._deeds.drop(sid)
            return Unsettled(f"another process has taken account {sid} over")
        except DatabaseFault:
            self._deeds.drop(sid)
            self.unbuilt.add(sid)
            raise
        except Exception:  # noqa: BLE001 - one account's trouble is not the others'
            self._deeds.drop(sid)
            _log.exception("account %s was taken over and cannot be opened", sid)
            return Unsettled(f"account {sid} cannot be opened; the log says why", _SLOWLY)
        self.unbuilt.discard(sid)
        if built is None:  # its maker was killed before the account had a row
            return Nobody()
        if self._member.id != me:  # the lease was lost meanwhile
            self._close(sid, save=False)
            return Unsettled(self._member.lapse)
        return Here()

    def forget(self, sid: str, me: int, term: int) -> None:
        """
        Delete the row of an account that is no more; where that fails, the next round does.

        Raises:
            DatabaseFault: The database could not be written.
        """
        try:
            self._owners.forget(sid, me, term)
        except DatabaseFault:
            self.unbuilt.add(sid)
            raise

    def give(self, sid: str, to: int | None) -> bool:
        """
        Save an account, play it no more, and hand it over.

        Args:
            sid: The account's.
            to: The process that plays it from now on; None is whoever takes it first.

        Returns:
            Whether it was this process's.

        Raises:
            DatabaseFault: The database could not be written; it is still this process's.
        """
        with self._lock(sid):
            deed = self._deeds.of(sid)
            if deed is None:
                return False
            # A fault before the hand-over leaves it here, and the next round opens it again.
            self.unbuilt.add(sid)
            self._close(sid, save=True)
            given = self._owners.give(sid, deed.process, deed.term, to)
            self.unbuilt.discard(sid)
            return given

    def adopted(self, sid: str) -> None:
        """Note in the table that this process plays an account that it was given."""
        deed = self._deeds.of(sid)
        if deed is not None:
            self._owners.adopt(sid, deed.process, deed.term)

    def drop_missed(self, sid: str) -> None:
        """
        Play an account no more, if it is another process's by now; nothing is written.

        Nor if its deed was given up, because its rows are in doubt. The round opens it anew.

        Raises:
            DatabaseFault: The database could not be read.
        """
        with self._lock(sid):
            deed, place = self._deeds.of(sid), self._owners.place(sid)
            # An account that this process owns again by now stays open.
            if deed is None or place is None or deed != (place.owner, place.term):
                self._close(sid, save=False)
                if place is not None and place.owner == self._member.id:
                    self.unbuilt.add(sid)

    def drop_all(self) -> None:
        """Play nothing any more, because the lease is lost; nothing is written."""
        # The deeds go first, because a request under way must find none and write nothing.
        self._deeds.clear()
        self.unbuilt.clear()
        for sid in list(self._playing.worlds):
            with self._lock(sid):
                self._close(sid, save=False)

    def _close(self, sid: str, *, save: bool) -> None:
        try:
            self._playing.let_go(sid, save=save)
        finally:
            self._deeds.drop(sid)


_ENDING = Unsettled("this server is about to end")


def _there(place: Owned) -> There:
    assert place.owner is not None
    return There(place.url or "", place.reach or "", place.owner, place.name or "")
