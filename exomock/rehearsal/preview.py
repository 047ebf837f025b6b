"""`exomock scenario preview`: a call drawn as a ladder, with what your server is told and asked."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from exomock.delivery.parameters import flow_request
from exomock.domain.call import Call
from exomock.domain.callback import KIND
from exomock.domain.flows.inputs import Answered
from exomock.domain.flows.walk import flow_of_call, unknown_flow
from exomock.domain.flows.walked import Enquiry
from exomock.domain.leg import CALLER, Event
from exomock.domain.order import Direction
from exomock.domain.plan import plan_in
from exomock.domain.scenario import Scenario
from exomock.domain.story import Transition
from exomock.engine.deciding import Decision
from exomock.engine.faults import Struck
from exomock.engine.happening import happen
from exomock.ladder import (
    BODY,
    EXOTEL,
    FROM,
    FROM_EXOTEL,
    SERVER,
    TO,
    WORDS,
    Step,
    arrow,
    bars,
    timed,
    titles,
)
from exomock.rehearsal.asking import Asking
from exomock.rehearsal.door import struck_in_words
from exomock.rehearsal.graph import drawn
from exomock.rehearsal.people import OPEN, waits_for_a_person
from exomock.rehearsal.walking import Rehearsed, Reply, first_line, rehearsed, way_in_words
from exomock.rehearsal.words import in_words
from exomock.rehearsal.your_server import RECORDINGS, TAKES_ALL, Receiver, ordered, refused, tries

_NUMBER, _ENDING = 11, 4
"""How much of an agent's number there is room for when it is dialled, and then."""

_ENQUIRES = (Event.ASKED, Event.TOLD)


def previewed(
    scenario: Scenario,
    asking: Asking,
    replies: Sequence[Reply | None] = (),
    receiver: Receiver = TAKES_ALL,
) -> Iterator[str]:
    """
    The call that an order becomes, a line each; or what it is refused with.

    Args:
        scenario: The scenario.
        asking: The order, with its StatusCallback and events.
        replies: What the customer's server answers in a flow, in order; the rest is assumed.
        receiver: What it answers to StatusCallbacks.

    Raises:
        DirectiveWrong: CustomField holds a directive that cannot be read.
    """
    struck = asking.struck(scenario)
    if struck is not None:
        yield from struck_in_words(struck)
        if struck.answer.refusal is not None:
            yield from _steps_drawn(refused(struck.answer.refusal.status, struck.delay))
            return
    decision = asking.decided(scenario)
    yield f"{decision.choice.by} decides"
    if decision.choice.near:
        yield f"  {decision.choice.near}"
    if decision.refusal is not None:
        yield from _refused(asking, decision, struck)
        return
    call = asking.call(scenario, decision)
    if not call.flows:
        yield from _ladder(call, None, struck, receiver)
        return
    yield from _flow(call)
    call, walk = walked(call, replies)
    yield from _ladder(call, walk, struck, receiver)
    yield ""
    yield from way_in_words(call.flows, walk.walked, call.created)


def _refused(asking: Asking, decision: Decision, struck: Struck | None) -> Iterator[str]:
    yield from (f"  {line}" for line in in_words(decision.choice.script, asking.order))
    if decision.refusal is not None and asking.order.direction is not Direction.INBOUND:
        delay = 0 if struck is None else struck.delay
        yield from _steps_drawn(refused(decision.refusal.status, delay))


def _flow(call: Call) -> Iterator[str]:
    """The graph of the flow that a call begins with; or that there is none."""
    unknown = unknown_flow(call.order, call.flows)
    yield ""
    if unknown is not None:
        yield f"{unknown}: an error message is played, and the call ends"
        return
    first = flow_of_call(call.order, call.flows)
    if first is not None:
        yield from drawn(call.flows[first])


def walked(call: Call, replies: Sequence[Reply | None]) -> tuple[Call, Rehearsed]:
    """The call with the answers in its plan, and its walk."""

    def chance() -> Random:
        return Random(call.key)

    walk = rehearsed(call.flows, call.order, call.script, call.created, chance, replies)
    events, stuck = plan_in(
        call.flows, call.script, call.order, call.created, call.late, walk.inputs, chance()
    )
    return replace(call, plan=events, stuck=stuck, inputs=walk.inputs), walk


def _ladder(
    call: Call, walk: Rehearsed | None, struck: Struck | None, receiver: Receiver
) -> Iterator[str]:
    steps = _steps(call, walk, struck, receiver)
    yield from _steps_drawn(steps, "To" if walk is None else "agents")
    yield bars()
    rung = () if walk is None else walk.walked.rung
    numbers = {each.leg: each.number.e164 for each in rung}
    if waits_for_a_person(call.script, call.order, call.plan, numbers):
        yield f"{OPEN}: drawn is what comes if nobody decides"
    if call.stuck:
        yield "the call never ends"
    else:
        over = call.played_to(len(call.plan))
        yield (
            f"{over.status}: {over.duration} s in all, {over.conversation} s of conversation, "
            f"price {over.cost / 1000:.3f}"
        )


def _steps_drawn(steps: list[Step], called: str = "To") -> Iterator[str]:
    yield ""
    yield titles(called)
    for step in steps:
        yield from timed(step)


def _steps(
    call: Call, walk: Rehearsed | None, struck: Struck | None, receiver: Receiver
) -> list[Step]:
    _after, _events, owed = happen(call, call.plan[-1].at)
    steps = [
        Step(each.at - call.created, [_transition(call, walk, each)])
        for each in call.plan
        if each.event in WORDS
    ]
    if walk is not None:
        steps = list(_with_requests(call, walk))
    for each in owed:
        if each.kind == KIND:
            steps += tries(call, each, receiver)
    return ordered(call, steps, struck)


def _with_requests(call: Call, walk: Rehearsed) -> Iterator[Step]:
    """What happens, with the request at each `asked` and `told`."""
    requests = iter(walk.walked.enquiries)
    for each in call.plan:
        at = each.at - call.created
        if each.event in _ENQUIRES:
            yield Step(at, list(_request(call, walk, next(requests))))
        elif each.event in WORDS:
            yield Step(at, [_transition(call, walk, each)])


def _transition(call: Call, walk: Rehearsed | None, happened: Transition) -> str:
    _at, leg, event = happened
    inbound = leg == CALLER and call.order.direction is Direction.INBOUND
    if inbound and event is Event.DIALED:
        return arrow(FROM, EXOTEL, "calls")
    if inbound and event is Event.ANSWERED and walk is not None:
        return arrow(EXOTEL, FROM, "picks up")
    party = FROM if leg == CALLER else TO
    agent = "" if leg == CALLER else _agent(walk, leg, whole=event is Event.DIALED)
    word = f"{agent}{WORDS[event]}"
    return arrow(EXOTEL, party, word) if event in FROM_EXOTEL else arrow(party, EXOTEL, word)


def _agent(walk: Rehearsed | None, leg: int, *, whole: bool) -> str:
    """Which agent it is about, where there may be several: the number when it is dialled."""
    rung = () if walk is None else walk.walked.rung
    number = next((each.number.shown for each in rung if each.leg == leg), None)
    if number is None:
        return ""
    name = number.partition(":")[2].partition("@")[0] or number
    return f"{name[-_NUMBER:] if whole else name[-_ENDING:]} "


def _request(call: Call, walk: Rehearsed, enquiry: Enquiry) -> Iterator[str]:
    """A request to the customer's server, what it says, and what is answered."""
    told = enquiry.kind if enquiry.popup is None else f"{enquiry.kind} {enquiry.popup.event}"
    yield arrow(EXOTEL, SERVER, str(told))
    recording = RECORDINGS.url(call.account, call.sid, call.order.via)
    said = flow_request(call, walk.walked, enquiry.number, recording)
    yield " " * BODY + first_line(enquiry)
    lines = [*(f"{name}: {value}" for name, value in said.headers)]
    lines += [f"{name}={value}" for name, value in said.query]
    yield from (" " * BODY + line for line in lines)
    reply = walk.reply(enquiry.number)
    if reply is not None:
        assumed = " (assumed)" if enquiry.number in walk.assumed else ""
        yield arrow(SERVER, EXOTEL, f"{_answer(reply)}{assumed}")
        if isinstance(reply, Answered) and reply.body:
            yield " " * BODY + reply.body


def _answer(reply: Reply) -> str:
    return str(reply.status) if isinstance(reply, Answered) else reply.why
