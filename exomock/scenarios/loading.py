"""One YAML text becomes a scenario, or everything that is wrong with it."""

from dataclasses import replace
from typing import Any

from marshmallow import ValidationError

from exomock.domain.fault import Fault
from exomock.domain.message_rules import MessageRule
from exomock.domain.past import History, PastMessages
from exomock.domain.rule import Rule
from exomock.domain.scenario import Scenario
from exomock.scenarios.fields import MOST_MISTAKES, Keys
from exomock.scenarios.flows import with_lines
from exomock.scenarios.schema import ScenarioSchema, flattened
from exomock.scenarios.source import Mistake, ReadFile, ScenarioError
from exomock.scenarios.unreachable import unreachable


def everything(source: ReadFile) -> tuple[dict[str, Any], list[Mistake]]:
    """Read what can be read of a source, and name all its mistakes; open no includes."""
    try:
        return ScenarioSchema().load(source.data), list(unreachable(source))
    except ValidationError as error:
        mistakes = [source.mistake(path, what) for path, what in flattened(error.messages)]
        read = error.valid_data if isinstance(error.valid_data, dict) else {}
        # marshmallow drops wrong items, so the remaining indexes no longer match the file.
        right = {key: value for key, value in read.items() if key not in error.messages_dict}
        return right, [*mistakes, *unreachable(source)]


def by_line(mistakes: list[Mistake]) -> list[Mistake]:
    """Problems in the order of their lines; no more than a person would read."""
    return sorted(mistakes, key=lambda mistake: mistake.line)[:MOST_MISTAKES]


def scenario_of(source: ReadFile, data: dict[str, Any]) -> Scenario:
    """
    The scenario of what was read of a source.

    Args:
        source: Where it stands.
        data: What `everything` read, with nothing wrong.
    """
    rules = tuple(
        Rule(source.place(("rules", index), name), when, script, attempts)
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
        history=tuple(each for each in data["history"] if isinstance(each, History)),
        past_messages=tuple(each for each in data["history"] if isinstance(each, PastMessages)),
        calls=tuple(_with_place(source, "calls", data["calls"])),
        inbound=tuple(_with_place(source, "inbound", data["inbound"])),
        faults=faults,
        messages=tuple(
            MessageRule(source.place(("messages", index), name), when, script)
            for index, (name, when, script) in enumerate(data["messages"])
        ),
        flows=with_lines(source, data["flows"]),
    )


def _placed_fault(source: ReadFile, index: int, name: str, fault: Fault) -> Fault:
    return Fault(
        source.place(("faults", index), name), fault.when, fault.answer, fault.delay, fault.times
    )


def _with_place(source: ReadFile, section: str, items: list[Any]) -> list[Any]:
    return [replace(item, place=source.place((section, i))) for i, item in enumerate(items)]


def loaded(source: ReadFile, schema: Keys) -> Any:
    """
    Load a source through a schema.

    Raises:
        ScenarioError: Everything that is wrong with it, in the order of the lines.
    """
    try:
        return schema.load(source.data)
    except ValidationError as error:
        mistakes = [source.mistake(path, what) for path, what in flattened(error.messages)]
        raise ScenarioError(by_line(mistakes)) from None
