"""A flow as it was written becomes a graph: lists, parts and `goto` are resolved to numbers."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any, NamedTuple

from marshmallow import ValidationError

from exomock.domain.flows.steps import HANG_UP, Applet, AppletStep, Exit
from exomock.scenarios.fields import MOST_MISTAKES
from exomock.scenarios.manner import nearest
from exomock.scenarios.source import Path
from exomock.scenarios.steps import ONWARD, Branch, Written
from exomock.scenarios.ways import ends, ways_of

Wrong = list[tuple[Path, str]]
"""Sentences about what is wrong, each with its path."""

_NO_PATH: Path = ()
_MOST_NAMES = 200
_A_NAME = "the name of a step or a part"
_A_WAY = "a step, a list of steps, or the name of a part"
_UNNAMED = "can never be reached: no exit and no goto names this part"
_KEY = re.compile(r"(?<![0-9*#])[0-9*#](?![0-9*#])")


class Laid(NamedTuple):
    """
    The steps of a flow, laid out.

    Args:
        steps: As the domain has them, their lines aside.
        first: The step it begins with; None hangs up.
        paths: Where each stands, counted from the flow.
    """

    steps: tuple[AppletStep, ...]
    first: int | None
    paths: tuple[Path, ...]


@dataclass(slots=True)
class _Node:
    """
    A step, or a goto.

    Args:
        written: It as it was written.
        path: Where it stands.
        before: The one before it in its list, None where it is the first.
        after: The one after it in its list.
        exits: Where its exits lead.
        jumps: Whether it is a goto.
    """

    written: Written
    path: Path
    before: int | None = None
    after: int | None = HANG_UP
    exits: dict[str, int | None] = field(default_factory=dict)

    @property
    def jumps(self) -> bool:
        return self.written.applet is None


def laid(steps: Branch, parts: Mapping[str, Branch], path: Path = _NO_PATH) -> Laid:
    """
    The graph of a flow.

    Args:
        steps: Its steps.
        parts: Its parts, by name.
        path: Where the steps stand, counted from the flow.

    Raises:
        ValidationError: Everything about it that cannot be, each under its path.
    """
    layout = _Layout()
    first = layout.branch(steps, path)
    entries = {name: layout.branch(part, ("parts", name)) for name, part in parts.items()}
    layout.name(entries)
    found = layout.resolved(first)
    refuse(layout.wrong or list(_unreached(layout, found, entries)))
    return found


def refuse(wrong: Wrong) -> None:
    """
    Refuse what something is wrong with.

    Raises:
        ValidationError: Anything is.
    """
    if wrong:
        raise ValidationError(_nested(wrong))


class _Layout:
    """One walk over the steps of a flow, which numbers them, gotos among them."""

    def __init__(self) -> None:
        self.nodes: list[_Node] = []
        self.wrong: Wrong = []
        self._named: list[tuple[dict[str, int | None], str, str, Path]] = []
        self._onward: list[tuple[_Node, str]] = []
        self._known: dict[str, int | None] = {}
        self._ends: dict[int, int | None] = {}

    def branch(self, branch: Branch, path: Path) -> int | None:
        """Number the steps of a branch; the first of them, None where it names a part."""
        numbers: list[int] = []
        for index, step in enumerate(branch.steps):
            numbers.append(self._step(step, (*path, index) if branch.listed else path))
        for before, after in pairwise(numbers):
            self.nodes[before].after, self.nodes[after].before = after, before
        return numbers[0] if numbers else None

    def _step(self, step: Written, path: Path) -> int:
        number = len(self.nodes)
        node = _Node(step, path)
        self.nodes.append(node)
        for exit_, branch in step.exits.items():
            node.exits[exit_] = self.branch(branch, (*path, exit_))
            if branch is ONWARD:
                self._onward.append((node, exit_))
            elif branch.part is not None:
                self._named.append((node.exits, exit_, branch.part, (*path, exit_)))
        return number

    def name(self, parts: Mapping[str, int | None]) -> None:
        """Let names lead to what they name."""
        self._known = dict(parts)
        for number, node in enumerate(self.nodes):
            self._add(node, number, parts)
        for exits, exit_, part, path in self._named:
            exits[exit_] = self._found(part, path, parts, _A_WAY)
        for node, exit_ in self._onward:
            node.exits[exit_] = node.after
        for node in self.nodes:
            _fill_in(node)
            if node.jumps:
                path = (*node.path, "goto")
                node.exits["goto"] = self._found(node.written.goto, path, self._known, _A_NAME)

    def _add(self, node: _Node, number: int, parts: Mapping[str, int | None]) -> None:
        name = node.written.given.get("name")
        if name is None:
            return
        if name in self._known:
            what = "a part" if name in parts else "another step"
            self.wrong.append(
                ((*node.path, "name"), f"found '{name}', which is the name of {what}")
            )
        self._known.setdefault(name, number)

    def _found(
        self, name: str, path: Path, known: Mapping[str, int | None], expected: str
    ) -> int | None:
        if name in known:
            return known[name]
        hint = ""
        if len(self.wrong) < MOST_MISTAKES:  # to look for the nearest takes long
            names = list(islice(known, _MOST_NAMES))
            hint = nearest(name, names) or (f"; names are {', '.join(names)}" if names else "")
        if name in self._known:
            hint = f"; a step is gone to by {{goto: {name}}}"
        self.wrong.append((path, f"found '{name}', expected {expected}{hint}"))
        return None

    def resolved(self, first: int | None) -> Laid:
        """The graph without its gotos."""
        numbers = {
            old: new
            for new, old in enumerate(n for n, node in enumerate(self.nodes) if not node.jumps)
        }

        def target(node: int | None) -> int | None:
            found = self._landed(node)
            return None if found is None else numbers[found]

        steps = [
            _applet(node, target(node.after), {way: target(to) for way, to in node.exits.items()})
            for node in self.nodes
            if not node.jumps
        ]
        paths = tuple(node.path for node in self.nodes if not node.jumps)
        return Laid(tuple(steps), target(first), paths)

    def _landed(self, number: int | None) -> int | None:
        """The step that one comes to by way of gotos."""
        seen: dict[int, None] = {}
        while number is not None and self.nodes[number].jumps and number not in self._ends:
            if number in seen:
                path = (*self.nodes[number].path, "goto")
                self.wrong.append((path, "leads back to itself, and no step lies between"))
                self._ends[number] = None
                break
            seen[number] = None
            number = self.nodes[number].exits.get("goto")
        found = self._ends.get(number, number) if number is not None else None
        self._ends.update(dict.fromkeys(seen, found))
        return found


def _fill_in(node: _Node) -> None:
    """Lead somewhere the exits that are not named and do not go to the next step."""
    if node.written.applet is Applet.CONNECT and Exit.NOBODY in node.exits:
        # Source: exotel-flows.md 3: the exit for nobody dialled, not wired, is that for nobody.
        node.exits.setdefault(Exit.NOT_DIALLED.value, node.exits[Exit.NOBODY])
    if node.written.applet is Applet.MENU:
        # A key that the text names is not a wrong one, though its exit is the next step.
        for key in _KEY.findall(node.written.given["prompt"].text):
            node.exits.setdefault(key, node.after)


def _applet(node: _Node, after: int | None, exits: dict[str, int | None]) -> AppletStep:
    applet = node.written.applet
    assert applet is not None
    return AppletStep(applet=applet, following=after, exits=exits, **node.written.given)


def _unreached(layout: _Layout, found: Laid, parts: Mapping[str, int | None]) -> Wrong:
    """What no call can come to; not what follows only from that."""
    reached = _reached(layout, found)
    first = {number: name for name, number in parts.items()}
    wrong: Wrong = []
    for number, node in enumerate(layout.nodes):
        if number in reached:
            continue
        if number in first:
            wrong.append((("parts", first[number]), _UNNAMED))
        elif node.before is not None and node.before in reached:
            wrong.append((node.path, f"can never be reached: {_why(layout.nodes[node.before])}"))
    return wrong


def _why(before: _Node) -> str:
    applet = before.written.applet
    if applet is None:
        return "the goto before it leads elsewhere"
    if applet is Applet.HANGUP:
        return "the hangup before it ends the call"
    if applet is Applet.TRANSFER:
        return "the transfer before it goes on in another flow"
    return f"every exit of the {applet.value} before it leads elsewhere"


def _reached(layout: _Layout, found: Laid) -> set[int]:
    """The numbers of what calls can come to, gotos among it."""
    steps = iter(found.steps)
    targets = [
        [node.exits.get("goto")] if node.jumps else _targets(node, next(steps))
        for node in layout.nodes
    ]
    reached: set[int] = set()
    ahead: list[int | None] = [0] if layout.nodes else []
    while ahead:
        number = ahead.pop()
        if number is not None and number not in reached:
            reached.add(number)
            ahead += targets[number]
    return reached


def _targets(node: _Node, step: AppletStep) -> list[int | None]:
    if ends(step):
        return []
    return [node.exits.get(way, node.after) for way, _to in ways_of(step)]


def _nested(wrong: Iterable[tuple[Path, str]]) -> dict[Any, Any]:
    """Sentences under their paths, as marshmallow has them."""
    root: dict[Any, Any] = {}
    for path, what in wrong:
        here = root
        for key in path:
            here = here.setdefault(key, {})
        here.setdefault("_schema", []).append(what)
    return root
