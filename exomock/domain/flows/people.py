"""What people do in a flow: whoever calls, and the agents who are dialled. Source: flows 8."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from exomock.domain.fate import Outcome
from exomock.domain.flows.steps import DEFAULT_MESSAGE
from exomock.domain.span import Length


class Where(StrEnum):
    """Where in a flow the caller hangs up."""

    MENU = "menu"
    """In the first Menu or Gather."""
    CONNECT = "connect"
    """In the first Connect that dials somebody."""


class HangsUp(NamedTuple):
    """
    When the caller hangs up.

    Args:
        after: How long after the pick-up, or after the applet has begun.
        where: The applet, None for the pick-up.
    """

    after: Length
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """
    What the caller does in a flow.

    Args:
        presses: The keys at each prompt, in order, repeats too; None is nothing, as is the end.
        hangs_up: When it hangs up before the flow ends.
        message: How long its voicemail is.
    """

    presses: tuple[str | None, ...] = ()
    hangs_up: HangsUp | None = None
    message: Length = DEFAULT_MESSAGE


@dataclass(frozen=True, slots=True)
class Agents:
    """
    What the agents of a flow do; whoever is not named does what leg 2 of the script does.

    Args:
        by_number: By E.164 or SIP address.
        in_order: By order of dialling in the call, from the first.
    """

    by_number: Mapping[str, Outcome] = field(default_factory=dict)
    in_order: tuple[Outcome, ...] = ()

    def does(self, e164: str, turn: int, usual: Outcome) -> Outcome:
        """
        What an agent does.

        Args:
            e164: Its number, or SIP address.
            turn: How many were dialled in the call before it.
            usual: What leg 2 of the script does.
        """
        known = self.by_number.get(e164)
        if known is not None:
            return known
        return self.in_order[turn] if turn < len(self.in_order) else usual


BY_ITSELF = Caller()
"""A caller of whom nothing is said: it presses nothing and stays until the flow ends."""

AS_LEG2 = Agents()
"""Agents of whom nothing is said."""
