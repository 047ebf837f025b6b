"""The language as a JSON Schema, made of the schemas that read it, so that editors can help."""

import inspect
from typing import Any

from marshmallow import Schema, fields

from exomock.scenarios.faults import AnswerSchema
from exomock.scenarios.fields import Json, OneOrMore
from exomock.scenarios.rules import RefusalSchema
from exomock.scenarios.schema import ScenarioSchema
from exomock.scenarios.world import NumberSchema

ASIDE: tuple[type[Schema], ...] = (RefusalSchema, AnswerSchema, NumberSchema)
"""Mappings that fields refer to by name (`#/$defs/Refusal`): beside a word, or under a number."""


def scenario_schema() -> Json:
    """The JSON Schema (draft 2020-12) of a scenario file."""
    named: Json = {}
    for schema in ASIDE:
        _named(schema(), named)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "exomock scenario",
        **_mapping(ScenarioSchema(), named),
        "$defs": dict(sorted(named.items())),
    }


def _named(schema: Schema, named: Json) -> Json:
    """A reference to a mapping, which is described once."""
    name = type(schema).__name__.removesuffix("Schema")
    if name not in named:
        named[name] = {}  # so that what refers to itself ends
        named[name] = _mapping(schema, named)
    return {"$ref": f"#/$defs/{name}"}


def _mapping(schema: Schema, named: Json) -> Json:
    known = {field.data_key or name: field for name, field in schema.fields.items()}
    required = [name for name, field in known.items() if field.required]
    return {
        "type": "object",
        "description": _says(schema),
        "properties": {name: _value(field, named) for name, field in known.items()},
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def _says(thing: object) -> str:
    """The first paragraph of a docstring, in one line."""
    return " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())


def _value(field: Any, named: Json) -> Json:
    if isinstance(field, fields.Nested):
        return _named(field.schema, named)
    if isinstance(field, fields.List):
        inner = _value(field.inner, named)
        several: Json = {"type": "array", "items": inner}
        return {"anyOf": [several, inner]} if isinstance(field, OneOrMore) else several
    return {"description": _says(field), **field.describe()}
