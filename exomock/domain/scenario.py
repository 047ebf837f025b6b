"""A scenario: what happens in an account's world."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from exomock.domain.candidates import Index
from exomock.domain.dialect import Dialect
from exomock.domain.exophone import ExoPhone
from exomock.domain.fault import Fault
from exomock.domain.flows.steps import Flows
from exomock.domain.generator import Generator
from exomock.domain.message_rules import MessageRule, MessageRules
from exomock.domain.number import EXOPHONE, Number, from_e164
from exomock.domain.past import History, PastCall, PastMessages
from exomock.domain.rule import Rule
from exomock.domain.telecom import LISTED, NumberInfo


class ClockStart(NamedTuple):
    """The first moment of an account's clock (microseconds) and its rate; None leaves either."""

    now: int | None = None
    rate: float | None = None


class Terms(NamedTuple):
    """
    The terms of an account: ExoPhones, limits, money.

    Args:
        exophones: Its ExoPhones; () lets any number be a CallerId.
        late_fields: As the setting, microseconds.
        rate_limit: Requests a minute of account time; None is without end.
        balance: Money for calls, thousandths; None is without end.
        flow_events: Whether StatusCallbackEvents may stand beside the Url of a flow.
        dialect: How its answers are written; None is as documented.
        strict: Whether an order is refused that nobody knows Exotel to accept; None is no.
        strict_senders: Whether From of a message must be one of its senders; None is no.
        legs_api: Whether answers in the observed dialect lead to a call's legs; None is no.
    """

    exophones: tuple[ExoPhone, ...] = ()
    late_fields: int | None = None
    rate_limit: int | None = None
    balance: int | None = None
    dialect: Dialect | None = None
    flow_events: bool = False
    strict: bool | None = None
    strict_senders: bool | None = None
    legs_api: bool | None = None

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers of its ExoPhones, E.164."""
        return tuple(each.number for each in self.exophones)


class AccountOptions(NamedTuple):
    """
    What somebody said of an account; None leaves it to the scenario's terms.

    Args:
        strict: As in `Terms`.
        dialect: As in `Terms`.
        people: Whether people answer the telephones of calls that are placed from now on.
    """

    strict: bool | None = None
    dialect: Dialect | None = None
    people: bool | None = None


SAYS_NOTHING = AccountOptions()
"""Of an account of which nothing was said beside its scenario."""


@dataclass(frozen=True)
class Scenario:
    """
    Everything that happens in an account's world.

    Args:
        name: What to call it in messages: the file it came from.
        rules: Tried in order; the first that matches decides.
        numbers: What look-ups answer, by E.164; the rest is derived.
        seed: Makes chance reproducible; None leaves it to the server.
        magic: Whether the magic numbers hold.
        text: What it was read from.
        from_files: Whether that were files, which may be read again and include others.
        clock: Where time begins.
        terms: What the account may and has.
        history: Finished calls at random.
        calls: Finished calls exactly.
        inbound: Who calls the ExoPhones.
        faults: What goes wrong with the API itself.
        messages: What becomes of text messages: tried in order, as rules are.
        past_messages: Finished messages at random.
        flows: Its flows, by app id.
    """

    name: str
    rules: tuple[Rule, ...] = ()
    numbers: Mapping[str, NumberInfo] = field(default_factory=dict)
    seed: int | None = None
    magic: bool = True
    text: str = field(default="", compare=False)
    from_files: bool = field(default=False, compare=False)
    clock: ClockStart = field(default_factory=ClockStart)
    terms: Terms = field(default_factory=Terms)
    history: tuple[History, ...] = ()
    calls: tuple[PastCall, ...] = ()
    inbound: tuple[Generator, ...] = ()
    faults: tuple[Fault, ...] = ()
    messages: tuple[MessageRule, ...] = ()
    past_messages: tuple[PastMessages, ...] = ()
    flows: Flows = field(default_factory=dict)

    @property
    def past(self) -> int:
        """The number of past calls and messages that the scenario makes."""
        texts = sum(past.messages for past in self.past_messages)
        return len(self.calls) + texts + sum(history.calls for history in self.history)

    @cached_property
    def index(self) -> Index:
        """Which rules may match."""
        return Index([rule.when for rule in self.rules])

    @cached_property
    def message_rules(self) -> MessageRules:
        """What decides messages."""
        index = Index([rule.when for rule in self.messages])
        return MessageRules(self.messages, index, self.magic)

    @cached_property
    def lists_numbers(self) -> bool:
        """Whether anything but a magic number may put a number on the do-not-disturb list."""
        return self.knows_listed or any(rule.lists for rule in self.rules)

    @cached_property
    def knows_listed(self) -> bool:
        """Whether its `numbers` put any on the do-not-disturb list."""
        return any(info.dnd == LISTED for info in self.numbers.values())


def first_exophone(scenario: Scenario) -> Number:
    """The account's first ExoPhone; ours where the scenario names none."""
    given = scenario.terms.exophones
    return from_e164(given[0].number) if given else EXOPHONE


def number_of(scenario: Scenario, number: Number) -> NumberInfo | None:
    """What the scenario says of a number, None if nothing."""
    return scenario.numbers.get(number.e164)
