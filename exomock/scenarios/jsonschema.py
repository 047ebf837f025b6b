"""The language as a JSON Schema, made of the schemas that read it, so that editors can help."""

from functools import partial

from marshmallow import Schema

from exomock.field import Json, described, properties, said_of
from exomock.scenarios.applet_words import NoValue
from exomock.scenarios.canned import CannedSchema
from exomock.scenarios.exophones import ExoPhoneSchema
from exomock.scenarios.faults import AnswerSchema
from exomock.scenarios.flows import FlowSchema
from exomock.scenarios.people import HangsUpSchema
from exomock.scenarios.rules import RefusalSchema
from exomock.scenarios.schema import ScenarioSchema
from exomock.scenarios.steps import STEPS, Steps, StepSchema
from exomock.scenarios.world import NumberSchema

ASIDE: tuple[type[Schema], ...] = (
    RefusalSchema, AnswerSchema, NumberSchema, ExoPhoneSchema,
    FlowSchema, CannedSchema, HangsUpSchema,
    *STEPS.values(),
)  # fmt: skip
"""Mappings that fields refer to by name (`#/$defs/Refusal`): beside a word, or under a number."""


def scenario_schema() -> Json:
    """The JSON Schema (draft 2020-12) of a scenario file."""
    named = definitions()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "exomock scenario",
        **_mapping(ScenarioSchema(), named),
        "$defs": dict(sorted(named.items())),
    }


def definitions(*schemas: type[Schema]) -> Json:
    """The mappings of these schemas, and those that they refer to, by name."""
    named: Json = {"Step": _any_step(), "Way": _way()}
    for schema in (*ASIDE, *schemas):
        _named(schema(), named)
    return named


def _any_step() -> Json:
    """A step of a flow: a mapping that holds its word, or a word that needs nothing else."""
    bare = [word for word, schema in STEPS.items() if isinstance(_value(schema), NoValue)]
    mappings = [reference(schema()) for schema in STEPS.values()]
    return {"anyOf": [{"type": "string", "enum": bare}, *mappings]}


def _value(schema: type[StepSchema]) -> object:
    """The field that reads the value of a step's word."""
    return next(each for each in schema().fields.values() if each.attribute == "value")


def _way() -> Json:
    """What an exit leads to; a text is the name of a part or a bare word, nothing the next step."""
    return {"anyOf": [{"type": ["string", "null"]}, *Steps().describe()["anyOf"]]}


def reference(schema: Schema) -> Json:
    """A reference to a mapping that stands among the definitions."""
    return {"$ref": f"#/$defs/{_name(schema)}"}


def _name(schema: Schema) -> str:
    return type(schema).__name__.removesuffix("Schema")


def _named(schema: Schema, named: Json) -> Json:
    """A reference to a mapping, which is described once."""
    if _name(schema) not in named:
        named[_name(schema)] = {}  # so that what refers to itself ends
        named[_name(schema)] = _mapping(schema, named)
    return reference(schema)


def _mapping(schema: Schema, named: Json) -> Json:
    describe = partial(described, refer=lambda inner: _named(inner, named), says=True)
    found = properties(schema, describe)
    # Rules of several fields, for example that one of two keys is needed.
    also: Json = getattr(schema, "also", {})
    more = {"additionalProperties": False, **also, **getattr(schema, "more", {})}
    return {"description": said_of(schema), **found, **more}
