"""Rules: when they apply, and what then becomes of a call and its callbacks."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load

from exomock.domain.fate import Fate
from exomock.domain.order import Direction
from exomock.domain.refusals import REFUSALS
from exomock.domain.script import Refusal, Script
from exomock.domain.status import Status
from exomock.domain.twist import Twist, Twists
from exomock.domain.when import Pattern, When
from exomock.field import Field, Json, OneOf, Whole
from exomock.scenarios.fields import (
    Flag,
    Items,
    Keys,
    Share,
    Text,
    each_item,
    read_word,
    word_schema,
)
from exomock.scenarios.manner import kind_of, scalar
from exomock.scenarios.odds import HangUp, PriceSchema, Recorded, part_odds
from exomock.scenarios.patterns import NumberPattern, TextPattern
from exomock.scenarios.people import AgentsWord, CallerSchema
from exomock.scenarios.recordings import RecordingSchema
from exomock.scenarios.times import DayTime, LegOutcome, Time, Turn

LEG1_FATES = (Fate.ANSWER, Fate.BUSY, Fate.NO_ANSWER, Fate.UNREACHABLE, Fate.PERSON)
LEG2_FATES = (*LEG1_FATES, Fate.CANCEL, Fate.NONE)

CALLBACK_FIELDS = (
    "CallSid", "EventType", "DateCreated", "DateUpdated", "Status", "To", "From",
    "PhoneNumberSid", "StartTime", "EndTime", "Direction", "RecordingUrl",
    "ConversationDuration", "CustomField", "Legs", "Legs[0][Status]", "Legs[0][OnCallDuration]",
    "Legs[1][Status]", "Legs[1][OnCallDuration]",
)  # fmt: skip
"""What can be missing from a callback. Source: exotel-v1.md section 8."""

_MOST_TIMES = 100


class DirectionWord(OneOf):
    """Who began the call, as a pattern."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return Pattern(self.word(value))


class WhenSchema(Keys):
    """`when`: what an order must look like."""

    to = NumberPattern()
    from_ = NumberPattern(data_key="from")
    exophone = NumberPattern()
    flow = TextPattern()
    direction = DirectionWord([Direction.INBOUND, Direction.OUTBOUND_API])
    custom_field = TextPattern()
    time = DayTime()
    nth = Turn()
    every_nth = Whole(1, 1_000_000_000)
    chance = Share()

    @post_load
    def _when(self, data: dict[str, Any], **_: object) -> When:
        return When(**data)


class RefusalSchema(Keys):
    """`refuse` written out."""

    status = Whole(400, 599, required=True)
    code = Whole(0, 999_999_999, load_default=None)
    message = Text(required=True)

    @post_load
    def _refusal(self, data: dict[str, Any], **_: object) -> Refusal:
        return Refusal(**data)


class Refuse(Field[Refusal]):
    """
    `refuse`: a preset's name, or status, code and message.

    Args:
        presets: By name; those of calls unless others are given.
    """

    def __init__(self, presets: Mapping[str, Refusal] = REFUSALS, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._presets = presets

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Refusal:
        if isinstance(value, dict):
            refusal: Refusal = RefusalSchema().load(value)
            return refusal
        return self._presets[read_word(value, self._presets)]

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"anyOf": [word_schema(self._presets), {"$ref": "#/$defs/Refusal"}]}


class ExtraFields(Field[tuple[tuple[str, str], ...]]):
    """`with`: fields that are added to a callback, or stand in place of its own."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[tuple[str, str], ...]:
        if not isinstance(value, dict):
            raise ValidationError(f"found {kind_of(value)}, expected a mapping of fields")
        return tuple(each_item(value, lambda text: str(scalar(text, "a text"))))

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "object", "additionalProperties": Text().describe()}


class HeaderText(Text):
    """A text that a header can hold."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if not re.fullmatch(r"[!-~]([ -~]*[!-~])?", text):
            raise ValidationError(f"found {text!r}, expected printable ASCII such as text/plain")
        return text

    def describe(self) -> Json:
        """As JSON Schema."""
        return super().describe() | {"pattern": "^[!-~]([ -~]*[!-~])?$"}


class TwistSchema(Keys):
    """How the callbacks of one event misbehave."""

    delay = Time()
    drop = Flag()
    repeat = Whole(1, _MOST_TIMES)
    every = Time()
    content_type = HeaderText()
    without = Items(OneOf(CALLBACK_FIELDS))
    with_ = ExtraFields(data_key="with")
    status = Text()


class CallbacksSchema(TwistSchema):
    """`callbacks`: how they misbehave, each event's beside what holds for all."""

    answered = fields.Nested(TwistSchema)
    terminal = fields.Nested(TwistSchema)
    swap = Flag(load_default=False)
    before_answer = Flag(load_default=False)

    @post_load
    def _twists(self, data: dict[str, Any], **_: object) -> Twists:
        swap, early = data.pop("swap"), data.pop("before_answer")
        answered, terminal = data.pop("answered", {}), data.pop("terminal", {})
        return Twists(twist_of(data | answered), twist_of(data | terminal), swap, early)


def twist_of(given: dict[str, Any]) -> Twist:
    """The misbehaviour that a mapping of `TwistSchema` says."""
    given = dict(given)
    if "with_" in given:
        given["extra"] = given.pop("with_")
    if "without" in given:
        given["without"] = tuple(given["without"])
    return Twist(**given)


class ScriptSchema(Keys):
    """What becomes of a call."""

    leg1 = LegOutcome(LEG1_FATES)
    leg2 = LegOutcome(LEG2_FATES)
    talk = Time()
    hangup_by = HangUp()
    record = Recorded()
    price = fields.Nested(PriceSchema)
    refuse = Refuse()
    status = OneOf([status.value for status in Status])
    stuck = Flag()
    callbacks = fields.Nested(CallbacksSchema)
    recording = fields.Nested(RecordingSchema)
    caller = fields.Nested(CallerSchema)
    agents = AgentsWord()

    @post_load
    def _load(self, data: dict[str, Any], **_: object) -> Any:
        return script_of(data)


class AttemptSchema(ScriptSchema):
    """What becomes of one of the calls to a number; the words of its rule hold beside its own."""

    @post_load
    def _load(self, data: dict[str, Any], **_: object) -> Any:
        return data


class Heading(Keys):
    """The beginning of a rule; marshmallow puts the fields of a later base first."""

    name = Text(load_default="")
    when = fields.Nested(WhenSchema, load_default=When())


class RuleSchema(ScriptSchema, Heading):
    """One rule: when it applies, and what then becomes of the call."""

    attempts = Items(fields.Nested(AttemptSchema))

    @post_load
    def _load(
        self, data: dict[str, Any], **_: object
    ) -> tuple[str, When, Script, tuple[Script, ...]]:
        name, when, steps = data.pop("name"), data.pop("when"), data.pop("attempts", None)
        if steps is not None and not steps:
            raise ValidationError("found an empty list, expected at least one attempt", "attempts")
        return name, when, script_of(data), tuple(_attempts(data, steps or []))


def _attempts(rule: dict[str, Any], steps: list[dict[str, Any]]) -> Iterator[Script]:
    for index, step in enumerate(steps):
        try:
            yield script_of(_own(rule, step))
        except ValidationError as error:
            wrong = {index: error.normalized_messages()}  # type: ignore[no-untyped-call]
            raise ValidationError({"attempts": wrong}) from None


def _own(rule: dict[str, Any], step: dict[str, Any]) -> dict[str, Any]:
    """The words of an attempt and of its rule; a refusal and what is played put each other out."""
    if "refuse" in step:
        return step
    return {key: value for key, value in rule.items() if key != "refuse"} | step


class NextSchema(ScriptSchema):
    """What becomes of the next calls, whatever a scenario says."""

    calls = Whole(1, 100_000, load_default=1)

    @post_load
    def _load(self, data: dict[str, Any], **_: object) -> tuple[int, Script]:
        return data.pop("calls"), script_of(data)


def script_of(given: dict[str, Any]) -> Script:
    """
    The script of the words that were given.

    Raises:
        ValidationError: Some of them contradict each other.
    """
    data = dict(given)
    _refused_or_played(data)
    part_odds(data)
    if "status" in data:
        data["status"] = Status(data["status"])
    if "callbacks" in data:
        data["twists"] = data.pop("callbacks")
    script = Script(**data)
    if script.stuck and (script.twists.before_answer or script.twists.swap):
        rest = "be over before the answer" if script.twists.before_answer else "tell its end first"
        raise ValidationError(
            f"stands beside stuck: true; a call that never ends cannot {rest}", "callbacks"
        )
    if script.twists.before_answer and _has_person(script):
        raise ValidationError(
            "before_answer stands beside a leg that is a person; nobody can decide in a call that "
            "is over before connect is answered",
            "callbacks",
        )
    return script


def _has_person(script: Script) -> bool:
    agents = script.agents
    does = (script.leg1, script.leg2, *agents.in_order, *agents.by_number.values())
    return Fate.PERSON in [each.fate for each in does]


def _refused_or_played(data: dict[str, Any]) -> None:
    played = [key for key in data if key != "refuse"]
    if "refuse" in data and played:
        raise ValidationError(
            f"stands beside {', '.join(played)}; a refused call is not played", "refuse"
        )
