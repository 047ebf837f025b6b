"""What is known of a telephone number: its circle and operator, and whether it is on DND."""

from collections.abc import Callable
from dataclasses import replace

from exomock.domain.errors import NotIndian
from exomock.domain.number import Number
from exomock.domain.order import Order
from exomock.domain.scenario import Scenario, number_of
from exomock.domain.telecom import LISTED, NumberInfo, derive
from exomock.engine.deciding import listed_by
from exomock.engine.holdings import Holdings
from exomock.engine.placing import Placer, asked
from exomock.engine.standing import PeekedStanding
from exomock.engine.world import World
from exomock.engine.worlds import Worlds
from exomock.numbering import is_mobile
from exomock.storage.store import Store


class LookUps:
    """
    Looks numbers up in the accounts of one exomock; lives as long as it, safe for many threads.

    Args:
        store: Where counts are kept, by which a rule decides.
        wall: Reads the wall clock, microseconds since the epoch.
        worlds: The open accounts.
        placer: Knows how many calls like another one there were.
        holdings: Knows the whitelists.
    """

    def __init__(
        self,
        store: Store,
        wall: Callable[[], int],
        worlds: Worlds,
        placer: Placer,
        holdings: Holdings,
    ) -> None:
        self._store = store
        self._wall = wall
        self._worlds = worlds
        self._placer = placer
        self._holdings = holdings

    def look_up(self, account: str, number: Number) -> tuple[NumberInfo, str]:
        """
        Look a number up, and say by what: the scenario, else derived from the number.

        Whether it is on the do-not-disturb list is what a connect would meet now, but for the
        whitelist: that lets an account call a number which is on the list all the same.

        Raises:
            AccountGone: The account was deleted.
            NotIndian: Only Indian numbers have a circle.
        """
        if not number.indian:
            raise NotIndian(number.sent)
        world = self._worlds.of(account)
        with world.living():
            scenario, by = world.scenario, self._listed(world, number)
        info, why = _known(scenario, number)
        if by is None or info.dnd == LISTED:
            return info, why
        return replace(info, dnd=LISTED), f"{why}; DND by {by}"

    def barred(self, world: World, exophone: Number, number: Number) -> str | None:
        """
        What keeps a number from being reached through an ExoPhone now, None if nothing does.

        It is on the do-not-disturb list, and not whitelisted for the ExoPhone.

        Args:
            world: The account; its `state` is held.
            exophone: The ExoPhone.
            number: The number.
        """
        by, now = self._listed(world, number), world.clock.at(self._wall())
        whitelists = self._holdings.whitelists
        if by is None or whitelists.reaches(world, exophone.e164, number.e164, now):
            return None
        return by

    def _listed(self, world: World, number: Number) -> str | None:
        """What puts a number on the do-not-disturb list now."""
        now = world.clock.at(self._wall())
        return listed_by(number, world.scenario, lambda order: self._peeked(world, order), now)

    def _peeked(self, world: World, order: Order) -> PeekedStanding:
        kind = asked(order).kind
        return PeekedStanding(world, self._store, self._placer, self._holdings, kind)


def _known(scenario: Scenario, number: Number) -> tuple[NumberInfo, str]:
    known = number_of(scenario, number)
    if known is not None:
        return known, f"numbers of {scenario.name}"
    return derive(number.shown[1:], mobile=is_mobile(number)), "derived from the number"
