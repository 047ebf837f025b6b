"""A call walked through its flow without a server: what is answered, and the way it took."""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import NamedTuple

from exomock.domain.flows.inputs import Answered, Input, Inputs, Silent
from exomock.domain.flows.steps import HANG_UP, AppletStep, Flow, Flows
from exomock.domain.flows.walk import walk
from exomock.domain.flows.walked import Asks, Enquiry, Passage, Walked
from exomock.domain.order import Order
from exomock.domain.script import Script

Reply = Answered | Silent

ASSUMED = "your server is assumed to answer as usual; --reply says what it answers"
"""Of a walk in which somebody was asked, and nobody has said what is answered."""

_FETCHES_NOTHING = Silent("nothing is fetched here")
"""Why no audio file has its own length."""

_AGENT = "0981110{:04d}"
_JSON = (Asks.GATHER, Asks.CONNECT, Asks.VOICEBOT)


class Rehearsed(NamedTuple):
    """
    The walk of a call whose questions are all answered.

    Args:
        walked: The plan, the requests, and the way.
        inputs: The answers.
        assumed: Which of them nobody gave, by the number of their request; no audio file's length.
    """

    walked: Walked
    inputs: Inputs
    assumed: frozenset[int]

    def reply(self, number: int) -> Reply | None:
        """What is answered to the n-th request; None where the answer steers nothing."""
        asked = [each.number for each in self.walked.enquiries if each.steers]
        what = self.inputs[asked.index(number)].what if number in asked else None
        return what if isinstance(what, Answered | Silent) else None


def rehearsed(
    flows: Flows,
    order: Order,
    script: Script,
    start: int,
    chance: Callable[[], Random],
    replies: Sequence[Reply | None] = (),
) -> Rehearsed:
    """
    Walk a call through its flow, and answer what it asks.

    Args:
        flows: The flows there are.
        order: What was ordered; it leads to a flow.
        script: What the people do.
        start: When the call begins, microseconds.
        chance: Gives the call's own chance, as it was at its beginning.
        replies: What the customer's server answers, in order; None, and what is not there, is
            what a server usually answers.
    """
    inputs: list[Input] = []
    assumed: set[int] = set()
    given = iter(replies)
    while True:
        walked = walk(flows, order, script, start, tuple(inputs), chance())
        asked = [each for each in walked.enquiries if each.steers]
        if len(asked) <= len(inputs):
            return Rehearsed(walked, tuple(inputs), frozenset(assumed))
        enquiry = asked[len(inputs)]
        if enquiry.kind is Asks.AUDIO:
            inputs.append(Input(enquiry.at, _FETCHES_NOTHING))
            continue
        reply = next(given, None)
        if reply is None:
            assumed.add(enquiry.number)
            reply = usual(enquiry.kind, script)
        inputs.append(Input(enquiry.at, reply))


def usual(kind: Asks, script: Script) -> Answered:
    """The answer that a server usually gives; agents as many as the script has words for."""
    agents = [_AGENT.format(n) for n in range(1, max(1, len(script.agents.in_order)) + 1)]
    named = [f'"{agent}"' for agent in agents]
    bodies = {
        Asks.PASSTHRU: "",
        Asks.GATHER: '{"gather_prompt": {"text": "Your digits, please"}}',
        Asks.DIAL_WHOM: ",".join(agents),
        Asks.CONNECT: f'{{"destination": {{"numbers": [{", ".join(named)}]}}}}',
        Asks.VOICEBOT: '{"url": "wss://your.server/stream"}',
    }
    return Answered(200, media_type(kind), bodies.get(kind, "Hello"))


def media_type(kind: Asks) -> str:
    """The Content-Type that an applet expects. Source: exotel-flows.md section 3."""
    return "application/json" if kind in _JSON else "text/plain"


def called(step: AppletStep) -> str:
    """A step as messages call it: its word, its name, its line."""
    name = f" {step.name}" if step.name else ""
    return (
        f"{step.applet.value}{name} (line {step.line})" if step.line else step.applet.value + name
    )


def way_in_words(flows: Flows, walked: Walked, start: int) -> Iterator[str]:
    """
    The steps that a call reached, which exit each took and why; a line each.

    Args:
        flows: The flows there are.
        walked: The call's walk.
        start: When the call begins, microseconds.
    """
    several = len({each.app for each in walked.path}) > 1
    for place, each in enumerate(walked.path):
        following = walked.path[place + 1] if place + 1 < len(walked.path) else None
        app = f"{each.app}: " if several else ""
        yield f"{_after(each.left_at - start)} {app}{_passage(flows, each, following)}"
    if walked.why:
        yield f"{_after(walked.ends_at - start)} {walked.why}"


def _passage(flows: Flows, each: Passage, following: Passage | None) -> str:
    flow: Flow = flows[each.app]
    step = flow.steps[each.step]
    exit_ = f"exit {each.exit}: " if each.exit else ""
    beyond = "" if following is None else f"; then {_next(flows, following)}"
    dead = following is None and each.exit and step.leads_to(each.exit) is HANG_UP
    return f"{called(step)}: {exit_}{each.why}{beyond}{'; nothing follows' if dead else ''}"


def _next(flows: Flows, following: Passage) -> str:
    return called(flows[following.app].steps[following.step])


def _after(microseconds: int) -> str:
    return f"{'+' + format(microseconds / 1_000_000, '.3f') + ' s':>12} "


def last_of(walked: Walked, flows: Flows) -> str:
    """Where a walk ended: its last step and the exit that it took."""
    if not walked.path:
        return walked.why or "before its first step"
    end = walked.path[-1]
    exit_ = f", exit {end.exit}" if end.exit else ""
    return f"{end.app}: {called(flows[end.app].steps[end.step])}{exit_}"


def first_line(enquiry: Enquiry) -> str:
    """A request's first line, its query aside."""
    return f"{enquiry.method} {enquiry.url}"
