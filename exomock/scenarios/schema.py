"""The scenario language: which keys stand at the top of a file, and how errors are told."""

from collections.abc import Iterator
from typing import Any

from marshmallow import fields

from exomock.domain.scenario import ClockStart, Terms
from exomock.field import Whole
from exomock.scenarios.faults import FaultSchema
from exomock.scenarios.fields import Flag, Items, Keys, OneOrMore, Text
from exomock.scenarios.flows import FlowsWord
from exomock.scenarios.history import HistorySchema
from exomock.scenarios.messages import MessageRuleSchema
from exomock.scenarios.rules import RuleSchema
from exomock.scenarios.world import (
    AccountSchema,
    ClockSchema,
    GeneratorSchema,
    Numbers,
    PastCallSchema,
)


class ScenarioSchema(Keys):
    """A whole file."""

    description = Text(load_default="")
    seed = Whole(0, 2**63 - 1, load_default=None)
    include = OneOrMore(Text(), load_default=list)
    magic = Flag(load_default=True)
    clock = fields.Nested(ClockSchema, load_default=ClockStart())
    account = fields.Nested(AccountSchema, load_default=Terms())
    flows = FlowsWord(load_default=dict)
    rules = Items(fields.Nested(RuleSchema), load_default=list)
    messages = Items(fields.Nested(MessageRuleSchema), load_default=list)
    numbers = Numbers(load_default=dict)
    history = OneOrMore(fields.Nested(HistorySchema), load_default=list)
    calls = Items(fields.Nested(PastCallSchema), load_default=list)
    inbound = Items(fields.Nested(GeneratorSchema), load_default=list)
    faults = Items(fields.Nested(FaultSchema), load_default=list)


def flattened(messages: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Marshmallow's nested messages as (path, sentence) pairs."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            here = path if key == "_schema" else (*path, key)
            yield from flattened(inner, here)
    elif isinstance(messages, list):
        for inner in messages:
            yield from flattened(inner, path)
    else:
        yield path, _plain(str(messages))


def _plain(message: str) -> str:
    return {
        "Missing data for required field.": "is missing; it is required here",
        "Field may not be null.": "found nothing, expected a value",
    }.get(message, message)
