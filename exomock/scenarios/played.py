"""Calls that were played, as rules that play them again: exact numbers, legs and lengths."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import yaml

from exomock.domain.call import Call
from exomock.domain.leg import ASIDE, CALLER, Event
from exomock.domain.order import Direction, Shape
from exomock.domain.story import Transition
from exomock.scenarios.writing import script_of

MOST_PLAYED = 50
"""How many calls become rules at once."""

_ENDS = (Event.ANSWERED, Event.REJECTED, Event.RANG_OUT, Event.DROPPED, Event.CANCELED)
_REMARKS = 10
"""How many calls that no rule can play again are named."""


class PlayedRules(NamedTuple):
    """
    Calls as a scenario.

    Args:
        text: YAML.
        calls: How many it plays again.
    """

    text: str
    calls: int


class _Odd(Exception):
    """No rule makes such a call."""


def played(calls: Sequence[Call]) -> PlayedRules:
    """
    The scenario that plays ended calls again, each as it went; several to one number are attempts.

    They must be placed in the same order, with the same parameters. A directive and `next` still
    come before rules.

    Args:
        calls: In the order in which they were placed.
    """
    groups: dict[tuple[tuple[str, str], ...], list[dict[str, Any]]] = {}
    odd: list[str] = []
    for call in calls:
        try:
            when, words = _when(call), _words(call)
            groups.setdefault(tuple(when.items()), []).append(words)
        except _Odd as error:
            odd.append(f"# Call {call.sid} is left out: {error}\n")
    ordered = sorted(groups.items(), key=lambda each: _rank(dict(each[0])))
    rules = [_rule(dict(when), steps) for when, steps in ordered]
    head = "description: Calls as they were played\n"
    rest: str = yaml.safe_dump(
        {"rules": rules}, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    text = head + "".join(_told(odd)) + rest
    return PlayedRules(text, sum(map(len, groups.values())))


def _rank(when: dict[str, str]) -> int:
    """Where a rule stands: one that names less would take the calls of those after it."""
    return next((i for i, key in enumerate(("direction", "to", "flow")) if key in when), 3)


def _told(odd: Sequence[str]) -> Iterator[str]:
    yield from odd[:_REMARKS]
    if len(odd) > _REMARKS:
        yield f"# and {len(odd) - _REMARKS} more\n"


def _rule(when: dict[str, str], steps: list[dict[str, Any]]) -> dict[str, Any]:
    name = " → ".join(filter(None, (when.get("from"), when.get("to") or when.get("exophone"))))
    heading = {"name": name, "when": when}
    alike = all(step == steps[0] for step in steps)
    return heading | (steps[0] if alike else {"attempts": steps})


def _when(call: Call) -> dict[str, str]:
    """The conditions that the order of a call, and no other's, fits."""
    order = call.order
    if order.direction is Direction.INBOUND:
        found = {"direction": order.direction.value, "from": order.from_.shown}
        return found | {"exophone": order.exophone.shown}
    if order.shape is Shape.TWO_LEGS:
        return {"from": order.from_.shown, "to": order.to.shown}
    found = {"from": order.from_.shown, "exophone": order.exophone.shown}
    if order.flow is None:
        return found
    if "*" in order.flow or order.flow.startswith("/"):
        raise _Odd("its flow cannot be named in a rule")
    return found | {"flow": order.flow}


def _words(call: Call) -> dict[str, Any]:
    """The words of a rule that make a call go as this one went."""
    if call.flows or any(each.event in ASIDE or each.leg > 1 for each in call.plan):
        raise _Odd("it walked through a flow, or several parties were dialled")
    if len(set(_rings(call.plan))) > 1:
        raise _Odd("From did not do the same each time it was dialled")
    return script_of(call)


def _rings(plan: Sequence[Transition]) -> Iterator[tuple[str, int]]:
    """How each ringing of From ended, and after how long."""
    dialled = 0
    for each in plan:
        if each.leg == CALLER and each.event is Event.DIALED:
            dialled = each.at
        elif each.leg == CALLER and each.event in _ENDS:
            yield str(each.event), each.at - dialled
