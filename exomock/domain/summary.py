"""What a list says about a call: all that its record holds, and nothing that needs its legs."""

from typing import NamedTuple

from exomock.domain.call import Call, end_told_at
from exomock.domain.clock import SECOND
from exomock.domain.recording import recording_since


class Summary(NamedTuple):
    """
    A call as its record says it; times in unix seconds, numbers as Exotel writes them.

    Args:
        account: The account's Sid.
        sid: The call's.
        created: When it was placed.
        changed: When something last happened to it.
        to: Whom it calls.
        from_: Who is called first, or who calls in.
        exophone: The ExoPhone.
        status: Its status.
        direction: Its direction.
        duration: Seconds from its start to its end, None until the late fields are filled in.
        price: Thousandths of the currency, None until then.
        answered: Whether leg 1 has been answered.
        recording_at: From when on there is a recording, None if there is none, or no end yet.
        ended: When it ended, None while it lasts.
        told: From when on a GET has its EndTime, None while it lasts.
    """

    account: str
    sid: str
    created: int
    changed: int
    to: str
    from_: str
    exophone: str
    status: str
    direction: str
    duration: int | None
    price: int | None
    answered: bool
    recording_at: int | None
    ended: int | None
    told: int | None


def summary_of(call: Call) -> Summary:
    """The summary of a call as it is now."""
    order, story, since = call.order, call.story, recording_since(call)
    return Summary(
        call.account,
        call.sid,
        call.created // SECOND,
        story.changed_at // SECOND,
        order.to.shown,
        order.from_.shown,
        order.exophone.shown,
        str(call.status),
        str(order.direction),
        call.duration if story.filled else None,
        call.cost if story.filled else None,
        story.caller.answered_at is not None,
        None if since is None else since // SECOND,
        None if story.ended_at is None else story.ended_at // SECOND,
        None if story.ended_at is None else end_told_at(story.ended_at, call.late) // SECOND,
    )
