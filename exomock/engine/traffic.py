"""Calls that come in by themselves, at the moments of the account's clock."""

import math
from collections.abc import Callable
from dataclasses import replace
from random import Random

from exomock.domain.generator import Generator
from exomock.domain.number import from_shown
from exomock.domain.order import Direction, Order
from exomock.domain.script import Choice
from exomock.domain.sid import call_key
from exomock.engine.arrival import Arrival
from exomock.engine.deciding import LiveStanding, decide
from exomock.engine.placing import Placer, asked
from exomock.engine.world import World
from exomock.storage.store import Store
from exomock.storage.tables import COMES_IN

AT_ONCE = 500
"""How many calls come in while the account's lock is held once."""


class Traffic:
    """
    Lets calls come in to the worlds of one engine; their `state` is held by who asks.

    Args:
        store: Where calls are kept.
        placer: Places them.
    """

    def __init__(self, store: Store, placer: Placer) -> None:
        self._store = store
        self._placer = placer

    def begin(self, world: World, now: int, *, resume: bool = False) -> None:
        """
        Let the scenario's generators begin to call now.

        Args:
            world: Whose; its `state` is held.
            now: The account's time, microseconds.
            resume: Whether they go on from their last calls instead, as after a restart.
        """
        world.arrivals = [
            self._first(world, index, generator, now, resume=resume)
            for index, generator in enumerate(world.scenario.inbound)
        ]
        self._alarm(world)

    def _first(
        self, world: World, index: int, generator: Generator, now: int, *, resume: bool
    ) -> Arrival:
        kind = f"{COMES_IN}{index}"
        number = self._placer.nth(world, kind)
        last = self._store.last_created(world.sid, kind) if resume and number else None
        since = now if last is None else last
        at = since + generator.wait(_chance(world, kind, number))
        return Arrival(generator, kind, number, at)

    def go_on(self, world: World, arrivals: list[Arrival]) -> None:
        """Let the generators go on from where they were; the world's `state` is held."""
        world.arrivals = [replace(each) for each in arrivals]
        self._alarm(world)

    def _alarm(self, world: World) -> None:
        world.arrival_at = min((each.at for each in world.arrivals), default=math.inf)

    def arrive(self, world: World, now: int) -> None:
        """Place the calls that have come in by now, each at its moment; at most a batch."""
        for _ in range(AT_ONCE):
            if world.arrival_at > now:
                return
            arrival = min(world.arrivals, key=lambda each: each.at)
            self._place(world, arrival)
            arrival.number += 1
            arrival.at += arrival.generator.wait(_chance(world, arrival.kind, arrival.number))
            self._alarm(world)

    def _place(self, world: World, arrival: Arrival) -> None:
        generator = arrival.generator
        rng = _chance(world, arrival.kind, arrival.number)
        rng.random()  # what the wait was drawn from must not choose the caller too
        order = Order(
            from_shown(generator.caller(rng)),
            generator.exophone,
            generator.exophone,
            direction=Direction.INBOUND,
            callback=generator.callback,
            events=generator.events,
            callback_json=generator.callback_json,
        )
        standing = LiveStanding(world, self._store, self._placer, arrival.kind)
        script = generator.script
        given = None if script is None else Choice(script, generator.place)
        choice = decide(order, standing, arrival.at, given).choice
        wanted = asked(order, arrival.kind)
        self._placer.place(world, wanted, choice, arrival.at, standing.counts.new)


def _chance(world: World, kind: str, number: int) -> Random:
    return Random(f"{call_key(world.seed, world.sid, kind, number)}:arrival")


Arrive = Callable[[World, int], None]
