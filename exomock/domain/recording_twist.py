"""Recordings that misbehave: late, missing, cut short, refused, slow, or another one."""

from dataclasses import dataclass, replace
from random import Random

from exomock.domain.span import NO_TIME, Length, Span


@dataclass(frozen=True, slots=True)
class RecordingTwist:
    """
    The misbehaviour of the recording of one call.

    Args:
        after: How long after the call's end it is there; never before the other late fields.
        missing: Whether it never is, though RecordingUrl is given.
        truncated: Share of its bytes that come before the connection ends, 0 to 1; None is all.
        status: The HTTP error that stands for it, 400 to 599; None is none.
        slow: Bytes a second of wall time; None is as fast as it goes.
        file: Path of the audio that stands for what exomock makes; empty is none.
    """

    after: Length = NO_TIME
    missing: bool = False
    truncated: float | None = None
    status: int | None = None
    slow: float | None = None
    file: str = ""

    def drawn(self, rng: Random) -> "RecordingTwist":
        """The same with its time drawn."""
        after = self.after.draw(rng)
        return replace(self, after=Span(after, after))

    @property
    def waits(self) -> int:
        """Microseconds from the call's end until it is there; of a drawn one."""
        assert isinstance(self.after, Span)
        return self.after.low


PLAIN = RecordingTwist()
"""The recording is there with the late fields, whole, and exomock's own."""
