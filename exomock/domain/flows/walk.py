"""
The walk of a call through its flow: the whole plan, from its beginning, from the inputs so far.

A walk is a fold: the same inputs make the same events, and one more input changes nothing before
it. Questions beyond the inputs are walked as if nobody replied.
"""

from collections.abc import Callable
from contextlib import suppress
from random import Random

from exomock.domain.dialling import dial_caller
from exomock.domain.flows.audible import gather, greeting, menu, voicemail
from exomock.domain.flows.connecting import connect
from exomock.domain.flows.guesses import ERROR_MESSAGE, STEPS
from exomock.domain.flows.inputs import Inputs
from exomock.domain.flows.passing import NEVER, Stop, TimeIsUp
from exomock.domain.flows.soundless import hangup, passthru, sms, switch, timing, voicebot
from exomock.domain.flows.steps import Applet, AppletStep, Exit, Flow, Flows
from exomock.domain.flows.walked import Passage, Walked
from exomock.domain.flows.walker import Led, Walker, walker
from exomock.domain.leg import Event
from exomock.domain.order import Order, Shape
from exomock.domain.script import Script
from exomock.domain.story import Transition

_APPLETS: dict[Applet, Callable[[Walker, AppletStep], Led]] = {
    Applet.GREETING: greeting,
    Applet.GATHER: gather,
    Applet.MENU: menu,
    Applet.PASSTHRU: passthru,
    Applet.CONNECT: connect,
    Applet.SWITCH: switch,
    Applet.VOICEMAIL: voicemail,
    Applet.SMS: sms,
    Applet.TIMING: timing,
    Applet.HANGUP: hangup,
    Applet.VOICEBOT: voicebot,
    Applet.STREAM: voicebot,
}

# Source: exotel-flows.md section 3 ("soundless applets still run").
# UNVERIFIED: which applets those are, and which exit the others take; a flow of all of them that a
# live caller leaves in a Connect would settle it.
_PASSED_OVER: dict[Applet, tuple[str, str]] = {
    Applet.GREETING: ("", "nobody is there to hear it"),
    Applet.VOICEMAIL: ("", "nobody is there to speak"),
    Applet.GATHER: (Exit.NOTHING, "nobody is there to press a key"),
    Applet.MENU: (Exit.NOTHING, "nobody is there to press a key"),
    Applet.CONNECT: (Exit.NOT_DIALLED, "nobody is there to be connected"),
    Applet.VOICEBOT: (Exit.FAILED, "nobody is there to speak"),
    Applet.STREAM: (Exit.FAILED, "nobody is there to speak"),
}
"""What happens to an applet when the caller has hung up."""


_MOST_NAMED = 20
"""How many app ids a sentence names, because it stands in a header too."""


def flow_of_call(order: Order, flows: Flows) -> str | None:
    """
    The app id of the flow that a call of this order walks; None if it walks none.

    It may be one that is not among the flows: then nothing is there to be walked.
    """
    if not flows:
        return None
    if order.shape is Shape.FLOW:
        return order.flow
    if order.shape is Shape.INBOUND:
        called = order.exophone.e164
        return next((app for app, flow in flows.items() if flow.exophone == called), None)
    return None


def unknown_flow(order: Order, flows: Flows) -> str | None:
    """The sentence about an app id that no flow has; None where there is one, or none is asked."""
    app = flow_of_call(order, flows)
    return None if app is None or app in flows else _no_flow(app, flows)


def _no_flow(app: str, flows: Flows) -> str:
    named = sorted(flows)[:_MOST_NAMED]
    more = f" and {len(flows) - len(named)} more" if len(flows) > len(named) else ""
    return f"there is no flow '{app}'; the scenario has {', '.join(named)}{more}"


def walk(
    flows: Flows, order: Order, script: Script, start: int, inputs: Inputs, rng: Random
) -> Walked:
    """
    The whole plan of a call in a flow.

    Args:
        flows: The flows there are.
        order: What was ordered; it leads to a flow (`flow_of_call`).
        script: What the people do.
        start: When the call begins, microseconds.
        inputs: What the world has done so far.
        rng: The call's own chance, as it was at the beginning of the call.
    """
    app = flow_of_call(order, flows)
    assert app is not None
    whole = _Walk(flows, walker(app, script, order, start, inputs, rng))
    stuck = whole.goes()
    mine = whole.walker
    return Walked(
        tuple(mine.channel.events),
        stuck,
        mine.channel.now,
        tuple(mine.enquiries),
        tuple(mine.path),
        tuple(mine.rung),
        whole.why,
        mine.unfit,
    )


class _Walk:
    """One walk: from dialling the caller to the end."""

    def __init__(self, flows: Flows, mine: Walker) -> None:
        self.flows = flows
        self.walker = mine
        self.why = ""

    def goes(self) -> bool:
        """Walk to the end; whether the call is stuck there."""
        channel = self.walker.channel
        try:
            if self._begins() and (self._walks() or channel.script.stuck) and self._hangs():
                return True
        except TimeIsUp:
            self.why = "TimeLimit ended the call"
        channel.hang_up()
        return False

    def _begins(self) -> bool:
        """
        The caller is on the line, or rings: inbound. Whether the flow begins.

        UNVERIFIED: that nothing is asked where From is busy, out or unreachable (section 1); an
        outbound flow call to a busy number would settle it.
        """
        channel = self.walker.channel
        if channel.order.shape is Shape.INBOUND:
            channel.happens(Event.DIALED)
            return True
        rings = dial_caller(channel.script, channel.order, channel.now, channel.rng)
        came: Transition | None = None
        with suppress(StopIteration):
            while channel.present:
                came = channel.caller_until(rings.send(came))
        if not channel.present:
            return False
        answered = channel.events[-1].event is Event.ANSWERED
        channel.dialling_ended(answered=answered)
        return answered

    def _walks(self) -> bool:
        """From step to step; whether the call may hang where it comes to nothing."""
        flow, number = self._enters(self.walker.so_far.app)
        while flow is not None and number is not None:
            if not self.walker.steps_left():
                self.why = f"the call had come to {STEPS} steps, and was hung up"
                return False
            flow, number, hangs = self._passes(flow, number)
            if number is None:
                return hangs
        return False

    def _enters(self, app: str) -> tuple[Flow | None, int | None]:
        """Begin a flow; an unknown one plays an error message. Source: section 1 (c)."""
        flow = self.flows.get(app)
        # UNVERIFIED: that flow_id becomes that of the flow a Transfer leads to (section 3); a
        # Passthru behind a live Transfer would settle it.
        self.walker.notes(app=app)
        if flow is None:
            self.why = _no_flow(app, self.flows)
            channel = self.walker.channel
            channel.pick_up()
            channel.stays(ERROR_MESSAGE)
            return None, None
        self.walker.record = flow.record
        return flow, flow.first

    def _passes(self, flow: Flow, number: int) -> tuple[Flow | None, int | None, bool]:
        """Run one step: the flow and the step after it, and whether the call hangs without one."""
        step, mine = flow.steps[number], self.walker
        app, begun = mine.so_far.app, mine.channel.now
        mine.step, mine.remarks = number, []
        place = len(mine.path)
        mine.path.append(Passage(begun, app, number, "", "it goes on", begun))
        led = self._leads(step)
        why = "; ".join([led.why, *mine.remarks])
        mine.path[place] = Passage(begun, app, number, led.exit or "", why, mine.channel.now)
        if led.exit is None:
            return flow, None, False
        if step.applet is Applet.TRANSFER:
            return *self._enters(step.app or ""), False
        return flow, step.leads_to(led.exit), flow.hangs

    def _leads(self, step: AppletStep) -> Led:
        if step.applet is Applet.TRANSFER:
            return Led("", f"it goes on in flow {step.app}")
        over = _PASSED_OVER.get(step.applet)
        if over is not None and not self.walker.channel.present:
            return Led(*over)
        return _APPLETS[step.applet](self.walker, step)

    def _hangs(self) -> bool:
        """Nothing follows: the call stays until somebody hangs up. Source: section 3 (c)."""
        channel = self.walker.channel
        while channel.present:
            stop = channel.until(NEVER)
            if stop is None:
                self.why = "nothing follows, and nobody hangs up"
                return True
            if stop is Stop.LEFT:
                channel.caller_leaves()
        return False
