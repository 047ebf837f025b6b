"""
What an answer of the customer's server means to the applet that asked.

An answer that is not right is refused whole, with one sentence that says what was expected; no
field of it is skipped. Source: exotel-flows.md sections 3 and 4.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from exomock.domain.flows.fields import Fields, Unfit
from exomock.domain.flows.guesses import (
    FINISH,
    INPUT_TIMEOUT,
    KEYS,
    LONGEST_BODY,
    LONGEST_RING,
    LONGEST_TALK,
    MOST_NUMBERS,
    RING,
    TALK,
    TOGETHER,
)
from exomock.domain.flows.inputs import Answered
from exomock.domain.flows.steps import Prompt
from exomock.domain.number import Number, from_e164

OK = 200

_KEY = "0123456789*#"
_SIP = re.compile(r"sips?:[^\s,]{1,250}", re.IGNORECASE)
_MARKS = re.compile(r"[\s()./-]")
_NATIONAL = re.compile(r"(?:\+?91|0)?([1-9][0-9]{9})")
_FOREIGN = re.compile(r"\+[1-9][0-9]{6,14}")


class GatherTerms(NamedTuple):
    """
    How a Gather goes.

    Args:
        prompt: Is played first.
        again: Is played when nothing came.
        most: It ends after so many keys.
        finish: The key that ends it, "" for none.
        timeout: Seconds that it waits for the first and for each further key.
        repeat: How often it prompts again when nothing comes.
    """

    prompt: Prompt
    again: Prompt
    most: int = KEYS
    finish: str = FINISH
    timeout: int = INPUT_TIMEOUT
    repeat: int = 0


class ConnectTerms(NamedTuple):
    """
    Whom a Connect dials, and how.

    Args:
        numbers: The agents, in order.
        fetch: Whether the URL is asked again after each attempt without talk.
        outgoing: The caller id that they see; None is the call's ExoPhone.
        record: Whether the conversation is recorded.
        ring: Seconds that each rings.
        at_most: Seconds of conversation.
        together: How many ring at once.
        popup: Is told of each attempt; None leaves it to the step.
        dual: Whether a recording has a channel for each party.
    """

    numbers: tuple[Number, ...]
    fetch: bool = False
    outgoing: Number | None = None
    record: bool = False
    ring: int = RING
    at_most: int = TALK
    together: int = 1
    popup: str | None = None
    dual: bool = False


def read_agent(text: str) -> Number | None:
    """
    The agent that is spelled so, None if it is nobody.

    Source: exotel-flows.md section 3: `0…`, `+91…` (C); a `sip:` address rang (C).
    """
    plain = text.strip()
    if _SIP.fullmatch(plain):
        return Number(plain, plain)
    digits = _MARKS.sub("", plain)
    national = _NATIONAL.fullmatch(digits)
    if national:
        return Number(plain, f"+91{national[1]}")
    return Number(plain, digits) if _FOREIGN.fullmatch(digits) else None


def read_gather(answer: Answered) -> GatherTerms:
    """
    The terms of a dynamic Gather.

    Raises:
        Unfit: The answer is not one.
    """
    given = _json(answer)
    prompt = _prompt(given, "gather_prompt")
    if prompt is None:
        raise Unfit('gather_prompt is missing, expected {"text": "..."} or {"audio_url": "..."}')
    finish = given.text("finish_on_key", FINISH)
    if finish not in ("", *_KEY):
        raise Unfit(f'finish_on_key is {finish[:9]!r}, expected one key of {_KEY}, or ""')
    return GatherTerms(
        prompt,
        _prompt(given, "repeat_gather_prompt") or prompt,
        given.whole("max_input_digits", KEYS, 1, KEYS),
        finish,
        given.whole("input_timeout", INPUT_TIMEOUT, 0, 600),
        given.whole("repeat_menu", 0, 0, 100),
    )


def read_dial_whom(answer: Answered) -> tuple[Number, ...]:
    """
    Whom a dial-whom URL names, in order.

    Raises:
        Unfit: The answer is not one.
    """
    return _agents(_text(answer).split(","), "the body")


def read_connect(answer: Answered) -> ConnectTerms:
    """
    The terms of a dynamic Connect.

    Raises:
        Unfit: The answer is not one.
    """
    given = _json(answer)
    _known_shape(given.raw)
    parallel = given.inside("parallel_ringing")
    together = parallel.whole("max_parallel_attempts", TOGETHER, 1, TOGETHER)
    outgoing = given.text("outgoing_phone_number", "")
    _accepts_playback(given)
    channels = given.one_of("recording_channels", "single", ("single", "dual"))
    return ConnectTerms(
        _agents(given.inside("destination").texts("numbers"), "destination.numbers"),
        given.flag("fetch_after_attempt"),
        _outgoing(outgoing) if outgoing else None,
        given.flag("record"),
        given.whole("max_ringing_duration", RING, 1, LONGEST_RING),
        given.whole("max_conversation_duration", TALK, 1, LONGEST_TALK),
        together if parallel.flag("activate") else 1,
        given.text("dial_passthru_event_url", "") or None,
        channels == "dual",
    )


def read_speech(answer: Answered) -> Prompt:
    """
    What a Greeting, Menu or SMS is to say.

    Raises:
        Unfit: The answer is not one.
    """
    return Prompt(_text(answer))


def read_select(answer: Answered) -> str:
    """
    The case that a Passthru's answer selects for a Switch.

    Raises:
        Unfit: The answer is not one.
    """
    text = _text(answer)
    chosen = _object(text).raw.get("select")
    if not isinstance(chosen, str):
        raise Unfit('the body has no "select", expected {"select": "name"}')
    return chosen


def audio_urls(prompt: Prompt) -> tuple[str, ...]:
    """The audio files that a prompt names, one a line; () where it is a text. Source: V 84548."""
    lines = [line.strip() for line in prompt.text.splitlines() if line.strip()]
    audio = all(line.startswith(("http://", "https://")) for line in lines)
    return tuple(lines) if audio else ()


def _known_shape(given: dict[str, Any]) -> None:
    """Tell apart the other shapes of section 3, which a Connect does not take."""
    destination = given.get("destination")
    if isinstance(destination, list):
        raise Unfit("destination is a list: the answer of CCM's programmable connect")
    if isinstance(destination, dict) and "trunk" in destination:
        raise Unfit("destination names a trunk, expected numbers")
    if not isinstance(destination, dict) or "numbers" not in destination:
        raise Unfit('destination.numbers is missing, expected {"destination": {"numbers": [...]}}')


def _accepts_playback(given: Fields) -> None:
    """Check what is played; `caller` refuses the answer. Source: section 3 (c)."""
    played = given.inside("start_call_playback")
    if played.raw:
        played.one_of("playback_to", "both", ("both", "callee"))
        played.one_of("type", "text", ("text", "audio_url"))
    given.inside("in_call_playback")
    music = given.inside("music_on_hold")
    music.one_of("type", "default_tone", ("default_tone", "operator_tone", "custom_tone"))


def _agents(texts: Iterable[str], where: str) -> tuple[Number, ...]:
    given = [text for text in texts if text.strip()]
    if len(given) > MOST_NUMBERS:
        raise Unfit(f"{where} has {len(given)} numbers, expected at most {MOST_NUMBERS}")
    return tuple(_agent(text, where) for text in given)


def _agent(text: str, where: str) -> Number:
    found = read_agent(text)
    if found is None:
        raise Unfit(f"{text.strip()[:40]!r} in {where} is not a telephone number")
    return from_e164(found.e164)


def _outgoing(text: str) -> Number:
    return _agent(text, "outgoing_phone_number")


def _prompt(given: Fields, name: str) -> Prompt | None:
    inside = given.inside(name)
    if not inside.raw:
        return None
    text, audio = inside.text("text", ""), inside.text("audio_url", "")
    if not (text or audio):
        raise Unfit(f'{name} is neither {{"text": "..."}} nor {{"audio_url": "..."}}')
    return Prompt(audio or text)


def _json(answer: Answered) -> Fields:
    return _object(_body(answer, "application/json"))


def _text(answer: Answered) -> str:
    return _body(answer, "text/plain")


def _body(answer: Answered, expected: str) -> str:
    """The body of an answer that is 200 and of a media type; one without any is taken as that."""
    if answer.status != OK:
        raise Unfit(f"the answer was {answer.status}, expected 200")
    media = (answer.content_type or expected).partition(";")[0].strip().lower()
    if media != expected:
        raise Unfit(f"the answer's Content-Type was {media[:60]!r}, expected {expected}")
    if len(answer.body) > LONGEST_BODY:
        raise Unfit(f"the answer's body is longer than {LONGEST_BODY // 1024} KB")
    return answer.body


def _object(text: str) -> Fields:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Unfit("the answer's body is not JSON") from None
    if not isinstance(found, dict):
        raise Unfit(f"the answer's body is JSON, but {_kind(found)}, expected an object")
    return Fields(found)


def _kind(value: Any) -> str:
    return "a list" if isinstance(value, list) else "not an object"
