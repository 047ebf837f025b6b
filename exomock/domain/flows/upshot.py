"""What comes of a Connect, as the pop-up URL and the requests after it are told."""

from collections.abc import Mapping
from typing import NamedTuple

from exomock.domain.clock import SECOND
from exomock.domain.flows.so_far import By, CallKind, Cause, Dialled, Dialling
from exomock.domain.flows.walked import Asks, PopUp
from exomock.domain.flows.walker import Walker
from exomock.domain.leg import Event
from exomock.domain.number import Number


class End(NamedTuple):
    """How an attempt without talk is told. Source: exotel-flows.md section 5."""

    status: str
    cause: Cause
    by: By


CLEARED = Cause("NORMAL_CLEARING", 16)
_TIMEOUT = Cause("RING_TIMEOUT", 1003)

ENDS = {
    Event.RANG_OUT: End("no-answer", _TIMEOUT, By.EXOTEL),
    Event.REJECTED: End("busy", Cause("USER_BUSY", 17), By.OPERATOR),
    Event.DROPPED: End("failed", Cause("UNALLOCATED_NUMBER", 1), By.OPERATOR),
}

LEFT = End("canceled", _TIMEOUT, By.CALLER)
"""The caller left while it rang. Source: section 5 (C fr22: the odd cause)."""

# UNVERIFIED: the cause of a leg that lost in parallel ringing (section 3); a capture would tell.
LOST = End("canceled", _TIMEOUT, By.EXOTEL)
"""Another agent, who rang at the same time, answered."""

_KINDS = {"completed": CallKind.COMPLETED, "canceled": CallKind.CLIENT_HANGUP}


class Ring(NamedTuple):
    """An agent whose telephone rings: its leg, its number, and what ends the ringing when."""

    leg: int
    number: Number
    at: int
    event: Event


class Upshot:
    """
    What has come of the attempts of one Connect.

    Args:
        walker: Walks the call.
        popup: Is told of each; None is nobody.
        emails: E-mail addresses of agents, by E.164 or SIP address.
    """

    def __init__(self, walker: Walker, popup: str | None, emails: Mapping[str, str]) -> None:
        self._walker, self._popup, self._emails = walker, popup, emails
        self._begun = walker.channel.now
        self._ends: dict[int, Dialling] = {}
        self.winner: int | None = None
        self.outgoing: Number | None = None
        self.recorded = False

    @property
    def made(self) -> bool:
        """Whether anybody was dialled."""
        return bool(self._ends)

    def tells(self, event: str, agent: Number) -> None:
        """Tell the pop-up URL of an event. Source: exotel-flows.md section 3 (V 48284)."""
        if self._popup is not None:
            popup = PopUp(event, agent, self._emails.get(agent.e164, ""))
            self._walker.tells(Asks.POPUP, self._popup, popup=popup)

    def answered(self, ring: Ring) -> None:
        """An agent has answered."""
        self.winner = ring.leg
        self._ends[ring.leg] = Dialling(ring.number, "completed", CLEARED, By.CALLEE)
        self.tells("Answered", ring.number)

    def over(self, ring: Ring, end: End) -> None:
        """An attempt without talk has ended."""
        self._ends[ring.leg] = Dialling(ring.number, end.status, end.cause, end.by)
        self.tells("Terminal", ring.number)

    def talked(self, by: By, seconds: int) -> None:
        """The conversation has ended."""
        assert self.winner is not None
        was = self._ends[self.winner]
        self._ends[self.winner] = was._replace(by=by, talked=seconds)
        self.tells("Terminal", was.number)

    def sums_up(self) -> str:
        """
        Note what came of the Connect for later requests, and return it as a sentence.

        UNVERIFIED: that after a second Connect only its own agents are told of (section 2); a
        Passthru behind two of them would settle it.
        """
        # UNVERIFIED: of several agents whom nobody answered for, the last one tells (section 5);
        # two that ring out and are busy, and a Passthru behind them, would settle it.
        told = self._ends[max(self._ends) if self.winner is None else self.winner]
        seconds = self._walker.channel.now // SECOND - self._begun // SECOND
        agents = tuple(self._ends[leg] for leg in sorted(self._ends))
        kind = _KINDS.get(told.status, CallKind.INCOMPLETE)
        recorded = self.recorded or self._walker.so_far.recorded
        dialled = Dialled(seconds, agents, told, self.outgoing)
        self._walker.notes(kind=kind, dialled=dialled, recorded=recorded)
        return _SENTENCES.get(told.status, "nobody answered").format(told.number.shown)


_SENTENCES = {
    "completed": "{} answered",
    "no-answer": "nobody answered, {} the last",
    "busy": "nobody answered, {}, the last, was busy",
    "failed": "nobody answered, {}, the last, could not be reached",
    "canceled": "the caller hung up while {} rang",
}
