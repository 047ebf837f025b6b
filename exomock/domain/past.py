"""The past of an account: calls that were finished before it began."""

from dataclasses import dataclass

from exomock.domain.number import Number
from exomock.domain.report import Report
from exomock.domain.span import Length
from exomock.domain.status import Status


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
class PastMessages:
    """
    Finished messages at random.

    Args:
        messages: How many, 1 or more.
        over: Over how long before the account's beginning they are spread, microseconds.
        outcomes: How they ended, and the shares, which add up to 1.
    """

    messages: int
    over: int
    outcomes: tuple[tuple[Report, float], ...]


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
