"""`exomock scenario preview --svg`: the same call as `preview` shows, as a picture."""

from collections.abc import Iterator, Sequence
from itertools import count

from exomock.domain.call import Call
from exomock.domain.callback import KIND
from exomock.domain.flows.inputs import Answered
from exomock.domain.leg import Event
from exomock.domain.order import Direction
from exomock.domain.scenario import Scenario
from exomock.domain.telling import Move, Telling, accepted, verdict
from exomock.drawing import Arrow, ArrowKind, Ladder, bounded, svg_of
from exomock.drawing.calls import EXOTEL, events_of, lanes_of
from exomock.drawing.ladder import Lane
from exomock.engine.happening import happen
from exomock.rehearsal.asking import Asking
from exomock.rehearsal.door import CONNECT
from exomock.rehearsal.preview import walked
from exomock.rehearsal.walking import Rehearsed, Reply
from exomock.rehearsal.your_server import TAKES_ALL, Receiver
from exomock.settings import Settings
from exomock.storage.deliveries import Owed

_ENQUIRES = (Event.ASKED, Event.TOLD)


def pictured(
    scenario: Scenario,
    asking: Asking,
    replies: Sequence[Reply | None] = (),
    receiver: Receiver = TAKES_ALL,
) -> str:
    """
    The call that an order becomes, as an SVG document; or what it is refused with.

    Args:
        scenario: The scenario.
        asking: The order, with its StatusCallback and events.
        replies: What the customer's server answers in a flow, in order; the rest is assumed.
        receiver: What it answers to StatusCallbacks.

    Raises:
        DirectiveWrong: CustomField holds a directive that cannot be read.
    """
    struck = asking.struck(scenario)
    if struck is not None and struck.answer.refusal is not None:
        return _refused(asking, struck.answer.refusal.status)
    decision = asking.decided(scenario)
    if decision.refusal is not None:
        return _refused(asking, decision.refusal.status)
    call, walk = asking.call(scenario, decision), None
    if call.flows:
        call, walk = walked(call, replies)
    agents = {} if walk is None else {each.leg: each.number.shown for each in walk.walked.rung}
    lanes = lanes_of(call, agents)
    arrows = sorted(_arrows(call, walk, receiver, len(lanes)), key=lambda each: each.at)
    over = call.as_of(len(call.plan))
    ends = "it never ends" if call.stuck else f"{over.status} after {over.duration} s"
    title = f"A call from {call.order.from_.shown} to {call.order.to.shown}: {ends}"
    return svg_of(Ladder(title, lanes, bounded(arrows, EXOTEL)))


def _refused(asking: Asking, status: int) -> str:
    order = asking.order
    lanes = (Lane("From", order.from_.shown), Lane("Exotel"), Lane("your server"))
    request = Arrow(0, 2, EXOTEL, f"POST {CONNECT}", ArrowKind.REQUEST, str(status), bad=True)
    return svg_of(Ladder(f"An order that is refused with {status}", lanes, (request,)))


def _arrows(call: Call, walk: Rehearsed | None, receiver: Receiver, lanes: int) -> Iterator[Arrow]:
    server = lanes - 1
    if call.order.direction is not Direction.INBOUND:
        yield Arrow(0, server, EXOTEL, f"POST {CONNECT}", ArrowKind.REQUEST, "200")
    happening = dict(events_of(call, lanes, past=len(call.plan)))
    requests = iter(()) if walk is None else _requests(call, walk, server)
    for place, each in enumerate(call.plan):
        if place in happening:
            yield happening[place]
        elif each.event in _ENQUIRES:
            yield from [asked] if (asked := next(requests, None)) else []
    if call.plan:
        for owed in happen(call, call.plan[-1].at)[2]:
            if owed.kind == KIND:
                yield from _tries(call, owed, receiver, server)


def _requests(call: Call, walk: Rehearsed, server: int) -> Iterator[Arrow]:
    for each in walk.walked.enquiries:
        reply, at = walk.reply(each.number), each.at - call.created
        said = str(reply.status) if isinstance(reply, Answered) else reply.why if reply else ""
        assumed = " (assumed)" if each.number in walk.assumed else ""
        yield Arrow(at, EXOTEL, server, str(each.kind), ArrowKind.QUESTION, f"{said}{assumed}")


def _tries(call: Call, owed: Owed, receiver: Receiver, server: int) -> Iterator[Arrow]:
    about, due = ("terminal" if owed.notice == "brief" else str(owed.notice)), owed.due_at
    for number in count(1):
        at, status = due - call.created, receiver[min(number, len(receiver)) - 1]
        if owed.state is Telling.DROPPED:
            yield Arrow(at, EXOTEL, server, about, ArrowKind.CALLBACK, "never sent", bad=True)
            return
        word = about if number == 1 else f"{about}, try {number}"
        said = "no answer" if status is None else str(status)
        yield Arrow(at, EXOTEL, server, word, ArrowKind.CALLBACK, said, bad=not accepted(status))
        move, due = verdict(status, number, due, Settings().retry_after)
        if move is not Move.PUT_OFF:
            return
