"""Scenarios by their names: files, folders, shipped ones, and what these include."""

import re
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from exomock.domain.flows.assigned import with_exophones
from exomock.domain.scenario import Scenario
from exomock.scenarios.files import SHIPPED, File, Files, named
from exomock.scenarios.flaws import FlowsOfFile, flaws
from exomock.scenarios.loading import by_line, everything, scenario_of
from exomock.scenarios.manner import nearest
from exomock.scenarios.merge import merged
from exomock.scenarios.recordings import placed
from exomock.scenarios.source import Mistake, ReadFile, ScenarioError, read_source

_LONGEST_NAME = 100
_NAME = re.compile(r"[A-Za-z_.~/\\][\w.~/\\-]*")

_IN_USE: WeakValueDictionary[tuple[str, bytes], Scenario] = WeakValueDictionary()
"""Scenarios that somebody has, by name and digest of their text."""


def shipped() -> dict[str, Path]:
    """The scenarios that come with exomock, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}


def read_scenario(file: str, raw: bytes) -> Scenario:
    """
    The scenario in a YAML text that came from nowhere in particular; it can include no file.

    The same text is the same scenario as long as anybody has it: a parsed one takes 19 times its
    text, and a suite gives one text to account after account.

    Args:
        file: What to call it in messages.
        raw: Its bytes.

    Raises:
        ScenarioError: With the file, the line, the key, what was found and what was expected.
    """
    key = file, blake2b(raw, digest_size=16).digest()
    found = _IN_USE.get(key)
    return _IN_USE.setdefault(key, _read(file, raw)) if found is None else found


def _read(file: str, raw: bytes) -> Scenario:
    source = read_source(file, raw)
    data, mistakes = everything(source)
    data, misplaced = placed(data, source, None)
    mistakes.extend(misplaced)
    if data.get("include"):
        what = "a scenario that did not come from a file can include none; send it whole"
        mistakes.append(source.mistake(("include",), what))
    mistakes = mistakes or list(flaws([_flows(source, data)]))
    if mistakes:
        raise ScenarioError(by_line(mistakes))
    return _assigned(scenario_of(source, data))


def _flows(source: ReadFile, data: dict[str, Any]) -> FlowsOfFile:
    return FlowsOfFile(source, data["flows"], data["account"].exophones)


def _assigned(scenario: Scenario) -> Scenario:
    """A scenario whose flows know the ExoPhones that its account assigns to them."""
    found = with_exophones(scenario.flows, scenario.terms.exophones)
    return scenario if found is scenario.flows else replace(scenario, flows=found)


def read_given(file: str, raw: bytes) -> Scenario:
    """
    The scenario that a client gave: a YAML text, or nothing but the name of a shipped one.

    Args:
        file: What to call a text in messages.
        raw: Its bytes.

    Raises:
        ScenarioError: As in `read_scenario`.
    """
    name = raw.decode(errors="replace").strip() if len(raw) < _LONGEST_NAME else ""
    path = shipped().get(name)
    if path is not None:
        return read_scenario(path.name, path.read_bytes())
    if _NAME.fullmatch(name):
        raise ScenarioError([Mistake(file, 1, "", _no_such_name(name))])
    return read_scenario(file, raw)


def mistakes_in(raw: bytes) -> list[Mistake]:
    """
    Everything that is wrong with a text that a client would give; empty where it could be used.

    Args:
        raw: As for `read_given`.
    """
    try:
        read_given("scenario", raw)
    except ScenarioError as error:
        return error.mistakes
    return []


def stories() -> dict[str, str]:
    """What each shipped scenario is about, by name."""
    found = {}
    for name, path in shipped().items():
        data = read_source(path.name, path.read_bytes()).data
        found[name] = str(data.get("description", ""))
    return found


def _no_such_name(name: str) -> str:
    """The sentence for a text that can only be a name: no scenario is a single word."""
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return f"'{name}' cannot be read: a server opens no file for a client; send its text"
    known = shipped()
    hint = nearest(name, known) or f"; shipped scenarios are {', '.join(known)}"
    return f"there is no shipped scenario '{name}'{hint}"


def read_scenarios(names: tuple[str, ...]) -> Scenario:
    """
    One scenario out of several files: rules in the order of the files, everything else added up.

    Args:
        names: Paths of files or folders, or names of shipped scenarios; at least one.

    Raises:
        ScenarioError: One of them is wrong, or is not there.
    """
    files = Files()
    for name in names:
        files.extend(named(name, shipped()))
    parts: list[_Part] = []
    mistakes: list[Mistake] = []
    while (file := files.next()) is not None:
        try:
            parts.append(_part(files, file))
        except ScenarioError as error:
            mistakes.extend(error.mistakes)
    mistakes = mistakes or by_line(list(flaws([part.flows for part in parts])))
    if mistakes:
        raise ScenarioError(mistakes)
    scenarios = [part.scenario for part in parts]
    whole = scenarios[0] if len(parts) == 1 else merged(scenarios)
    return replace(_assigned(whole), from_files=True)


def files_of(names: tuple[str, ...]) -> list[Path]:
    """Every file of these scenarios, those that are wrong or not there as well."""
    files = Files()
    found: list[Path] = []
    for name in names:
        try:
            files.extend(named(name, shipped()))
        except ScenarioError:
            found.append(Path(name))
    while (file := files.next()) is not None:
        found.append(file.path)
        for wanted in _included(file):
            try:
                files.add(file.beside(wanted))
            except (ValueError, ScenarioError):
                found.append(file.path.parent / wanted)
    return found


def _included(file: File) -> list[str]:
    try:
        data, _problems = everything(read_source(file.name, file.read()))
    except ScenarioError:
        return []
    return list(data.get("include", ()))


class _Part(NamedTuple):
    """The scenario of a file, and its flows as they were read."""

    scenario: Scenario
    flows: FlowsOfFile


def _part(files: Files, file: File) -> _Part:
    source = read_source(file.name, file.read())
    data, mistakes = everything(source)
    data, misplaced = placed(data, source, file)
    mistakes.extend(misplaced)
    for index, wanted in enumerate(data.get("include", ())):
        try:
            files.add(file.beside(wanted))
        except ValueError as error:
            mistakes.append(source.mistake(("include", index), str(error)))
    if mistakes:
        raise ScenarioError(by_line(mistakes))
    return _Part(scenario_of(source, data), _flows(source, data))
