"""Answers in place of the customer's server, in the words of a step's `answer`."""

from typing import Any

import orjson
from marshmallow import ValidationError, fields

from exomock.control.forms import Form, quoted
from exomock.domain.flows.inputs import Answered
from exomock.field import Field, Json, Whole

_LOW, _HIGH = 200, 599
_MOST = 100
"""Answers that may be laid down with a call: as many as its flow may have steps."""


class ReplyText(Field[str]):
    """The body of an answer: a text, or JSON that is written out."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, dict | list):
            return orjson.dumps(value).decode()
        raise ValidationError(f"{quoted(value)} is not valid; expected a text, or JSON")

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": ["string", "object", "array"]}


class ReplyForm(Form):
    """An answer in place of the customer's server: the words of a step's `answer`."""

    status = Whole(_LOW, _HIGH, load_default=_LOW)
    body = ReplyText(load_default="")
    content_type = fields.String(load_default=None, allow_none=True)


def answer_of(given: dict[str, Any]) -> Answered:
    """The answer that a form has read."""
    return Answered(given["status"], given["content_type"], given["body"])


class Replies(Field[tuple[Answered, ...]]):
    """A list of answers, each a status or all of it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[Answered, ...]:
        if not isinstance(value, list) or len(value) > _MOST:
            expected = f"a list of at most {_MOST} statuses or answers"
            raise ValidationError(f"{quoted(value)} is not valid; expected {expected}")
        form, found, wrong = ReplyForm(), [], {}
        for place, each in enumerate(value):
            try:
                found.append(answer_of(form.load(each if isinstance(each, dict) else _bare(each))))
            except ValidationError as error:
                wrong[place] = error.messages
        if wrong:
            raise ValidationError(wrong)
        return tuple(found)

    def describe(self) -> Json:
        """As JSON Schema."""
        status = {"type": "integer", "minimum": _LOW, "maximum": _HIGH}
        answer = {
            "type": "object",
            "properties": {
                "status": status,
                "body": ReplyText().describe(),
                "content_type": {"type": ["string", "null"]},
            },
        }
        return {"type": "array", "maxItems": _MOST, "items": {"anyOf": [status, answer]}}


def _bare(status: Any) -> dict[str, Any]:
    return {"status": status}
