"""Who decides a call's fate: an account's limits, what was laid down, a directive, its rules."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple, Protocol

from exomock.domain.choosing import choose, on_the_list, party_of
from exomock.domain.clock import SECOND
from exomock.domain.counts import Counts
from exomock.domain.number import EXOPHONE, Number, from_e164, shown
from exomock.domain.order import Direction, Order
from exomock.domain.refusals import FLOW_EVENTS, NO_MONEY, NOT_YOURS, ON_THE_LIST, REFUSALS
from exomock.domain.scenario import Scenario
from exomock.domain.script import Choice, Refusal, Script
from exomock.scenarios.directive import read_directive

BY_NEXT = "the control API's next"
BY_DIRECTIVE = "directive in CustomField"
BY_CONTROL = "placed by the control API"
# UNVERIFIED: that connects count, each for 60 s; a live account beyond its limit would settle it.
MINUTE = 60 * SECOND

# A member by a name of this module: through its class it costs three times as much (Python 3.11).
_INBOUND = Direction.INBOUND

_NAMED = 10
"""How many ExoPhones a refusal names."""

# Source: exotel-v1.md section 2 (C: five programs were refused; V: the 2026 OpenAPI allows it).
_NO_EVENTS = (
    "StatusCallbackEvents cannot stand beside the Url of a flow, which gets one callback at its "
    "end; leave them out, or let the account have them (account: {flow_events: true})"
)


Peek = Callable[[Order], "Standing"]
"""Tells how an account stands when an order comes."""


def seconds_left(microseconds: int) -> str:
    """How long until something of an account changes, for somebody whose clock may stand still."""
    seconds = -(-microseconds // SECOND)
    return f"{seconds} s of the account's time; a clock that is frozen must be advanced"


class Decider(StrEnum):
    """What decided an order."""

    LIMIT = "limit"
    NEXT = "next"
    DIRECTIVE = "directive"
    CALLER = "caller"
    NUMBERS = "numbers"
    RULES = "rules"


class Decision(NamedTuple):
    """
    What becomes of an order, and what decided it.

    Args:
        choice: The script, which may refuse it, and the words for what chose it.
        decider: What chose it.
    """

    choice: Choice
    decider: Decider

    @property
    def refusal(self) -> Refusal | None:
        """Why the order is refused, None if it is placed."""
        return self.choice.script.refuse


class Standing(Protocol):
    """How an account stands when an order comes: all that a decision asks of it."""

    @property
    def counts(self) -> Counts:
        """How often things have happened; what is taken belongs to the order."""

    @property
    def scenario(self) -> Scenario:
        """What becomes of its calls."""

    @property
    def connects(self) -> list[int]:
        """When its last connects came, microseconds; a decision adds the order's own."""

    def spent(self, now: int) -> int:
        """What its calls have cost by now, thousandths."""

    def take_next(self) -> Script | None:
        """The script that was laid down for the next call; taken once."""

    def exophones(self) -> tuple[str, ...] | None:
        """The numbers (E.164) that a CallerId may be, None for any."""

    def whitelisted(self, exophone: str, number: str, now: int) -> bool:
        """Whether a number (E.164) may be called through an ExoPhone although it is on DND."""

    def key(self) -> str:
        """What the chance of this order is drawn from."""


def decide(
    order: Order, standing: Standing, now: int, given: Choice | None = None, *, hint: bool = True
) -> Decision:
    """
    Decide an order.

    A call that comes in is never refused: neither limits nor `next` nor a directive hold for it.

    Args:
        order: What was asked for, or who calls.
        standing: How the account stands; what is taken there belongs to this order.
        now: The account's time, microseconds.
        given: What whoever lets the call come in has decided, None asks the rules.
        hint: Whether to look for the rule that came nearest, where none matches.

    Raises:
        DirectiveWrong: CustomField holds a directive that cannot be read; nothing is taken.
    """
    if order.direction is _INBOUND:
        if given is not None:
            return Decision(given, Decider.CALLER)
        return _ruled(order, standing, now, hint=hint)
    directive = read_directive(order.custom_field)
    limit = _limit(order, standing, now)
    if limit is not None:
        return Decision(limit, Decider.LIMIT)
    laid_down = standing.take_next()
    if laid_down is not None:
        return Decision(Choice(laid_down, BY_NEXT), Decider.NEXT)
    if directive is not None:
        choice = Choice(directive, f"{BY_DIRECTIVE}: {order.custom_field}")
        return Decision(choice, Decider.DIRECTIVE)
    return _ruled(order, standing, now, hint=hint)


def _ruled(order: Order, standing: Standing, now: int, *, hint: bool) -> Decision:
    scenario = standing.scenario
    key = standing.key() if scenario.index.by_chance else ""
    choice = choose(scenario, order, now=now, key=key, counts=standing.counts, hint=hint)
    choice = _despite_the_list(order, choice, standing, now)
    if scenario.knows_listed and choice.script.refuse is None and order.direction is not _INBOUND:
        # After the rules, because those that refuse for another reason come first.
        for listed in on_the_list(scenario, order):
            if _despite_the_list(order, listed, standing, now) is listed:
                return Decision(listed, Decider.NUMBERS)
            choice = replace(choice, near=_whitelisted(order, party_of(order, listed.party)))
    return Decision(choice, Decider.RULES)


def _despite_the_list(order: Order, choice: Choice, standing: Standing, now: int) -> Choice:
    """The choice; without its refusal where that is DND and the ExoPhone may call the number."""
    if choice.script.refuse is None or choice.script.refuse != ON_THE_LIST:
        return choice
    number = party_of(order, choice.party)
    if not standing.whitelisted(order.exophone.e164, number.e164, now):
        return choice
    script = replace(choice.script, refuse=None)
    return Choice(script, choice.by, _whitelisted(order, number), choice.party)


def _whitelisted(order: Order, number: Number) -> str:
    line = order.exophone.shown
    return f"{number.shown} is on the do-not-disturb list, and whitelisted for {line}"


def listed_by(number: Number, scenario: Scenario, peek: Peek, now: int) -> str | None:
    """
    What would refuse a connect now because this number is on the do-not-disturb list.

    It is asked as To and as From of a call through the account's first ExoPhone, which says nothing
    else: limits and directives are about orders, not about numbers.

    Args:
        number: The number.
        scenario: The account's.
        peek: Tells how the account stands for an order; what is taken there must not be kept.
        now: The account's time, microseconds.
    """
    mine = from_e164((*scenario.terms.numbers, EXOPHONE.e164)[0])
    for order in (Order(mine, number, mine), Order(number, mine, mine)):
        standing = peek(order)
        laid_down = standing.take_next()
        choice = _ruled(order, standing, now, hint=False).choice
        if laid_down is not None:
            choice = Choice(laid_down, BY_NEXT)
        about = party_of(order, choice.party).e164 == number.e164
        if about and choice.script.refuse == ON_THE_LIST:
            return choice.by
    return None


def _limit(order: Order, standing: Standing, now: int) -> Choice | None:
    """The refusal by a limit of the account, None if the order is within all of them."""
    terms = standing.scenario.terms
    if order.events and order.flow is not None and not terms.flow_events:
        # Before the rate limit: a request whose parameters are wrong does not count.
        return _refused(standing, FLOW_EVENTS, _NO_EVENTS)
    if terms.rate_limit is not None and not _in_time(standing.connects, terms.rate_limit, now):
        free = standing.connects[0] + MINUTE - now if standing.connects else MINUTE
        found = _refused(standing, REFUSALS["rate-limited"], f"{terms.rate_limit}/min")
        return replace(found, near=f"one more is free in {seconds_left(free)}")
    exophones = standing.exophones()
    if exophones is not None and order.exophone.e164 not in exophones:
        return _refused(standing, NOT_YOURS, _not_yours(order, exophones))
    if terms.balance is not None and standing.spent(now) >= terms.balance:
        return _refused(standing, NO_MONEY, f"{terms.balance / 1000:.3f} are spent")
    return None


def _refused(standing: Standing, refusal: Refusal, why: str) -> Choice:
    return Choice(Script(refuse=refusal), f"account of {standing.scenario.name}: {why}")


def _not_yours(order: Order, exophones: Sequence[str]) -> str:
    known = ", ".join(map(shown, exophones[:_NAMED])) or "of which none is left"
    more = ", ..." if len(exophones) > _NAMED else ""
    return f"CallerId {order.exophone.shown} is none of its ExoPhones, {known}{more}"


def _in_time(recent: list[int], limit: int, now: int) -> bool:
    old = next((i for i, at in enumerate(recent) if at > now - MINUTE), len(recent))
    del recent[:old]
    if len(recent) >= limit:
        return False
    recent.append(now)
    return True
