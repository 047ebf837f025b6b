"""What people do in a flow: whoever calls, and the agents who are dialled. Source: flows 8."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from exomock.domain.flows.steps import DEFAULT_MESSAGE
from exomock.domain.script import Outcome
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
