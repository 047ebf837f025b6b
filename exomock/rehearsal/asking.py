"""What a scenario is asked about: an order, the moment, and how many came before it."""

from dataclasses import dataclass
from heapq import heappop, heappush

from exomock.domain.call import Call
from exomock.domain.counts import Counts, FreshCounts
from exomock.domain.order import Order
from exomock.domain.scenario import Scenario
from exomock.domain.script import Script
from exomock.domain.sid import call_key
from exomock.engine.deciding import Decider, Decision, decide
from exomock.engine.faults import Struck
from exomock.engine.placing import asked, planned
from exomock.rehearsal.door import Door


class FreshStanding:
    """
    How an account stands in which only rehearsed orders came; no test lays anything down there.

    Args:
        scenario: What becomes of its calls.
        key: What the chance of the next order is drawn from.

    Attributes:
        placed: How many orders became calls.
    """

    def __init__(self, scenario: Scenario, key: str = "") -> None:
        self.scenario = scenario
        self.counts = FreshCounts()
        self.connects: list[int] = []
        self.next_key = key
        self.placed = 0
        self._running: list[tuple[int, int]] = []
        self._spent = 0
        self._exophones = scenario.terms.numbers or None

    def spent(self, now: int) -> int:
        """What the calls cost that have ended by now."""
        while self._running and self._running[0][0] <= now:
            self._spent += heappop(self._running)[1]
        return self._spent

    def take_next(self) -> Script | None:
        """Nothing."""
        return None

    def exophones(self) -> tuple[str, ...] | None:
        """The numbers that the scenario lets a CallerId be."""
        return self._exophones

    def whitelisted(self, exophone: str, number: str, now: int) -> bool:  # noqa: ARG002
        """False: nobody has whitelisted anybody."""
        return False

    def key(self) -> str:
        """What the chance of the next order is drawn from."""
        return self.next_key

    def owe(self, at: int, cost: int) -> None:
        """Note that a call will have cost so much (thousandths) at a moment (microseconds)."""
        heappush(self._running, (at, cost))


@dataclass(frozen=True, slots=True)
class Asking:
    """
    One order, as a scenario is to be asked about it.

    Args:
        order: The order.
        now: Account time, microseconds since the epoch.
        nth: Which of such orders it is, from 1.
        seed: What chance is drawn from, as in the account `account`.
        account: The account's Sid.
        every: How far apart such orders came, microseconds; 0 is all at once.
    """

    order: Order
    now: int
    nth: int = 1
    seed: int = 1
    account: str = "exomock"
    every: int = 0

    @property
    def key(self) -> str:
        """What its chance is drawn from, as a server does it where it refused none before."""
        return self._key(self.nth - 1)

    def standing(self, scenario: Scenario) -> FreshStanding:
        """How the account stands when this order comes: those like it were asked before."""
        return self._came(scenario)[0]

    def struck(self, scenario: Scenario) -> Struck | None:
        """The fault of the API that strikes this order's request, None if none does."""
        return self._came(scenario)[1].strike(self.order, self.now)

    def call(self, scenario: Scenario, decision: Decision) -> Call:
        """The call that this order becomes, nothing of it played yet."""
        key = self._key(self.standing(scenario).placed)
        return self._planned(scenario, decision, key, self.now)

    def _came(self, scenario: Scenario) -> tuple[FreshStanding, Door]:
        """How the account and the door of the API stand when this order comes."""
        standing, decided = FreshStanding(scenario, self._key(0)), 0
        door = Door(scenario, self.seed, self.account, self.now - (self.nth - 1) * self.every)
        for before in range(self.nth - 1, 0, -1):
            at = self.now - before * self.every
            struck = door.strike(self.order, at)
            if struck is not None and struck.answer.refusal is not None:
                continue  # as in a server: the request has no effect
            decision = decide(self.order, standing, at)
            self._note(standing, decision, at)
            # As in a server: what a limit has refused was not counted.
            decided += decision.decider is not Decider.LIMIT
            standing.placed += decision.refusal is None
            standing.next_key = self._key(decided)
        return standing, door

    def _key(self, nth: int) -> str:
        return call_key(self.seed, self.account, asked(self.order).kind, nth)

    def _note(self, standing: FreshStanding, decision: Decision, at: int) -> None:
        terms = standing.scenario.terms
        if terms.balance is None or decision.refusal is not None:
            return
        call = self._planned(standing.scenario, decision, self._key(standing.placed), at)
        if not call.stuck:
            standing.owe(call.plan[-1].at, call.played_to(len(call.plan)).cost)

    def _planned(self, scenario: Scenario, decision: Decision, key: str, at: int) -> Call:
        late = scenario.terms.late_fields or 0
        return planned(self.account, self.order, decision.choice, key, at, late, scenario.flows)

    def counts(self, scenario: Scenario) -> Counts:
        """The account's counts when this order comes."""
        return self.standing(scenario).counts

    def decided(self, scenario: Scenario) -> Decision:
        """
        What becomes of the order, and what decides it, as a server would.

        Raises:
            DirectiveWrong: CustomField holds a directive that cannot be read.
        """
        return decide(self.order, self.standing(scenario), self.now)
