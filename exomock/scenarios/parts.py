"""Parts of the scenario language that a client sends alone: a fate, a script, a fault."""

from dataclasses import replace
from typing import Any

from exomock.domain.fault import Fault
from exomock.domain.message import MessageScript
from exomock.domain.overlay import Overlay
from exomock.domain.script import Script
from exomock.scenarios.faults import FaultSchema
from exomock.scenarios.loading import loaded
from exomock.scenarios.messages import NextMessageSchema
from exomock.scenarios.overlay import OverlaySchema
from exomock.scenarios.recordings import no_files
from exomock.scenarios.rules import NextSchema, ScriptSchema
from exomock.scenarios.source import read_source, yaml_of

_SHORT = 16_000
"""Bytes of words that are kept as they were sent."""


def kept_words(raw: bytes) -> str:
    """
    Words that `read_next`, `read_fault` or `read_overlay` has read, as they are kept.

    Args:
        raw: YAML or JSON.
    """
    if len(raw) <= _SHORT:
        return raw.decode("utf-8-sig")
    # Without comments, which may be a megabyte, and there are up to a thousand of each.
    return yaml_of(read_source("words", raw).data)


def read_next(raw: bytes) -> tuple[int, Script | MessageScript]:
    """
    For how many calls or messages, and what becomes of them: a rule's words, `calls` or `messages`.

    Args:
        raw: YAML or JSON.

    Raises:
        ScenarioError: As in `read_scenario`.
    """
    source = read_source("next", raw)
    of_messages = isinstance(source.data, dict) and "messages" in source.data
    if of_messages:
        found: tuple[int, MessageScript] = loaded(source, NextMessageSchema())
        return found
    calls, script = loaded(source, NextSchema())
    return calls, no_files(script, source)


def read_script(words: dict[str, Any]) -> Script:
    """
    What becomes of a call, in a rule's words as JSON holds them.

    Raises:
        ScenarioError: As in `read_scenario`.
    """
    raw = yaml_of(words).encode(errors="replace")
    source = read_source("body", raw)
    return no_files(loaded(source, ScriptSchema()), source)


def read_fault(raw: bytes) -> Fault:
    """
    A fault, in the words of a scenario's `faults`.

    Args:
        raw: YAML or JSON.

    Raises:
        ScenarioError: As in `read_scenario`.
    """
    given: tuple[str, Fault] = loaded(read_source("fault", raw), FaultSchema())
    name, fault = given
    return replace(fault, place=f"fault {name}".strip())


def read_overlay(raw: bytes) -> Overlay:
    """
    An overlay: the words of a rule's `callbacks`, and those of its `when`.

    Args:
        raw: YAML or JSON.

    Raises:
        ScenarioError: As in `read_scenario`.
    """
    found: Overlay = loaded(read_source("twist", raw), OverlaySchema())
    return found
