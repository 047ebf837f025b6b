"""An order: everything a client asked for when it placed a call."""

from dataclasses import dataclass, field
from enum import StrEnum

from exomock.domain.number import Number


class Direction(StrEnum):
    """The party that began the call. Source: exotel-v1.md section 3."""

    INBOUND = "inbound"
    OUTBOUND_API = "outbound-api"
    OUTBOUND_DIAL = "outbound-dial"


class Shape(StrEnum):
    """Which rows of the status table apply to a call."""

    __hash__ = str.__hash__  # as that of a leg's state, beside which it is looked up

    TWO_LEGS = "two-legs"
    FLOW = "flow"
    LOST_FLOW = "lost-flow"
    INBOUND = "inbound"
    STREAM = "stream"


# Members by a name of this module: each call asks for its shape half a dozen times, and through
# their class they cost as much again (Python 3.11).
_COMES_IN = Direction.INBOUND
_INBOUND, _TWO_LEGS, _STREAM = Shape.INBOUND, Shape.TWO_LEGS, Shape.STREAM

ONE_LEG = frozenset((Shape.FLOW, Shape.LOST_FLOW, Shape.STREAM))
"""The shapes of calls in which only From is dialled; whoever a flow dials does not count."""


@dataclass(frozen=True, slots=True)
class Order:
    """
    A call as it was ordered; everything optional is None when the client did not give it.

    Args:
        from_: The number dialled first.
        to: The number dialled second; for a flow call the ExoPhone; `NOBODY` for a call of one leg.
        exophone: `CallerId`, the ExoPhone both parties see.
        flow: The app id of a flow call; the whole Url where it has none of the known forms.
        lost: True for a flow call whose Url leads to no flow.
        time_limit: Seconds of conversation, 1-14400.
        time_out: Seconds each leg may ring, 1 or more.
        record: Whether the conversation is recorded.
        custom_field: Comes back in the terminal callback, at most 4,096 characters.
        callback: StatusCallback URL, its query kept as it is.
        events: The words of StatusCallbackEvents; empty means the four-field callback at the end.
        callback_json: True for `application/json` callbacks, False for multipart.
        stream: StreamUrl, where the call's audio would go; without To it is a call of one leg.
        max_retries: How often From is dialled again when it fails or does not answer.
        extras: Parameters that are validated and change nothing yet: (name, value) pairs.
        via: Base URL by which its client reached this server, empty if none did; two orders are
            equal whatever it is, so that no call depends on the port of a test's server.
    """

    from_: Number
    to: Number
    exophone: Number
    direction: Direction = Direction.OUTBOUND_API
    flow: str | None = None
    lost: bool = False
    time_limit: int | None = None
    time_out: int | None = None
    record: bool | None = None
    custom_field: str | None = None
    callback: str | None = None
    events: tuple[str, ...] = ()
    callback_json: bool = False
    extras: tuple[tuple[str, str], ...] = ()
    stream: str | None = None
    max_retries: int = 0
    via: str = field(default="", compare=False)

    @property
    def shape(self) -> Shape:
        """Which rows of the status table this call can end in."""
        if self.direction is _COMES_IN:
            return _INBOUND
        if self.flow is None:
            # NOBODY alone has no number; comparing whole numbers takes three times as long.
            return _TWO_LEGS if self.to.e164 else _STREAM
        return Shape.LOST_FLOW if self.lost else Shape.FLOW
