"""How a call's callbacks misbehave, as JSON in its row."""

import json
from dataclasses import fields
from typing import Any

from exomock.domain.span import Length, Span
from exomock.domain.twist import STRAIGHT, Twist, Twists

_DEFAULTS = {field.name: getattr(Twist(), field.name) for field in fields(Twist)}
_LENGTHS = ("delay", "every")


def twists_json(twists: Twists) -> str | None:
    """Twists whose lengths have been drawn, as JSON without what is default; None for none."""
    if twists == STRAIGHT:
        return None
    flags = {"swap": twists.swap, "before_answer": twists.before_answer}
    both = {"answered": _plain(twists.answered), "terminal": _plain(twists.terminal)}
    return json.dumps(flags | both, separators=(",", ":"))


def _plain(twist: Twist) -> dict[str, Any]:
    given = {name: getattr(twist, name) for name in _DEFAULTS}
    return {
        name: _fixed(value) if name in _LENGTHS else value
        for name, value in given.items()
        if value != _DEFAULTS[name]
    }


def _fixed(length: Length) -> int:
    assert isinstance(length, Span)
    return length.low


def twists_of(text: str | None) -> Twists:
    """The twists in a row's JSON."""
    if text is None:
        return STRAIGHT
    data = json.loads(text)
    return Twists(
        _twist(data["answered"]), _twist(data["terminal"]), data["swap"], data["before_answer"]
    )


def _twist(data: dict[str, Any]) -> Twist:
    for name in _LENGTHS:
        if name in data:
            data[name] = Span(data[name], data[name])
    if "without" in data:
        data["without"] = tuple(data["without"])
    if "extra" in data:
        data["extra"] = tuple((name, value) for name, value in data["extra"])
    return Twist(**data)
