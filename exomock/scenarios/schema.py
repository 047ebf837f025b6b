"""The scenario language: which keys stand where, and what they become."""

from collections.abc import Container, Iterator
from typing import Any

from marshmallow import ValidationError, fields, post_load

from exomock.domain.number import Number
from exomock.domain.price import Price
from exomock.domain.refusals import REFUSALS
from exomock.domain.scenario import When
from exomock.domain.script import Fate, Outcome, Party, Refusal, Script
from exomock.domain.telecom import CIRCLES, DND_VALUES, OPERATORS, TYPES, NumberInfo, derive
from exomock.numbering import is_mobile
from exomock.scenarios.fields import (
    Flag,
    Items,
    Keys,
    LegOutcome,
    Money,
    NumberPattern,
    Pulse,
    Text,
    TextPattern,
    Time,
    Whole,
    Word,
    kind_of,
    read_telephone,
    read_word,
)

LEG1_FATES = (Fate.ANSWER, Fate.BUSY, Fate.NO_ANSWER, Fate.UNREACHABLE)
LEG2_FATES = (*LEG1_FATES, Fate.CANCEL, Fate.NONE)


class WhenSchema(Keys):
    """`when`: what an order must look like."""

    later = frozenset({"direction", "custom_field", "time", "nth", "every_nth", "chance"})

    to = NumberPattern(load_default=None)
    from_ = NumberPattern(data_key="from", load_default=None)
    exophone = NumberPattern(load_default=None)
    flow = TextPattern(load_default=None)

    @post_load
    def _when(self, data: dict[str, Any], **_: object) -> When:
        return When(**data)


class PriceSchema(Keys):
    """`price`: what a started pulse of conversation costs."""

    per = Pulse(required=True)
    amount = Money(required=True)

    @post_load
    def _price(self, data: dict[str, Any], **_: object) -> Price:
        return Price(**data)


class RefusalSchema(Keys):
    """`refuse` written out."""

    status = Whole(400, 599, required=True)
    code = Whole(0, 999_999_999, load_default=None)
    message = Text(required=True)

    @post_load
    def _refusal(self, data: dict[str, Any], **_: object) -> Refusal:
        return Refusal(**data)


class Refuse(fields.Field[Refusal]):
    """`refuse`: a preset's name, or status, code and message."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Refusal:
        if isinstance(value, dict):
            refusal: Refusal = RefusalSchema().load(value)
            return refusal
        return REFUSALS[read_word(value, REFUSALS)]


class ScriptSchema(Keys):
    """What becomes of a call."""

    later = frozenset({"attempts", "status", "stuck", "callbacks"})

    leg1 = LegOutcome(LEG1_FATES)
    leg2 = LegOutcome(LEG2_FATES)
    talk = Time()
    hangup_by = Word([party.value for party in Party])
    record = Flag()
    price = fields.Nested(PriceSchema)
    refuse = Refuse()

    @post_load
    def _load(self, data: dict[str, Any], **_: object) -> Any:
        return _script(data)


class Heading(Keys):
    """The beginning of a rule; marshmallow puts the fields of a later base first."""

    name = Text(load_default="")
    when = fields.Nested(WhenSchema, load_default=When())


class RuleSchema(ScriptSchema, Heading):
    """One rule: when it applies, and what then becomes of the call."""

    @post_load
    def _load(self, data: dict[str, Any], **_: object) -> tuple[str, When, Script]:
        return data.pop("name"), data.pop("when"), _script(data)


class NextSchema(ScriptSchema):
    """What becomes of the next calls, whatever a scenario says."""

    calls = Whole(1, 100_000, load_default=1)

    @post_load
    def _load(self, data: dict[str, Any], **_: object) -> tuple[int, Script]:
        return data.pop("calls"), _script(data)


def _script(data: dict[str, Any]) -> Script:
    if "hangup_by" in data:
        data["hangup_by"] = Party(data["hangup_by"])
    _refused_or_played(data)
    return Script(**data)


def _refused_or_played(data: dict[str, Any]) -> None:
    played = [key for key in data if key != "refuse"]
    if "refuse" in data and played:
        raise ValidationError(
            f"stands beside {', '.join(played)}; a refused call is not played", "refuse"
        )


class NumberSchema(Keys):
    """What a look-up of a number answers; keys left out are derived from the number."""

    circle = Word(CIRCLES)
    operator = Word(OPERATORS)
    type = Word(TYPES)
    dnd = Word(DND_VALUES)


class Numbers(fields.Field[dict[str, NumberInfo]]):
    """`numbers`: a mapping from telephone numbers to what is known of them."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, NumberInfo]:
        if not isinstance(value, dict):
            raise ValidationError(f"found {kind_of(value)}, expected a mapping of numbers")
        found: dict[str, NumberInfo] = {}
        wrong: dict[str, Any] = {}
        for key, info in value.items():
            try:
                e164 = _new_indian(key, found)
                found[e164] = _info(e164, NumberSchema().load(info))
            except ValidationError as error:
                wrong[str(key)] = error.messages
        if wrong:
            raise ValidationError(wrong)
        return found


def _new_indian(key: Any, found: Container[str]) -> str:
    e164 = read_telephone(key)
    if e164 in found:
        raise ValidationError("is a number that stands here already, spelled otherwise")
    if not e164.startswith("+91"):
        raise ValidationError(f"found '{key}', expected an Indian number")
    return e164


def _info(e164: str, given: dict[str, str]) -> NumberInfo:
    number = Number(e164, e164)
    mobile = given["type"] == TYPES[0] if "type" in given else is_mobile(number)
    derived = derive(number.shown[1:], mobile=mobile)
    return NumberInfo(
        given.get("circle", derived.circle),
        given.get("operator", derived.operator),
        given.get("type", derived.type),
        given.get("dnd", derived.dnd),
    )


class ScenarioSchema(Keys):
    """A whole file."""

    later = frozenset({"clock", "account", "history", "inbound", "faults", "calls"})

    description = Text(load_default="")
    seed = Whole(0, 2**63 - 1, load_default=None)
    magic = Flag(load_default=True)
    rules = Items(fields.Nested(RuleSchema), load_default=list)
    numbers = Numbers(load_default=dict)


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


__all__ = ["Outcome", "ScenarioSchema", "flattened"]
