"""The agents whom flows dial: what each does now, and what its pop-up URL was told."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from exomock.domain.call import Call
from exomock.engine.walks import enquired, walk_of

FREE, BUSY = "free", "busy"
"""Source: exotel-flows.md section 3: `busy` means "being called"."""


class Popped(NamedTuple):
    """
    What a pop-up URL was told of an agent.

    Args:
        at: When, account time in microseconds.
        call: The Sid of the call.
        event: `Dial`, `Answered` or `Terminal`.
        status: `busy` or `free`.
    """

    at: int
    call: str
    event: str
    status: str


@dataclass
class Agent:
    """
    An agent.

    Args:
        number: As Exotel writes it.
        state: `busy` while it rings or talks, else `free`.
        call: The Sid of the call that it is in, None where it is free.
        events: What its pop-up URL was told, the oldest first.
    """

    number: str
    state: str = FREE
    call: str | None = None
    events: list[Popped] = field(default_factory=list)


def agents_of(calls: Iterable[Call]) -> list[Agent]:
    """Everybody whom the flows of these calls have dialled, by number."""
    found: dict[str, Agent] = {}
    for call in calls:
        _note_legs(call, found)
        _note_events(call, found)
    for agent in found.values():
        agent.events.sort(key=lambda each: each.at)
    return sorted(found.values(), key=lambda agent: agent.number)


def _note_legs(call: Call, found: dict[str, Agent]) -> None:
    for rung in walk_of(call).rung:
        # A leg that is only planned has no state yet, and its agent may never be dialled.
        dialled = {each.leg for each in call.plan[: call.done]}
        if rung.leg in dialled:
            agent = found.setdefault(rung.number.shown, Agent(rung.number.shown))
            if call.story.legs[rung.leg].on_line:
                agent.state, agent.call = BUSY, call.sid


def _note_events(call: Call, found: dict[str, Agent]) -> None:
    for enquiry in enquired(call):
        if enquiry.popup is not None:
            number = enquiry.popup.agent.shown
            told = Popped(enquiry.at, call.sid, enquiry.popup.event, enquiry.popup.status)
            found.setdefault(number, Agent(number)).events.append(told)
