"""Time that passes for a call in a flow: up to a moment, or to what comes before it."""

from abc import ABC, abstractmethod
from enum import Enum, auto
from random import Random

from exomock.domain.flows.inputs import Input, Inputs
from exomock.domain.flows.people import Where
from exomock.domain.script import Script

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


class TimeIsUp(Exception):
    """TimeLimit ends the call, wherever it is."""


class Passing(ABC):
    """
    The time of one call, for one walk.

    Time passes in `until` alone, which says what came first. Of two things in one moment the one
    that was planned comes before an input, because an input is applied to what has happened.

    Args:
        script: Says when the caller hangs up.
        start: When the call begins, microseconds.
        inputs: What the world did, in order.
        rng: The call's own chance.
    """

    def __init__(self, script: Script, start: int, inputs: Inputs, rng: Random) -> None:
        self.script, self.rng = script, rng
        self.now = start
        self.present = True
        self.limit = NEVER
        self.leaves_at = NEVER
        self._inputs, self._next = inputs, 0
        self._armed = False
        self.stays_by_itself = False

    @abstractmethod
    def meets(self, given: Input) -> Stop | None:
        """What an input does; None where it finds nobody to do it, as a late reply."""

    def next_input(self, before: int) -> Input | None:
        """Take the next input, if it came before a moment."""
        if self._next == len(self._inputs) or self._inputs[self._next].at >= before:
            return None
        self._next += 1
        return self._inputs[self._next - 1]

    def until(self, at: int) -> Stop | None:
        """
        Let time pass up to a moment; what came before it, None if nothing did.

        Raises:
            TimeIsUp: TimeLimit came before it.
        """
        while True:
            given = self._inputs[self._next] if self._next < len(self._inputs) else None
            came = NEVER if given is None else given.at
            planned = min(self.leaves_at if self.present else NEVER, self.limit)
            due = min(planned, came)
            if due >= at:
                self.now = self.now if at == NEVER else max(self.now, at)
                return None
            self.now = max(self.now, due)
            if planned <= came:
                return self._planned_stop()
            self._next += 1
            assert given is not None
            stop = self.meets(given)
            if stop is not None:
                return stop

    def _planned_stop(self) -> Stop:
        if self.limit <= self.leaves_at:
            raise TimeIsUp
        self.leaves_at = NEVER
        return Stop.LEFT

    def begins(self, where: Where | None) -> None:
        """A place begins: if the caller is to hang up there, its time counts from the first one."""
        hangs_up = self.script.caller.hangs_up
        if hangs_up is None or hangs_up.where is not where or self._armed:
            return
        if self.stays_by_itself:  # a person decides when it hangs up
            return
        self._armed = True
        self.leaves_at = self.now + hangs_up.after.draw(self.rng)

    def ends(self, where: Where) -> None:
        """The place ends: a caller who would have hung up there does not any more."""
        hangs_up = self.script.caller.hangs_up
        if hangs_up is not None and hangs_up.where is where:
            self.leaves_at = NEVER
