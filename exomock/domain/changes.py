"""What changes the future of a call: a party hangs up, a question is answered, keys are pressed."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from exomock.domain.call import Call
from exomock.domain.errors import NoQuestion, NotGathering, NotOnTheLine
from exomock.domain.flows.inputs import Lasts, Left, Pressed, Reply, What
from exomock.domain.flows.steps import TAKES_KEYS, Applet
from exomock.domain.flows.walked import Asks, Walked
from exomock.domain.leg import CALLER, Event, LegState
from exomock.domain.question import question_of
from exomock.domain.replan import Change
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

    def future(self, call: Call, begin: int, _rng: Random, /) -> list[Transition]:
        """
        Nobody is left on the line.

        Raises:
            NotOnTheLine: The party is not on the line yet.
        """
        last = _last_events(call, self.by)
        if not last:
            raise _not_there(call, self.by)
        return [Transition(begin, leg, event) for leg, event in last]

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
    reply: Reply

    def input(self, call: Call, now: int, walked: Callable[[], Walked], /) -> What:
        """
        The reply.

        Raises:
            NoQuestion: That question is not open, its deadline has passed, or the reply is a
                length, and it is not about an audio file.
        """
        question = question_of(call)
        if question is None or question.number != self.number or question.deadline <= now:
            raise NoQuestion(f"question {self.number} about call {call.sid} is not open")
        # Not of each reply, because a walk costs as much as all the rest.
        if isinstance(self.reply, Lasts) and self._asked_by(walked()) is not Asks.AUDIO:
            raise NoQuestion(f"question {self.number} about call {call.sid} is about no file")
        return self.reply

    def _asked_by(self, walked: Walked) -> Asks:
        return walked.enquiries[self.number - 1].kind

    def future(self, call: Call, _begin: int, _rng: Random, /) -> list[Transition]:
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
    if not call.flows or call.ended or question_of(call) is not None:
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
        if applet not in TAKES_KEYS or question_of(call) is not None:
            where = "before its flow" if applet is None else f"in {applet}"
            asks = ", and waits for a reply" if question_of(call) is not None else ""
            raise NotGathering(f"call {call.sid} takes no keys now: it is {where}{asks}")
        return Pressed(self.digits)

    def future(self, call: Call, _begin: int, _rng: Random, /) -> list[Transition]:
        """
        There is none, because only a flow takes keys.

        Raises:
            NotGathering: Always.
        """
        raise NotGathering(f"call {call.sid} takes no keys: it walks through no flow")
