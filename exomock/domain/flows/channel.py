"""A call's line while its flow is walked: its time, its events, and who is on it."""

from random import Random

from exomock.domain.clock import SECOND
from exomock.domain.flows.guesses import TIMEOUT_TAKES
from exomock.domain.flows.inputs import (
    Answered,
    Ignored,
    Input,
    Inputs,
    Lasts,
    Left,
    Pressed,
    Reply,
    Silent,
    Took,
)
from exomock.domain.flows.passing import NEVER, Passing, Stop
from exomock.domain.leg import CALLER, Event
from exomock.domain.order import Order, Shape
from exomock.domain.script import Party, Script
from exomock.domain.span import NO_TIME, Length
from exomock.domain.story import Transition

FAR = 365 * 86_400 * SECOND
"""
From a question to its deadline, microseconds.

A reply comes within seconds of wall time, and the clock may run a million times as fast: a year is
longer than that. So the reply comes first, and whoever asks says that none will come.
"""


_NOBODY = Silent("nobody replied")
"""What comes of a question without a reply."""

_RINGING_ENDS = {Stop.TAKEN: Event.ANSWERED, Stop.IGNORED: Event.RANG_OUT}
"""What ends the ringing of a caller who was dialled, where a person decides."""


class Channel(Passing):
    """
    The line of one call, for one walk.

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
        super().__init__(script, start, inputs, rng)
        self.order = order
        self.events: list[Transition] = []
        self.ringing: list[int] = []
        self.talking: int | None = None
        self.dialled = 0
        self.picked_up = self.caller_rings = self.with_person = False
        self.keys = ""
        self._records: int | None = None

    # Time

    def meets(self, given: Input) -> Stop | None:
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
        reply = self._reply()
        if isinstance(reply, Lasts):  # of an audio file; nobody lets it reply to anything else
            return _NOBODY
        if reply != _NOBODY:
            slow = TIMEOUT_TAKES if isinstance(reply, Silent) and reply.late else 0
            self.wait(asked_at + length + slow)
        return reply

    def measure(self) -> Lasts | Silent:
        """
        Fetch an audio file, to know how long it is; no time passes, however that goes.

        Otherwise a file that cannot be read would be played later than one that can.
        """
        reply = self._reply()
        return _NOBODY if isinstance(reply, Answered) else reply

    def _reply(self) -> Reply:
        asked_at = self.now
        self.happens(Event.ASKED)
        while (given := self.next_input(asked_at + FAR)) is not None:
            at, what = given
            if isinstance(what, Reply):
                return what
            if what == Left(Party.FROM) and self.present:
                self.now = max(self.now, at)
                self.caller_leaves()
        self.now = asked_at + FAR
        self.happens(Event.SILENCE)
        return _NOBODY

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
            # UNVERIFIED: that TimeLimit cuts the whole call (exotel-flows.md section 1); a flow of
            # a live call with TimeLimit=20 would settle it.
            if self.order.time_limit is not None:
                self.limit = self.now + self.order.time_limit * SECOND

    def caller_until(self, planned: Transition) -> Transition:
        """Let the telephone of a caller who is dialled ring, until what is planned or decided."""
        self.caller_rings = planned.event is not Event.DIALED
        stop = self.until(planned.at)
        while stop is Stop.AGENT or stop is Stop.KEYS:
            stop = self.until(planned.at)
        self.caller_rings = False
        self.stays_by_itself = self.with_person = stop is Stop.TAKEN
        if stop is Stop.LEFT:
            self.caller_leaves()
        else:
            self.happens(planned.event if stop is None else _RINGING_ENDS[stop])
        return self.events[-1]

    def caller_leaves(self) -> None:
        """The caller's leg ends."""
        if not self.present:
            return
        self.present, self.leaves_at = False, NEVER
        if self.picked_up:
            self.happens(Event.HUNG_UP)
        elif self.order.shape is not Shape.INBOUND:
            self.happens(Event.REJECTED)
        else:
            self.happens(Event.RELEASED if self.dialled else Event.MISSED)

    def agent_leaves(self) -> None:
        """The leg of the agent who talks ends."""
        assert self.talking is not None
        self.happens(Event.HUNG_UP, self.talking)
        self.talking = None

    def records(self, *, dual: bool = False) -> None:
        """A recording begins, perhaps with a channel for each party."""
        self._records = self.now
        self.happens(Event.RECORDS_DUAL if dual else Event.RECORDS)

    def recorded(self) -> bool:
        """The recording ends, if there is one that holds anything; whether there is."""
        there = self._records is not None and self._records < self.now
        if there:
            self.happens(Event.RECORDED)
        self._records = None
        return there

    def hang_up(self) -> None:
        """All legs end."""
        for leg in list(self.ringing):
            self.stops_ringing(leg, Event.CANCELED)
        if self.talking is not None:
            self.agent_leaves()
        self.recorded()
        self.caller_leaves()
