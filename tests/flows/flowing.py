"""A call in a flow, driven by hand: what it has come to, and what the world does to it next."""

from dataclasses import replace
from random import Random
from urllib.parse import urlencode

from conftest import EXOPHONE, FROM, NOON
from exomock.delivery.parameters import flow_request
from exomock.domain.changes import Leave, Press, Replied
from exomock.domain.clock import SECOND
from exomock.domain.flows.inputs import TIMEOUT, Answered, Lasts, Silent
from exomock.domain.flows.steps import Applet, AppletStep, Flow
from exomock.domain.flows.walked import Asks
from exomock.domain.leg import Event
from exomock.domain.order import Direction, Order
from exomock.domain.question import question_of
from exomock.domain.script import Choice, Party, Script
from exomock.domain.sid import call_key
from exomock.engine.happening import happen
from exomock.engine.placing import planned
from exomock.engine.replanning import replan
from exomock.numbering import read_number

ORDER = Order(*map(read_number, (FROM, EXOPHONE, EXOPHONE)), flow="926")
INBOUND = replace(ORDER, flow=None, direction=Direction.INBOUND)
URL = "http://127.0.0.1:3000/x"
QUIET = frozenset((Event.SILENCE, Event.ENDED, Event.FILLED))


def step(applet, **more):
    """A step; what leads on goes to the next one."""
    return AppletStep(applet=Applet(applet), **more)


def flow(*steps, app="926", **more):
    """A flow whose steps follow each other where they do not say otherwise."""
    last = len(steps) - 1
    chained = (
        each if each.following is not None or i == last else replace(each, following=i + 1)
        for i, each in enumerate(steps)
    )
    return Flow(app=app, steps=tuple(chained), exophone=read_number(EXOPHONE).e164, **more)


class Flowing:
    """A call that walks through a flow: From answers after 4 s, or it comes in."""

    def __init__(self, *flows, script=None, order=ORDER, seed=1):
        self.now = NOON
        script = Script() if script is None else script
        known = {each.app: each for each in flows}
        key = call_key(seed, "a", "0" * 64, 0)
        self.call = planned("a", order, Choice(script, "rule"), key, NOON, 0, known)
        self.to(NOON)

    def to(self, moment):
        """Let everything happen up to a moment, or the open question."""
        self.now = max(self.now, moment)
        self.call = happen(self.call, self.now)[0]
        return self

    def after(self, seconds):
        """Let so many seconds pass."""
        return self.to(self.now + round(seconds * SECOND))

    def until_asked(self):
        """Let time pass until the next question."""
        asks = [each.at for each in self.call.plan[self.call.done :] if each.event is Event.ASKED]
        return self.to(asks[0]) if self.question is None else self

    def changed(self, change):
        """Change what becomes of it, now."""
        self.call = happen(replan(self.call, change, self.now), self.now)[0]
        return self

    def answer(self, status=200, body="", kind=None):
        """The customer's server answers the next question."""
        self.until_asked()
        return self.changed(Replied(self.question.number, Answered(status, kind, body)))

    def silent(self, why=TIMEOUT):
        """No answer comes to the next question."""
        self.until_asked()
        return self.changed(Replied(self.question.number, Silent(why)))

    def replied(self, reply):
        """A reply to the open question; to an audio file a status is a length, in seconds."""
        number = self.question.number
        if self.walked.enquiries[number - 1].kind is Asks.AUDIO and isinstance(reply, Answered):
            reply = Lasts(reply.status * SECOND)
        return self.changed(Replied(number, reply))

    def lasts(self, seconds):
        """The next audio file that is fetched is so long."""
        self.until_asked()
        return self.changed(Replied(self.question.number, Lasts(round(seconds * SECOND))))

    def press(self, digits):
        """The caller presses keys now."""
        return self.changed(Press(digits))

    def leave(self, by=Party.FROM):
        """A party hangs up now."""
        return self.changed(Leave(by))

    @property
    def question(self):
        """The question that is open, None if none is."""
        return question_of(self.call)

    @property
    def walked(self):
        """Its walk."""
        return self.call.walked(lambda: Random(self.call.key))

    @property
    def events(self):
        """What happens, seconds after its beginning, without silences and the end."""
        return [
            (round((at - NOON) / SECOND, 3), leg, str(event))
            for at, leg, event in self.call.plan
            if event not in QUIET
        ]

    @property
    def exits(self):
        """The exits that it takes."""
        return [str(each.exit) for each in self.walked.path]

    @property
    def whys(self):
        """Why it takes them."""
        return [each.why for each in self.walked.path]

    @property
    def asked(self):
        """Who asks, and by which method."""
        return [f"{each.method} {each.kind}" for each in self.walked.enquiries]

    @property
    def legs(self):
        """The status of each leg at its end."""
        over = self.call.played_to(len(self.call.plan))
        return [each.status for each in over.story.legs]

    @property
    def status(self):
        """Its status at its end."""
        return str(self.call.played_to(len(self.call.plan)).status)

    def says(self, number=None):
        """The parameters of a request, the last where none is named."""
        walk = self.walked
        number = len(walk.enquiries) if number is None else number
        made = flow_request(self.call, walk, number, "http://rec/x.mp3")
        return dict(made.query)

    def query(self, number):
        """A request's query as it goes out."""
        made = flow_request(self.call, self.walked, number, "http://rec/x.mp3")
        return urlencode(made.query)
