"""Faults of the API itself: when a request is answered otherwise than it should be, and how."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from exomock.domain.script import Refusal
from exomock.domain.span import NO_TIME, Length
from exomock.domain.when import AnyPattern, Texts, When, luck_of

HUNG = 300
"""Seconds of wall time after which an answer that hangs, or waits for a clock that stands still,
is given up."""


class Damage(StrEnum):
    """A way to damage an answer that is sent."""

    TRUNCATED = "truncate"
    MALFORMED = "malformed"
    DRIPPED = "drip"
    HUNG = "hang"


@dataclass(frozen=True, slots=True)
class FaultAnswer:
    """
    An error in place of the right answer, or damage to it.

    Args:
        refusal: An error instead of it; the request then has no effect.
        html: Whether that error is a gateway's page.
        damage: What is done to the right answer; the request has its effect.
        amount: Of the damage: the share of bytes that comes (0 to 1), or bytes a second.
    """

    refusal: Refusal | None = None
    html: bool = False
    damage: Damage | None = None
    amount: float = 0


RIGHT_ANSWER = FaultAnswer()
"""The right answer, undamaged: the fault only delays it."""


@dataclass(frozen=True, slots=True)
class FaultWhen(When):
    """
    Which requests a fault strikes: what `When` compares, read from the parameters, and more.

    Args:
        method: HTTP method.
        path: What follows the account in the path, `.json` aside.
        between: Microseconds since the fault was laid down: from, until (excluded).
        form: Parameters that must fit, by name.
    """

    method: AnyPattern | None = None
    path: AnyPattern | None = None
    between: tuple[int, int] | None = None
    form: tuple[tuple[str, AnyPattern], ...] = ()

    @property
    def reads_form(self) -> bool:
        """Whether parameters must be looked at."""
        return bool(self.form) or bool(self.patterns)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a fault sees it; `path` is what follows the account, without `.json`."""

    method: str
    path: str
    parameters: Texts
    texts: Texts


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One fault.

    Args:
        place: Its `file:line name` for messages.
        when: Which requests it strikes.
        answer: What comes instead.
        delay: How much later the answer comes, on the account's clock.
        times: How often it strikes before it strikes no more; None is for ever.
    """

    place: str
    when: FaultWhen = field(default_factory=FaultWhen)
    answer: FaultAnswer = RIGHT_ANSWER
    delay: Length = NO_TIME
    times: int | None = None


@dataclass
class ArmedFault:
    """
    A fault in an account, with what it has counted; guarded by the account's lock.

    Args:
        id: Names it in the control API.
        fault: What it does.
        since: Account time when it was laid down, microseconds.
        key: What its chance is drawn from.
        own: Whether it was laid down at run time, and not by a scenario.
        said: The words that it was laid down in; empty for a scenario's.
    """

    id: str
    fault: Fault
    since: int
    key: str
    own: bool = False
    asked: int = 0
    fitting: int = 0
    struck: int = 0
    said: str = ""

    @property
    def spent(self) -> bool:
        """Whether it strikes no more."""
        return self.fault.times is not None and self.struck >= self.fault.times

    def left(self, now: int) -> int | None:
        """Microseconds until it is over; None if time does not end it."""
        between = self.fault.when.between
        return None if between is None else self.since + between[1] - now

    def meant(self, request: Request, now: int) -> bool:
        """Whether it is to strike this request, which is counted."""
        when = self.fault.when
        if self.spent or not self._seems(request, now):
            return False
        self.asked += 1
        if not when.fits(request.texts, now, lambda: luck_of(self.key, str(self.asked))):
            return False
        self.fitting += 1
        return when.its_turn(self.fitting)

    def _seems(self, request: Request, now: int) -> bool:
        when = self.fault.when
        if when.method is not None and not when.method.matches(request.method):
            return False
        if when.path is not None and not when.path.matches(request.path):
            return False
        if when.between is not None:
            begin, end = when.between
            if not begin <= now - self.since < end:
                return False
        return all(
            (value := request.parameters.get(name)) is not None and pattern.matches(value)
            for name, pattern in when.form
        )


def struck_by(armed: Iterable[ArmedFault], request: Request, now: int) -> ArmedFault | None:
    """
    The fault that strikes a request, None if none does: of those that are meant to, the first.

    Args:
        armed: Those of an account, in order.
        request: The request; it is counted.
        now: The account's time, microseconds.
    """
    # Ask every fault, also after one has struck: each counts the requests that fit it.
    meant = [each for each in armed if each.meant(request, now)]
    if not meant:
        return None
    meant[0].struck += 1
    return meant[0]
