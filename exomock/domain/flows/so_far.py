"""What a call in a flow has come to when a URL is asked: what is said depends on that alone."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from exomock.domain.number import Number


class CallKind(StrEnum):
    """How a call has gone, as requests say it. Source: exotel-flows.md section 5."""

    ATTEMPT = "call-attempt"
    COMPLETED = "completed"
    INCOMPLETE = "incomplete"
    CLIENT_HANGUP = "client-hangup"
    VOICEMAIL = "voicemail"


class Cause(NamedTuple):
    """Why an agent's leg ended: the word and the number. Source: exotel-flows.md section 5."""

    word: str
    number: int


class By(StrEnum):
    """Who disconnected an agent's leg. Source: section 5 (V)."""

    CALLER = "Caller"
    CALLEE = "Callee"
    EXOTEL = "Exotel"
    OPERATOR = "Operator"


class Dialling(NamedTuple):
    """
    What came of dialling one agent.

    Args:
        number: Whose number.
        status: How it went, as DialCallStatus says it.
        cause: Why its leg ended.
        by: Who ended it.
        talked: Seconds it talked.
    """

    number: Number
    status: str
    cause: Cause
    by: By
    talked: int = 0


class Dialled(NamedTuple):
    """
    What came of a Connect that dialled somebody.

    Args:
        seconds: From dialling the first agent to the end, ringing included.
        agents: Each who was dialled, in that order.
        told: Whose attempt tells how it went: who answered, else the last.
        outgoing: The caller id that agents saw; None is the call's ExoPhone.
    """

    seconds: int
    agents: tuple[Dialling, ...]
    told: Dialling
    outgoing: Number | None = None


class Streamed(NamedTuple):
    """What came of a Voicebot or Stream, in the words of section 2 (V)."""

    status: str
    error: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class SoFar:
    """
    What has run before a request.

    Args:
        app: The flow's app id.
        kind: How the call has gone.
        digits: The keys of the last Menu or Gather, "" if none were pressed; None before one.
        dialled: What came of the last Connect; None before one.
        recorded: Whether there is a recording.
        streamed: What came of the last Voicebot or Stream.
        passthru: The number of the last sync Passthru's enquiry.
    """

    app: str
    kind: CallKind = CallKind.ATTEMPT
    digits: str | None = None
    dialled: Dialled | None = None
    recorded: bool = False
    streamed: Streamed | None = None
    passthru: int | None = None
