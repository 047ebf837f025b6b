"""How an account of a running server stands when an order comes, for whoever decides it."""

import json

from exomock.domain.scenario import Scenario
from exomock.domain.script import Script
from exomock.domain.sid import call_key
from exomock.engine.holdings import Holdings
from exomock.engine.laid import CONNECTS
from exomock.engine.placing import Counted, Placer
from exomock.engine.world import World
from exomock.storage.store import Store


class LiveStanding:
    """
    How an account of a running server stands; its `state` is held while an order is decided.

    Args:
        world: The account.
        store: Where its counts and costs are kept.
        placer: Knows how many orders like this one there were.
        holdings: Knows its ExoPhones and its whitelist.
        kind: The order's fingerprint.
    """

    def __init__(
        self, world: World, store: Store, placer: Placer, holdings: Holdings, kind: str
    ) -> None:
        self._world, self._store, self._placer, self._kind = world, store, placer, kind
        self._holdings = holdings
        self.counts = Counted(store, world.sid)

    @property
    def scenario(self) -> Scenario:
        """What becomes of its calls."""
        return self._world.scenario

    @property
    def connects(self) -> list[int]:
        """When the connects of the last minute came."""
        return self._world.connects

    def spent(self, now: int) -> int:  # noqa: ARG002
        """What its calls have cost so far."""
        return self._store.spent(self._world.sid)

    def exophones(self) -> tuple[str, ...] | None:
        """The numbers that a CallerId may be."""
        return self._holdings.exophones.callable_from(self._world)

    def whitelisted(self, exophone: str, number: str, now: int) -> bool:
        """Whether a number may be called through an ExoPhone although it is on DND."""
        return self._holdings.whitelists.reaches(self._world, exophone, number, now)

    def take_next(self) -> Script | None:
        """The script that a test laid down."""
        self._world.held()
        found = self._world.nexts.take(self._world.laid.unsaved)
        if found is not None:
            self._world.touch()
        return found

    def key(self) -> str:
        """What the chance of this order is drawn from."""
        # A refused order leaves no row. Uncounted, a second try would draw the same luck.
        nth = self._placer.nth(self._world, self._kind) + self.counts.seen(self._refused)
        return call_key(self._world.seed, self._world.sid, self._kind, nth)

    @property
    def _refused(self) -> str:
        return f"refused:{self._kind}"

    def note_connect(self, now: int) -> None:
        """Have the connects of the last minute kept, where this one is among them."""
        recent = self._world.connects
        if recent and recent[-1] == now:
            self._world.laid.unsaved[CONNECTS] = json.dumps(recent)

    def keep_refusal(self, *, counts: bool) -> None:
        """
        Save what was counted for an order that was refused, and what it used up.

        Args:
            counts: Whether it is counted that it was refused; an account's limit counts nothing.
        """
        world = self._world
        if counts and self.scenario.index.by_chance:
            self.counts.take(self._refused)
        if self.counts.new or world.laid.unsaved:
            self._store.counts.save(world.sid, self.counts.new, world.laid.unsaved)
            world.laid.unsaved.clear()
            world.written = True
            world.touch()  # the kept answer to a look-up may be another now


class PeekedStanding(LiveStanding):
    """How an account stands, for a question that takes nothing; its `state` is held."""

    def take_next(self) -> Script | None:
        """The script that is laid down for the next call, which stays there."""
        return self._world.nexts[0].script if self._world.nexts else None

    def whitelisted(self, exophone: str, number: str, now: int) -> bool:  # noqa: ARG002
        """False: whether a number is on the DND list does not depend on any whitelist."""
        return False
