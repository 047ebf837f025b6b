"""The recording of a call: how long it is, who speaks on it, and from when on it is there."""

from typing import NamedTuple

from exomock.domain.call import Call
from exomock.domain.clock import SECOND
from exomock.domain.leg import CALLER, RECORDING_BEGINS, Event, LegState
from exomock.domain.script import Party
from exomock.domain.story import story_of

BOTH = (Party.FROM, Party.TO)
"""The parties of a conversation, in the order of a dual recording's channels."""

LEAST = 0.1
"""Seconds of the recording of a conversation of 0 s: a file without sound does not play."""

DUAL, HIGH_QUALITY = ("recording_channels", "dual"), ("recording_format", "mp3-hq")


class Recording(NamedTuple):
    """
    What there is to hear of a call.

    Args:
        sid: The call's Sid.
        seconds: How long it is.
        parties: Who speaks: both of a conversation, From alone on a voicemail.
        dual: Whether each party has a channel of its own.
        high_quality: Whether it was asked for as `mp3-hq`.
    """

    sid: str
    seconds: float
    parties: tuple[Party, ...] = BOTH
    dual: bool = False
    high_quality: bool = False


def recording_at(ended: int, late: int, after: int) -> int:
    """
    From when on a recording can be had, and a GET has its RecordingUrl (microseconds).

    Source: exotel-v1.md section 3: RecordingUrl is late as well.

    Args:
        ended: When the call ended, microseconds.
        late: Microseconds from its end until all late fields are there.
        after: Microseconds that a scenario lets pass from its end.
    """
    return ended + max(late, after)


def wants_recording(call: Call) -> bool:
    """Whether a conversation of a call is recorded: as the request says, else the script."""
    return call.script.record if call.order.record is None else call.order.record


def has_recording(call: Call) -> bool:
    """
    Whether a recording exists: asked for, and a conversation happened (source: section 3).

    A flow says in its plan what it records: a voicemail is no conversation.
    """
    story = call.story
    return (wants_recording(call) and story.conversed) or story.recorded


def recording_since(call: Call) -> int | None:
    """From when on a call's recording can be had, microseconds; None while nobody can say."""
    ended = call.story.ended_at
    if ended is None or not has_recording(call):
        return None
    return recording_at(ended, call.late, call.script.recording.waits)


def recording_of(call: Call) -> Recording | None:
    """
    The recording of a call as it is now; None if there is none.

    It begins when both talk, and is as long as ConversationDuration says: in whole seconds, so that
    a test may compare the two. In a flow it is what a Connect or a Voicemail has recorded.

    Source: exotel-v1.md section 3 (S: only if a conversation happened), section 2 (V: channels and
    format, which do nothing without Record).
    """
    if not has_recording(call):
        return None
    extras = call.order.extras
    whole = Recording(
        call.sid,
        max(call.conversation, LEAST),
        dual=DUAL in extras,
        high_quality=HIGH_QUALITY in extras,
    )
    return _in_a_flow(call, whole) if call.story.recorded else whole


def _in_a_flow(call: Call, whole: Recording) -> Recording:
    """
    What a flow has recorded: a Connect's conversation, or the message of a Voicemail.

    UNVERIFIED: that of several recordings in one call the last plays, because a call has one
    RecordingUrl; a flow of a recorded Connect and a Voicemail on a live account would settle it.
    """
    past = call.plan[: call.done]
    ends = max(i for i, each in enumerate(past) if each.event is Event.RECORDED)
    begins = max(i for i, each in enumerate(past[:ends]) if each.event in RECORDING_BEGINS)
    first, last = past[begins], past[ends]
    if not _agent_talks(call, begins):
        # A message has no ConversationDuration to agree with, so it is as long as it was.
        length = (last.at - first.at) / SECOND
        return whole._replace(seconds=max(length, LEAST), parties=(Party.FROM,), dual=False)
    seconds = last.at // SECOND - first.at // SECOND
    dual = whole.dual or first.event is Event.RECORDS_DUAL
    return whole._replace(seconds=max(seconds, LEAST), dual=dual)


def _agent_talks(call: Call, done: int) -> bool:
    legs = story_of(call.created, call.plan[:done]).legs
    return LegState.TALKING in [leg.state for leg in legs[CALLER + 1 :]]
