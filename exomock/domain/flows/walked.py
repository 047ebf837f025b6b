"""What a walk leaves: the plan of a call, whom it asks, and the way that it took."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from exomock.domain.flows.so_far import SoFar
from exomock.domain.leg import Event
from exomock.domain.number import Number
from exomock.domain.story import Transition


class Asks(StrEnum):
    """Who asks."""

    PASSTHRU = "passthru"
    GREETING = "greeting"
    GATHER = "gather"
    DIAL_WHOM = "dial-whom"
    CONNECT = "connect"
    POPUP = "popup"
    SMS = "sms"
    VOICEBOT = "voicebot"
    AUDIO = "audio"
    """Nobody: an audio file is fetched, to be played."""


class PopUp(NamedTuple):
    """
    An agent's attempt, as the pop-up URL is told of it.

    Args:
        event: `Dial`, `Answered` or `Terminal`.
        agent: Whose.
        email: Its e-mail address, "" where it is no user of the dashboard.
    """

    event: str
    agent: Number
    email: str = ""

    @property
    def status(self) -> str:
        """Whether the agent is being called. Source: exotel-flows.md section 3 (C)."""
        return "free" if self.event == "Terminal" else "busy"


class Enquiry(NamedTuple):
    """
    A request to the customer's server: a question, or something that it is told.

    Args:
        number: Its place among the plan's `asked` and `told`, from 1.
        at: When, microseconds.
        step: The step that makes it, in the flow `so_far.app`.
        kind: Who asks.
        url: Where to, with its own query.
        so_far: What it says depends on that.
        head: Whether it is a HEAD, else a GET.
        steers: Whether the answer steers the call: a question.
        popup: What a pop-up tells.
    """

    number: int
    at: int
    step: int
    kind: Asks
    url: str
    so_far: SoFar
    head: bool = False
    steers: bool = True
    popup: PopUp | None = None

    @property
    def method(self) -> str:
        """The HTTP method. Source: exotel-flows.md section 2."""
        return "HEAD" if self.head else "GET"


class Passage(NamedTuple):
    """
    A step that a call has reached.

    Args:
        at: When, microseconds.
        app: The app id of its flow.
        step: Its number there.
        exit: The exit that it took, "" where it has none.
        why: Why, in one sentence without a full stop.
        left_at: When it took it.
    """

    at: int
    app: str
    step: int
    exit: str
    why: str
    left_at: int


class Rung(NamedTuple):
    """An agent who was dialled: its leg, when, and its number."""

    leg: int
    at: int
    number: Number


class Walked(NamedTuple):
    """
    The plan of a call in a flow.

    Args:
        events: All that happens up to the end, without the call's own end; the n-th `asked` or
            `told` is the n-th enquiry.
        stuck: Whether the call never ends by itself.
        ends_at: When it ends, where it is not stuck; microseconds.
        enquiries: The requests to the customer's server.
        path: The steps in the order in which they were reached.
        rung: The agents who were dialled.
        why: Why it went no further, where its flow does not say so.
        unfit: The answers that were not what the applet asked for: what is wrong with each, by
            the enquiry's number.
    """

    events: tuple[Transition, ...]
    stuck: bool
    ends_at: int
    enquiries: tuple[Enquiry, ...] = ()
    path: tuple[Passage, ...] = ()
    rung: tuple[Rung, ...] = ()
    why: str = ""
    unfit: Mapping[int, str] = MappingProxyType({})

    @property
    def reached(self) -> Number | None:
        """
        The agent who tells how the calling went: who talked last, else was dialled last.

        Source: exotel-flows.md section 6: To of a call that came in is the agent who was rung (C);
        None where nobody was: To is the ExoPhone.
        """
        talked = [each.leg for each in self.events if each.event is Event.ANSWERED]
        mine = [each for each in self.rung if each.leg in talked] or self.rung
        return mine[-1].number if mine else None

    def at(self, moment: int) -> Passage | None:
        """The step that the call is in at a moment, None before its first."""
        here = [each for each in self.path if each.at <= moment]
        return here[-1] if here else None
