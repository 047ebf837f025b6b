"""What the world did to a call in a flow, as JSON in its row."""

from collections.abc import Callable
from typing import Any

import orjson

from exomock.domain.call import Call
from exomock.domain.flows.inputs import (
    Answered,
    Ignored,
    Input,
    Inputs,
    Lasts,
    Left,
    Pressed,
    Silent,
    Took,
    What,
)
from exomock.domain.script import Party

_READ: dict[str, Callable[..., What]] = {
    "answered": Answered,
    "silent": Silent,
    "lasts": Lasts,
    "pressed": Pressed,
    "left": lambda by: Left(Party(by)),
    "took": lambda by: Took(Party(by)),
    "ignored": lambda by: Ignored(Party(by)),
}
_WORDS = {
    Answered: "answered",
    Silent: "silent",
    Lasts: "lasts",
    Pressed: "pressed",
    Left: "left",
    Took: "took",
    Ignored: "ignored",
}


def inputs_json(call: Call) -> str:
    """A call's inputs as they are kept: times count from its beginning; kept answers have none."""
    rows = [[at - call.created, _WORDS[type(what)], *what] for at, what in call.inputs]
    rows += [[None, _WORDS[Answered], *answer] for answer in call.kept]
    return orjson.dumps(rows).decode()


def inputs_of(text: str | None, created: int) -> tuple[Inputs, tuple[Answered, ...]]:
    """
    The inputs that `inputs_json` wrote, and the answers that are kept for questions to come.

    Raises:
        KeyError, TypeError, ValueError: It did not.
    """
    if text is None:
        return (), ()
    rows: list[list[Any]] = orjson.loads(text)
    came = [Input(created + at, _READ[word](*what)) for at, word, *what in rows if at is not None]
    return tuple(came), tuple(Answered(*what) for at, _word, *what in rows if at is None)
