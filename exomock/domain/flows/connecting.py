"""The Connect applet: whom it dials, in which order, and where what comes of it leads."""

from exomock.domain.flows.answers import (
    ConnectTerms,
    read_agent,
    read_connect,
    read_dial_whom,
)
from exomock.domain.flows.dialling import Attempts
from exomock.domain.flows.fields import Unfit
from exomock.domain.flows.guesses import RING, TALK, TOGETHER
from exomock.domain.flows.inputs import Answered
from exomock.domain.flows.people import Where
from exomock.domain.flows.steps import AppletStep, Exit
from exomock.domain.flows.upshot import Upshot
from exomock.domain.flows.walked import Asks
from exomock.domain.flows.walker import Led, Walker
from exomock.domain.number import Number, from_e164


def connect(walker: Walker, step: AppletStep) -> Led:
    """Dial agents, until one answers. Source: exotel-flows.md section 3, "Connect"."""
    terms, why = _terms(walker, step)
    # Source: section 2: digits go up to and including the first Connect request (c).
    # UNVERIFIED: that a static Connect, which requests nothing, ends them as well.
    walker.notes(digits=None)
    if terms is None or not terms.numbers:
        return Led(Exit.NOT_DIALLED, why or "there is nobody to dial")
    if not walker.channel.present:
        return Led(Exit.NOT_DIALLED, "the caller hung up before anybody was dialled")
    upshot = Upshot(walker, terms.popup or step.popup, dict(step.emails))
    attempts = Attempts(walker, upshot)
    walker.channel.begins(Where.CONNECT)
    why = _dials(walker, step, attempts, terms)
    walker.channel.ends(Where.CONNECT)
    if not upshot.made:
        return Led(Exit.NOT_DIALLED, "the caller hung up before anybody was dialled")
    return Led(Exit.TALKED if attempts.talked else Exit.NOBODY, f"{upshot.sums_up()}{why}")


def _dials(walker: Walker, step: AppletStep, attempts: Attempts, terms: ConnectTerms) -> str:
    """
    Dial, and fetch numbers again after each attempt without talk where the answer says so.

    UNVERIFIED: that only the first number of such an answer (with parallel ringing: the first that
    ring together) is an attempt; a logged dynamic URL that answers with two would settle it.
    """
    while True:
        attempts.dial(terms)
        if not terms.fetch or attempts.talked or not walker.channel.present:
            return ""
        if not walker.steps_left():
            return "; not asked again, because the call has come to its last step"
        again, why = _terms(walker, step)
        if again is None or not again.numbers or not walker.channel.present:
            return f"; asked again: {why or 'nobody more to dial'}"
        terms = again


def _terms(walker: Walker, step: AppletStep) -> tuple[ConnectTerms | None, str]:
    """Whom to dial and how; None where no good answer says so."""
    if step.url is None and step.answer is None:
        return _own(walker, step, _static(step.numbers)), ""
    if step.dynamic:
        learned = walker.learns(step, Asks.CONNECT, read_connect)
        found = learned.value
        if found is not None:
            return found._replace(record=found.record or _records(walker, step)), learned.why
        return None, learned.why
    learned = walker.learns(step, Asks.DIAL_WHOM, _somebody)
    numbers = learned.value or ()
    return _own(walker, step, numbers), learned.why


def _somebody(answer: Answered) -> tuple[Number, ...]:
    found = read_dial_whom(answer)
    if not found:
        raise Unfit("the answer names nobody")
    return found


def _static(numbers: tuple[str, ...]) -> tuple[Number, ...]:
    read = [read_agent(text) for text in numbers]
    return tuple(from_e164(each.e164) for each in read if each is not None)


def _own(walker: Walker, step: AppletStep, numbers: tuple[Number, ...]) -> ConnectTerms:
    """What the step says of how to dial."""
    return ConnectTerms(
        numbers,
        record=_records(walker, step),
        ring=RING if step.ring is None else step.ring,
        at_most=TALK if step.at_most is None else step.at_most,
        together=min(step.parallel, TOGETHER),
    )


def _records(walker: Walker, step: AppletStep) -> bool:
    """Whether the conversation is recorded whatever an answer says."""
    asked, script = walker.channel.order.record, walker.script
    return step.record or walker.record or (script.record if asked is None else asked)
