"""Scenario files: from YAML on disk to the exchange's own values."""

import json
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from exomock.domain.scenario import Rule, Scenario
from exomock.domain.script import Script
from exomock.scenarios.fields import Keys
from exomock.scenarios.schema import NextSchema, ScenarioSchema, ScriptSchema, flattened
from exomock.scenarios.source import Problem, ScenarioError, Source, read_source

__all__ = [
    "Problem",
    "ScenarioError",
    "read_next",
    "read_scenario",
    "read_scenarios",
    "read_script",
    "shipped",
]

_HERE = Path(__file__).resolve().parent.parent


def shipped() -> dict[str, Path]:
    """The scenarios that come with exomock, by name."""
    # In a wheel they lie inside the package, in a checkout at the top.
    folder = _HERE / "shipped" if (_HERE / "shipped").is_dir() else _HERE.parent / "scenarios"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def read_scenario(file: str, raw: bytes) -> Scenario:
    """
    The scenario in a YAML text.

    Args:
        file: What to call it in messages.
        raw: Its bytes.

    Raises:
        ScenarioError: With the file, the line, the key, what was found and what was expected.
    """
    source = read_source(file, raw)
    data = _loaded(source, ScenarioSchema())
    rules = tuple(_rule(source, i, *rule) for i, rule in enumerate(data["rules"]))
    _reachable(source, rules)
    return Scenario(file, rules, data["numbers"], data["seed"], data["magic"], source.text)


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


def _loaded(source: Source, schema: Keys) -> Any:
    try:
        return schema.load(source.data)
    except ValidationError as error:
        problems = [source.problem(path, what) for path, what in flattened(error.messages)]
        raise ScenarioError(sorted(problems, key=lambda problem: problem.line)) from None


def _rule(source: Source, index: int, name: str, when: object, script: object) -> Rule:
    place = f"{source.file}:{source.line(('rules', index))}"
    return Rule(f"{place} {name}".strip(), when, script)  # type: ignore[arg-type]


def _reachable(source: Source, rules: tuple[Rule, ...]) -> None:
    for index, rule in enumerate(rules[:-1]):
        if not rule.when.named:
            what = f"can never match: the rule before it ({rule.place}) has no 'when' and takes all"
            raise ScenarioError([source.problem(("rules", index + 1), what)])


def read_scenarios(names: tuple[str, ...]) -> Scenario:
    """
    One scenario out of several files: rules in the order of the files, numbers added up.

    Args:
        names: Paths, or names of shipped scenarios; at least one. The first seed counts.

    Raises:
        ScenarioError: One of them is wrong, or is not there.
    """
    parts = [_read(name) for name in names]
    if len(parts) == 1:
        return parts[0]
    rules = tuple(rule for part in parts for rule in part.rules)
    return Scenario(
        ", ".join(part.name for part in parts),
        # A catch-all decides only when no file's rule that names something does.
        tuple(sorted(rules, key=lambda rule: not rule.when.named)),
        {e164: info for part in parts for e164, info in part.numbers.items()},
        next((part.seed for part in parts if part.seed is not None), None),
        all(part.magic for part in parts),
        "\n---\n".join(part.text for part in parts),
    )


def _read(name: str) -> Scenario:
    path = shipped().get(name, Path(name))
    try:
        return read_scenario(path.name if name in shipped() else name, path.read_bytes())
    except OSError as error:
        known = ", ".join(shipped())
        what = f"cannot be read: {error.strerror}; shipped scenarios are {known}"
        raise ScenarioError([Problem(name, 1, "", what)]) from None
