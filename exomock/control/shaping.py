"""How shapes of answers are written: kinds, lists, objects, references."""

from typing import Any

Shape = dict[str, Any]

TEXT: Shape = {"type": "string"}
WHOLE: Shape = {"type": "integer"}
NUMBER: Shape = {"type": "number"}
TRUTH: Shape = {"type": "boolean"}
TIME: Shape = {"type": "string", "format": "date-time"}
ANYTHING: Shape = {}


def maybe(shape: Shape) -> Shape:
    """The same, or null."""
    return {"anyOf": [shape, {"type": "null"}]}


def many(shape: Shape) -> Shape:
    """A list of such."""
    return {"type": "array", "items": shape}


def thing(_optional: dict[str, Shape] | None = None, **members: Shape) -> Shape:
    """An object: members that are always there, and such as may be left out."""
    found: Shape = {"type": "object", "properties": members | (_optional or {})}
    return found | {"required": list(members)} if members else found


def component(name: str) -> Shape:
    """A reference to a shape of this page."""
    return {"$ref": f"#/components/schemas/{name}"}
