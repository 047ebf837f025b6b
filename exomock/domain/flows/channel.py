"""A call's line while its flow is walked: its time, its events, and who is on it."""

from enum import Enum, auto
from random import Random

from exomock.domain.clock import SECOND
from exomock.domain.flows.guesses import TIMEOUT_TAKES
from exomock.domain.flows.inputs import (
    TIMEOUT,
    Answered,
    Ignored,
    Input,
    Inputs,
    Left,
    Pressed,
    Silent,
    Took,
)
from exomock.domain.flows.people import Where
from exomock.domain.leg import CALLER, Event
from exomock.domain.order import Order
from exomock.domain.script import Party, Script
from exomock.domain.span import NO_TIME, Length
from exomock.domain.story import Transition

FAR = 365 * 86_400 * SECOND
"""
From a question to its deadline, microseconds.

A reply comes within seconds of wall time, and the clock may run a million times as fast: a year is
longer than that. So the reply comes first, and whoever asks says that none will come.
"""

NEVER = 1 << 62
"""A moment that does not come."""


class Stop(Enum):
    """What happens before the moment that was waited for."""

    LEFT = auto()
    """The caller hangs up."""
    AGENT = auto()
    """The agent hangs up, or all who ring decline."""
    KEYS = auto()
    """The caller presses keys."""
    TAKEN = auto()
    """A person takes the call that rings."""
    IGNORED = auto()
    """A person lets it ring out."""


_RINGING_ENDS = {
    Stop.LEFT: Event.REJECTED,
    Stop.TAKEN: Event.ANSWERED,
    Stop.IGNORED: Event.RANG_OUT,
}
"""What ends the ringing of a caller who was dialled, where a person decides."""


class TimeIsUp(Exception):
    """TimeLimit ends the call, wherever it is."""


class Channel:
    """
    The line of one call, for one walk.

    Time passes in `until` alone, which says what came first. Of two things in one moment the one
    that was planned comes before an input, because an input is applied to what has happened.

    Args:
        script: What the people do.
        order: What was ordered.
        start: When the call begins, microseconds.
        inputs: What the world did, in order.
        rng: The call's own chance.
    """

    def __init__(
        self, script: Script, order: Order, start: int, inputs: Inputs, rng: Random
    ) -> None:
        self.script, self.order, self.rng = script, order, rng
        self.now = start
        self.events: list[Transition] = []
        self.ringing: list[int] = []
        self.talking: int | None = None
        self.dialled = 0
        self.present = True
        self.picked_up = self.caller_rings = False
        self.caller_is_person = self.with_person = False
        self.keys = ""
        self._inputs, self._next = inputs, 0
        self._leaves_at = self._limit = NEVER
        self._armed = False
        self._records: int | None = None

    # Time

    def until(self, at: int) -> Stop | None:
        """
        Let time pass up to a moment; what came before it, None if nothing did.

        Raises:
            TimeIsUp: TimeLimit came before it.
        """
        while True:
            given = self._inputs[self._next] if self._next < len(self._inputs) else None
            came = NEVER if given is None else given.at
            planned = min(self._leaves_at if self.present else NEVER, self._limit)
            due = min(planned, came)
            if due >= at:
                self.now = self.now if at == NEVER else max(self.now, at)
                return None
            self.now = max(self.now, due)
            if planned <= came:
                return self._planned_stop()
            self._next += 1
            assert given is not None
            stop = self._given_stop(given)
            if stop is not None:
                return stop

    def _planned_stop(self) -> Stop:
        if self._limit <= self._leaves_at:
            raise TimeIsUp
        self._leaves_at = NEVER
        return Stop.LEFT

    def _given_stop(self, given: Input) -> Stop | None:
        """What an input does; None where it finds nobody to do it, as a reply nobody waits for."""
        match given.what:
            case Pressed(digits):
                self.keys = digits
                return Stop.KEYS if self.present else None
            case Left(Party.FROM):
                return Stop.LEFT if self.present else None
            case Left():
                return Stop.AGENT if self.ringing or self.talking is not None else None
            case Took(by) if self._rings_at(by):
                return Stop.TAKEN
            case Ignored(by) if self._rings_at(by):
                return Stop.IGNORED
        return None

    def _rings_at(self, party: Party) -> bool:
        return self.caller_rings if party is Party.FROM else bool(self.ringing)

    def stays(self, length: int) -> bool:
        """Let so much time pass, or less if the caller leaves; whether it is still there."""
        end = self.now + length
        while self.present and (stop := self.until(end)) is not None:
            if stop is Stop.LEFT:
                self.caller_leaves()
        return self.present

    def wait(self, at: int) -> None:
        """Let time pass up to a moment, whether the caller leaves or not."""
        self.stays(max(0, at - self.now))
        self.now = max(self.now, at)

    # Questions

    def ask(self, takes: Length = NO_TIME) -> Answered | Silent:
        """
        Ask, and get the reply from the inputs; without one nobody replies, a year later.

        The line stands still meanwhile: what comes of a reply counts from the question, whenever
        it came. A caller who leaves before it has left, and the rest comes after that.
        """
        asked_at, length = self.now, takes.draw(self.rng)
        self.happens(Event.ASKED)
        while self._next < len(self._inputs) and self._inputs[self._next].at < asked_at + FAR:
            at, what = self._inputs[self._next]
            self._next += 1
            if isinstance(what, Answered | Silent):
                slow = TIMEOUT_TAKES if what == Silent(TIMEOUT) else 0
                self.wait(asked_at + length + slow)
                return what
            if what == Left(Party.FROM) and self.present:
                self.now = max(self.now, at)
                self.caller_leaves()
        self.now = asked_at + FAR
        self.happens(Event.SILENCE)
        return Silent("nobody replied")

    # Events

    def happens(self, event: Event, leg: int = CALLER) -> None:
        """Something happens now."""
        self.events.append(Transition(self.now, leg, event))

    def dial(self) -> int:
        """Dial somebody; the leg."""
        self.dialled += 1
        leg = CALLER + self.dialled
        self.happens(Event.DIALED, leg)
        self.ringing.append(leg)
        return leg

    def stops_ringing(self, leg: int, event: Event) -> None:
        """A leg that rings does so no more; whoever answers is put through."""
        self.ringing.remove(leg)
        self.happens(event, leg)
        if event is Event.ANSWERED:
            self.talking = leg
            self.pick_up()

    def pick_up(self) -> None:
        """The caller, who has heard ringing until now, is on the line. Source: flows 1 (V)."""
        if self.picked_up or not self.present:
            return
        self.picked_up = True
        self.happens(Event.ANSWERED)
        self.begins(None)

    def dialling_ended(self, *, answered: bool) -> None:
        """The caller, who was dialled, is on the line and its TimeLimit begins; or it is not."""
        self.present = self.picked_up = answered
        if answered:
            self.begins(None)
            # Source: exotel-flows.md section 1 (?): TimeLimit cuts the whole call.
            if self.order.time_limit is not None:
                self._limit = self.now + self.order.time_limit * SECOND

    def caller_until(self, planned: Transition) -> Transition:
        """Let the telephone of a caller who is dialled ring, until what is planned or decided."""
        self.caller_rings = planned.event is not Event.DIALED
        stop = self.until(planned.at)
        while stop not in (None, *_RINGING_ENDS):
            stop = self.until(planned.at)
        self.caller_rings = False
        self.present = stop is not Stop.LEFT
        self.caller_is_person = self.with_person = stop is Stop.TAKEN
        self.happens(planned.event if stop is None else _RINGING_ENDS[stop])
        return self.events[-1]

    def begins(self, where: Where | None) -> None:
        """The place begins after whose beginning the caller may hang up; only the first counts."""
        hangs_up = self.script.caller.hangs_up
        if hangs_up is None or hangs_up.where is not where or self._armed:
            return
        if self.caller_is_person:  # who decides alone when to hang up
            return
        self._armed = True
        self._leaves_at = self.now + hangs_up.after.draw(self.rng)

    def ends(self, where: Where) -> None:
        """The place ends: a caller who would have hung up there does not any more."""
        hangs_up = self.script.caller.hangs_up
        if hangs_up is not None and hangs_up.where is where:
            self._leaves_at = NEVER

    def caller_leaves(self) -> None:
        """The caller's leg ends."""
        if not self.present:
            return
        self.present, self._leaves_at = False, NEVER
        if self.picked_up:
            self.happens(Event.HUNG_UP)
        else:
            self.happens(Event.RELEASED if self.dialled else Event.MISSED)

    def agent_leaves(self) -> None:
        """The leg of the agent who talks ends."""
        assert self.talking is not None
        self.happens(Event.HUNG_UP, self.talking)
        self.talking = None

    def let_go(self) -> None:
        """Whoever rings is not wanted any more."""
        for leg in list(self.ringing):
            self.stops_ringing(leg, Event.CANCELED)

    def records(self) -> None:
        """A recording begins."""
        self._records = self.now
        self.happens(Event.RECORDS)

    def recorded(self) -> bool:
        """The recording ends, if there is one that holds anything; whether there is."""
        there = self._records is not None and self._records < self.now
        if there:
            self.happens(Event.RECORDED)
        self._records = None
        return there

    def hang_up(self) -> None:
        """All legs end."""
        self.let_go()
        if self.talking is not None:
            self.agent_leaves()
        self.recorded()
        self.caller_leaves()
