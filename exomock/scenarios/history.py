"""An account's past at random: finished calls, finished messages, and how they ended."""

from typing import Any, ClassVar

from marshmallow import ValidationError, post_load

from exomock.domain.past import History, PastMessages
from exomock.domain.report import OUTCOMES, Report
from exomock.domain.status import Status
from exomock.field import Field, Json, Whole
from exomock.scenarios.fields import Keys, Share, each_item, read_word
from exomock.scenarios.manner import kind_of
from exomock.scenarios.messages import OutcomeWord
from exomock.scenarios.source import Scalar
from exomock.scenarios.times import OneTime, Time, read_length

MOST = 100_000_000  # the setting max-history bounds it further
FINAL = (Status.COMPLETED, Status.NO_ANSWER, Status.BUSY, Status.FAILED, Status.CANCELED)
_WORDS = [status.value for status in FINAL]


class Mix(Field[tuple[tuple[Status, float], ...]]):
    """`mix`: statuses and their shares, 100% in all."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[tuple[Status, float], ...]:
        if not isinstance(value, dict) or not value:
            raise ValidationError(f"found {kind_of(value)}, expected shares such as completed: 80%")
        share = Share()
        shares = dict(each_item(value, lambda part: share.deserialize(part) or 0.0))
        found = tuple(
            (Status(read_word(Scalar(key), _WORDS)), part) for key, part in shares.items()
        )
        if len({status for status, _part in found}) < len(found):
            raise ValidationError("holds a status twice, in two spellings")
        whole = sum(shares.values())
        if abs(whole - 1) > 1e-9:  # noqa: PLR2004
            raise ValidationError(f"adds up to {whole:.4%}, expected 100%")
        return found

    def describe(self) -> Json:
        """As JSON Schema."""
        names = [*_WORDS, *(word.replace("-", "_") for word in _WORDS)]
        share = Share().describe()
        return {
            "type": "object",
            "properties": dict.fromkeys(dict.fromkeys(names), share),
            "additionalProperties": False,
            "minProperties": 1,
        }


class Outcomes(Field[tuple[tuple[Report, float], ...]]):
    """`outcomes` of past messages: how they ended and the shares, 100% in all."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[tuple[Report, float], ...]:
        if not isinstance(value, dict) or not value:
            raise ValidationError(f"found {kind_of(value)}, expected shares such as delivered: 90%")
        share, word = Share(), OutcomeWord()
        shares = dict(each_item(value, lambda part: share.deserialize(part) or 0.0))
        found = [(word.deserialize(Scalar(key)), part) for key, part in shares.items()]
        whole = sum(part for _report, part in found)
        if abs(whole - 1) > 1e-9:  # noqa: PLR2004
            raise ValidationError(f"adds up to {whole:.4%}, expected 100%")
        return tuple((report, part) for report, part in found if report is not None)

    def describe(self) -> Json:
        """As JSON Schema."""
        words = OutcomeWord().describe()["anyOf"][0]["enum"]
        share = Share().describe()
        return {
            "type": "object",
            "properties": dict.fromkeys(words, share),
            "additionalProperties": False,
            "minProperties": 1,
        }


_DELIVERED = ((OUTCOMES["delivered"], 0.95), (OUTCOMES["unreachable"], 0.05))
_MIX = ((Status.COMPLETED, 0.8), (Status.NO_ANSWER, 0.15), (Status.BUSY, 0.05))
_TALK = read_length(Scalar("20s..5m"))
_OF_CALLS, _OF_MESSAGES = ("calls", "mix", "talk"), ("messages", "outcomes")


class HistorySchema(Keys):
    """`history`: finished calls, or finished messages, at random."""

    also: ClassVar[Json] = {
        "oneOf": [
            {"required": [mine[0]], "not": {"anyOf": [{"required": [key]} for key in others]}}
            for mine, others in ((_OF_CALLS, _OF_MESSAGES), (_OF_MESSAGES, _OF_CALLS))
        ]
    }

    calls = Whole(1, MOST)
    messages = Whole(1, MOST)
    over = OneTime(load_default=30 * 86_400_000_000)
    mix = Mix()
    talk = Time()
    outcomes = Outcomes()

    @post_load
    def _history(self, data: dict[str, Any], **_: object) -> History | PastMessages:
        if "calls" not in data and "messages" not in data:
            raise ValidationError("is missing; it is required here, or messages", "calls")
        mine, others = (_OF_CALLS, _OF_MESSAGES)[:: 1 if "calls" in data else -1]
        for key in others:
            if key in data:
                raise ValidationError(f"stands beside {mine[0]}; expected two items of a list", key)
        if "calls" in data:
            return History(**{"mix": _MIX, "talk": _TALK} | data)
        return PastMessages(**{"outcomes": _DELIVERED} | data)
