"""Arguments of the client: read, and refused in one sentence."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

LONGEST = 400 * 86_400
"""Seconds of one advance that the control API accepts."""

FASTEST = 1_000_000
"""Account seconds per wall second at most."""

Scenario = str | Path | Mapping[str, Any]
"""A path, YAML text, the name of a shipped scenario, or what YAML text would be read as."""

_RATES = {"frozen": 0.0, "real": 1.0}


def span(given: object) -> dict[str, Any]:
    """
    How far to advance, as the control API has it.

    Args:
        given: Seconds, a timedelta, or "idle".

    Raises:
        TypeError: It is of another type.
        ValueError: It is less than 0 or more than 400 days.
    """
    if given == "idle":
        return {"until": "idle"}
    seconds = given.total_seconds() if isinstance(given, timedelta) else given
    expected = 'expected seconds from 0 to 34560000 (400 days), a timedelta or "idle"'
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        kind = ValueError if isinstance(seconds, str) else TypeError
        raise kind(f"{given!r} cannot be advanced; {expected}")
    if not 0 <= seconds <= LONGEST:
        raise ValueError(f"{given!r} cannot be advanced; {expected}")
    return {"seconds": seconds}


def rate(given: object) -> float:
    """
    Account seconds per wall second.

    Args:
        given: A number, or "frozen", "real", "x60".

    Raises:
        TypeError: It is of another type.
        ValueError: It is none of these.
    """
    expected = "expected a number from 0 to 1000000, frozen, real or x60"
    found: object = given
    if isinstance(given, str):
        found = _RATES.get(given, math.nan)
        try:
            found = float(given.removeprefix("x")) if given.startswith("x") else found
        except ValueError:
            found = math.nan
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise TypeError(f"{given!r} is no rate of a clock; {expected}")
    if not 0 <= found <= FASTEST:
        raise ValueError(f"{given!r} is no rate of a clock; {expected}")
    return float(found)


def moment(given: object) -> str:
    """
    A time as the control API reads it; without a zone it is IST.

    Raises:
        TypeError: It is neither a datetime nor a text.
        ValueError: It is a text that is no ISO 8601 time.
    """
    expected = "expected a datetime, or a text such as 2026-03-01T18:00:00+05:30"
    if isinstance(given, datetime):
        return given.isoformat()
    if not isinstance(given, str):
        raise TypeError(f"{given!r} is no time; {expected}")
    try:
        datetime.fromisoformat(given)
    except ValueError:
        raise ValueError(f"{given!r} is no time; {expected}") from None
    return given


def scenario(given: Scenario, *folders: Path) -> str | dict[str, Any]:
    """
    A scenario as the control API reads it: text, a name, or an object.

    Args:
        given: A text with a newline, a brace or `key: ` in it is YAML; else it is a path if there
            is such a file, else the name of a shipped scenario.
        folders: Where paths begin; by default where the process is.

    Raises:
        TypeError: It is of another type.
        ValueError: There is no such file, or it cannot be read.
    """
    if isinstance(given, Mapping):
        return dict(given)
    if isinstance(given, str) and is_yaml(given):
        return given
    if not isinstance(given, str | Path):
        raise TypeError(f"{given!r} is no scenario; expected a path, YAML, a name or a dict")
    found = next(
        (path for path in (f / given for f in folders or (Path(),)) if path.is_file()), None
    )
    if found is None:
        if isinstance(given, str) and not given.endswith((".yaml", ".yml")):
            return given
        raise ValueError(f"there is no scenario file {str(given)!r}")
    try:
        return found.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise ValueError(f"{given} cannot be read: {error}") from None


def is_yaml(text: str) -> bool:
    """Whether a text is YAML itself, not the name of some: no path has `: ` or braces in it."""
    return any(mark in text for mark in ("\n", ": ", "{")) or text.endswith(":")
