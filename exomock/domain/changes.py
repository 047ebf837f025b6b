"""What changes the future of a call: a party hangs up, others are dialled, a question is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from exomock.domain.call import Call
from exomock.domain.dialling import at_once, in_turn
from exomock.domain.errors import NoQuestion, NotGathering, NotOnTheLine
from exomock.domain.fate import Outcome
from exomock.domain.flows.inputs import Answered, Left, Pressed, Silent, What
from exomock.domain.flows.steps import TAKES_KEYS, Applet
from exomock.domain.flows.walked import Walked
from exomock.domain.leg import CALLER, Event, LegState
from exomock.domain.replan import Change, Future
from exomock.domain.script import Party
from exomock.domain.story import Transition


@dataclass(frozen=True, slots=True)
class Leave(Change):
    """
    A party hangs up, and the call ends.

    Args:
        by: Which party.
    """

    by: Party

    def future(self, call: Call, begin: int, _rng: Random, /) -> Future:
        """
        Nobody is left on the line.

        Raises:
            NotOnTheLine: The party is not on the line yet.
        """
        last = _last_events(call, self.by)
        if not last:
            raise _not_there(call, self.by)
        return Future([Transition(begin, leg, event) for leg, event in last])

    def input(self, call: Call, _now: int, _walked: Callable[[], Walked], /) -> What:
        """
        A party has left.

        Raises:
            NotOnTheLine: The party is not on the line.
        """
        story = call.story
        mine = [story.caller] if self.by is Party.FROM else story.called
        if not any(leg.on_line for leg in mine):
            raise _not_there(call, self.by)
        return Left(self.by)


def _not_there(call: Call, by: Party) -> NotOnTheLine:
    story = call.story
    return NotOnTheLine(
        f"'{by}' is not on the line of call {call.sid}: "
        f"leg 1 is {story.caller.state}, leg 2 is {story.reached.state}"
    )


def _last_events(call: Call, by: Party) -> list[tuple[int, Event]]:
    """How each leg ends when a party hangs up; nothing where the party is not on the line."""
    caller = call.story.caller.state
    if caller is LegState.RINGING:
        return [(CALLER, Event.REJECTED)] if by is Party.FROM else []
    ringing, talking = _legs_in(call, LegState.RINGING), _legs_in(call, LegState.TALKING)
    leaves = [(CALLER, Event.HUNG_UP)] if caller is LegState.TALKING else []
    if talking:
        stops = [(leg, Event.CANCELED) for leg in ringing]
        hang_up = [(leg, Event.HUNG_UP) for leg in talking]
        return stops + (leaves + hang_up if by is Party.FROM else hang_up + leaves)
    if not leaves:  # of a call that is stuck
        return []
    if by is Party.FROM:
        return [(leg, Event.CANCELED) for leg in ringing] + leaves
    return [(leg, Event.REJECTED) for leg in ringing] + leaves if ringing else []


def _legs_in(call: Call, state: LegState) -> list[int]:
    """Numbers of the called legs in a state."""
    first = CALLER + 1
    return [leg for leg, each in enumerate(call.story.called, first) if each.state is state]


@dataclass(frozen=True, slots=True)
class Replied(Change):
    """
    The customer's server answered a question of the flow, or will not.

    Args:
        number: The question's place among all that is asked and told, from 1.
        reply: What it answered.
    """

    number: int
    reply: Answered | Silent

    def input(self, call: Call, now: int, _walked: Callable[[], Walked], /) -> What:
        """
        The reply.

        Raises:
            NoQuestion: That question is not open, or its deadline has passed.
        """
        question = call.question
        if question is None or question.number != self.number or question.deadline <= now:
            raise NoQuestion(f"question {self.number} about call {call.sid} is not open")
        return self.reply

    def future(self, call: Call, _begin: int, _rng: Random, /) -> Future:
        """
        There is none, because only a flow asks.

        Raises:
            NoQuestion: Always.
        """
        raise NoQuestion(f"no question about call {call.sid} is open")


def applet_at(call: Call, now: int, walked: Walked) -> Applet | None:
    """The applet that a call in a flow is in, None before its flow begins."""
    here = walked.at(now)
    return None if here is None else call.flows[here.app].steps[here.step].applet


def takes_keys(call: Call, now: int, walked: Callable[[], Walked]) -> bool:
    """Whether keys can be pressed in a call now."""
    if not call.flows or call.ended or call.question is not None:
        return False
    return applet_at(call, now, walked()) in TAKES_KEYS


@dataclass(frozen=True, slots=True)
class Press(Change):
    """
    The caller presses keys.

    Args:
        digits: The keys, in order.
    """

    digits: str

    def input(self, call: Call, now: int, walked: Callable[[], Walked], /) -> What:
        """
        The keys.

        Raises:
            NotGathering: The call is not where keys are taken.
        """
        applet = applet_at(call, now, walked())
        if applet not in TAKES_KEYS or call.question is not None:
            where = "before its flow" if applet is None else f"in {applet}"
            asks = ", and waits for a reply" if call.question is not None else ""
            raise NotGathering(f"call {call.sid} takes no keys now: it is {where}{asks}")
        return Pressed(self.digits)

    def future(self, call: Call, _begin: int, _rng: Random, /) -> Future:
        """
        There is none, because only a flow takes keys.

        Raises:
            NotGathering: Always.
        """
        raise NotGathering(f"call {call.sid} takes no keys: it walks through no flow")


@dataclass(frozen=True, slots=True)
class PutThrough(Change):
    """
    The caller is put through to others; whoever rings or talks with it is let go.

    Args:
        parties: What each of them does, in the order of dialling; none ends the call.
        together: Whether all of them ring at once, instead of one after another.
    """

    parties: tuple[Outcome, ...]
    together: bool = False

    def future(self, call: Call, begin: int, rng: Random, /) -> Future:
        """
        New legs after those there are; how long they talk and who hangs up is the script's.

        Raises:
            NotOnTheLine: The caller is not on the line.
        """
        if call.story.caller.state is not LegState.TALKING:
            state = call.story.caller.state
            raise NotOnTheLine(f"'from' is not on the line of call {call.sid}: leg 1 is {state}")
        let_go = [
            Transition(begin, leg, Event.CANCELED) for leg in _legs_in(call, LegState.RINGING)
        ]
        let_go += [
            Transition(begin, leg, Event.HUNG_UP) for leg in _legs_in(call, LegState.TALKING)
        ]
        following = 1 + max(each.leg for each in call.plan[: call.done])
        dial = at_once if self.together else in_turn
        return Future(
            [*let_go, *dial(self.parties, following, call.script, call.order, begin, rng)]
        )


@dataclass(frozen=True, slots=True)
class Ask(Change):
    """
    Somebody is asked what becomes of the call.

    Args:
        silence: What becomes of it without a reply.
        wait: Microseconds from the question to its deadline.
    """

    silence: Change
    wait: int

    def future(self, call: Call, begin: int, rng: Random, /) -> Future:
        """The question, and after its deadline what comes without a reply."""
        deadline = begin + self.wait
        events, stuck = self.silence.future(call, deadline, rng)
        asked = Transition(begin, CALLER, Event.ASKED)
        silence = Transition(deadline, CALLER, Event.SILENCE)
        return Future([asked, silence, *events], stuck)


@dataclass(frozen=True, slots=True)
class Reply(Change):
    """
    The reply to the open question.

    It holds from when the question was asked, however long it took: then a frozen clock, an
    advance in two halves and a restart make the same call.

    Args:
        then: What it changes.
        takes: Microseconds of the account's time that the asking takes.
    """

    then: Change
    takes: int = 0

    def begin(self, call: Call, now: int, /) -> int:
        """
        The moment of the question, and what the asking takes.

        Raises:
            NoQuestion: No question is open, or its deadline has passed.
        """
        question = call.question
        if question is None or question.deadline <= now:
            raise NoQuestion(f"no question about call {call.sid} is open")
        return question.asked_at + self.takes

    def future(self, call: Call, begin: int, rng: Random, /) -> Future:
        """What the reply changes."""
        return self.then.future(call, begin, rng)


@dataclass(frozen=True, slots=True)
class Silence(Change):
    """No reply will come: what the plan holds without one begins before the deadline."""

    def future(self, call: Call, begin: int, _rng: Random, /) -> Future:
        """
        The rest of the plan, moved to begin now.

        Raises:
            NoQuestion: No question is open.
        """
        question = call.question
        if question is None:
            raise NoQuestion(f"no question about call {call.sid} is open")
        rest, early = call.plan[call.done :], question.deadline - begin
        ends = (Event.ENDED, Event.FILLED)
        coming = [each._replace(at=each.at - early) for each in rest if each.event not in ends]
        return Future(coming, call.stuck)
