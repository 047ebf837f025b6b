"""What is wrong with flows that each can be read: an ExoPhone with two, a transfer to nowhere."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from exomock.domain.exophone import ExoPhone
from exomock.domain.flows.steps import Applet, AppletStep, Flow
from exomock.domain.number import shown
from exomock.scenarios.flows import ReadFlow
from exomock.scenarios.manner import nearest
from exomock.scenarios.source import Mistake, Path, ReadFile
from exomock.scenarios.ways import ends, ways_of

_MOST_NAMED = 5


class FlowsOfFile(NamedTuple):
    """The flows of a file, by app id, where they stand, and the ExoPhones of its account."""

    source: ReadFile
    flows: Mapping[str, ReadFlow]
    exophones: Sequence[ExoPhone] = ()


class Place(NamedTuple):
    """A step among the flows of all files: the app id and the number."""

    app: str
    number: int


def flaws(files: Sequence[FlowsOfFile]) -> Iterator[Mistake]:
    """
    What is wrong with the flows of all files together.

    Args:
        files: In their order: of two flows with one app id the first holds.
    """
    held: dict[str, tuple[ReadFile, ReadFlow]] = {}
    for source, flows, _exophones in files:
        for app, each in flows.items():
            held.setdefault(app, (source, each))
    for file in files:
        yield from _assigned_otherwise(file, held)
    yield from _two_of_one_exophone(held)
    yield from _transfers_to_nowhere(held)
    yield from _loops(held)


_Held = Mapping[str, tuple[ReadFile, ReadFlow]]


def _two_of_one_exophone(held: _Held) -> Iterator[Mistake]:
    first: dict[str, str] = {}
    for app, (source, (flow, _paths)) in held.items():
        if flow.exophone is None:
            continue
        other = first.setdefault(flow.exophone, app)
        if other != app:
            where = held[other][0].place(("flows", other, "exophone"))
            what = f"found {shown(flow.exophone)}, which starts the flow {other} ({where}); "
            what += "expected one flow for an ExoPhone"
            yield source.mistake(("flows", app, "exophone"), what)


def _assigned_otherwise(file: FlowsOfFile, held: _Held) -> Iterator[Mistake]:
    """ExoPhones of an account that say another flow than the flows do, or one that is none."""
    says = {read.flow.exophone: app for app, (_source, read) in held.items()}
    for each in file.exophones if held else ():
        what = each.flow and _wrong_with(each.flow, says.get(each.number), held)
        if what:
            said = f"{shown(each.number)} says flow {each.flow}{what}"
            yield file.source.mistake(("account", "exophones"), said)


def _wrong_with(flow: str, other: str | None, held: _Held) -> str | None:
    if flow not in held:
        return ", which is none" + (nearest(flow, held) or f"; flows are {', '.join(held)}")
    if other is None or other == flow:
        return None
    source, _read = held[other]
    where = source.place(("flows", other, "exophone"))
    return f", and the flow {other} says that it is started by it ({where})"


def _transfers_to_nowhere(held: _Held) -> Iterator[Mistake]:
    for app, (source, (flow, paths)) in held.items():
        for step, path in zip(flow.steps, paths, strict=True):
            if step.applet is Applet.TRANSFER and step.app not in held:
                hint = nearest(step.app or "", held) or f"; flows are {', '.join(held)}"
                what = f"found '{step.app}', expected the app id of a flow{hint}"
                yield source.mistake(("flows", app, *path, "transfer"), what)


def _loops(held: _Held) -> Iterator[Mistake]:
    """Steps from which no exit leads to the end of a flow, a sentence for each round."""
    flows = {app: read.flow for app, (_source, read) in held.items()}
    led = {
        Place(app, number): list(_led(flows, app, step))
        for app, flow in flows.items()
        for number, step in enumerate(flow.steps)
    }
    for around in _rounds(led, _without_end(led)):
        source, read = held[around[0].app]
        yield source.mistake(_path(read, around[0]), _round(held, around))


def _led(flows: Mapping[str, Flow], app: str, step: AppletStep) -> Iterator[Place | None]:
    """Where a step leads; None is the end."""
    app_beyond = step.app or ""
    if step.applet is Applet.TRANSFER and app_beyond in flows:
        first = flows[app_beyond].first
        yield None if first is None else Place(app_beyond, first)
    elif ends(step):
        yield None
    for _way, number in ways_of(step):
        yield None if number is None else Place(app, number)


_Led = Mapping[Place, Sequence[Place | None]]


def _without_end(led: _Led) -> set[Place]:
    back: dict[Place, list[Place]] = {place: [] for place in led}
    ending = [place for place, targets in led.items() if None in targets]
    for place, targets in led.items():
        for target in targets:
            if target is not None:
                back[target].append(place)
    done: set[Place] = set()
    while ending:
        place = ending.pop()
        if place not in done:
            done.add(place)
            ending += back[place]
    return set(led) - done


def _rounds(led: _Led, endless: set[Place]) -> Iterator[list[Place]]:
    """The loops that one comes into from places without an end; each place is passed once."""
    told: set[Place] = set()
    for place in led:
        if place not in endless:
            continue
        way: dict[Place, None] = {}
        here: Place | None = place
        while here is not None and here not in told and here not in way:
            way[here] = None
            here = led[here][0]
        told.update(way)
        if here in way:
            passed = list(way)
            yield sorted(passed[passed.index(here) :])


def _path(read: ReadFlow, place: Place) -> Path:
    return ("flows", place.app, *read.paths[place.number])


def _round(held: _Held, around: Sequence[Place]) -> str:
    said = []
    for place in around[:_MOST_NAMED]:
        source, read = held[place.app]
        step = read.flow.steps[place.number]
        said.append(f"{step.applet.value} (line {source.line(_path(read, place))})")
    more = ", …" if len(around) > _MOST_NAMED else ""
    return f"goes round for ever: no exit of {', '.join(said)}{more} leads out of the loop"
