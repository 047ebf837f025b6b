"""`flows`: what the app ids lead to."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from marshmallow import ValidationError

from exomock.domain.flows.steps import Flow
from exomock.field import Field, Json, OneOf, Telephone
from exomock.scenarios.applet_words import APP, read_app
from exomock.scenarios.applets import GotoSchema
from exomock.scenarios.fields import Flag, Keys, all_read
from exomock.scenarios.graph import Laid, laid
from exomock.scenarios.manner import kind_of
from exomock.scenarios.source import Path, ReadFile
from exomock.scenarios.steps import STEP, STEPS, Branch, Steps, read_branch

assert GotoSchema.word() in STEPS  # the module of all steps is loaded, so that each can be read

HANGS = "hang"
_DEAD_ENDS = ("hangup", HANGS)


class PartsWord(Field[Mapping[str, Branch]]):
    """`parts`: steps that exits lead to by name."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Mapping[str, Branch]:
        if not isinstance(value, dict):
            raise ValidationError(f"found {kind_of(value)}, expected steps by name")
        return all_read(value.items(), _part)

    def describe(self) -> Json:
        """As JSON Schema."""
        names = {"not": {"enum": list(STEPS)}}
        return {
            "type": "object",
            "propertyNames": names,
            "additionalProperties": Steps().describe(),
        }


def _part(name: Any, steps: Any) -> Branch:
    if name in STEPS:
        raise ValidationError("is the word of a step; expected another name of a part")
    return read_branch(steps)


class FlowSchema(Keys):
    """A flow, and what stands beside its steps."""

    exophone = Telephone(load_default=None)
    steps = Steps(required=True)
    parts = PartsWord(load_default=dict)
    record = Flag(load_default=False)
    dead_end = OneOf(_DEAD_ENDS, load_default=_DEAD_ENDS[0])


_BESIDE = frozenset(FlowSchema().fields)


class ReadFlow(NamedTuple):
    """A flow as it was read, and where its steps stand in it."""

    flow: Flow
    paths: tuple[Path, ...]


class FlowsWord(Field[Mapping[str, ReadFlow]]):
    """`flows`: a mapping from app ids to flows."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Mapping[str, ReadFlow]:
        if not isinstance(value, dict):
            raise ValidationError(f"found {kind_of(value)}, expected flows by app id")
        return all_read(value.items(), lambda key, each: _read(read_app(key), each))

    def describe(self) -> Json:
        """As JSON Schema."""
        ways = [{"$ref": "#/$defs/Flow"}, STEP, {"type": "array", "items": STEP, "minItems": 1}]
        return {
            "type": "object",
            "propertyNames": {"pattern": f"^{APP}$"},
            "additionalProperties": {"anyOf": ways},
        }


def _read(app: str, value: Any) -> ReadFlow:
    """A flow: a list of steps, one step, or a mapping that holds its steps."""
    if not isinstance(value, dict) or _is_step(value):
        return _flow(app, laid(read_branch(value), {}), {})
    given = FlowSchema().load(value)
    found = laid(given["steps"], given["parts"], ("steps",))
    return _flow(app, found, given)


def _is_step(value: Mapping[Any, Any]) -> bool:
    return not value.keys() & _BESIDE and any(key in STEPS for key in value)


def _flow(app: str, found: Laid, given: Mapping[str, Any]) -> ReadFlow:
    exophone = given.get("exophone")
    flow = Flow(
        app=app,
        steps=found.steps,
        first=found.first,
        exophone=exophone and exophone.e164,
        record=given.get("record", False),
        hangs=given.get("dead_end") == HANGS,
    )
    return ReadFlow(flow, found.paths)


def with_lines(source: ReadFile, read: Mapping[str, ReadFlow]) -> dict[str, Flow]:
    """The flows of a file, whose steps know their lines."""
    return {app: _with_lines(source, app, *each) for app, each in read.items()}


def _with_lines(source: ReadFile, app: str, flow: Flow, paths: tuple[Path, ...]) -> Flow:
    steps = (
        replace(step, line=source.line(("flows", app, *path)))
        for step, path in zip(flow.steps, paths, strict=True)
    )
    return replace(flow, steps=tuple(steps))
