"""Scenario files: from YAML on disk to the exchange's own values."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from exomock.domain.fault import Fault
from exomock.domain.scenario import Rule, Scenario
from exomock.domain.script import Script
from exomock.scenarios.faults import FaultSchema
from exomock.scenarios.fields import MOST_PROBLEMS, Keys
from exomock.scenarios.files import SHIPPED, File, Files, named
from exomock.scenarios.merge import merged
from exomock.scenarios.rules import NextSchema, RuleSchema, ScriptSchema
from exomock.scenarios.schema import ScenarioSchema, flattened
from exomock.scenarios.source import Problem, ScenarioError, Source, read_source

__all__ = [
    "Problem",
    "ScenarioError",
    "files_of",
    "read_fault",
    "read_given",
    "read_next",
    "read_scenario",
    "read_scenarios",
    "read_script",
    "shipped",
]

_LONGEST_NAME = 100
_OF_A_RULE = {field.data_key or name for name, field in RuleSchema().fields.items()}


def shipped() -> dict[str, Path]:
    """The scenarios that come with exomock, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}


def read_scenario(file: str, raw: bytes) -> Scenario:
    """
    The scenario in a YAML text that came from nowhere in particular; it can include no file.

    Args:
        file: What to call it in messages.
        raw: Its bytes.

    Raises:
        ScenarioError: With the file, the line, the key, what was found and what was expected.
    """
    source = read_source(file, raw)
    data, problems = _everything(source)
    if data.get("include"):
        what = "a scenario that did not come from a file can include none; send it whole"
        problems.append(source.problem(("include",), what))
    if problems:
        raise ScenarioError(_by_line(problems))
    return _scenario(source, data)


def read_given(file: str, raw: bytes) -> Scenario:
    """
    The scenario that a client gave: a YAML text, or nothing but the name of a shipped one.

    Args:
        file: What to call a text in messages.
        raw: Its bytes.

    Raises:
        ScenarioError: As in `read_scenario`.
    """
    path = shipped().get(raw.decode(errors="replace").strip()) if len(raw) < _LONGEST_NAME else None
    return read_scenario(file, raw) if path is None else read_scenario(path.name, path.read_bytes())


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
    parts, problems = [], []
    while (file := files.next()) is not None:
        try:
            parts.append(_part(files, file))
        except ScenarioError as error:
            problems.extend(error.problems)
    if problems:
        raise ScenarioError(problems)
    whole = parts[0] if len(parts) == 1 else merged(parts)
    return replace(whole, from_files=True)


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
        data, _problems = _everything(read_source(file.name, file.read()))
    except ScenarioError:
        return []
    return list(data.get("include", ()))


def _part(files: Files, file: File) -> Scenario:
    source = read_source(file.name, file.read())
    data, problems = _everything(source)
    for index, wanted in enumerate(data.get("include", ())):
        try:
            files.add(file.beside(wanted))
        except ValueError as error:
            problems.append(source.problem(("include", index), str(error)))
    if problems:
        raise ScenarioError(_by_line(problems))
    return _scenario(source, data)


def _everything(source: Source) -> tuple[dict[str, Any], list[Problem]]:
    """What could be read of a file, and all that is wrong with it; what it includes apart."""
    try:
        return ScenarioSchema().load(source.data), list(_unreachable(source))
    except ValidationError as error:
        problems = [source.problem(path, what) for path, what in flattened(error.messages)]
        read = error.valid_data if isinstance(error.valid_data, dict) else {}
        # Of a list that is partly wrong, what is left has moved up.
        right = {key: value for key, value in read.items() if key not in error.messages_dict}
        return right, [*problems, *_unreachable(source)]


def _by_line(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: problem.line)[:MOST_PROBLEMS]


def _scenario(source: Source, data: dict[str, Any]) -> Scenario:
    rules = tuple(
        Rule(_place(source, "rules", index, name), when, script, attempts)
        for index, (name, when, script, attempts) in enumerate(data["rules"])
    )
    faults = tuple(
        _placed_fault(source, index, name, fault)
        for index, (name, fault) in enumerate(data["faults"])
    )
    return Scenario(
        source.file,
        rules,
        data["numbers"],
        data["seed"],
        data["magic"],
        source.text,
        clock=data["clock"],
        terms=data["account"],
        history=tuple(data["history"]),
        calls=tuple(_with_place(source, "calls", data["calls"])),
        inbound=tuple(_with_place(source, "inbound", data["inbound"])),
        faults=faults,
    )


def _place(source: Source, section: str, index: int, name: str = "") -> str:
    return f"{source.file}:{source.line((section, index))} {name}".strip()


def _placed_fault(source: Source, index: int, name: str, fault: Fault) -> Fault:
    return Fault(
        _place(source, "faults", index, name), fault.when, fault.answer, fault.delay, fault.times
    )


def _with_place(source: Source, section: str, items: list[Any]) -> list[Any]:
    return [replace(item, place=_place(source, section, i)) for i, item in enumerate(items)]


def _unreachable(source: Source) -> Iterator[Problem]:
    """The rule behind each that takes all, whatever else is wrong with the file."""
    rules = source.data.get("rules") if isinstance(source.data, dict) else None
    for index, (rule, after) in enumerate(pairwise(rules if isinstance(rules, list) else ())):
        # Keys that nobody knows come first: one may be a `when` that is misspelt.
        if _readable(rule) and _readable(after) and rule.get("when", {}) == {}:
            name = rule.get("name", "")
            place = _place(source, "rules", index, name if isinstance(name, str) else "")
            what = f"can never match: the rule before it ({place}) has no 'when' and takes all"
            yield source.problem(("rules", index + 1), what)


def _readable(rule: object) -> bool:
    return isinstance(rule, dict) and rule.keys() <= _OF_A_RULE


def read_next(raw: bytes) -> tuple[int, Script]:
    """
    For how many calls, and what becomes of them: a rule's words, and `calls`.

    Args:
        raw: YAML or JSON.

    Raises:
        ScenarioError: As in `read_scenario`.
    """
    source = read_source("next", raw)
    found: tuple[int, Script] = _loaded(source, NextSchema())
    return found


def read_script(words: dict[str, Any]) -> Script:
    """
    What becomes of a call, in a rule's words as JSON holds them.

    Raises:
        ScenarioError: As in `read_scenario`.
    """
    raw = json.dumps(words, ensure_ascii=False).encode(errors="replace")
    script: Script = _loaded(read_source("body", raw), ScriptSchema())
    return script


def read_fault(raw: bytes) -> Fault:
    """
    A fault, in the words of a scenario's `faults`.

    Args:
        raw: YAML or JSON.

    Raises:
        ScenarioError: As in `read_scenario`.
    """
    given: tuple[str, Fault] = _loaded(read_source("fault", raw), FaultSchema())
    name, fault = given
    return replace(fault, place=f"fault {name}".strip())


def _loaded(source: Source, schema: Keys) -> Any:
    try:
        return schema.load(source.data)
    except ValidationError as error:
        problems = [source.problem(path, what) for path, what in flattened(error.messages)]
        raise ScenarioError(_by_line(problems)) from None
