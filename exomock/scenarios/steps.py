"""The steps of a flow as they are written: a word, its value, and what stands beside it."""

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, cast

from marshmallow import ValidationError, post_load

from exomock.domain.fate import Fate
from exomock.domain.flows.steps import Applet, Exit
from exomock.field import Field, Json
from exomock.scenarios.fields import Keys, Text, all_read
from exomock.scenarios.manner import kind_of, nearest
from exomock.scenarios.source import Scalar

GOTO = "goto"
KEYS_PRESSED = "[0-9*#]{1,20}"
"""The keys that an exit of a menu is named after. Source: exotel-flows.md 3 (several digits, c)."""

WAY: Json = {"$ref": "#/$defs/Way"}
STEP: Json = {"$ref": "#/$defs/Step"}
_EXITS = frozenset(each.value for each in Exit)


class Branch(NamedTuple):
    """
    What an exit leads to, as it was written; the next step where nothing is.

    Args:
        steps: One after another; none where a part is named.
        part: The name of a part.
        listed: Whether the steps stand in a list, which their paths then count.
    """

    steps: "tuple[Written, ...]" = ()
    part: str | None = None
    listed: bool = True


ONWARD = Branch()
"""What an exit leads to behind which nothing is written: the next step."""


class Written(NamedTuple):
    """
    A step as it was written.

    Args:
        applet: What it is; None for a `goto`.
        given: What an `AppletStep` is given.
        exits: What each named exit leads to.
        goto: The name that a `goto` leads to.
    """

    applet: Applet | None
    given: dict[str, Any]
    exits: dict[str, Branch]
    goto: str = ""


class Way(Field[Branch]):
    """What an exit leads to: a step, a list of them, a part by its name; nothing: the next step."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Branch:
        if isinstance(value, Scalar) and value.kind == "null":
            return ONWARD
        if isinstance(value, Scalar) and value not in STEPS:
            return Branch(part=str(value))
        return read_branch(value)

    def describe(self) -> Json:
        """As JSON Schema."""
        return WAY


class Steps(Field[Branch]):
    """Steps of a flow, one after another; or one of them."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Branch:
        return read_branch(value)

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"anyOf": [STEP, {"type": "array", "items": STEP, "minItems": 1}]}


class StepSchema(Keys):
    """A step of a flow: its word, and what may stand beside it."""

    applet: ClassVar[Applet | None]
    open_exits: ClassVar[re.Pattern[str] | None] = None
    """What exits look like that are named by whoever writes the flow."""

    more: ClassVar[Json] = {}
    """What JSON Schema says of those."""

    name = Text()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let steps be read by their word."""
        super().__init_subclass__(**kwargs)
        if "applet" in cls.__dict__:
            STEPS[cls.word()] = cls

    @classmethod
    def word(cls) -> str:
        """The word that such a step begins with."""
        return GOTO if cls.applet is None else cls.applet.value

    def ways(self) -> list[str]:
        """The exits that are words of the language."""
        return [
            each.data_key or name for name, each in self.fields.items() if isinstance(each, Way)
        ]

    def is_open(self, key: str) -> bool:
        """Whether a key is an exit that whoever writes the flow has named."""
        if self.open_exits is None or key in {e.data_key or n for n, e in self.fields.items()}:
            return False
        return self.open_exits.fullmatch(key) is not None

    def agree(self, given: dict[str, Any], exits: Mapping[str, Branch]) -> None:
        """
        Fill in what depends on other words, and refuse words that contradict each other.

        Raises:
            ValidationError: Some do.
        """

    def _unknown(self, key: str, known: list[str]) -> str:
        if key in STEPS:
            return "is a step of its own; expected it in the list, with a '-' before it"
        none = f"is no exit of {self.word()}, {self._its_exits(key)}"
        if key in list(Fate):
            return f"is what agents do, which stands in rules; it {none}"
        if key in _EXITS or re.fullmatch(KEYS_PRESSED, key):
            return none
        owners = [word for word, other in STEPS.items() if key in other().fields]
        if owners:
            return f"has no meaning beside {self.word()}, only beside {' and '.join(owners)}"
        return super()._unknown(key, known)

    def _its_exits(self, key: str) -> str:
        ways = self.ways()
        if not ways:
            return "which has one way on: the next step"
        keys = "keys, " if self.open_exits is not None else ""
        return f"whose exits are {keys}{', '.join(ways)}{nearest(key, ways)}"

    @post_load
    def _written(self, data: dict[str, Any], **_: object) -> Written:
        exits = {
            each.data_key or name: cast(Branch, data.pop(name))
            for name, each in self.fields.items()
            if isinstance(each, Way) and name in data
        }
        given = data.pop("value") | data
        self.agree(given, exits)
        return Written(self.applet, given, exits, given.pop(GOTO, ""))


STEPS: dict[str, type[StepSchema]] = {}
"""How each step is read, by its word."""

_NO_VALUE = Scalar("", "null")


def read_branch(value: object) -> Branch:
    """
    Steps in a list, or one step.

    Raises:
        ValidationError: Of each step that is wrong, under its index.
    """
    if not isinstance(value, list):
        return Branch((read_step(value),), listed=False)
    if not value:
        raise ValidationError("found an empty list, expected a step; hangup ends a call")
    steps = all_read(enumerate(value), lambda _index, each: read_step(each))
    return Branch(tuple(steps.values()))


def read_step(value: object) -> Written:
    """
    One step: a bare word, or a mapping that holds the word.

    Raises:
        ValidationError: It is none, or something is wrong with it.
    """
    mapping = _mapping_of(value)
    schema = STEPS[_word_of(mapping)]()
    ways = {key: each for key, each in mapping.items() if schema.is_open(str(key))}
    rest = {key: each for key, each in mapping.items() if key not in ways}
    found = both(lambda: schema.load(rest), lambda: all_read(ways.items(), _way))
    step: Written = found[0]
    return step._replace(exits=found[1] | step.exits)


def _way(_key: Any, value: Any) -> Branch:
    return cast(Branch, Way().deserialize(value))


def both(one: Callable[[], Any], other: Callable[[], Any]) -> tuple[Any, Any]:
    """
    What two readers of one mapping find.

    Raises:
        ValidationError: Of either, or all that is wrong for both.
    """
    wrong: dict[Any, Any] = {}
    found: list[Any] = []
    for read in (one, other):
        try:
            found.append(read())
        except ValidationError as error:
            wrong |= error.normalized_messages()  # type: ignore[no-untyped-call]
    if wrong:
        raise ValidationError(wrong)
    return found[0], found[1]


def _mapping_of(value: object) -> Mapping[Any, Any]:
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, Scalar) or value.kind == "null":
        raise ValidationError(f"found {kind_of(value)}, expected a step: {', '.join(STEPS)}")
    if value not in STEPS:
        hint = nearest(value, STEPS) or f"; a part is gone to by {{goto: {value}}}"
        raise ValidationError(f"found '{value}', expected a step: {', '.join(STEPS)}{hint}")
    return {value: _NO_VALUE}


def _word_of(mapping: Mapping[Any, Any]) -> str:
    """The first word of a step among the keys: a case of a switch may be spelled like one."""
    found = next((str(key) for key in mapping if key in STEPS), None)
    if found is not None:
        return found
    keys = [str(key) for key in mapping]
    if keys and all(key in _EXITS or re.fullmatch(KEYS_PRESSED, key) for key in keys):
        raise ValidationError("is an exit alone; expected it beside the word of its step")
    hint = next((near for key in keys if (near := nearest(key, STEPS))), "")
    raise ValidationError(f"names no step, expected one of {', '.join(STEPS)}{hint}")
