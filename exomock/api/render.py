"""An answer as JSON, or as XML by dicttoxml."""

import json
import logging
import re
from functools import lru_cache
from html import escape
from typing import Any

from flask import Response, g

from exomock.domain.dialect import Dialect
from exomock.plain import NOT_IN_XML

ROOT = "TwilioResponse"
"""Source: exotel-v1.md section 1 (S)."""

# dicttoxml formats several log lines for each value; this level spares that.
logging.getLogger("dicttoxml").setLevel(logging.ERROR)

# Values of these characters need no escaping. Most are so, and the check costs a third of it.
_PLAIN = re.compile("[ -%'-;=?-~]*")
_LEAF = "@"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" ?>'

Shape = tuple[str, tuple[tuple[str, Any], ...]] | None


WHY = "X-Exomock-Why"
"""The header that says why an answer is what it is."""

_LONGEST_WHY = 500
_UNPRINTABLE = re.compile(r"[^ -~]")


def rendered(data: dict[str, Any] | list[Any], status: int = 200, *, why: str) -> Response:
    """
    The answer in the format the request's path asked for.

    Args:
        data: One record under its name, an error, or `Metadata` and `Calls`; a bare list in JSON.
        status: HTTP status.
        why: What decided it, for the developer on the other side.
    """
    if g.as_json or isinstance(data, list):
        body = json.dumps(data)
        if g.get("dialect") is Dialect.OBSERVED:
            body = body.replace("/", r"\/")  # source: exotel-v1.md section 1 (V)
        response = Response(body, status, content_type="application/json")
    else:
        assert isinstance(data, dict)
        # As a content type: Flask would add a charset to the media type, and the service has none.
        response = Response(xml(data), status, content_type="application/xml")
    response.headers[WHY] = header_text(why)
    return response


def header_text(text: str) -> str:
    """A text as a header may hold it: printable ASCII, the rest escaped, 500 characters at most."""
    plain = _UNPRINTABLE.sub(lambda odd: odd[0].encode("unicode_escape").decode(), text)
    return plain if len(plain) <= _LONGEST_WHY else plain[: _LONGEST_WHY - 3] + "..."


def xml(data: dict[str, Any]) -> str:
    """
    A `TwilioResponse` document.

    A list under a name becomes that many elements in its place, named by its singular (`Calls`:
    `Call`), as Exotel repeats `Call` beside `Metadata` and `Leg` inside `Legs`.
    Characters that XML 1.0 forbids are left out. Source: exotel-v1.md sections 1 and 5.
    """
    parts = [_DECLARATION, f"<{ROOT}>"]
    for name, value in data.items():
        if isinstance(value, list):
            one = name[:-1]
            # JSON wraps an item in its own name; the element is named so already.
            parts.extend(_element({one: item.get(one, item)}) for item in value)
        else:
            parts.append(_element({name: value}))
    parts.append(f"</{ROOT}>")
    return "".join(parts)


def _element(data: dict[str, Any]) -> str:
    leaves: list[str] = []
    shape = _shape("", data, leaves)
    return _skeleton(shape) % tuple(leaves)


def _shape(name: str, value: Any, leaves: list[str]) -> Shape:
    """What a value looks like if its texts were all alike; the texts go to `leaves`, in order."""
    if isinstance(value, dict):
        return ("dict", tuple([(key, _shape(key, inner, leaves)) for key, inner in value.items()]))
    if isinstance(value, list):
        # JSON wraps each item in its own name; XML's element is named so already.
        items = [item.get(name[:-1], item) for item in value]
        return ("list", tuple([(name[:-1], _shape("", item, leaves)) for item in items]))
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    leaves.append(text if _PLAIN.fullmatch(text) else escape(NOT_IN_XML.sub("", text), quote=False))
    return None


@lru_cache(maxsize=256)
def _skeleton(shape: Shape) -> str:
    """
    The fragment of a shape, `%s` for each text.

    dicttoxml takes 0.8-2 ms for a call, since it parses each key with minidom, and 74 ms for a
    page of 100. A shape is rendered once and filled in.
    """
    # Imported here: the rest of a start and of a JSON answer needs no XML.
    from dicttoxml import dicttoxml

    raw = dicttoxml(_filled(shape), root=False, attr_type=False, item_func=_singular)
    return str(raw.decode()).replace("%", "%%").replace(f">{_LEAF}<", ">%s<")


def _singular(parent: str) -> str:
    return parent[:-1]


def _filled(shape: Shape) -> Any:
    if shape is None:
        return _LEAF
    kind, parts = shape
    if kind == "dict":
        return {key: _filled(inner) for key, inner in parts}
    return [_filled(inner) for _, inner in parts]
