"""Calls that come in by themselves, at the moments of the account's clock."""

from dataclasses import replace
from random import Random

from exomock.domain.generator import Generator
from exomock.domain.number import from_shown
from exomock.domain.order import Direction, Order
from exomock.domain.script import Choice
from exomock.domain.sid import call_key
from exomock.engine.arrival import Arrival
from exomock.engine.deciding import decide
from exomock.engine.holdings import Holdings
from exomock.engine.placing import Placer, asked
from exomock.engine.sources import Played, Source, Sources
from exomock.engine.standing import LiveStanding
from exomock.engine.world import World
from exomock.storage.store import Store
from exomock.storage.tables import COMES_IN

AT_ONCE = 500
"""How many calls come in while the account's lock is held once."""


class Traffic(Source):
    """
    The callers of every account as a source; the `state` of a world is held by who asks.

    Args:
        store: Where calls are kept.
        placer: Places them.
        holdings: The ExoPhones and the whitelists of accounts.
        sources: Told when the callers of an account are others.
    """

    def __init__(self, store: Store, placer: Placer, holdings: Holdings, sources: Sources) -> None:
        self._store = store
        self._holdings = holdings
        self._sources = sources
        self._placer = placer

    def begin(self, world: World, now: int, *, resume: bool = False) -> None:
        """
        Let the scenario's generators begin to call now.

        Args:
            world: Whose; its `state` is held.
            now: The account's time, microseconds.
            resume: Whether they go on from their last calls instead, as after a restart.
        """
        world.held()
        world.arrivals = [
            self._first(world, index, generator, now, resume=resume)
            for index, generator in enumerate(world.scenario.inbound)
        ]
        self._sources.look(world, self)

    def _first(
        self, world: World, index: int, generator: Generator, now: int, *, resume: bool
    ) -> Arrival:
        kind = f"{COMES_IN}{index}"
        number = self._placer.nth(world, kind)
        last = self._store.calls.last_created(world.sid, kind) if resume and number else None
        since = now if last is None else last
        if resume and world.laid.began is not None:
            since = max(last or 0, world.laid.began)
        at = since + generator.wait(_chance(world, kind, number))
        return Arrival(generator, kind, number, at)

    def go_on(self, world: World, arrivals: list[Arrival]) -> None:
        """Let the generators go on from where they were; the world's `state` is held."""
        world.held()
        world.arrivals = [replace(each) for each in arrivals]
        self._sources.look(world, self)

    def next_at(self, world: World) -> int | None:
        """When the next call comes in."""
        return min((each.at for each in world.arrivals), default=None)

    def keeps_busy(self, _world: World) -> bool:
        """False: callers never end, so nobody can wait for their end."""
        return False

    def play(self, world: World, now: int) -> Played:
        """Place the calls that have come in by now, each at its moment; at most a batch."""
        for _ in range(AT_ONCE):
            arrival = min(world.arrivals, key=lambda each: each.at, default=None)
            if arrival is None or arrival.at > now:
                break
            self._place(world, arrival)
            arrival.number += 1
            arrival.at += arrival.generator.wait(_chance(world, arrival.kind, arrival.number))
        return Played([], [])

    def _place(self, world: World, arrival: Arrival) -> None:
        generator = arrival.generator
        rng = _chance(world, arrival.kind, arrival.number)
        rng.random()  # pass over the draw of the wait, else it would choose the caller too
        order = Order(
            from_shown(generator.caller(rng)),
            generator.exophone,
            generator.exophone,
            direction=Direction.INBOUND,
            callback=generator.callback,
            events=generator.events,
            callback_json=generator.callback_json,
        )
        standing = LiveStanding(world, self._store, self._placer, self._holdings, arrival.kind)
        script = generator.script
        given = None if script is None else Choice(script, generator.place)
        choice = decide(order, standing, arrival.at, given).choice
        wanted = asked(order, arrival.kind)
        self._placer.place(world, wanted, choice, arrival.at, standing.counts.new)


def _chance(world: World, kind: str, number: int) -> Random:
    return Random(f"{call_key(world.seed, world.sid, kind, number)}:arrival")
