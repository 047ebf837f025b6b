"""`answer`: what is said in place of the customer's server."""

import json
import re
from collections.abc import Callable
from typing import Any

from exomock.domain.flows.steps import Canned
from exomock.field import Field, Json, Whole
from exomock.scenarios.fields import Keys, Text, read_whole
from exomock.scenarios.manner import scalar
from exomock.scenarios.source import Scalar


class BodyText(Field[str]):
    """A body: a text; or a mapping or a list, which becomes JSON."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if isinstance(value, dict | list):
            return json.dumps(_as_json(value), ensure_ascii=False)
        return str(scalar(value, "a text, or what becomes JSON"))

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": ["string", "number", "boolean", "object", "array"]}


_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def _as_json(value: Any) -> Any:
    """A value of a file as JSON has it: YAML's kinds, and texts as they are."""
    if isinstance(value, dict):
        return {str(key): _as_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_as_json(each) for each in value]
    if value.kind == "bool":
        return _TRUTHS.get(value.lower(), str(value))
    return None if value.kind == "null" else _number_or_text(value)


def _number_or_text(value: Scalar) -> int | float | str:
    if value.kind == "int" and re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", value):
        return int(value)
    if value.kind == "float" and re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{1,15}", value):
        return float(value)
    return str(value)


class CannedSchema(Keys):
    """`answer` written out: what is said in place of the customer's server."""

    status = Whole(200, 599, load_default=200)
    body = BodyText(load_default="")
    content_type = Text(load_default=None)


class CannedAnswer(Field[Callable[[str], Canned]]):
    """`answer`: a status, or status, body and content type; becomes it, given the usual type."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Callable[[str], Canned]:
        if isinstance(value, dict):
            given = CannedSchema().load(value)
        else:
            given = {"status": read_whole(value, 200, 599), "body": "", "content_type": None}
        said = given["content_type"]
        return lambda usual: Canned(
            given["status"], given["body"], (usual if said is None else said) or None
        )

    def describe(self) -> Json:
        """As JSON Schema."""
        status = {"type": "integer", "minimum": 200, "maximum": 599}
        return {"anyOf": [status, {"$ref": "#/$defs/Canned"}]}
