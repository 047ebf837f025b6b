"""What people do in a flow: `caller`, and `agents`."""

import re
from typing import Any, cast

from marshmallow import ValidationError, post_load

from exomock.domain.fate import Fate, Outcome
from exomock.domain.flows.people import Agents, Caller, HangsUp, Where
from exomock.field import Field, Json, OneOf
from exomock.parties import read_party
from exomock.scenarios.fields import Keys, OneOrMore, all_read, read_telephone
from exomock.scenarios.manner import kind_of, scalar, whole_text
from exomock.scenarios.times import TIME_SCHEMA, LegOutcome, Time, read_length

AGENT_FATES = (Fate.ANSWER, Fate.BUSY, Fate.NO_ANSWER, Fate.UNREACHABLE, Fate.PERSON)
NOTHING = "nothing"
_MOST_KEYS = 999_999_999_999_999


class Presses(Field[str | None]):
    """The keys that are pressed at a prompt; `nothing` is None."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        expected = 'keys in quotes such as "42#", or nothing'
        text = whole_text(scalar(value, expected))
        if text == NOTHING:
            return None
        if not re.fullmatch("[0-9*#]{1,255}", text):
            raise ValidationError(f"found '{text}', expected {expected}")
        return text

    def describe(self) -> Json:
        """As JSON Schema."""
        keys = {"type": "string", "pattern": f"^([0-9*#]{{1,255}}|{NOTHING})$"}
        return {"anyOf": [keys, {"type": "integer", "minimum": 0, "maximum": _MOST_KEYS}]}


class HangsUpSchema(Keys):
    """`hangs_up` closer than from the pick-up: in which applet, and how long after it began."""

    in_ = OneOf(Where, data_key="in", required=True)
    after = Time(required=True)

    @post_load
    def _load(self, data: dict[str, Any], **_: object) -> HangsUp:
        return HangsUp(data["after"], Where(data["in_"]))


class HangsUpWord(Field[HangsUp]):
    """`hangs_up`: how long after the pick-up; or in which applet."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> HangsUp:
        if isinstance(value, dict):
            closer: HangsUp = HangsUpSchema().load(value)
            return closer
        return HangsUp(read_length(value))

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"anyOf": [TIME_SCHEMA, {"$ref": "#/$defs/HangsUp"}]}


class CallerSchema(Keys):
    """`caller`: what the caller does in a flow."""

    presses = OneOrMore(Presses())
    hangs_up = HangsUpWord()
    message = Time()

    @post_load
    def _load(self, data: dict[str, Any], **_: object) -> Caller:
        if "presses" in data:
            data["presses"] = tuple(data["presses"])
        return Caller(**data)


class AgentsWord(Field[Agents]):
    """`agents`: what each does who is dialled, by number, or in the order of dialling."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Agents:
        if isinstance(value, list):
            found = all_read(enumerate(value), lambda _index, each: _outcome(each))
            return Agents(in_order=tuple(found.values()))
        if not isinstance(value, dict):
            expected = "a list such as [no_answer, {answer: 5s}], or a mapping by number"
            raise ValidationError(f"found {kind_of(value)}, expected {expected}")
        return Agents(by_number=_by_number(value))

    def describe(self) -> Json:
        """As JSON Schema."""
        one = LegOutcome(AGENT_FATES).describe()
        by_number = {"type": "object", "additionalProperties": one}
        return {"anyOf": [{"type": "array", "items": one}, by_number]}


def _by_number(value: dict[Any, Any]) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}

    def read(key: Any, outcome: Any) -> None:
        number = _number(key)
        if number in found:
            raise ValidationError("is a number that stands here already, spelled otherwise")
        found[number] = _outcome(outcome)

    all_read(value.items(), read)
    return found


def _number(key: Any) -> str:
    if key in list(Fate):
        hint = "agents in the order of dialling stand in a list: [{answer: 5s}]"
        raise ValidationError(f"is no number; {hint}")
    return read_telephone(key, read_party)


def _outcome(value: Any) -> Outcome:
    return cast(Outcome, LegOutcome(AGENT_FATES).deserialize(value))
