"""Calls that were played, as rules that play them again: exact numbers, legs and lengths."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import yaml

from exomock.domain.call import Call
from exomock.domain.clock import SECOND
from exomock.domain.leg import ASIDE, CALLER, Event
from exomock.domain.order import ONE_LEG, Direction, Shape
from exomock.domain.script import Party
from exomock.domain.story import Transition

MOST_PLAYED = 50
"""How many calls become rules at once."""

_WORDS = {
    Event.ANSWERED: "answer",
    Event.REJECTED: "busy",
    Event.RANG_OUT: "no_answer",
    Event.DROPPED: "unreachable",
    Event.CANCELED: "cancel",
}
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
    legs = [[each for each in call.plan if each.leg == leg] for leg in (CALLER, CALLER + 1)]
    found = {**_leg1(call, legs[0]), **_leg2(call, legs)}
    if call.order.record is None and call.script.record:
        found["record"] = True
    if call.script.status is not None:
        found["status"] = call.script.status.value
    if call.script.twists.before_answer:
        found["callbacks"] = {"before_answer": True}
    return found


def _leg1(call: Call, leg: Sequence[Transition]) -> dict[str, Any]:
    if call.order.direction is Direction.INBOUND:
        return {}
    rings = _rings(leg)
    if len(set(rings)) > 1:
        raise _Odd("From did not do the same each time it was dialled")
    return {"leg1": dict(rings[:1])}


def _leg2(call: Call, legs: Sequence[Sequence[Transition]]) -> dict[str, Any]:
    answered = _at(legs[0], Event.ANSWERED)
    if answered is None:
        return {}
    hung_up = _at(legs[0], Event.HUNG_UP) or 0
    if call.order.shape in ONE_LEG:
        return {"talk": _length(hung_up - answered)}
    if not legs[1]:
        return {"leg2": {"none": _length(hung_up - answered)}}
    found: dict[str, Any] = {"leg2": dict(_rings(legs[1]))}
    picked_up = _at(legs[1], Event.ANSWERED)
    if picked_up is not None:
        found |= {"talk": _length(hung_up - picked_up), "hangup_by": _by(call.plan).value}
    return found


def _rings(leg: Sequence[Transition]) -> list[tuple[str, str]]:
    """How each ringing of a leg ended, and after how long."""
    found: list[tuple[str, str]] = []
    dialled = 0
    for each in leg:
        if each.event is Event.DIALED:
            dialled = each.at
        elif each.event in _WORDS:
            found.append((_WORDS[each.event], _length(each.at - dialled)))
    return found


def _by(plan: Iterable[Transition]) -> Party:
    first = next(each for each in plan if each.event is Event.HUNG_UP)
    return Party.FROM if first.leg == CALLER else Party.TO


def _at(leg: Sequence[Transition], event: Event) -> int | None:
    return next((each.at for each in leg if each.event is event), None)


def _length(microseconds: int) -> str:
    """A time as the language writes it, to the microsecond."""
    return f"{(Decimal(microseconds) / SECOND).normalize():f}s"
