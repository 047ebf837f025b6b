"""Each applet of a flow: its word, the words that stand beside it, and its exits."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from exomock.domain.flows.guesses import KEYS, TOGETHER
from exomock.domain.flows.steps import Applet, Exit
from exomock.field import Whole
from exomock.scenarios.applet_words import (
    AppValue,
    AskedValue,
    ConnectValue,
    Emails,
    FinishKey,
    GatherValue,
    HttpUrl,
    NameValue,
    NoValue,
    PlayedValue,
    SmsValue,
    WholeSeconds,
)
from exomock.scenarios.canned import CannedAnswer
from exomock.scenarios.fields import Flag
from exomock.scenarios.steps import KEYS_PRESSED, WAY, Branch, StepSchema, Way
from exomock.scenarios.times import Time
from exomock.scenarios.timing import HoursValue

_HOUR = 3600
_JSON, _PLAIN = "application/json", "text/plain"
_OF_A_QUESTION = ("answer", "takes", "fallback")
_STATIC = ("repeat", "max_digits", "finish_on", "timeout")


class AskingSchema(StepSchema):
    """A step that may ask the customer's server."""

    answer = CannedAnswer()
    takes = Time()

    def agree(self, given: dict[str, Any], exits: Mapping[str, Branch]) -> None:  # noqa: ARG002
        """Without a URL nothing is asked, so nothing can be answered."""
        prompt = given.get("prompt")
        if "url" not in given and (prompt is None or prompt.url is None):
            for key in _OF_A_QUESTION:
                if key in given:
                    raise ValidationError("has no meaning here: nothing is asked", key)
        if "answer" in given:
            given["answer"] = given["answer"](_JSON if self.says_json(given) else _PLAIN)

    def says_json(self, given: Mapping[str, Any]) -> bool:
        """Whether the answer is JSON. Source: exotel-flows.md 3."""
        return bool(given.get("dynamic"))


class GreetingSchema(AskingSchema):
    """`greeting`: something is played."""

    applet = Applet.GREETING
    greeting = PlayedValue(required=True, attribute="value")


class MenuSchema(AskingSchema):
    """`menu`: something is played, and a key chooses the way on."""

    applet = Applet.MENU
    open_exits = re.compile(KEYS_PRESSED)
    more = {"patternProperties": {f"^{KEYS_PRESSED}$": WAY}}  # noqa: RUF012
    menu = PlayedValue(required=True, attribute="value")
    repeat = Whole(0, 100)
    timeout = WholeSeconds(1, _HOUR)
    wrong = Way()
    nothing = Way()


class GatherSchema(AskingSchema):
    """`gather`: something is played, and digits are keyed in."""

    applet = Applet.GATHER
    gather = GatherValue(required=True, attribute="value")
    fallback = HttpUrl()
    repeat = Whole(0, 100)
    max_digits = Whole(1, KEYS)
    finish_on = FinishKey()
    timeout = WholeSeconds(1, _HOUR)
    digits = Way()
    nothing = Way()

    def agree(self, given: dict[str, Any], exits: Mapping[str, Branch]) -> None:
        """The answer of a dynamic one says what the words of a static one say."""
        super().agree(given, exits)
        for key in _STATIC if "url" in given else ():
            if key in given:
                raise ValidationError("has no meaning here: the answer of the URL says it", key)


class PassthruSchema(AskingSchema):
    """`passthru`: the customer's server is told, and its status chooses the way on."""

    applet = Applet.PASSTHRU
    passthru = AskedValue(required=True, attribute="value")
    async_ = Flag(data_key="async", attribute="asynchronous")
    first = Way(data_key=Exit.FIRST.value)
    second = Way(data_key=Exit.SECOND.value)

    def agree(self, given: dict[str, Any], exits: Mapping[str, Branch]) -> None:
        """Nobody waits for the answer of an asynchronous one. Source: exotel-flows.md 3."""
        super().agree(given, exits)
        if given.get("asynchronous"):
            for key in exits:
                what = "is no exit of a passthru with async, which has one way on: the next step"
                raise ValidationError(what, key)


# A dynamic answer may name a pop-up URL of its own.
_TOLD = {"anyOf": [{"required": ["popup"]}, {"properties": {"connect": {"type": "object"}}}]}


class ConnectSchema(AskingSchema):
    """`connect`: agents are dialled."""

    applet = Applet.CONNECT
    more = {"dependentSchemas": {"emails": _TOLD}}  # noqa: RUF012
    connect = ConnectValue(required=True, attribute="value")
    fallback = HttpUrl()
    ring = WholeSeconds(1, _HOUR)
    at_most = WholeSeconds(1, 24 * _HOUR)
    record = Flag()
    parallel = Whole(1, TOGETHER)
    popup = HttpUrl()
    emails = Emails()
    talked = Way()
    nobody = Way()
    not_dialled = Way()

    def agree(self, given: dict[str, Any], exits: Mapping[str, Branch]) -> None:
        """Only a dynamic one has a fallback. Source: exotel-flows.md 4."""
        super().agree(given, exits)
        if "fallback" in given and not given.get("dynamic"):
            raise ValidationError("has no meaning here, only beside connect: {url: …}", "fallback")
        if "emails" in given and not (given.get("dynamic") or "popup" in given):
            raise ValidationError("has no meaning here, because no popup is told of them", "emails")


class SwitchSchema(StepSchema):
    """`switch`: what the last passthru answered chooses the way on."""

    applet = Applet.SWITCH
    open_exits = re.compile(r"[\s\S]+")
    more = {"additionalProperties": WAY}  # noqa: RUF012
    switch = NoValue(required=True, attribute="value")
    otherwise = Way()


class VoicemailSchema(StepSchema):
    """`voicemail`: the caller leaves a message."""

    applet = Applet.VOICEMAIL
    voicemail = NoValue(required=True, attribute="value")


class SmsSchema(AskingSchema):
    """`sms`: the caller is sent an SMS."""

    applet = Applet.SMS
    sms = SmsValue(required=True, attribute="value")


class TimingSchema(StepSchema):
    """`timing`: the time of the week chooses the way on."""

    applet = Applet.TIMING
    timing = HoursValue(required=True, attribute="value")
    open_ = Way(data_key=Exit.OPEN.value)
    closed = Way()


class TransferSchema(StepSchema):
    """`transfer`: another flow goes on."""

    applet = Applet.TRANSFER
    transfer = AppValue(required=True, attribute="value")


class HangupSchema(StepSchema):
    """`hangup`: the call ends."""

    applet = Applet.HANGUP
    hangup = NoValue(required=True, attribute="value")


class BotSchema(AskingSchema):
    """A step that asks for the address of a stream."""

    failed = Way()

    def says_json(self, given: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Its answer is JSON. Source: exotel-flows.md 3."""
        return True


class VoicebotSchema(BotSchema):
    """`voicebot`: a bot is to talk with the caller."""

    applet = Applet.VOICEBOT
    voicebot = AskedValue(required=True, attribute="value")


class StreamSchema(BotSchema):
    """`stream`: a program is to hear the caller."""

    applet = Applet.STREAM
    stream = AskedValue(required=True, attribute="value")


class GotoSchema(StepSchema):
    """`goto`: the flow goes on at a step or a part that has this name."""

    applet = None
    goto = NameValue(required=True, attribute="value")

    class Meta:
        """A goto is no step that one could go to."""

        exclude = ("name",)
