"""Your server's side of a ladder: its order with the answer, and each try of a callback."""

from collections.abc import Iterator, Sequence
from itertools import count

from exomock.delivery.body import callback_body
from exomock.domain.call import Call
from exomock.domain.callback import Notice
from exomock.domain.fault import Damage
from exomock.domain.order import Direction
from exomock.domain.telling import Move, Telling, verdict
from exomock.engine.faults import Struck
from exomock.ladder import BODY, EXOTEL, SERVER, Step, arrow
from exomock.recording.addresses import Addresses
from exomock.rehearsal.door import CONNECT
from exomock.settings import Settings
from exomock.storage.deliveries import Owed

Receiver = Sequence[int | None]
"""What your server answers to each try of a callback, the last of them for ever; None: nothing."""

TAKES_ALL: Receiver = (200,)

# A preview has no server; what stands here is where one listens unless it is told otherwise.
RECORDINGS = Addresses(None)
RECORDINGS.own = "http://127.0.0.1:8080"

_REQUEST = Step(0, [arrow(SERVER, EXOTEL, f"POST {CONNECT}")])


def refused(status: int, delay: int = 0) -> list[Step]:
    """The order, and the status that refuses it, so many microseconds later."""
    return [_REQUEST, Step(delay, [arrow(EXOTEL, SERVER, str(status))])]


def ordered(call: Call, steps: list[Step], struck: Struck | None) -> list[Step]:
    """
    The steps of a call with your server's order and the answer to it, by time.

    Args:
        call: The call; one that comes in was not ordered.
        steps: What happens, in order.
        struck: The fault that strikes the order's request, None if none does.
    """
    if call.order.direction is not Direction.INBOUND:
        answer = _answer(struck)
        # Where all is over before the answer, the answer comes last of that instant.
        early = call.script.twists.before_answer
        steps = [_REQUEST, *steps, *answer] if early else [_REQUEST, *answer, *steps]
    # Sorting is stable: what happens in one instant stays in its order, callbacks after it.
    return sorted(steps, key=lambda step: step.at)


def _answer(struck: Struck | None) -> list[Step]:
    if struck is None:
        return [Step(0, [arrow(EXOTEL, SERVER, "200")])]
    damage = struck.answer.damage
    if damage is Damage.HUNG:
        return []
    return [Step(struck.delay, [arrow(EXOTEL, SERVER, f"200 ({damage})" if damage else "200")])]


def tries(call: Call, owed: Owed, receiver: Receiver) -> Iterator[Step]:
    """
    A callback, as often as your server does not take it.

    Args:
        call: Whose.
        owed: The callback.
        receiver: What your server answers; answers are drawn unless it takes all.
    """
    due = owed.due_at
    for number in count(1):
        status = receiver[min(number, len(receiver)) - 1]
        lines = [*_told(call, owed)] if number == 1 else [_sent(owed, f", try {number}")]
        if receiver is not TAKES_ALL and owed.state is not Telling.DROPPED:
            lines.append(arrow(SERVER, EXOTEL, "no answer" if status is None else str(status)))
        yield Step(due - call.created, lines)
        move, due = verdict(status, number, due, Settings().retry_after)
        if move is not Move.PUT_OFF or owed.state is Telling.DROPPED:
            return


def _sent(owed: Owed, more: str = "") -> str:
    about = "terminal" if owed.notice == "brief" else str(owed.notice)
    return arrow(EXOTEL, SERVER, about + more)


def _told(call: Call, owed: Owed) -> Iterator[str]:
    if owed.state is Telling.DROPPED:
        yield _sent(owed, ": never sent")
        return
    yield _sent(owed)
    body = callback_body(call.as_of(owed.place), Notice(owed.notice), RECORDINGS)
    lines = [f"{name}={value}" for name, value in body.fields] or [body.json]
    if body.claims:
        lines.insert(0, f"Content-Type: {body.claims}")
    yield from (" " * BODY + line for line in lines)
