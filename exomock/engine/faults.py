"""The faults of accounts: armed by scenarios and by the control API, and what they strike."""

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import NamedTuple

from exomock.domain.errors import BoundReached
from exomock.domain.fault import ArmedFault, Fault, FaultAnswer, Request, struck_by
from exomock.domain.rule import party_named
from exomock.domain.scenario import Scenario
from exomock.domain.script import Party
from exomock.engine.items import Did
from exomock.engine.laid import FAULT, armed_texts, count_of, counted, forgotten, made
from exomock.engine.laid import lifted as lifted_texts
from exomock.engine.world import World
from exomock.storage.store import Store

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
        ArmedFault(each := f"scenario-{number}", fault, since, _key(seed, account, each))
        for number, fault in enumerate(scenario.faults, 1)
    ]


def _key(seed: int, account: str, fault: str) -> str:
    return f"{seed}:{account}:fault:{fault}"


def fault_key(world: World, number: int) -> str:
    """What the chance of a fault of the control API is drawn from."""
    return _key(world.seed, world.sid, str(number))


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
        store: Where they are kept.
        wall: Reads the wall clock, microseconds since the epoch.
    """

    def __init__(self, store: Store, wall: Callable[[], int]) -> None:
        self._store = store
        self._wall = wall

    def begin(self, world: World, now: int) -> None:
        """Arm the scenario's faults anew; those of the control API stay. `state` is held."""
        world.held()
        unsaved = world.laid.unsaved
        own = [each for each in world.faults if each.own]
        for each in own:
            if each.since > now:
                each.since = now
                unsaved[count_of(FAULT, each.id)] = counted(each)
        unsaved |= {count_of(FAULT, each.id): None for each in world.faults if not each.own}
        world.faults = own + armed_by(world.scenario, world.seed, world.sid, now)

    def add(self, world: World, fault: Fault, said: str) -> ArmedFault:
        """
        Arm one more fault; it is asked before those of the scenario.

        Args:
            world: Where.
            fault: What.
            said: Its words, as they are kept.

        Raises:
            AccountGone: The account was deleted.
            BoundReached: So many are armed already; each is asked at every request.
            DatabaseFault: It cannot be kept; nothing is armed.
        """
        with world.living():
            if sum(1 for each in world.faults if each.own) >= MOST_FAULTS:
                raise BoundReached(f"faults: there are {MOST_FAULTS} already; lift some")
            number, now = world.laid.faults_made + 1, world.clock.at(self._wall())
            key = fault_key(world, number)
            armed = ArmedFault(str(number), fault, now, key, own=True, said=said)
            texts = armed_texts([armed], ()) | made(number, world.overlays.made)
            self._store.laid.save(world.sid, texts)
            world.laid.faults_made, world.written = number, True
            world.faults = [armed, *world.faults]
            world.tell(Did.FAULT, self._wall(), armed.id, by=fault.place)
        world.touch()
        return armed

    def remove(self, world: World, fault: str | None = None) -> bool:
        """
        Disarm the fault of that id, or all; whether there was any such.

        Raises:
            AccountGone: The account was deleted.
            DatabaseFault: It cannot be written; nothing is lifted.
        """
        with world.living():
            gone = [each for each in world.faults if fault is None or each.id == fault]
            if gone:
                self._lift(world, gone)
                ids = {each.id for each in gone}
                world.faults = [each for each in world.faults if each.id not in ids]
                world.tell(Did.LIFTED, self._wall(), fault)
        world.touch()
        return bool(gone) or fault is None

    def _lift(self, world: World, gone: Sequence[ArmedFault]) -> None:
        """Write that faults are lifted: also a scenario's, so that no start arms it again."""
        laid = world.laid
        texts = forgotten(FAULT, (each.id for each in gone))
        lifted = [*laid.lifted, *(each.id for each in gone if not each.own)]
        if lifted != laid.lifted:
            texts |= lifted_texts(lifted)
        self._store.laid.save(world.sid, texts)
        laid.lifted, world.written = lifted, True
        for what in texts:
            laid.unsaved.pop(what, None)

    def strike(self, world: World, request: Callable[[], Request]) -> Struck | None:
        """
        What becomes of a request's answer: the first fault that strikes decides.

        Args:
            world: Whose.
            request: What it looks like; asked once, where there are faults.
        """
        asked = request()
        with world.living():
            before = [(each, each.asked, each.struck) for each in world.faults]
            struck = strike(world.faults, asked, world.clock.at(self._wall()))
            for each, times, strikes in before:
                if (each.asked, each.struck) != (times, strikes):
                    world.laid.unsaved[count_of(FAULT, each.id)] = counted(each)
            return struck

    def keep(self, world: World) -> None:
        """
        Write what a request has counted, where nothing that it did has written it.

        Raises:
            DatabaseFault: It cannot be written now; a later request writes it.
        """
        with world.state:
            unsaved = world.laid.unsaved
            if unsaved and world.alive:
                self._store.laid.save(world.sid, unsaved)
                world.written = True
                unsaved.clear()
