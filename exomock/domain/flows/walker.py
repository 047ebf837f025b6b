"""Whoever walks a call through its flow: what an applet may do."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, NamedTuple

from exomock.domain.clock import SECOND
from exomock.domain.flows.answers import audio_urls, read_speech
from exomock.domain.flows.channel import Channel
from exomock.domain.flows.fields import Unfit, quoted
from exomock.domain.flows.guesses import AUDIO, CHARACTERS, FILES, LEAST_SPOKEN, STEPS
from exomock.domain.flows.inputs import Answered, Inputs, Lasts, Silent
from exomock.domain.flows.so_far import SoFar
from exomock.domain.flows.steps import AppletStep, Prompt
from exomock.domain.flows.walked import Asks, Enquiry, Passage, PopUp, Rung
from exomock.domain.leg import Event
from exomock.domain.order import Order
from exomock.domain.script import Script


class Led(NamedTuple):
    """
    Where an applet leads.

    Args:
        exit: The exit it takes, "" where it has none; None ends the flow.
        why: Why, in one sentence without a full stop.
    """

    exit: str | None
    why: str


class Learned(NamedTuple):
    """
    What was learned by asking; `value` is None where no answer was right.

    Args:
        value: What the answer means.
        why: What came, in words.
    """

    value: Any
    why: str


class Walker:
    """
    Walks one call through its flow; lives for one walk.

    Args:
        app: The flow's app id.
        channel: The call's line.
        record: Whether the flow records each Connect.
    """

    def __init__(self, app: str, channel: Channel) -> None:
        self.channel = channel
        self.so_far = SoFar(app)
        self.record = False
        self.step = self._steps = 0
        self.passed: Answered | Silent | None = None
        self.enquiries: list[Enquiry] = []
        self.path: list[Passage] = []
        self.rung: list[Rung] = []
        self.unfit: dict[int, str] = {}
        self.remarks: list[str] = []
        self._lengths: dict[str, int] = {}
        self._presses = iter(channel.script.caller.presses)

    @property
    def script(self) -> Script:
        """What the people do."""
        return self.channel.script

    def notes(self, **changed: Any) -> None:
        """Something has become of the call that later requests tell of."""
        self.so_far = replace(self.so_far, **changed)

    def steps_left(self) -> bool:
        """Take one more step, so that no loop lasts for ever; whether there was one left."""
        self._steps += 1
        return self._steps <= STEPS

    def presses(self) -> str:
        """What the caller presses at the next prompt."""
        return next(self._presses, None) or ""

    # Requests

    def _enquires(self, kind: Asks, url: str, **more: Any) -> None:
        number = len(self.enquiries) + 1
        enquiry = Enquiry(number, self.channel.now, self.step, kind, url, self.so_far, **more)
        self.enquiries.append(enquiry)

    def tells(
        self, kind: Asks, url: str, *, head: bool = False, popup: PopUp | None = None
    ) -> None:
        """Make a request whose answer steers nothing."""
        self._enquires(kind, url, head=head, steers=False, popup=popup)
        self.channel.happens(Event.TOLD)

    def asks(self, step: AppletStep, kind: Asks, url: str | None = None) -> Answered | Silent:
        """Ask a URL, the step's where none is given; a canned answer makes no request."""
        if step.answer is not None:
            self.channel.wait(self.channel.now + step.takes.draw(self.channel.rng))
            canned = step.answer
            return Answered(canned.status, canned.content_type, canned.body)
        self._enquires(kind, url or step.url or "")
        return self.channel.ask(step.takes)

    def learns(
        self,
        step: AppletStep,
        kind: Asks,
        read: Callable[[Answered], Any],
        url: str | None = None,
        *,
        head: bool = False,
    ) -> Learned:
        """
        Ask a URL, and its fallback where no answer is right.

        Args:
            step: The step that asks.
            kind: Who asks.
            read: Reads the answer, or raises `Unfit`.
            url: The URL, None for the step's.
            head: Whether a HEAD comes before. Source: exotel-flows.md section 2 (V).
        """
        if head and step.answer is None:
            self.tells(kind, url or step.url or "", head=True)
        found = self._learned(_read(self.asks(step, kind, url), read))
        if found.value is not None or step.fallback is None:
            return found
        second = self._learned(_read(self.asks(step, kind, step.fallback), read))
        return Learned(second.value, f"{found.why}; of the fallback URL: {second.why}")

    def _learned(self, found: "Learned") -> "Learned":
        if found.value is None:
            self.unfit[len(self.enquiries)] = found.why
        return found

    # Prompts

    def length(self, step: AppletStep, prompt: Prompt) -> int:
        """
        How long a prompt takes, microseconds; an audio file is fetched for it, once in a call.

        Args:
            step: The step that plays it; with a canned answer it makes no request.
            prompt: What is played.

        Source: issue 12, "forms that the contract leaves open".
        """
        files = audio_urls(prompt)
        if files:
            return sum([self._lasts(step, url) for url in files])
        spoken = len(prompt.text.strip()) * SECOND // CHARACTERS
        return max(LEAST_SPOKEN, spoken) if spoken else 0

    def _lasts(self, step: AppletStep, url: str) -> int:
        if step.answer is not None:
            return self._taken_for("audio", "a step with an answer makes no request")
        if url not in self._lengths:
            if len(self._lengths) == FILES:
                return self._taken_for("further audio", f"a call fetches at most {FILES} files")
            self._lengths[url] = self._measured(url)
        return self._lengths[url]

    def _measured(self, url: str) -> int:
        self._enquires(Asks.AUDIO, url)
        reply = self.channel.measure()
        if isinstance(reply, Lasts):
            return reply.length
        self.unfit[len(self.enquiries)] = f"{_TAKEN_FOR}, because {reply.why}"
        return self._taken_for(_file_name(url), reply.why)

    def _taken_for(self, what: str, why: str) -> int:
        remark = f"{what} {_TAKEN_FOR}, because {why}"
        if remark not in self.remarks:
            self.remarks.append(remark)
        return AUDIO

    def speech(self, step: AppletStep) -> tuple[Prompt, str]:
        """What a step says: its text, or what its URL answers; silence where that is not right."""
        if step.prompt.url is None:
            return step.prompt, ""
        learned = self.learns(step, Asks.GREETING, read_speech, step.prompt.url, head=True)
        return learned.value or Prompt(), learned.why


_TAKEN_FOR = f"is taken for {AUDIO // SECOND} s"


def _file_name(url: str) -> str:
    """What a sentence calls a file: its last name, because a URL may hold a password."""
    path = url.partition("://")[2].partition("/")[2].partition("?")[0]
    return quoted(path.rpartition("/")[2] or "the audio", 100).strip("'")


def _read(reply: Answered | Silent, read: Callable[[Answered], Any]) -> Learned:
    if isinstance(reply, Silent):
        return Learned(None, f"no good answer came, because {reply.why}")
    try:
        return Learned(read(reply), f"the answer was {reply.status}")
    except Unfit as error:
        return Learned(None, str(error))


def walker(
    app: str, script: Script, order: Order, start: int, inputs: Inputs, rng: Random
) -> Walker:
    """A walker at the beginning of a call."""
    return Walker(app, Channel(script, order, start, inputs, rng))
