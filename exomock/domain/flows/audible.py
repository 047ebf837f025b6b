"""The applets that pick a call up: Greeting, Menu, Gather, Voicemail. Source: flows 1 and 3."""

from typing import NamedTuple

from exomock.domain.clock import SECOND
from exomock.domain.flows.answers import GatherTerms, read_gather
from exomock.domain.flows.guesses import (
    FINISH,
    FIRST_KEY,
    INPUT_TIMEOUT,
    LEAVING_A_PROMPT_ENDS,
    LONGEST_MESSAGE,
)
from exomock.domain.flows.passing import Stop
from exomock.domain.flows.people import Where
from exomock.domain.flows.so_far import CallKind
from exomock.domain.flows.steps import AppletStep, Exit, Prompt
from exomock.domain.flows.walked import Asks
from exomock.domain.flows.walker import Led, Walker

NEXT = ""
"""The exit of an applet that has only one."""

_WORDS = frozenset((Exit.WRONG, Exit.NOTHING))


class Keying(NamedTuple):
    """What ends keys: so many of them, one of them, or so long without one (microseconds)."""

    most: int
    finish: str
    timeout: int


def greeting(walker: Walker, step: AppletStep) -> Led:
    """
    Play a text or audio files, to the end.

    UNVERIFIED: that an answer which is not right is silence, and the flow goes on (section 4); a
    URL that answers JSON to a live Greeting would settle it.
    """
    channel = walker.channel
    channel.pick_up()
    prompt, why = walker.speech(step)
    if not channel.stays(walker.length(step, prompt)):
        return Led(NEXT, _and(why, "the caller hung up"))
    return Led(NEXT, _and(why, "it was played"))


def gather(walker: Walker, step: AppletStep) -> Led:
    """
    Prompt for digits, and let them steer. Source: exotel-flows.md section 3 (V 3000084635).

    UNVERIFIED: that without a good answer, of the fallback too, nothing was pressed (section 4);
    a dynamic Gather whose URL answers 500 would settle it.
    """
    walker.channel.pick_up()
    walker.channel.begins(Where.MENU)
    terms, why = _gather_terms(walker, step)
    if terms is None:
        walker.channel.ends(Where.MENU)
        return _leaves(walker) or Led(Exit.NOTHING, why)
    keying = Keying(terms.most, terms.finish, terms.timeout * SECOND)
    prompts = [terms.prompt, *[terms.again] * terms.repeat]
    typed = _prompted(walker, step, prompts, keying)
    if typed is None:
        return _left(walker)
    walker.notes(digits=typed)
    if typed:
        return Led(Exit.DIGITS, _and(why, f"the caller pressed {typed}"))
    return Led(Exit.NOTHING, _and(why, "the caller pressed nothing"))


def _gather_terms(walker: Walker, step: AppletStep) -> tuple[GatherTerms | None, str]:
    if step.url is not None:
        learned = walker.learns(step, Asks.GATHER, read_gather)
        return learned.value, learned.why
    prompt, why = walker.speech(step)
    usual = GatherTerms(prompt, prompt, repeat=step.repeat)
    return (
        replace_terms(usual, most=step.max_digits, finish=step.finish_on, timeout=step.timeout),
        why,
    )


def replace_terms(usual: GatherTerms, **given: object) -> GatherTerms:
    """The terms with what a step gives; None leaves each as it is."""
    return usual._replace(**{name: each for name, each in given.items() if each is not None})  # type: ignore[arg-type]


def menu(walker: Walker, step: AppletStep) -> Led:
    """Prompt for a key, and take its branch. Source: exotel-flows.md section 3."""
    walker.channel.pick_up()
    walker.channel.begins(Where.MENU)
    prompt, why = walker.speech(step)
    keys = [key for key in step.exits if key not in _WORDS]
    timeout = INPUT_TIMEOUT if step.timeout is None else step.timeout
    keying = Keying(max(map(len, keys), default=1), "", timeout * SECOND)
    typed = _prompted(walker, step, [prompt] * (1 + step.repeat), keying)
    if typed is None:
        return _left(walker)
    walker.notes(digits=typed)
    if not typed:
        return Led(Exit.NOTHING, _and(why, "the caller pressed nothing"))
    if typed in keys:
        return Led(typed, _and(why, f"the caller pressed {typed}"))
    return Led(Exit.WRONG, _and(why, f"the caller pressed {typed}, which is no key of the menu"))


def _prompted(
    walker: Walker, step: AppletStep, prompts: list[Prompt], keying: Keying
) -> str | None:
    """The keys at the first prompt that gets any, "" if none does; None if the caller leaves."""
    for prompt in prompts:
        # First, because the caller may hang up while a file is fetched.
        length = walker.length(step, prompt) if walker.channel.present else 0
        typed = _typed(walker, length, keying) if walker.channel.present else None
        if typed is None:
            break
        if typed:
            walker.channel.ends(Where.MENU)
            return typed
    else:
        walker.channel.ends(Where.MENU)
        return ""
    return None


class _Typing:
    """Keys at one prompt: those of the script in their time, until the control API presses."""

    def __init__(self, walker: Walker, length: int, keying: Keying) -> None:
        over = walker.channel.now + length
        self.keying = keying
        self.deadline = over + keying.timeout
        pause = min(FIRST_KEY, keying.timeout)
        keys = walker.presses()
        self.planned = [(over + pause * turn, key) for turn, key in enumerate(keys, 1)]
        self.typed = ""

    @property
    def next_at(self) -> int:
        """When the next key comes, or none has come for too long."""
        return self.planned[0][0] if self.planned else self.deadline

    def press(self, key: str, now: int) -> bool:
        """A key is pressed; whether it ends the typing."""
        self.deadline = now + self.keying.timeout
        if key == self.keying.finish:
            return True
        self.typed += key
        return len(self.typed) >= self.keying.most


def _typed(walker: Walker, length: int, keying: Keying) -> str | None:
    """What is keyed at a prompt of a length, which a key cuts short; None if the caller leaves."""
    channel, typing = walker.channel, _Typing(walker, length, keying)
    while True:
        stop = channel.until(typing.next_at)
        keys = ""
        if stop is Stop.LEFT:
            channel.caller_leaves()
            return None
        if stop is Stop.KEYS:
            keys, typing.planned = channel.keys, []
        elif stop is None:
            if not typing.planned:
                return typing.typed
            keys = typing.planned.pop(0)[1]
        if any(typing.press(key, channel.now) for key in keys):
            return typing.typed


def _left(walker: Walker) -> Led:
    return _leaves(walker) or Led(Exit.NOTHING, "the caller hung up")


def _leaves(walker: Walker) -> Led | None:
    """Where a caller who has left leads: nowhere. Source: section 5, "leaves in the menu"."""
    if walker.channel.present or not LEAVING_A_PROMPT_ENDS:
        return None
    return Led(None, "the caller hung up here, and nothing more is asked")


def voicemail(walker: Walker, step: AppletStep) -> Led:  # noqa: ARG001
    """Record the caller until it hangs up, or a key is pressed. Source: section 3."""
    channel = walker.channel
    channel.pick_up()
    channel.records()
    length = min(LONGEST_MESSAGE, walker.script.caller.message.draw(channel.rng))
    begun, stop = channel.now, channel.until(channel.now + length)
    while stop is Stop.AGENT or (stop is Stop.KEYS and FINISH not in channel.keys):
        stop = channel.until(begun + length)
    if channel.recorded():
        walker.notes(kind=CallKind.VOICEMAIL, recorded=True)
    if stop is Stop.KEYS:
        return Led(NEXT, f"the caller pressed {FINISH} after its message")
    channel.caller_leaves()
    return Led(NEXT, "the caller left a message and hung up")


def _and(first: str, second: str) -> str:
    return f"{first}; {second}" if first else second
