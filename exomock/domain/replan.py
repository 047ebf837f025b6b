"""Another future for a call: the one way in which what comes is changed."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from exomock.domain.call import Call
from exomock.domain.errors import IllegalTransition, NotOnTheLine
from exomock.domain.flows.inputs import Input, What
from exomock.domain.flows.walked import Walked
from exomock.domain.plan import plan_of, with_end
from exomock.domain.story import Transition, story_of


class Change(ABC):
    """What becomes of a call that was planned already: a value that makes another future of it."""

    def input(self, call: Call, _now: int, _walked: Callable[[], Walked], /) -> What:
        """
        What the change is to a call in a flow, which is walked anew with it.

        Args:
            call: The call as it is now.
            _now: The account's time, microseconds.
            _walked: Walks it as it is now, what is to come too.

        Raises:
            DomainError: The call is not one that this could happen to now.
        """
        raise IllegalTransition(f"call {call.sid} walks through a flow: {self} cannot happen")

    @abstractmethod
    def future(self, call: Call, begin: int, _rng: Random, /) -> Sequence[Transition]:
        """
        How a call that walks through no flow ends from `begin` on, in time order.

        Args:
            call: The call as it is now.
            begin: Microseconds; nothing of the future may be earlier.
            _rng: The chance of what comes, from the call's key: the same in each run.

        Raises:
            DomainError: The call is not one that could be decided so now.
        """


def with_future(call: Call, change: Change, now: int, rng: Random) -> Call:
    """
    A call that walks through no flow with another future: what has happened stays.

    Args:
        call: The call as it is now.
        change: What becomes of it.
        now: The account's time, microseconds.
        rng: The chance of what comes.

    Raises:
        NotOnTheLine: The call has ended, or a party is not on the line that would have to be.
        NoQuestion: A reply came, and only a flow asks.
        NotGathering: Keys were pressed, and only a flow takes them.
        IllegalTransition: The change makes what a leg's state does not allow: our bug.
    """
    if call.ended:
        raise NotOnTheLine(f"call {call.sid} has ended: nothing can happen to it")
    past = call.plan[: call.done]
    begin = max(now, past[-1].at) if past else now
    events = change.future(call, begin, rng)
    if not events:
        raise IllegalTransition(f"call {call.sid}: nothing would come, and it has not ended")
    coming = with_end(events, call.late)
    _check(call, begin, coming)
    return replace(call, plan=(*past, *coming), stuck=False)


def with_input(call: Call, change: Change, now: int, chance: Callable[[], Random]) -> Call:
    """
    A call in a flow with one more input: it is walked anew, and what has happened stays.

    Args:
        call: The call as it is now.
        change: What the world did.
        now: The account's time, microseconds.
        chance: Gives the call's own chance, as it was at its beginning.

    Raises:
        NotOnTheLine: The call has ended, or a party is not on the line that would have to be.
        NoQuestion: A reply came, and that question is not open.
        NotGathering: Keys were pressed where nothing takes them.
        IllegalTransition: The past would be another: our bug.
    """
    if call.ended:
        raise NotOnTheLine(f"call {call.sid} has ended: nothing can happen to it")
    what = change.input(call, now, lambda: call.walked(chance))
    after = replace(call, inputs=(*call.inputs, Input(now, what)))
    events, stuck = plan_of(after.walked(chance), call.late)
    if events[: call.done] != call.plan[: call.done]:
        raise IllegalTransition(f"call {call.sid}: its past would be another")
    return after.replanned(events, stuck=stuck)


def _check(call: Call, begin: int, coming: tuple[Transition, ...]) -> None:
    """Refuse a future that runs back, that is illegal, or that ends with somebody on the line."""
    moments = [begin, *(each.at for each in coming)]
    if moments != sorted(moments):
        raise IllegalTransition(f"call {call.sid}: its time would run back: {coming}")
    try:
        story = story_of(call.created, (*call.plan[: call.done], *coming))
    except IllegalTransition as error:
        raise IllegalTransition(f"call {call.sid}: {error}") from None
    if story.ended_at is not None and any(leg.on_line for leg in story.legs):
        raise IllegalTransition(f"call {call.sid}: it would end with somebody on the line")
