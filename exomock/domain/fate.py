"""The fate of a leg that is dialled, and how long it takes."""

from dataclasses import dataclass
from enum import StrEnum

from exomock.domain.span import Length


class Fate(StrEnum):
    """The fate of a leg that is dialled, in the scenario language's words."""

    __hash__ = str.__hash__  # as that of a leg's state: each leg that is dialled looks it up

    ANSWER = "answer"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    CANCEL = "cancel"
    NONE = "none"
    PERSON = "person"
    """It rings until a person decides, or rings out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A leg's fate and when it comes, counted from dialling; `after=None` is the default time."""

    fate: Fate
    after: Length | None = None


class Does(StrEnum):
    """What a person does with a telephone."""

    ANSWER = "answer"
    REJECT = "reject"
    NO_ANSWER = "no_answer"
    HANGUP = "hangup"


ANSWERS = Outcome(Fate.ANSWER)
"""Of whom nothing else is said."""

BY_PERSON = Outcome(Fate.PERSON)
"""Whom a person plays; if nobody decides it rings out."""
