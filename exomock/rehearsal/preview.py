"""`exomock scenario preview`: a call drawn as a ladder, with what your server is told."""

from collections.abc import Iterator
from typing import NamedTuple

from exomock.delivery.body import callback_body
from exomock.domain.call import Call
from exomock.domain.callback import Notice
from exomock.domain.leg import CALLER, Event
from exomock.domain.order import Direction
from exomock.domain.scenario import Scenario
from exomock.domain.telling import Telling
from exomock.engine.happening import happen
from exomock.engine.placing import planned
from exomock.recording.addresses import Addresses
from exomock.rehearsal.asking import Asking
from exomock.rehearsal.words import in_words
from exomock.storage.deliveries import Owed

_FROM, _EXOTEL, _TO, _SERVER = 16, 38, 60, 84
_LINES = (_FROM, _EXOTEL, _TO, _SERVER)
_NAMES = ("From", "Exotel", "To", "your server")
_BODY = 26

_WORDS = {
    Event.DIALED: "rings",
    Event.ANSWERED: "answers",
    Event.REJECTED: "busy",
    Event.RANG_OUT: "no answer",
    Event.DROPPED: "unreachable",
    Event.CANCELED: "stops ringing",
    Event.HUNG_UP: "hangs up",
}
_FROM_EXOTEL = (Event.DIALED, Event.CANCELED)
_SECOND = 1_000_000

# A preview has no server; what stands here is where one listens unless it is told otherwise.
_RECORDINGS = Addresses(None)
_RECORDINGS.own = "http://127.0.0.1:8080"


class Step(NamedTuple):
    """One thing that is drawn: when (microseconds from the order), and its lines."""

    at: int
    lines: list[str]


def previewed(scenario: Scenario, asking: Asking) -> Iterator[str]:
    """
    The call that an order becomes, a line each.

    Args:
        scenario: The scenario.
        asking: The order, with its StatusCallback and events.

    Raises:
        DirectiveWrong: CustomField holds a directive that cannot be read.
    """
    choice = asking.decided(scenario).choice
    yield f"{choice.why} decides"
    if choice.script.refuse is not None:
        yield from (f"  {line}" for line in in_words(choice.script, asking.order))
        return
    late = scenario.terms.late_fields or 0
    call = planned(asking.account, asking.order, choice, asking.key, asking.now, late)
    yield ""
    yield _titles()
    for step in _steps(call):
        first, *rest = step.lines
        yield f"{_offset(step.at)}{first[_time_width() :]}"
        yield from rest
    yield _bars()
    if call.stuck:
        yield "the call never ends"
    else:
        over = call.played_to(len(call.plan))
        yield (
            f"{over.status}: {over.duration} s in all, {over.conversation} s of conversation, "
            f"price {over.cost / 1000:.3f}"
        )


def _steps(call: Call) -> list[Step]:
    last = call.plan[-1].at
    _after, _events, owed = happen(call, last)
    steps = [
        Step(each.at - call.created, [_transition(call, each.leg, each.event)])
        for each in call.plan
        if each.event in _WORDS
    ]
    steps += [Step(each.due_at - call.created, list(_told(call, each))) for each in owed]
    # Sorting is stable: what happens in one instant stays in its order, callbacks after it.
    return sorted(steps, key=lambda step: step.at)


def _transition(call: Call, leg: int, event: Event) -> str:
    party = _FROM if leg == CALLER else _TO
    if leg == CALLER and event is Event.DIALED and call.order.direction is Direction.INBOUND:
        return _arrow(_FROM, _EXOTEL, "calls")
    if event in _FROM_EXOTEL:
        return _arrow(_EXOTEL, party, _WORDS[event])
    return _arrow(party, _EXOTEL, _WORDS[event])


def _told(call: Call, owed: Owed) -> Iterator[str]:
    about = "terminal" if owed.notice == "brief" else str(owed.notice)
    if owed.state is Telling.DROPPED:
        yield _arrow(_EXOTEL, _SERVER, f"{about}: never sent")
        return
    yield _arrow(_EXOTEL, _SERVER, about)
    body = callback_body(call.as_of(owed.place), Notice(owed.notice), _RECORDINGS)
    lines = [f"{name}={value}" for name, value in body.fields] or [body.json]
    if body.claims:
        lines.insert(0, f"Content-Type: {body.claims}")
    yield from (" " * _BODY + line for line in lines)


def _arrow(begin: int, end: int, word: str) -> str:
    cells = list(_bars())
    low, high = sorted((begin, end))
    for at in range(low + 1, high):
        cells[at] = "-"
    cells[high - 1 if end == high else low + 1] = ">" if end == high else "<"
    label = f" {word} "
    start = (low + high - len(label)) // 2 + 1
    cells[start : start + len(label)] = label
    return "".join(cells).rstrip()


def _bars() -> str:
    cells = [" "] * (_SERVER + 1)
    for at in _LINES:
        cells[at] = "|"
    return "".join(cells)


def _titles() -> str:
    cells = [" "] * (_SERVER + 8)
    for at, name in zip(_LINES, _NAMES, strict=True):
        start = at - len(name) // 2
        cells[start : start + len(name)] = name
    return "".join(cells).rstrip()


def _time_width() -> int:
    return 13


def _offset(microseconds: int) -> str:
    return f"{'+' + format(microseconds / _SECOND, '.3f') + ' s':>12} "
