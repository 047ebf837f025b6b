"""The applets that nobody hears: they run after the caller has hung up as well. Source: flows 3."""

from exomock.domain.clock import IST, SECOND
from exomock.domain.flows.answers import OK, read_select, read_speech
from exomock.domain.flows.fields import Unfit, quoted
from exomock.domain.flows.guesses import OTHER_2XX_IS_FIRST
from exomock.domain.flows.inputs import Answered, Silent
from exomock.domain.flows.so_far import Streamed
from exomock.domain.flows.steps import AppletStep, Exit
from exomock.domain.flows.walked import Asks
from exomock.domain.flows.walker import Led, Walker

_FOUND = 302
_SUCCESSES = range(200, 300)
_DAY = 86_400


def passthru(walker: Walker, step: AppletStep) -> Led:
    """Tell the customer's server; the status of its answer steers. Source: section 3 (V 48283)."""
    if step.asynchronous:
        if step.answer is None:
            walker.tells(Asks.PASSTHRU, step.url or "")
        return Led(Exit.FIRST, "it was told, and its answer is not waited for")
    reply = walker.asks(step, Asks.PASSTHRU)
    if walker.enquiries and step.answer is None:
        walker.notes(passthru=walker.enquiries[-1].number)
    walker.passed = reply
    if isinstance(reply, Silent):
        return Led(Exit.SECOND, f"no good answer came, because {reply.why}")
    return Led(_branch(reply.status), f"the answer was {reply.status}")


def _branch(status: int) -> Exit:
    """
    The branch of a status.

    Source: exotel-flows.md section 3: 200 and 302 (V); errors are the second (c); the rest ?.
    """
    first = status == OK or (OTHER_2XX_IS_FIRST and status in _SUCCESSES)
    return Exit.FIRST if first and status != _FOUND else Exit.SECOND


def switch(walker: Walker, step: AppletStep) -> Led:
    """
    Take the case that the last Passthru's answer selects, else the digits'.

    Source: section 3 (V 3000052018); that digits are gone after it: section 7 (c).

    UNVERIFIED: that digits do not count where a Passthru has answered; a Switch behind a Gather and
    a Passthru that answers 200 without a body would settle it.
    """
    digits, chosen = walker.so_far.digits, walker.so_far.digits
    walker.notes(digits=None)
    whose = "the digits are"
    if walker.passed is not None:
        whose = "the answer selects"
        if isinstance(walker.passed, Silent):
            return Led(Exit.OTHERWISE, "no good answer came before")
        try:
            chosen = read_select(walker.passed)
        except Unfit as error:
            if walker.so_far.passthru is not None:
                walker.unfit[walker.so_far.passthru] = str(error)
            return Led(Exit.OTHERWISE, str(error))
    # UNVERIFIED: that the default branch, else the next step, is taken where no case fits (section
    # 3); a live Switch without one would settle it.
    if chosen is None and digits is None:
        return Led(Exit.OTHERWISE, "nothing was answered or pressed before")
    if chosen in step.exits and chosen != Exit.OTHERWISE:
        return Led(chosen, f"{whose} {quoted(chosen)}")
    return Led(Exit.OTHERWISE, f"{whose} {quoted(chosen)}, which is no case of it")


def timing(walker: Walker, step: AppletStep) -> Led:
    """Open or closed, by the weekday and time in IST. Source: section 3 (V 3000100185)."""
    second = (walker.channel.now + IST) // SECOND
    # The epoch was a Thursday.
    weekday, of_day = (second // _DAY + 3) % 7, second % _DAY
    inside = any(each.weekday == weekday and each.low <= of_day < each.high for each in step.hours)
    return Led(Exit.OPEN if inside else Exit.CLOSED, f"it is {_clock(weekday, of_day)}")


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _clock(weekday: int, second: int) -> str:
    return f"{_WEEKDAYS[weekday]}, {second // 3600:02d}:{second // 60 % 60:02d} in India"


def sms(walker: Walker, step: AppletStep) -> Led:
    """
    Send the caller a text, or what a URL answers. Source: section 3 (V 76228).

    UNVERIFIED: that no message goes out, and the flow goes on, where the answer is not right
    (section 4); a URL that answers 500 to a live SMS applet would settle it.
    """
    if step.url is None:
        return Led("", f"the caller gets {quoted(step.text)}")
    learned = walker.learns(step, Asks.SMS, read_speech, head=True)
    if learned.value is None:
        return Led("", f"no SMS, because {learned.why}")
    return Led("", f"the caller gets {quoted(learned.value.text)}")


def hangup(walker: Walker, step: AppletStep) -> Led:  # noqa: ARG001
    """End the call."""
    return Led(None, "the flow hangs up")


def voicebot(walker: Walker, step: AppletStep) -> Led:
    """Ask where to stream to; no stream can be made yet, so that it fails (issue 12)."""
    reply = walker.asks(step, Asks.VOICEBOT) if step.url else Silent("it has no URL")
    came = f"the answer was {reply.status}" if isinstance(reply, Answered) else reply.why
    walker.notes(streamed=Streamed("failed", "the stream could not be made"))
    return Led(Exit.FAILED, f"{came}; no stream can be made yet")
