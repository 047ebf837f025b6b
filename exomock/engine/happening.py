"""Play a call up to a moment: the transitions that happen, and what is owed for them."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import NamedTuple

from exomock.domain.call import Call
from exomock.domain.callback import KIND, QUESTION, Notice, notice
from exomock.domain.changes import Replied
from exomock.domain.flows.inputs import Answered, Lasts, Reply, Silent
from exomock.domain.flows.walked import Asks
from exomock.domain.leg import CALLER, Event
from exomock.domain.order import Shape
from exomock.domain.question import Question, enquiry_number, question_of
from exomock.domain.span import Span
from exomock.domain.story import Transition
from exomock.domain.telling import Move, Telling, after
from exomock.domain.twist import SWAPPED_AFTER
from exomock.engine.replanning import replan
from exomock.engine.walks import enquiry_of, rung_last, walk_of
from exomock.storage.deliveries import Owed


class Happened(NamedTuple):
    """Something that happened to a call: when (account time, microseconds), and what."""

    at: int
    call: str
    leg: int
    event: Event


_AT = attrgetter("at")
_RUNG = (Event.DIALED, Event.ANSWERED)
_ENQUIRES = (Event.ASKED, Event.TOLD)


def happen(call: Call, now: int) -> tuple[Call, list[Happened], list[Owed]]:
    """
    Play everything of a call that is due.

    Args:
        call: The call so far.
        now: The account's time, microseconds.

    Returns:
        The call as it is now, what happened, and what it has come to owe, in order.
    """
    sid = call.sid
    reached = bisect_right(call.plan, now, call.done, key=_AT)
    due = call.plan[call.done : reached]
    events = [Happened(at, sid, leg, event) for at, leg, event in due]
    owed: list[Owed] = []
    if call.order.callback is not None or call.flows:  # most calls tell nobody
        for done, transition in enumerate(due, call.done + 1):
            owed.extend(_owes(call, done, transition))
            if call.flows and transition.event in _ENQUIRES:
                owed.append(_enquires(call, done, transition))
    return call.played_to(reached), events, owed


def owed_by(call: Call) -> list[Owed]:
    """Every callback that a call comes to owe by its plan, past and to come, in order."""
    if not call.plan:
        return []
    _over, _events, owed = happen(call.as_of(0), call.plan[-1].at)
    return [each for each in owed if each.kind == KIND]


NO_LENGTHS: Mapping[str, int] = {}


def come_about(
    call: Call, now: int, *, asks: bool = True, lengths: Mapping[str, int] = NO_LENGTHS
) -> tuple[Call, list[Happened], list[Owed]]:
    """
    As `happen`, and past each question whose reply is known without asking anybody.

    Args:
        call: The call so far.
        now: The account's time, microseconds.
        asks: Whether anybody is asked; else each question without a kept reply goes on at once, as
            after a timeout.
        lengths: How long audio files are that were read before, microseconds, by URL.
    """
    call, events, owed = happen(call, now)
    while call.flows and (call.kept or lengths or not asks):
        question = question_of(call)
        reply = None if question is None else _known(call, question, lengths, asks=asks)
        if question is None or reply is None:
            break
        if isinstance(reply, Lasts):
            if not _has_just_asked(call, question, owed):
                break  # the file is being fetched already, and that answer counts
            owed = owed[:-1]
        answered = replan(call, Replied(question.number, reply), now)
        if isinstance(reply, Answered):
            answered = replace(answered, kept=call.kept[1:])
            owed = _asks_nobody(owed)
        call, more, owes = happen(answered, now)
        events += more
        owed += owes
    return call, events, owed


def with_agent_as_to(before: Call, call: Call, events: Iterable[Happened]) -> Call:
    """
    A call that came in, whose To is the agent who is rung.

    Source: exotel-flows.md section 6 (C: captured, "verified"; C 2019 where nobody was).

    Args:
        before: The call before these events.
        call: The call after them.
        events: What happened.
    """
    order = call.order
    if not (call.flows and order.shape is Shape.INBOUND):
        return call
    if not any(each.leg != CALLER and each.event in _RUNG for each in events):
        return call
    # A client of the control API may name whom the call reaches. That must stay.
    unnamed = {order.exophone.e164}
    if (last := rung_last(before)) is not None:
        unnamed.add(last.e164)
    agent = rung_last(call)
    if agent is None or agent.e164 == order.to.e164 or order.to.e164 not in unnamed:
        return call
    return call.to_be(replace(order, to=agent))


def _known(
    call: Call, question: Question, lengths: Mapping[str, int], *, asks: bool
) -> Reply | None:
    """The reply to the open question of a call, where nobody need be asked for it."""
    enquiry = walk_of(call).enquiries[question.number - 1]
    if enquiry.kind is Asks.AUDIO:
        if enquiry.url in lengths:
            return Lasts(lengths[enquiry.url])
        return None if asks else _COLLECTS
    if call.kept:
        return call.kept[0]
    return None if asks else Silent()


def _has_just_asked(call: Call, question: Question, owed: list[Owed]) -> bool:
    last = owed[-1] if owed and owed[-1].kind == QUESTION else None
    return last is not None and enquiry_number(call, last.place) == question.number


_COLLECTS = Silent("an account that collects fetches nothing")


def _asks_nobody(owed: list[Owed]) -> list[Owed]:
    """The same, but the last question is recorded only: its answer is known."""
    last = max(place for place, each in enumerate(owed) if each.kind == QUESTION)
    question = owed[last]._replace(state=after(owed[last].state, Move.COLLECTED))
    return [*owed[:last], question, *owed[last + 1 :]]


def _enquires(call: Call, done: int, happened: Transition) -> Owed:
    """The request to the customer's server that a flow makes."""
    enquiry = enquiry_of(call, done)
    return Owed(
        QUESTION, call.sid, enquiry.kind, done, happened.at, enquiry.url, enquiry.method,
        own=call.own, subject=call.as_of(done),
    )  # fmt: skip


def _owes(call: Call, done: int, happened: Transition) -> Iterator[Owed]:
    about = notice(call.order, happened)
    if about is None:
        return
    twist, due = call.script.twists.of(about), happened.at
    if call.script.twists.swap and about is Notice.ANSWERED and call.ends_at is not None:
        delay = call.script.twists.terminal.delay
        assert isinstance(delay, Span)
        due = call.ends_at + delay.low + SWAPPED_AFTER
    state = Telling.DROPPED if twist.drop else Telling.PENDING
    url, then = call.order.callback or "", call.as_of(done)
    for at in twist.times(due) if not twist.drop else [due]:
        yield Owed(KIND, call.sid, about, done, at, url, state=state, own=call.own, subject=then)


def at_once(owed: Iterable[Owed], now: int, move: Move) -> list[Owed]:
    """The same, but what is due is taken or collected already: that saves a transaction."""
    return [
        each._replace(state=after(each.state, move))
        if each.state is Telling.PENDING and each.due_at <= now
        else each
        for each in owed
    ]
