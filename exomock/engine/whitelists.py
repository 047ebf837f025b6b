"""The whitelists of accounts: who may be reached through which ExoPhone, on DND or not."""

from collections.abc import Callable, Sequence

from exomock.domain.errors import NotAnExoPhone
from exomock.domain.number import Number, shown
from exomock.domain.whitelist import LASTS, Entered, Whitelisted, entered
from exomock.engine.exophones import ExoPhones
from exomock.engine.items import Did
from exomock.engine.world import World
from exomock.engine.worlds import Worlds
from exomock.storage.store import Store


class Whitelists:
    """
    The whitelists of one exomock's accounts; lives as long as the server, safe for many threads.

    Args:
        store: Where they are kept.
        wall: Reads the wall clock, microseconds since the epoch.
        worlds: The open accounts.
        exophones: Knows their ExoPhones.
    """

    def __init__(
        self, store: Store, wall: Callable[[], int], worlds: Worlds, exophones: ExoPhones
    ) -> None:
        self._store = store
        self._exophones = exophones
        self._wall = wall
        self._worlds = worlds

    def add(self, account: str, exophone: Number, numbers: Sequence[Number]) -> None:
        """
        Put numbers on the account's whitelist; those that were on it begin anew.

        Args:
            account: The account's Sid.
            exophone: The ExoPhone through which they may be reached.
            numbers: The numbers.

        Raises:
            AccountGone: There is no such account.
            NotAnExoPhone: The scenario names the account's ExoPhones, and this is none of them.
        """
        world = self._worlds.of(account)
        with world.living():
            known = self._exophones.callable_from(world)
            if known is not None and exophone.e164 not in known:
                raise NotAnExoPhone(exophone.shown, ", ".join(map(shown, known)) or "none")
            until = world.clock.at(self._wall()) + LASTS
            entries = [Whitelisted(exophone.e164, each.e164, until) for each in numbers]
            self._store.whitelist.add(account, entries)
            self._changed(world, Did.WHITELISTED, numbers, exophone=exophone.shown)

    def remove(self, account: str, numbers: Sequence[Number]) -> None:
        """
        Take numbers off the account's whitelist, for every ExoPhone.

        Raises:
            AccountGone: There is no such account.
        """
        world = self._worlds.of(account)
        with world.living():
            self._store.whitelist.remove(account, [each.e164 for each in numbers])
            self._changed(world, Did.UNLISTED, numbers)

    def look_up(self, account: str, number: Number) -> Entered:
        """
        What the account's whitelist says of a number.

        Raises:
            AccountGone: There is no such account.
        """
        world = self._worlds.of(account)
        entries = self._store.whitelist.of(account, number.e164)
        return entered(entries, world.clock.at(self._wall()))

    def reaches(self, world: World, exophone: str, number: str, now: int) -> bool:
        """
        Whether a number is whitelisted for an ExoPhone of an account.

        Args:
            world: The account.
            exophone: E.164.
            number: E.164.
            now: The account's time, microseconds.
        """
        entries = self._store.whitelist.of(world.sid, number)
        return any(each.exophone == exophone and each.until > now for each in entries)

    def _changed(self, world: World, did: Did, numbers: Sequence[Number], **data: str) -> None:
        """Tell of a change after its commit; `state` is held."""
        world.held()
        world.written = True
        said = [each.shown for each in numbers]
        world.tell(did, self._wall(), said[0] if len(said) == 1 else None, numbers=said, **data)
        world.touch()
