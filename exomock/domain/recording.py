"""The recording of a call: how long it is, who speaks on it, and from when on it is there."""

from typing import NamedTuple

from exomock.domain.call import Call
from exomock.domain.script import Party

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


def recording_of(call: Call) -> Recording | None:
    """
    The recording of a call as it is now; None if there is none.

    It begins when both talk, and is as long as ConversationDuration says: in whole seconds, so that
    a test may compare the two.

    Source: exotel-v1.md section 3 (S: only if a conversation happened), section 2 (V: channels and
    format, which do nothing without Record).
    """
    if not call.recorded:
        return None
    extras = call.order.extras
    return Recording(
        call.sid,
        max(call.conversation, LEAST),
        dual=DUAL in extras,
        high_quality=HIGH_QUALITY in extras,
    )
