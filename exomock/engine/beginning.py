"""A world begins, or gets another scenario: past, traffic and faults start together."""

from typing import NamedTuple

from exomock.engine.faults import Faults
from exomock.engine.history import Begun, Past
from exomock.engine.laid import CONNECTS
from exomock.engine.locks import not_held
from exomock.engine.traffic import Traffic
from exomock.engine.world import World


class Beginning(NamedTuple):
    """
    Lets a scenario begin in a world.

    Args:
        faults: Arms its faults.
        traffic: Lets its callers call.
        past: Makes its past.
    """

    faults: Faults
    traffic: Traffic
    past: Past

    def now(self, world: World, time: int, *, resume: bool = False) -> Begun:
        """
        Begin what is done at once.

        Args:
            world: Whose; its `state` is held.
            time: The account's time, microseconds.
            resume: Whether callers go on from their last calls.

        Returns:
            What `then` is to go on with.
        """
        world.held()
        if not (resume and world.laid.began is not None):
            self._anew(world, time, resume=resume)
        self.traffic.begin(world, time, resume=resume)
        return Begun(world.scenario, world.epoch, time)

    def _anew(self, world: World, time: int, *, resume: bool) -> None:
        """Let a scenario begin for which nothing has been counted yet."""
        if world.connects and not resume:
            world.connects.clear()
            world.laid.unsaved[CONNECTS] = None
        self.faults.begin(world, time)
        world.laid.begin(world.scenario, time)

    def then(self, world: World, begun: Begun) -> None:
        """Make the past, which may take its time; the world's `state` is not held."""
        not_held(world.state)
        self.past.make(world, begun)
