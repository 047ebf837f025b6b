"""Somebody who calls an ExoPhone again and again."""

from dataclasses import dataclass
from random import Random

from exomock.domain.clock import SECOND
from exomock.domain.number import DIGITS, Number
from exomock.domain.script import Script
from exomock.domain.span import Length
from exomock.domain.when import Pattern


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
