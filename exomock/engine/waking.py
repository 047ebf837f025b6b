"""What was laid down in an account is there again, from the texts that were kept of it."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from exomock.domain.fault import ArmedFault
from exomock.domain.message import MessageScript
from exomock.domain.overlay import ArmedOverlay
from exomock.domain.script import Script
from exomock.engine.faults import armed_by, fault_key
from exomock.engine.laid import (
    BEGAN,
    CONNECTS,
    FAULT,
    LIFTED,
    MADE,
    NEXT,
    TEXT,
    TWIST,
    count_of,
    count_on,
    digest,
    name_of,
    words_of,
)
from exomock.engine.nexts import NextFate
from exomock.engine.twisting import key_of
from exomock.engine.world import World
from exomock.scenarios import ScenarioError, read_fault, read_next, read_overlay

_log = logging.getLogger("exomock.accounts")

T = TypeVar("T")


def wake(world: World, texts: Mapping[str, str]) -> None:
    """
    Let what was laid down in an account be in memory what it was.

    Args:
        world: The account, which nobody else sees yet; it has its scenario.
        texts: All that was kept of it.
    """
    laid = world.laid
    laid.faults_made, world.overlays.made = json.loads(texts.get(MADE, "[0, 0]"))
    world.connects[:] = json.loads(texts.get(CONNECTS, "[]"))
    world.faults = [*_own_faults(world, texts), *_scenarios_faults(world, texts)]
    world.overlays[:] = _overlays(world, texts)
    _wake_nexts(world, texts)


def _read(
    world: World, kind: str, texts: Mapping[str, str], read: Callable[[bytes], T]
) -> Iterator[tuple[int, str, T]]:
    """What clients laid down of a kind, the oldest first: its number, its words, and it."""
    for number in words_of(kind, texts):
        said = texts[name_of(kind, number)]
        try:
            yield number, said, read(said.encode())
        except ScenarioError as error:
            # Another release wrote these words. One account must not keep the server from starting.
            _log.warning("account %s has lost its %s %d: %s", world.sid, kind, number, error)


def _own_faults(world: World, texts: Mapping[str, str]) -> list[ArmedFault]:
    found = []
    for number, said, fault in _read(world, FAULT, texts, read_fault):
        armed = ArmedFault(str(number), fault, 0, fault_key(world, number), own=True, said=said)
        count_on(armed, texts.get(count_of(FAULT, number)))
        found.append(armed)
    return found[::-1]


def _scenarios_faults(world: World, texts: Mapping[str, str]) -> list[ArmedFault]:
    """The scenario's faults, where it is the one that began; else none, and nothing is counted."""
    laid, scenario = world.laid, world.scenario
    began, of = json.loads(texts.get(BEGAN, "[0, null]"))
    if of != digest(scenario):
        stale = [what for what in texts if what.startswith(f"{FAULT}:scenario-")]
        laid.unsaved |= dict.fromkeys([*stale, *({LIFTED, BEGAN} & texts.keys())])
        return []
    laid.began, laid.lifted = began, json.loads(texts.get(LIFTED, "[]"))
    found = armed_by(scenario, world.seed, world.sid, began)
    for each in found:
        count_on(each, texts.get(count_of(FAULT, each.id)))
    return [each for each in found if each.id not in laid.lifted]


def _overlays(world: World, texts: Mapping[str, str]) -> list[ArmedOverlay]:
    found = []
    for number, said, overlay in _read(world, TWIST, texts, read_overlay):
        armed = ArmedOverlay(str(number), overlay, 0, key_of(world, number), said=said)
        count_on(armed, texts.get(count_of(TWIST, number)))
        found.append(armed)
    return found[::-1]


def _wake_nexts(world: World, texts: Mapping[str, str]) -> None:
    for number, said, (calls, script) in _read(world, NEXT, texts, read_next):
        left = int(texts.get(count_of(NEXT, number), calls))
        if isinstance(script, Script):
            world.nexts.append(NextFate(script, left, said, number))
    for number, said, (calls, script) in _read(world, TEXT, texts, read_next):
        left = int(texts.get(count_of(TEXT, number), calls))
        if isinstance(script, MessageScript):
            world.next_messages.append(NextFate(script, left, said, number))
