"""The faults of accounts: armed by scenarios and by the control API, and what they strike."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random
from typing import NamedTuple

from exomock.domain.errors import BoundReached
from exomock.domain.fault import ArmedFault, Fault, FaultAnswer, Request, struck_by
from exomock.domain.rule import party_named
from exomock.domain.scenario import Scenario
from exomock.domain.script import Party
from exomock.engine.items import Did
from exomock.engine.world import World

MOST_FAULTS = 1000
"""How many faults the control API may arm in one account at once."""


class Struck(NamedTuple):
    """
    The fault that strikes a request, and its answer.

    Args:
        place: By which fault.
        answer: What.
        delay: How much later, microseconds.
        due: When that is by the account's clock, microseconds.
        party: Whom it is about, where it refuses.
        left: Microseconds of the account's time until the fault is over; None if time ends nothing.
    """

    place: str
    answer: FaultAnswer
    delay: int
    due: int
    party: Party
    left: int | None


def armed_by(scenario: Scenario, seed: int, account: str, since: int) -> list[ArmedFault]:
    """
    The faults of a scenario, as they are armed when it begins.

    Args:
        scenario: The scenario.
        seed: What chance is drawn from.
        account: The account's Sid.
        since: The account's time then, microseconds.
    """
    return [
        _armed(seed, account, f"scenario-{number}", fault, since)
        for number, fault in enumerate(scenario.faults, 1)
    ]


def _armed(seed: int, account: str, key: str, fault: Fault, since: int) -> ArmedFault:
    return ArmedFault(key, fault, since, f"{seed}:{account}:fault:{key}")


def strike(armed: Iterable[ArmedFault], request: Request, now: int) -> Struck | None:
    """
    What becomes of a request's answer: the first fault that strikes decides.

    Args:
        armed: The account's.
        request: The request; it is counted.
        now: The account's time, microseconds.
    """
    first = struck_by(armed, request, now)
    if first is None:
        return None
    delay = first.fault.delay.draw(Random(f"{first.key}:{first.struck}"))
    return Struck(
        first.fault.place, first.fault.answer, delay, now + delay,
        party_named(first.fault.when), first.left(now),
    )  # fmt: skip


class Faults:
    """
    Arms faults in worlds and asks them; lives as long as the server.

    Args:
        wall: Reads the wall clock, microseconds since the epoch.
    """

    def __init__(self, wall: Callable[[], int]) -> None:
        self._wall = wall

    def begin(self, world: World, now: int) -> None:
        """Arm the scenario's faults anew; those of the control API stay. `state` is held."""
        world.held()
        own = [each for each in world.faults if each.own]
        for each in own:
            each.since = min(each.since, now)
        world.faults = own + armed_by(world.scenario, world.seed, world.sid, now)

    def add(self, world: World, fault: Fault) -> ArmedFault:
        """
        Arm one more fault; it is asked before those of the scenario.

        Raises:
            BoundReached: So many are armed already; each is asked at every request.
        """
        with world.state:
            if sum(1 for each in world.faults if each.own) >= MOST_FAULTS:
                raise BoundReached(f"faults: there are {MOST_FAULTS} already; lift some")
            world.faults_made += 1
            now = world.clock.at(self._wall())
            armed = _armed(world.seed, world.sid, str(world.faults_made), fault, now)
            armed.own = True
            world.faults = [armed, *world.faults]
            world.tell(Did.FAULT, self._wall(), armed.id, by=fault.place)
        world.touch()
        return armed

    def remove(self, world: World, fault: str | None = None) -> bool:
        """Disarm the fault of that id, or all; whether there was any such."""
        with world.state:
            left = [each for each in world.faults if fault is not None and each.id != fault]
            found = len(left) < len(world.faults)
            world.faults = left
            if found:
                world.tell(Did.LIFTED, self._wall(), fault)
        world.touch()
        return found or fault is None

    def strike(self, world: World, request: Callable[[], Request]) -> Struck | None:
        """
        What becomes of a request's answer: the first fault that strikes decides.

        Args:
            world: Whose.
            request: What it looks like; asked once, where there are faults.
        """
        asked = request()
        with world.state:
            return strike(world.faults, asked, world.clock.at(self._wall()))

    def kept(self, world: World) -> list[ArmedFault]:
        """Copies of what is armed, for a snapshot; `state` is held."""
        world.held()
        return [replace(each) for each in world.faults]
