"""Callbacks that misbehave: late, twice, never, out of order, or saying other than they should."""

from dataclasses import dataclass, field, fields, replace
from random import Random

from exomock.domain.clock import SECOND
from exomock.domain.span import NO_TIME, Length, Span, seconds

SWAPPED_AFTER = SECOND
"""Microseconds after the end of a call at which an `answered` that was swapped is due."""


@dataclass(frozen=True, slots=True)
class Twist:
    """
    The misbehaviour of the callbacks of one event.

    Args:
        delay: How much later than it should it is due.
        drop: Whether it is never sent.
        repeat: How often it is sent in all, 1 or more.
        every: How far apart those are.
        content_type: The Content-Type it claims to have; None is the right one.
        without: Names of fields that are missing.
        extra: Names and values of fields that are added or replaced.
        status: The word that stands for its Status; None is the right one.
    """

    delay: Length = NO_TIME
    drop: bool = False
    repeat: int = 1
    every: Length = field(default_factory=lambda: seconds(1))
    content_type: str | None = None
    without: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    status: str | None = None

    def drawn(self, rng: Random) -> "Twist":
        """The same with its lengths drawn."""
        delay, every = self.delay.draw(rng), self.every.draw(rng)
        return replace(self, delay=Span(delay, delay), every=Span(every, every))

    def over(self, under: "Twist") -> "Twist":
        """Both at once; where both say something, this one holds."""
        usual = Twist()
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(
            under, **{name: value for name, value in said.items() if value != getattr(usual, name)}
        )

    def times(self, due: int) -> list[int]:
        """When it is due, each time, if it should be due at `due` (microseconds)."""
        assert isinstance(self.delay, Span)
        assert isinstance(self.every, Span)
        return [due + self.delay.low + turn * self.every.low for turn in range(self.repeat)]


@dataclass(frozen=True, slots=True)
class Twists:
    """
    The misbehaviour of the callbacks of one call.

    Args:
        answered: Of those about an answer.
        terminal: Of the one about the end, the one of four fields included.
        swap: Whether the end is told before the answers.
        before_answer: Whether all is told before the client has the answer to its connect.
    """

    answered: Twist = field(default_factory=Twist)
    terminal: Twist = field(default_factory=Twist)
    swap: bool = False
    before_answer: bool = False

    def of(self, notice: str) -> Twist:
        """What is wrong with the callbacks about this: `answered`, or anything about the end."""
        return self.answered if notice == "answered" else self.terminal

    def drawn(self, rng: Random) -> "Twists":
        """The same with all lengths drawn."""
        answered, terminal = self.answered.drawn(rng), self.terminal.drawn(rng)
        return replace(self, answered=answered, terminal=terminal)

    def over(self, under: "Twists") -> "Twists":
        """Both at once; where both say something, these hold."""
        return Twists(
            self.answered.over(under.answered),
            self.terminal.over(under.terminal),
            self.swap or under.swap,
            self.before_answer or under.before_answer,
        )


STRAIGHT = Twists()
"""Nothing is wrong."""
