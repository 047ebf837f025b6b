"""A call's script as JSON in its row: only what differs from an ordinary call's."""

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

import orjson

from exomock.domain.fate import Fate, Outcome
from exomock.domain.flows.people import Agents, Caller, HangsUp, Where
from exomock.domain.price import Price
from exomock.domain.recording_twist import RecordingTwist
from exomock.domain.script import Party, Script
from exomock.domain.span import Length, Normal, Span
from exomock.domain.status import Status
from exomock.domain.twist import STRAIGHT, Twist, Twists

_SCRIPT = {
    field.name: getattr(Script(), field.name)
    for field in fields(Script)
    if field.name not in ("refuse", "odds")  # which no call has once it is placed
}
_TWIST = {field.name: getattr(Twist(), field.name) for field in fields(Twist)}

_SHORT = 400
"""Characters of a script that is kept in memory; a longer one is worked out anew."""

_MOST = 256
"""How many are kept."""


_written: dict[int, tuple[Script, str]] = {}


def script_json(script: Script) -> str:
    """The script of a placed call; the same script is always the same text."""
    # By identity: hashing a script takes as long as writing it. The script is kept beside its text,
    # because another one could get the id of one that is gone.
    known = _written.get(id(script))
    if known is not None:
        return known[1]
    text = _text(script)
    if len(text) <= _SHORT:
        if len(_written) >= _MOST:
            _written.clear()
        _written[id(script)] = script, text
    return text


def _text(script: Script) -> str:
    data = {}
    for name, usual in _SCRIPT.items():
        value = getattr(script, name)
        if value is not usual and value != usual:
            write = _WRITE.get(name)
            data[name] = value if write is None else write(value)
    return orjson.dumps(data).decode() if data else "{}"


def script_of(text: str) -> Script:
    """
    The script that `script_json` wrote.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: It did not.
    """
    return _kept(text) if len(text) <= _SHORT else _read(text)


def _read(text: str) -> Script:
    return Script(**_values(orjson.loads(text), _READ))


# Most calls of an account have one of few scripts.
_kept = lru_cache(maxsize=_MOST)(_read)


def _values(data: dict[str, Any], read: Mapping[str, Any]) -> dict[str, Any]:
    return {name: read[name](value) if name in read else value for name, value in data.items()}


def _outcome(outcome: Outcome) -> list[Any]:
    return [outcome.fate, None if outcome.after is None else length_data(outcome.after)]


def _outcome_of(data: list[Any]) -> Outcome:
    fate, after = data
    return Outcome(Fate(fate), None if after is None else length_of(after))


def length_data(length: Length) -> int | list[Any]:
    """Microseconds; the two ends of a range; mean and deviation, and a word that says so."""
    if isinstance(length, Normal):
        return [length.mean, length.deviation, "normal"]
    return length.low if length.low == length.high else [length.low, length.high]


def length_of(data: int | list[Any]) -> Length:
    """The length that `length_data` wrote."""
    if isinstance(data, int):
        return Span(data, data)
    first, second, *word = data
    return Normal(first, second) if word else Span(first, second)


def _twists(twists: Twists) -> dict[str, Any]:
    return {
        "answered": _twist(twists.answered),
        "terminal": _twist(twists.terminal),
        "swap": twists.swap,
        "before_answer": twists.before_answer,
    }


def _twists_of(data: dict[str, Any]) -> Twists:
    found = Twists(**_values(data, {"answered": _twist_of, "terminal": _twist_of}))
    return STRAIGHT if found == STRAIGHT else found


def _twist(twist: Twist) -> dict[str, Any]:
    given = {name: getattr(twist, name) for name, usual in _TWIST.items()}
    return {
        name: length_data(value) if name in ("delay", "every") else value
        for name, value in given.items()
        if value != _TWIST[name]
    }


def _twist_of(data: dict[str, Any]) -> Twist:
    return Twist(
        **_values(
            data,
            {
                "delay": length_of,
                "every": length_of,
                "without": tuple,
                "extra": lambda pairs: tuple((name, value) for name, value in pairs),
            },
        )
    )


def _caller(caller: Caller) -> list[Any]:
    leaves = caller.hangs_up
    hangs_up = leaves and [length_data(leaves.after), leaves.where]
    return [caller.presses, hangs_up, length_data(caller.message)]


def _caller_of(data: list[Any]) -> Caller:
    presses, leaves, message = data
    hangs_up = None
    if leaves is not None:
        after, where = leaves
        hangs_up = HangsUp(length_of(after), None if where is None else Where(where))
    return Caller(tuple(presses), hangs_up, length_of(message))


def _agents(agents: Agents) -> list[Any]:
    by_number = {number: _outcome(each) for number, each in agents.by_number.items()}
    return [by_number, [_outcome(each) for each in agents.in_order]]


def _agents_of(data: list[Any]) -> Agents:
    by_number, in_order = data
    return Agents(
        {number: _outcome_of(each) for number, each in by_number.items()},
        tuple(_outcome_of(each) for each in in_order),
    )


_RECORDING = {field.name: getattr(RecordingTwist(), field.name) for field in fields(RecordingTwist)}


def _recording(twist: RecordingTwist) -> dict[str, Any]:
    after = {"after": length_data(twist.after)}
    given = {name: getattr(twist, name) for name in _RECORDING} | after
    return {
        name: value
        for name, value in given.items()
        if value != (0 if name == "after" else _RECORDING[name])
    }


def _recording_of(data: dict[str, Any]) -> RecordingTwist:
    return RecordingTwist(**_values(data, {"after": length_of}))


def twist_json(twist: Twist) -> str:
    """How one callback misbehaves, as JSON: only what is not as usual."""
    return orjson.dumps(_twist(twist)).decode()


def twist_of(text: str) -> Twist:
    """The twist that `twist_json` wrote."""
    return _twist_of(orjson.loads(text))


def _price(price: Price) -> list[int]:
    return [price.per, price.amount]


def _price_of(data: list[int]) -> Price:
    per, amount = data
    if per < 1:
        raise ValueError(f"a pulse of {per} microseconds")
    return Price(per, amount)


_WRITE: dict[str, Any] = {
    "leg1": _outcome,
    "leg2": _outcome,
    "talk": length_data,
    "price": _price,
    "caller": _caller,
    "agents": _agents,
    "twists": _twists,
    "recording": _recording,
}
_READ: dict[str, Any] = {
    "leg1": _outcome_of,
    "leg2": _outcome_of,
    "talk": length_of,
    "hangup_by": Party,
    "price": _price_of,
    "caller": _caller_of,
    "agents": _agents_of,
    "status": Status,
    "twists": _twists_of,
    "recording": _recording_of,
}
