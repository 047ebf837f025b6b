"""`faults`: what goes wrong with the API itself."""

from typing import Any

from marshmallow import ValidationError, fields, post_load

from exomock.domain.fault import Damage, Fault, FaultAnswer, FaultWhen
from exomock.domain.refusals import REFUSALS
from exomock.domain.script import Refusal
from exomock.domain.when import Pattern
from exomock.field import Field, Json, OneOf, Whole
from exomock.scenarios.fields import (
    BytesPerSecond,
    Flag,
    Keys,
    Share,
    Text,
    read_word,
    word_schema,
)
from exomock.scenarios.patterns import FormPatterns, PathPattern
from exomock.scenarios.rules import RefusalSchema, WhenSchema
from exomock.scenarios.times import Between, Time

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
GATEWAY = FaultAnswer(Refusal(502, "Bad Gateway"), html=True)
PRESETS = {**{name: FaultAnswer(refusal) for name, refusal in REFUSALS.items()}, "html": GATEWAY}


class MethodWord(OneOf):
    """An HTTP method, as a pattern."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return Pattern(self.word(value))


class FaultWhenSchema(WhenSchema):
    """`when` of a fault: also what the request is like on the wire."""

    method = MethodWord(METHODS)
    path = PathPattern()
    between = Between()
    form = FormPatterns()

    @post_load
    def _when(self, data: dict[str, Any], **_: object) -> FaultWhen:
        return FaultWhen(**data)


class AnswerSchema(RefusalSchema):
    """`answer` written out: an error, or damage to the right answer."""

    status = Whole(400, 599)
    code = Whole(0, 999_999_999)
    message = Text()
    truncate = Share()
    malformed = Flag()
    drip = BytesPerSecond()
    hang = Flag()

    @post_load
    def _refusal(self, data: dict[str, Any], **_: object) -> Any:
        damage = [word for word in Damage if data.get(word, False) is not False]
        error = [key for key in ("status", "code", "message") if key in data]
        if len(damage) + bool(error) != 1:
            raise ValidationError(
                "expected status and message, or one of " + ", ".join(word.value for word in Damage)
            )
        if error:
            missing = {key: ["is missing"] for key in ("status", "message") if key not in data}
            if missing:
                raise ValidationError(missing)
            return FaultAnswer(Refusal(data["status"], data["message"], data.get("code")))
        amount = data[damage[0]]
        return FaultAnswer(damage=damage[0], amount=float(amount))


_DAMAGES = "{truncate: 60%}, {malformed: true}, {drip: 10B/s}, {hang: true}"


class GivenAnswer(Field[FaultAnswer]):
    """`answer`: a preset's name, or the answer written out."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> FaultAnswer:
        if isinstance(value, dict):
            answer: FaultAnswer = AnswerSchema().load(value)
            return answer
        if isinstance(value, str) and value in list(Damage):
            raise ValidationError(f"found '{value}', expected it with its amount: {_DAMAGES}")
        return PRESETS[read_word(value, PRESETS)]

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"anyOf": [word_schema(PRESETS), {"$ref": "#/$defs/Answer"}]}


class FaultSchema(Keys):
    """One fault."""

    name = Text(load_default="")
    when = fields.Nested(FaultWhenSchema, load_default=FaultWhen())
    answer = GivenAnswer()
    delay = Time()
    times = Whole(1, 1_000_000_000)

    @post_load
    def _load(self, data: dict[str, Any], **_: object) -> tuple[str, Fault]:
        name = data.pop("name")
        if "answer" not in data and "delay" not in data:
            raise ValidationError("expected an answer or a delay")
        return name, Fault("", **data)
