"""An account is a world: its credentials, scenario, clock, locks and alarm, in memory."""

import math
import threading

from exomock.domain.clock import Clock
from exomock.domain.scenario import Scenario


class World:
    """
    One account of a running exomock; lives until the server ends.

    Two locks. `state` guards what is below, is held for microseconds and never over I/O with
    others. `turn` belongs to whoever moves the account's time, also over I/O. They are taken in
    the order turn, then state; reads, connects and hang-ups take only `state`.

    Args:
        sid: The account's Sid.
        key: Its API key.
        token: Its API token.
        seed: What the chance of its calls is drawn from.
        scenario: What becomes of its calls.
        clock: Its time.
    """

    def __init__(
        self, sid: str, key: str, token: str, seed: int, *, scenario: Scenario, clock: Clock
    ) -> None:
        self.sid, self.key, self.token, self.seed = sid, key, token, seed
        self.scenario = scenario
        self.clock = clock
        self.state = threading.Lock()
        self.turn = threading.Lock()
        self.version = 0
        self.saved_version = -1
        self.call_at: float = math.inf
        self.callback_at: float = math.inf

    @property
    def due_at(self) -> float:
        """Account time (microseconds) of the next thing on the agenda, inf when it is empty."""
        return min(self.call_at, self.callback_at)

    @property
    def next_wall(self) -> float:
        """
        Wall time (microseconds) of the next transition, inf if there is none or time stands still.

        Only an alarm: whether something is due is decided by the account's own time.
        """
        return math.inf if self.call_at == math.inf else self.clock.wall_of(int(self.call_at))

    def alarmed(self, wall: int) -> bool:
        """Whether anything, transition or callback, is due at this wall time."""
        return self.due_at <= self.clock.at(wall)
