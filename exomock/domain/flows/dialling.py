"""The attempts of one Connect: each agent who is dialled, rings, and perhaps talks."""

from exomock.domain.clock import SECOND
from exomock.domain.dialling import ring_end
from exomock.domain.fate import Fate, Outcome
from exomock.domain.flows.answers import ConnectTerms
from exomock.domain.flows.guesses import TELLS_RINGING
from exomock.domain.flows.passing import Stop, TimeIsUp
from exomock.domain.flows.so_far import By
from exomock.domain.flows.upshot import ENDS, LEFT, LOST, Ring, Upshot
from exomock.domain.flows.walked import Rung
from exomock.domain.flows.walker import Walker
from exomock.domain.leg import Event
from exomock.domain.number import Number
from exomock.domain.script import DEFAULT_AFTER, Party


class Attempts:
    """
    The attempts of one Connect.

    Args:
        walker: Walks the call.
        upshot: Is told what comes of each.
    """

    def __init__(self, walker: Walker, upshot: Upshot) -> None:
        self._walker = walker
        self._channel = walker.channel
        self._upshot = upshot
        self._rings: dict[int, Ring] = {}

    @property
    def talked(self) -> bool:
        """Whether somebody answered."""
        return self._upshot.winner is not None

    def dial(self, terms: ConnectTerms) -> None:
        """Dial the numbers, so many at once, until one answers or the caller leaves."""
        self._upshot.outgoing = terms.outgoing
        waiting = list(terms.numbers)
        try:
            while waiting and not self.talked and self._channel.present:
                wave, waiting = waiting[: terms.together], waiting[terms.together :]
                self._ring(self._begin(wave, terms))
                if self.talked:
                    self._converse(terms)
                if terms.fetch:  # each attempt is followed by another answer
                    return
        except TimeIsUp:
            self._cut()
            raise

    def _cut(self) -> None:
        """TimeLimit ends the call: whoever rings or talks is let go, and the pop-up URL told."""
        for leg in list(self._channel.ringing):
            self._channel.stops_ringing(leg, Event.CANCELED)
            self._upshot.over(self._rings[leg], LOST)
        if self._channel.talking is not None:
            ring = self._rings[self._channel.talking]
            self._channel.agent_leaves()
            self._upshot.tells("Terminal", ring.number)

    # Ringing

    def _begin(self, numbers: list[Number], terms: ConnectTerms) -> list[Ring]:
        """Dial all of them; those who are never dialled are left out, unless nobody else is."""
        does = [(number, self._does(number, turn)) for turn, number in enumerate(numbers)]
        dialled = [each for each in does if each[1].fate is not Fate.NONE]
        if not dialled:
            after = does[0][1].after or DEFAULT_AFTER[Fate.NONE]
            self._channel.stays(after.draw(self._channel.rng))
            self._leave([])
        rings = [self._call(number, each, terms.ring) for number, each in dialled]
        return sorted(rings, key=lambda ring: ring.at)  # of two in one moment, the first

    def _does(self, number: Number, turn: int) -> Outcome:
        script = self._walker.script
        return script.agents.does(number.e164, self._channel.dialled + turn, script.leg2)

    def _call(self, number: Number, does: Outcome, seconds: int) -> Ring:
        channel = self._channel
        leg = channel.dial()
        self._walker.rung.append(Rung(leg, channel.now, number))
        self._upshot.tells("Dial", number)
        if TELLS_RINGING:
            self._upshot.tells("Ringing", number)
        after, event = ring_end(does, seconds, channel.rng)
        self._rings[leg] = Ring(leg, number, channel.now + after, event)
        return self._rings[leg]

    def _ring(self, rings: list[Ring]) -> None:
        """Let them ring until one answers, all have stopped, or the caller leaves."""
        waiting = list(rings)
        while waiting and self._channel.present:
            stop = self._channel.until(waiting[0].at)
            if stop is None:
                self._stops(waiting.pop(0), waiting)
            elif stop is Stop.LEFT:
                self._leave(waiting)
            elif stop is Stop.AGENT:
                for ring in waiting:
                    self._ended(ring, Event.REJECTED)
            elif stop is Stop.TAKEN:
                self._taken(waiting)
            elif stop is Stop.IGNORED:
                for ring in waiting:
                    self._ended(ring, Event.RANG_OUT)
            if self.talked:
                self._lose(waiting)
                return
            waiting = [each for each in waiting if each.leg in self._channel.ringing]

    def _stops(self, ring: Ring, others: list[Ring]) -> None:
        if ring.event is Event.ANSWERED:
            self._channel.stops_ringing(ring.leg, Event.ANSWERED)
            self._upshot.answered(ring)
        elif ring.event is Event.CANCELED:
            self._leave([ring, *others])
        else:
            self._ended(ring, ring.event)

    def _taken(self, waiting: list[Ring]) -> None:
        """A person answers at the telephone that was dialled first."""
        first = min(waiting, key=lambda ring: ring.leg)
        waiting.remove(first)
        self._channel.with_person = True
        self._stops(first._replace(event=Event.ANSWERED), waiting)

    def _ended(self, ring: Ring, event: Event) -> None:
        self._channel.stops_ringing(ring.leg, event)
        self._upshot.over(ring, ENDS[event])

    def _lose(self, rings: list[Ring]) -> None:
        for ring in rings:
            self._channel.stops_ringing(ring.leg, Event.CANCELED)
            self._upshot.over(ring, LOST)

    def _leave(self, rings: list[Ring]) -> None:
        """The caller leaves: nobody needs to ring any more."""
        for ring in rings:
            self._channel.stops_ringing(ring.leg, Event.CANCELED)
        self._channel.caller_leaves()
        for ring in rings:
            self._upshot.over(ring, LEFT)

    # Talking

    def _converse(self, terms: ConnectTerms) -> None:
        """They talk, until one of them hangs up or the longest time is over."""
        channel, script, begun = self._channel, self._walker.script, self._channel.now
        talk, most = script.talk.draw(channel.rng), terms.at_most * SECOND
        if channel.with_person:
            talk = most + 1  # a person hangs up, or Exotel does
        if terms.record:
            channel.tape.begins(dual=terms.dual)
        by = By.EXOTEL if talk > most else _BY[script.hangup_by]
        stop = self._talks(begun + min(talk, most))
        if stop is not None:
            by = By.CALLER if stop is Stop.LEFT else By.CALLEE
        if by is By.CALLER:
            channel.caller_leaves()
        channel.agent_leaves()
        self._upshot.recorded = channel.tape.ends()
        self._upshot.talked(by, channel.now // SECOND - begun // SECOND)

    def _talks(self, end: int) -> Stop | None:
        stop = self._channel.until(end)
        while stop is Stop.KEYS:
            stop = self._channel.until(end)
        return stop


_BY = {Party.FROM: By.CALLER, Party.TO: By.CALLEE}
