"""
A flow: its applets, and where each of their exits leads.

A flow is a graph. Its steps are numbered, and an exit holds the number of the step that it leads
to: lists, parts and `goto` of a scenario are gone once it is read. Source: exotel-flows.md 3 and 8.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from exomock.domain.span import NO_TIME, Length, Span, seconds

HANG_UP: None = None
"""Where an exit leads that is followed by nothing: the flow ends there."""


class Applet(StrEnum):
    """The kind of a step, in the scenario language's words."""

    GREETING = "greeting"
    GATHER = "gather"
    MENU = "menu"
    PASSTHRU = "passthru"
    CONNECT = "connect"
    SWITCH = "switch"
    VOICEMAIL = "voicemail"
    SMS = "sms"
    TIMING = "timing"
    TRANSFER = "transfer"
    HANGUP = "hangup"
    VOICEBOT = "voicebot"
    STREAM = "stream"


TAKES_KEYS = frozenset((Applet.GATHER, Applet.MENU, Applet.VOICEMAIL))
"""The applets that take keys."""


class Exit(StrEnum):
    """The exits that are words; those of a menu are its keys too, those of a switch its cases."""

    FIRST = "200"
    SECOND = "302"
    DIGITS = "digits"
    NOTHING = "nothing"
    WRONG = "wrong"
    TALKED = "talked"
    NOBODY = "nobody"
    NOT_DIALLED = "not_dialled"
    OTHERWISE = "otherwise"
    OPEN = "open"
    CLOSED = "closed"
    FAILED = "failed"
    """Of a Voicebot or Stream: it could not be made."""


class Canned(NamedTuple):
    """
    An answer that is given in place of the customer's server, which is then not asked.

    Args:
        status: HTTP status.
        body: The body's text.
        content_type: Its media type; None for none.
    """

    status: int = 200
    body: str = ""
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """
    What is played: a text, an audio file, or what a URL says.

    Args:
        text: Is spoken; "" is silence.
        url: Is asked for what to play; it is then all that is given.
    """

    text: str = ""
    url: str | None = None


class Interval(NamedTuple):
    """Hours of a weekday (0 is Monday): seconds of the day, `low` included, `high` not; IST."""

    weekday: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AppletStep:
    """
    A step of a flow. What an applet does not read is as it is by default.

    Args:
        applet: What it is.
        following: The step after it, for each exit that is not named; None hangs up.
        exits: Where each named exit leads; None hangs up.
        name: What a `goto` calls it.
        line: Its line in the scenario, 0 where it has none.
        url: Asked by Passthru, Gather, Connect, SMS, Voicebot and Stream.
        dynamic: Whether a Connect's `url` answers with JSON, else with numbers (dial-whom).
        fallback: Asked when `url` gave no good answer.
        answer: Given in place of asking `url`.
        asynchronous: Whether a Passthru's answer is not waited for.
        takes: Account time that asking takes.
        prompt: Of Greeting, Gather and Menu.
        repeat: How often the prompt is repeated when nothing comes.
        max_digits: Of a Gather; None is the default.
        finish_on: The key that ends a Gather; "" is none, None the default.
        timeout: Seconds that a Gather or Menu waits for a key; None is the default.
        numbers: Whom a static Connect dials, as they were written.
        ring: Seconds that each agent rings; None is the default.
        at_most: Seconds of conversation; None is the default.
        record: Whether the conversation is recorded.
        parallel: How many ring at once; 1 is one after another.
        popup: Is told of each agent's attempt.
        emails: Addresses of agents who are users of the dashboard, by E.164 or SIP address.
        text: Of a static SMS.
        hours: When Timing is open.
        app: Where Transfer goes on.
    """

    applet: Applet
    following: int | None = HANG_UP
    exits: Mapping[str, int | None] = field(default_factory=dict)
    name: str | None = None
    line: int = 0
    url: str | None = None
    dynamic: bool = False
    fallback: str | None = None
    answer: Canned | None = None
    asynchronous: bool = False
    takes: Length = NO_TIME
    prompt: Prompt = Prompt()
    repeat: int = 0
    max_digits: int | None = None
    finish_on: str | None = None
    timeout: int | None = None
    numbers: tuple[str, ...] = ()
    ring: int | None = None
    at_most: int | None = None
    record: bool = False
    parallel: int = 1
    popup: str | None = None
    emails: tuple[tuple[str, str], ...] = ()
    text: str = ""
    hours: tuple[Interval, ...] = ()
    app: str | None = None

    def leads_to(self, exit_: str) -> int | None:
        """The step that an exit leads to, None if it hangs up."""
        return self.exits.get(exit_, self.following)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """
    A flow.

    Args:
        app: Its app id.
        steps: Its steps; a step's number is its place here.
        first: The step it begins with, None if it has none.
        exophone: Calls to it start the flow; E.164.
        record: Whether each Connect is recorded.
        hangs: Whether a call hangs where nothing follows, until somebody hangs up; else it ends.
    """

    app: str
    steps: tuple[AppletStep, ...]
    first: int | None = 0
    exophone: str | None = None
    record: bool = False
    hangs: bool = False


Flows = Mapping[str, Flow]
"""The flows of a scenario, by app id."""

NO_FLOWS: Flows = {}
"""Of a call that walks through no flow."""

DEFAULT_MESSAGE: Span = seconds(10)
"""How long a voicemail is where nobody says; ours, no rule of Exotel's."""
