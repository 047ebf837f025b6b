"""What a scenario is asked about: an order, the moment, and how many came before it."""

from dataclasses import dataclass, replace

from exomock.domain.choosing import choose
from exomock.domain.counts import Counts, FreshCounts
from exomock.domain.order import Direction, Order
from exomock.domain.refusals import NOT_YOURS
from exomock.domain.scenario import Scenario
from exomock.domain.script import Choice, Script
from exomock.domain.sid import call_key
from exomock.engine.placing import asked
from exomock.scenarios.directive import read_directive

BY_DIRECTIVE = "directive in CustomField"


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
    """

    order: Order
    now: int
    nth: int = 1
    seed: int = 1
    account: str = "exomock"

    @property
    def key(self) -> str:
        """What its chance is drawn from, as a server does it."""
        return call_key(self.seed, self.account, asked(self.order).kind, self.nth - 1)

    def counts(self, scenario: Scenario) -> Counts:
        """The account's counts when this order comes: those like it were asked before."""
        counts = FreshCounts()
        for nth in range(1, self.nth):
            choose_for(scenario, replace(self, nth=nth), counts)
        return counts


def decided_before_rules(scenario: Scenario, order: Order) -> Choice | None:
    """
    The fate of an order that comes to no rule: its ExoPhone is not the account's, or a directive.

    Raises:
        DirectiveWrong: CustomField holds a directive that cannot be read.
    """
    if order.direction is Direction.INBOUND:
        return None
    directive, own = read_directive(order.custom_field), scenario.terms.exophones
    if own and order.exophone.e164 not in own:
        return Choice(Script(refuse=NOT_YOURS), f"account of {scenario.name}: {', '.join(own)}")
    if directive is not None:
        return Choice(directive, f"{BY_DIRECTIVE}: {order.custom_field}")
    return None


def choose_for(scenario: Scenario, asking: Asking, counts: Counts) -> Choice:
    """
    The fate of an order: the account's or its directive's, else the scenario's rules'.

    Raises:
        DirectiveWrong: CustomField holds a directive that cannot be read.
    """
    order = asking.order
    return decided_before_rules(scenario, order) or choose(
        scenario, order, now=asking.now, key=asking.key, counts=counts
    )
