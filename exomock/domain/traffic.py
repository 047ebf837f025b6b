"""Calls that no client orders: the past of an account, and those that come in by themselves."""

from dataclasses import dataclass
from random import Random

from exomock.domain.clock import SECOND
from exomock.domain.number import Number
from exomock.domain.script import Script
from exomock.domain.span import Length
from exomock.domain.status import Status
from exomock.domain.when import Pattern

DIGITS = 11
"""Of a number in the `0` + 10 digits form."""

EXOPHONE = Number("08047112233", "+918047112233")
"""The ExoPhone where a scenario names none; ours."""


@dataclass(frozen=True, slots=True)
class History:
    """
    Finished calls at random.

    Args:
        calls: How many, 1 or more.
        over: Over how long before the account's beginning they are spread, microseconds.
        mix: Statuses and their shares, which add up to 1.
        talk: How long those talk that do.
    """

    calls: int
    over: int
    mix: tuple[tuple[Status, float], ...]
    talk: Length


@dataclass(frozen=True, slots=True)
class PastCall:
    """
    One finished call, exactly.

    Args:
        to: Whom it was made to.
        from_: Who was called first.
        exophone: The ExoPhone.
        created: When, microseconds since the epoch.
        status: How it ended.
        duration: Seconds from its beginning to its end.
        price: What it cost, thousandths.
        recording: Whether there is a recording.
        inbound: Whether it came in.
        custom_field: Its CustomField.
        place: Its `file:line` for messages.
    """

    to: Number
    from_: Number
    exophone: Number
    created: int
    status: Status
    duration: int
    price: int
    recording: bool
    inbound: bool
    custom_field: str | None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Generator:
    """
    Somebody who calls an ExoPhone again and again.

    Args:
        every: How far apart.
        from_: The caller's number, or its beginning.
        exophone: Whom they call.
        script: What becomes of the calls; None asks the rules.
        callback: Where the StatusCallbacks go.
        events: Their events.
        callback_json: Whether they are JSON.
        place: Its `file:line` for messages.
    """

    every: Length
    from_: Pattern
    exophone: Number
    script: Script | None = None
    callback: str | None = None
    events: tuple[str, ...] = ()
    callback_json: bool = False
    place: str = ""

    def wait(self, rng: Random) -> int:
        """Microseconds until the next call, at least a millisecond."""
        return max(SECOND // 1000, self.every.draw(rng))

    def caller(self, rng: Random) -> str:
        """The caller's number: its beginning, filled up with digits."""
        if not self.from_.rest:
            return self.from_.text
        missing = DIGITS - len(self.from_.text)
        return self.from_.text + "".join(str(rng.randrange(10)) for _ in range(missing))
