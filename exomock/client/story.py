"""An account's story in words: a line for each request, event and try of a callback."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from exomock.client.records import Call, Callback, Event, Message, Request

_LONGEST = 200
"""Lines of a story at most; its beginning is left out, because what matters comes last."""


class _Line(NamedTuple):
    at: datetime
    kind: int
    place: int
    text: str


def told(
    requests: Sequence[Request],
    calls: Sequence[Call],
    callbacks: Sequence[Callback],
    messages: Sequence[Message] = (),
) -> list[str]:
    """
    The story of an account, by account time.

    Args:
        requests: What clients sent.
        calls: With their plans; only what has happened is told.
        callbacks: Those that were sent, and those that are owed.
        messages: With their plans, as calls.
    """
    happened = [*_events(calls), *_steps(messages)]
    lines = sorted([*_requests(requests), *happened, *_callbacks(callbacks)])
    left_out = len(lines) - _LONGEST
    head = [f"({left_out} earlier lines are left out)"] if left_out > 0 else []
    return head + [f"{line.at:%H:%M:%S} {line.text}" for line in lines[-_LONGEST:]]


def _requests(requests: Sequence[Request]) -> Iterator[_Line]:
    for each in requests:
        sent = each.parameters
        parties = " → ".join(_plain(sent[name]) for name in ("From", "To") if name in sent)
        text = " ".join(filter(None, (each.method, _plain(each.path), parties)))
        why = f" ({_plain(each.why)})" if each.why else ""
        yield _Line(each.at, 0, each.number, f"{text} {each.status}{why}")


def _events(calls: Sequence[Call]) -> Iterator[_Line]:
    for call in calls:
        for place, event in enumerate(call.plan):
            if event.past:
                yield _Line(event.at, 1, place, f"call {_short(call.sid)} {_said(call, event)}")


def _steps(messages: Sequence[Message]) -> Iterator[_Line]:
    for message in messages:
        for place, step in enumerate(message.plan):
            if step.past:
                said = (
                    f"{step.status} {step.code} {_plain(step.detail)}" if step.code else step.status
                )
                yield _Line(step.at, 1, place, f"message {_short(message.sid)} {said}")


def _said(call: Call, event: Event) -> str:
    if event.leg is None:
        return event.event
    who = _plain((call.from_, call.to)[min(event.leg, 2) - 1])
    return f"leg {event.leg} ({who}) {event.event}"


def _callbacks(callbacks: Sequence[Callback]) -> Iterator[_Line]:
    for each in callbacks:
        whose = f"message {_short(each.message)}" if each.message else f"call {_short(each.call)}"
        head = f"callback {each.event} of {whose}"
        status = each.fields.get("Status")
        head += f" Status={status}" if status else ""
        tries = [
            f"try {one.number}: {one.status or _plain(one.error)} in {one.milliseconds:.0f} ms"
            for one in each.attempts
        ]
        to = f" → {_plain(each.url)} {each.state}"
        yield _Line(each.due, 2, each.id, head + to + (f" ({'; '.join(tries)})" if tries else ""))


def _short(sid: str | None) -> str:
    sid = sid or "?"
    return f"{sid[:6]}…" if len(sid) > 8 else sid  # noqa: PLR2004


def _plain(text: object) -> str:
    """Text from outside as a terminal may show it: control characters escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(text))[:200]
