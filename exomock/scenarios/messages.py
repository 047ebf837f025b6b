"""Rules for text messages: when they apply, and what then becomes of a message."""

from typing import Any

from marshmallow import ValidationError, fields, post_load

from exomock.domain.message import MessageScript
from exomock.domain.refusals import MESSAGE_REFUSALS
from exomock.domain.report import OUTCOMES, Report, outcome_named
from exomock.domain.when import AnyPattern, Pattern, When
from exomock.field import Field, Json, OneOf, Whole
from exomock.scenarios.fields import Flag, Items, Keys, Share, Text
from exomock.scenarios.manner import YAML, nearest, not_a_quantity, scalar
from exomock.scenarios.patterns import (
    NumberPattern,
    TextPattern,
    read_number_pattern,
    read_text_pattern,
)
from exomock.scenarios.rules import Refuse, TwistSchema, twist_of
from exomock.scenarios.times import DayTime, Time, Turn

SMS_TYPES = ("transactional", "transactional_opt_in", "promotional")
"""Source: exotel-v1.md section 10 and the issue's list (V)."""

MESSAGE_FIELDS = (
    "SmsSid", "To", "Status", "SmsUnits", "DetailedStatus", "DetailedStatusCode", "DateSent",
    "CustomField",
)  # fmt: skip
"""What can be missing from the callback of a message. Source: exotel-v1.md section 12."""


class OutcomeWord(Field[Report]):
    """How a message ends: our word, Exotel's code or its name."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Report:
        text = scalar(value, "an outcome such as delivered, dnd or 23035")
        found = outcome_named(text)
        if found is None:
            hint = nearest(text, OUTCOMES)
            words = ", ".join(OUTCOMES)
            raise ValidationError(
                f"found '{text}', expected one of {words}, a code or a name{hint}"
            )
        return found

    def describe(self) -> Json:
        """As JSON Schema."""
        ends = OUTCOMES.values()
        words = [spelled for word in OUTCOMES for spelled in YAML.spellings(word)]
        texts = [*words, *(each.name for each in ends), *(str(each.code) for each in ends)]
        codes = {"type": "integer", "enum": [each.code for each in ends]}
        return {"anyOf": [{"type": "string", "enum": list(dict.fromkeys(texts))}, codes]}


class SenderPattern(NumberPattern):
    """A sender: a number in any spelling, a sender id, the beginning of one, an expression."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> AnyPattern:
        text = scalar(value, 'a sender such as "08047112233" or "SCRPBX"')
        not_a_quantity(text)
        try:
            return read_number_pattern(value)
        except ValidationError:
            return read_text_pattern(value)

    def describe(self) -> Json:
        """As JSON Schema."""
        return TextPattern().describe() | {"type": "string"}


class SmsTypeWord(OneOf):
    """SmsType, as a pattern."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return Pattern(self.word(value))


class MessageWhenSchema(Keys):
    """`when` of a message: what it must look like."""

    to = NumberPattern()
    from_ = SenderPattern(data_key="from")
    body = TextPattern()
    sms_type = SmsTypeWord(SMS_TYPES, data_key="type")
    dlt_entity = TextPattern()
    dlt_template = TextPattern()
    custom_field = TextPattern()
    time = DayTime()
    nth = Turn()
    every_nth = Whole(1, 1_000_000_000)
    chance = Share()

    @post_load
    def _when(self, data: dict[str, Any], **_: object) -> When:
        return When(**data)


class MessageTwistSchema(TwistSchema):
    """`callbacks` of a message: how the one at its end misbehaves."""

    without = Items(OneOf(MESSAGE_FIELDS))
    before_answer = Flag(load_default=False)

    @post_load
    def _twist(self, data: dict[str, Any], **_: object) -> Any:
        early = data.pop("before_answer")
        return twist_of(data), early


class MessageScriptSchema(Keys):
    """What becomes of a message."""

    outcome = OutcomeWord()
    after = Time()
    stuck = Flag()
    refuse = Refuse(MESSAGE_REFUSALS)
    callbacks = fields.Nested(MessageTwistSchema)

    @post_load
    def _load(self, data: dict[str, Any], **_: object) -> Any:
        return message_script(data)


class MessageHeading(Keys):
    """The beginning of a rule for messages; marshmallow puts the fields of a later base first."""

    name = Text(load_default="")
    when = fields.Nested(MessageWhenSchema, load_default=When())


class MessageRuleSchema(MessageScriptSchema, MessageHeading):
    """One rule for messages: when it applies, and what then becomes of the message."""

    @post_load
    def _load(self, data: dict[str, Any], **_: object) -> tuple[str, When, MessageScript]:
        name, when = data.pop("name"), data.pop("when")
        return name, when, message_script(data)


class NextMessageSchema(MessageScriptSchema):
    """What becomes of the next messages, whatever a scenario says."""

    messages = Whole(1, 100_000, required=True)

    @post_load
    def _load(self, data: dict[str, Any], **_: object) -> tuple[int, MessageScript]:
        return data.pop("messages"), message_script(data)


def message_script(given: dict[str, Any]) -> MessageScript:
    """
    The script of the words that were given.

    Raises:
        ValidationError: Some of them contradict each other.
    """
    data = dict(given)
    others = [key for key in data if key != "refuse"]
    if "refuse" in data and others:
        what = f"stands beside {', '.join(others)}; a refused message is not sent"
        raise ValidationError(what, "refuse")
    if data.get("stuck") and "outcome" in data:
        raise ValidationError("stands beside stuck: true; it has no end", "outcome")
    if "callbacks" in data:
        data["twist"], data["before_answer"] = data.pop("callbacks")
    if data.get("stuck") and data.get("before_answer"):
        what = "stands beside stuck: true; what never ends cannot be over before the answer"
        raise ValidationError(what, "callbacks")
    return MessageScript(**data)
