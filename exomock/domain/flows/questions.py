"""Questions of a flow to the customer's server, while it is walked: they take no account time."""

from exomock.domain.clock import SECOND
from exomock.domain.flows.channel import Channel
from exomock.domain.flows.guesses import TIMEOUT_TAKES
from exomock.domain.flows.inputs import Answered, Lasts, Left, Reply, Silent
from exomock.domain.leg import Event
from exomock.domain.script import Party
from exomock.domain.span import NO_TIME, Length

FAR = 365 * 86_400 * SECOND
"""
From a question to its deadline, microseconds.

A reply comes within seconds of wall time, and the clock may run a million times as fast: a year is
longer than that. So the reply comes first, and whoever asks says that none will come.
"""


_NOBODY = Silent("nobody replied")
"""What comes of a question without a reply."""


def ask(channel: Channel, takes: Length = NO_TIME) -> Answered | Silent:
    """
    Ask, and take the reply from the inputs; without one the deadline passes, a year later.

    The line stands still until the reply: what follows counts from the question, however late the
    reply came. A caller who leaves meanwhile is gone first; what follows the reply comes then.
    """
    asked_at, length = channel.now, takes.draw(channel.rng)
    reply = _reply(channel)
    # A length answers a question about an audio file only; `Replied` refuses it for any other.
    if isinstance(reply, Lasts):
        return _NOBODY
    if reply != _NOBODY:
        slow = TIMEOUT_TAKES if isinstance(reply, Silent) and reply.late else 0
        channel.wait(asked_at + length + slow)
    return reply


def measure(channel: Channel) -> Lasts | Silent:
    """
    Fetch an audio file, to know how long it is.

    No time passes, because a file that cannot be read would else be played later than one that can.
    """
    reply = _reply(channel)
    return _NOBODY if isinstance(reply, Answered) else reply


def _reply(channel: Channel) -> Reply:
    asked_at = channel.now
    channel.happens(Event.ASKED)
    while (given := channel.next_input(asked_at + FAR)) is not None:
        at, what = given
        if isinstance(what, Reply):
            return what
        if what == Left(Party.FROM) and channel.present:
            channel.now = max(channel.now, at)
            channel.caller_leaves()
    channel.now = asked_at + FAR
    channel.happens(Event.SILENCE)
    return _NOBODY
