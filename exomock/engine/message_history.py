"""An account's past messages: finished ones that were there before anybody sent any."""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from exomock.domain.message import (
    USUAL_AFTER,
    MessageOrder,
    MessageScript,
    MessageStep,
    TextMessage,
    message_plan,
)
from exomock.domain.number import Number
from exomock.domain.past import PastMessages
from exomock.domain.sid import call_key, call_sid
from exomock.engine.world import World
from exomock.storage.message_rows import message_json, message_row

BODIES = ("Your order is on its way.", "Your code is 482913.", "Thank you for your visit.")
"""What past messages say; ours."""


def past_messages(
    world: World,
    past: PastMessages,
    kind: str,
    now: int,
    moments: Callable[[int, Random], Sequence[int]],
    parties: tuple[Sequence[Number], Callable[[Random], Number]],
) -> Iterator[dict[str, Any]]:
    """
    The rows of an account's past messages, the oldest first.

    Args:
        world: Whose.
        past: How many, and how they ended.
        kind: Their fingerprint.
        now: The account's time, microseconds.
        moments: Draws when so many were sent, in order.
        parties: The account's ExoPhones, and what draws a mobile number.
    """
    rng = Random(call_key(world.seed, world.sid, kind, 0))
    reports = [report for report, _share in past.outcomes]
    shares = [share for _report, share in past.outcomes]
    ends = rng.choices(reports, shares, k=past.messages)
    lines, mobile = parties
    for nth, (created, end) in enumerate(zip(moments(past.messages, rng), ends, strict=True)):
        line = rng.choice(lines).shown
        order = MessageOrder(line, mobile(rng), rng.choice(BODIES), line)
        # The last few end with the present, because nothing of a past is still to come.
        steps = message_plan(MessageScript(end), created, USUAL_AFTER.low)
        plan = tuple(MessageStep(min(step.at, now), step.code) for step in steps)
        sid = call_sid(call_key(world.seed, world.sid, kind, nth), created)
        by = f"history of {world.scenario.name}"
        message = TextMessage(world.sid, sid, order, created, plan, len(plan), by)
        yield message_row(message, message_json(order), kind, nth)
