"""Lengths and scripts in words."""

from collections.abc import Iterator
from pathlib import PurePath

from exomock.domain.clock import SECOND
from exomock.domain.fate import Fate, Outcome
from exomock.domain.flows.people import AS_LEG2
from exomock.domain.flows.steps import NO_FLOWS, Flows
from exomock.domain.flows.walk import flow_of_call, unknown_flow
from exomock.domain.number import shown
from exomock.domain.order import Direction, Order, Shape
from exomock.domain.recording_twist import PLAIN, RecordingTwist
from exomock.domain.script import ANSWER_LEG1, ANSWER_LEG2, DEFAULT_AFTER, Odds, Party, Script
from exomock.domain.span import Length, Normal
from exomock.domain.twist import STRAIGHT, Twist

_FATES = {
    Fate.ANSWER: "answers",
    Fate.BUSY: "is busy",
    Fate.NO_ANSWER: "does not answer",
    Fate.UNREACHABLE: "cannot be reached",
    Fate.CANCEL: "rings, and From hangs up",
    Fate.PERSON: "rings until a person decides",
    Fate.NONE: "is never dialled, for From hangs up",
}


_BY_PERSON = "until a person hangs up, or TimeLimit ends it"
_MAY_TALK = (Fate.ANSWER, Fate.PERSON)
_RINGS_OUT = (Fate.NO_ANSWER, Fate.PERSON)


def length(microseconds: int) -> str:
    """A length as one says it: 500 ms, 3 s, 2 m 5 s, 1 h."""
    if microseconds % SECOND:
        return (
            f"{microseconds / SECOND:.3f} s"
            if microseconds > SECOND
            else f"{microseconds // 1000} ms"
        )
    seconds = microseconds // SECOND
    if seconds == 0:
        return "0 s"
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return " ".join(f"{value} {unit}" for value, unit in parts if value)


def span(given: Length) -> str:
    """A length of a script: fixed, a range, a distribution."""
    if isinstance(given, Normal):
        return f"about {length(given.mean)} (normal, deviation {length(given.deviation)})"
    if given.low == given.high:
        return length(given.low)
    return f"{length(given.low)} to {length(given.high)}"


def in_words(script: Script, order: Order, flows: Flows = NO_FLOWS) -> Iterator[str]:
    """
    What becomes of a call by this script, a line each.

    Args:
        script: What a scenario lays down for it.
        order: What was asked for.
        flows: The flows there are.
    """
    if script.refuse is not None:
        code = "" if script.refuse.code is None else f", code {script.refuse.code}"
        text = script.refuse.message.replace("{number}", order.to.shown)
        yield f"the order is refused: {script.refuse.status}{code}: {text}"
        return
    if order.direction is Direction.INBOUND:
        yield f"From ({order.from_.shown}) is on the line at once"
    else:
        yield f"From ({order.from_.shown}) {_outcome(script.leg1, ANSWER_LEG1)}"
    app = flow_of_call(order, flows)
    if order.direction is not Direction.INBOUND and script.leg1.fate not in _MAY_TALK:
        yield from _oddities(script)
        return
    if app is not None:
        yield _into(app, order, flows)
        if app in flows:
            yield from _people(script)
    elif order.shape is Shape.STREAM:
        yield f"if it answers, the stream lasts {_as_long(script, order)}"
    elif order.flow is None:
        yield f"then To ({order.to.shown}) {_outcome(script.leg2, ANSWER_LEG2)}"
        if script.leg2.fate not in _MAY_TALK:
            yield from _oddities(script)
            return
        yield f"if both answer they talk {_until(script, order)}"
    else:
        yield f"if it answers, the flow {order.flow} lasts {_as_long(script, order)}"
    yield from _oddities(script)


def _until(script: Script, order: Order) -> str:
    """How long two talk, and who hangs up; a person decides both."""
    people = [script.leg1.fate, script.leg2.fate]
    if order.direction is Direction.INBOUND:
        del people[0]
    if Fate.PERSON in people:
        return _BY_PERSON
    return f"for {span(script.talk)}, and {_who(script)} hangs up"


def _as_long(script: Script, order: Order) -> str:
    person = order.direction is not Direction.INBOUND and script.leg1.fate is Fate.PERSON
    return _BY_PERSON if person else f"for {span(script.talk)}"


def _into(app: str, order: Order, flows: Flows) -> str:
    unknown = unknown_flow(order, flows)
    if unknown is not None:
        return f"{unknown}: an error message is played, and the call ends"
    when = "it" if order.direction is Direction.INBOUND else "if it answers, it"
    return f"{when} goes through flow {app}"


def _people(script: Script) -> Iterator[str]:
    """What the caller does, and the agents."""
    caller, agents = script.caller, script.agents
    if caller.presses:
        keys = ", ".join(each or "nothing" for each in caller.presses)
        yield f"the caller presses {keys}"
    if caller.hangs_up is not None:
        after, where = caller.hangs_up
        since = "the pick-up" if where is None else f"the first {where} began"
        yield f"the caller hangs up {span(after)} after {since}"
    for number, outcome in agents.by_number.items():
        yield f"agent {shown(number)} {_agent(outcome)}"
    for turn, outcome in enumerate(agents.in_order, 1):
        yield f"agent {turn} {_agent(outcome)}"
    others = "every other agent" if agents != AS_LEG2 else "an agent"
    yield f"{others} {_agent(script.leg2)}"
    by = "the caller" if script.hangup_by is Party.FROM else "the agent"
    yield f"if they talk it is for {span(script.talk)}, and {by} hangs up"


def _agent(outcome: Outcome) -> str:
    """What an agent does; how long one rings, the flow says, not TimeOut."""
    if outcome.fate in _RINGS_OUT and outcome.after is None:
        return _FATES[outcome.fate]
    return _outcome(outcome, ANSWER_LEG2)


def _outcome(outcome: Outcome, default: Length) -> str:
    word = _FATES[outcome.fate]
    if outcome.fate is Fate.PERSON:
        longest = "until TimeOut" if outcome.after is None else f"for {span(outcome.after)}"
        return f"{word}, at most {longest}"
    if outcome.fate is Fate.NO_ANSWER and outcome.after is None:
        return f"{word} before TimeOut"
    return f"{word} after {span(outcome.after or DEFAULT_AFTER.get(outcome.fate, default))}"


def _who(script: Script) -> str:
    share = None if script.odds is None else script.odds.to_hangs_up
    if share is not None:
        return f"To (in {share:.4g} of all calls) or From"
    return "From" if script.hangup_by is Party.FROM else "To"


def _odds(odds: Odds) -> Iterator[str]:
    if odds.recorded is not None:
        yield f"{odds.recorded:.4g} of all calls are recorded"
    if odds.amount is not None:
        low, high = odds.amount
        yield f"a pulse costs {low / 1000:.3f} to {high / 1000:.3f}"


def _oddities(script: Script) -> Iterator[str]:
    if script.odds is not None:
        yield from _odds(script.odds)
    if script.stuck:
        yield "the call never ends"
    if script.status is not None:
        yield f"its status is {script.status}, whatever the legs did"
    if script.recording != PLAIN:
        yield f"its recording, if it is recorded: {'; '.join(_recording(script.recording))}"
    twists = script.twists
    if twists is STRAIGHT:
        return
    if twists.before_answer:
        yield "it is over, and told, before connect is answered"
    if twists.swap:
        yield "its end is told before its answers"
    for event, twist in (("answered", twists.answered), ("terminal", twists.terminal)):
        said = "; ".join(_twist(twist))
        if said:
            yield f"callbacks about {event}: {said}"


def _recording(twist: RecordingTwist) -> Iterator[str]:
    if twist.missing:
        yield "never there, though RecordingUrl says where"
        return
    if twist.after != PLAIN.after:
        yield f"there {span(twist.after)} after the end"
    if twist.status is not None:
        yield f"answered {twist.status}"
    if twist.file:
        yield f"{PurePath(twist.file).name} in its place"
    if twist.truncated is not None:
        yield f"cut off after {twist.truncated:.4%}".replace(".0000%", "%")
    if twist.slow is not None:
        yield f"{twist.slow:g} bytes a second"


def _twist(twist: Twist) -> Iterator[str]:
    straight = Twist()
    if twist.drop:
        yield "never sent"
        return
    if twist.delay != straight.delay:
        yield f"{span(twist.delay)} late"
    if twist.repeat > 1:
        yield f"sent {twist.repeat} times, {span(twist.every)} apart"
    if twist.content_type is not None:
        yield f"as {twist.content_type}"
    if twist.without:
        yield f"without {', '.join(twist.without)}"
    if twist.extra:
        yield "with " + ", ".join(f"{name}={value}" for name, value in twist.extra)
    if twist.status is not None:
        yield f"with Status {twist.status}"
