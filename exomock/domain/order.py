"""An order: everything a client asked for when it placed a call."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Order:
    """
    A call as it was ordered; everything optional is None when the client did not give it.

    Args:
        from_: The number dialled first.
        to: The number dialled second; for a flow call the ExoPhone.
        exophone: `CallerId`, the ExoPhone both parties see.
        flow: The app id of a flow call; the whole Url where it has none of the known forms.
        lost: True for a flow call whose Url leads to no flow.
        time_limit: Seconds of conversation, 1-14400.
        time_out: Seconds each leg may ring, 1-60.
        record: Whether the conversation is recorded.
        custom_field: Comes back in the terminal callback, at most 128 characters.
        callback: StatusCallback URL, its query kept as it is.
        events: The words of StatusCallbackEvents; empty means the four-field callback at the end.
        callback_json: True for `application/json` callbacks, False for multipart.
        extras: Parameters that are validated and change nothing yet: (name, value) pairs.
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

    @property
    def shape(self) -> Shape:
        """Which rows of the status table this call can end in."""
        if self.direction is Direction.INBOUND:
            return Shape.INBOUND
        if self.flow is None:
            return Shape.TWO_LEGS
        return Shape.LOST_FLOW if self.lost else Shape.FLOW
