"""What the world does to a call in a flow: all that its walk depends on beside its own chance."""

from typing import NamedTuple

from exomock.domain.script import Party

TIMEOUT = "no answer within 5 s"
GIVEN_UP = "its server had timed out three times in a row, and was asked no more"
_LATE = (TIMEOUT, GIVEN_UP)
"""Why no good reply came: the reasons that take account time."""


class Answered(NamedTuple):
    """
    The customer's server answered the open question.

    Args:
        status: HTTP status.
        content_type: Its Content-Type, parameters too; None where it had none.
        body: The body's text, read up to a bound; "" where nobody needs it.
    """

    status: int
    content_type: str | None = None
    body: str = ""


class Silent(NamedTuple):
    """
    No whole answer will come to the open question.

    Args:
        why: The reason, in words that can follow "because".
    """

    why: str = TIMEOUT

    @property
    def late(self) -> bool:
        """Whether the caller has waited for all the time that an answer may take."""
        return self.why in _LATE


class Lasts(NamedTuple):
    """
    The audio file that the open question is about was read.

    Args:
        length: How long it plays, microseconds.
    """

    length: int


class Pressed(NamedTuple):
    """Keys that the control API presses for the caller, all in one moment."""

    digits: str


class Left(NamedTuple):
    """A party hangs up, or does not take the call that rings: the control API says so."""

    by: Party


class Took(NamedTuple):
    """A person takes the call that rings at a party's telephone."""

    by: Party


class Ignored(NamedTuple):
    """A person lets a party's telephone ring out now."""

    by: Party


Reply = Answered | Silent | Lasts
"""What becomes of a question."""

What = Reply | Pressed | Left | Took | Ignored
"""All that the world does to a call."""


class Input(NamedTuple):
    """
    One thing that the world did.

    Args:
        at: When it came, in the account's time, microseconds. A reply holds from its question.
        what: What it was.
    """

    at: int
    what: What


Inputs = tuple[Input, ...]
"""In the order in which they came."""
