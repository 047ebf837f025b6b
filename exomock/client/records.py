"""Calls, callbacks and requests as objects, with the keys of the control API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Self


@dataclass(frozen=True)
class Record:
    """
    What the control API answers, as an object.

    An attribute is a key of the answer (`from_` is `from`, a word of Python), times are
    `datetime`. A key that is newer than this client is an attribute too; `raw` has all.
    """

    raw: Mapping[str, Any] = field(repr=False, compare=False)

    READ: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    """How values are read that are not taken as they are."""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """A record of an answer; what is null or missing in it is None."""
        names = [each.name for each in fields(cls) if each.name != "raw"]
        found = {name: data.get(name.rstrip("_")) for name in names}
        for name, read in cls.READ.items():
            if found[name] is not None:
                found[name] = read(found[name])
        return cls(data, **found)

    def __getattr__(self, name: str) -> Any:
        """The value of a key that this client does not know yet."""
        try:
            return self.__dict__["raw"][name.rstrip("_")]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no {name!r}") from None


def _each(kind: type[Record]) -> Callable[[Any], Any]:
    return lambda found: [kind.of(each) for each in found]


_time = datetime.fromisoformat


@dataclass(frozen=True)
class Leg(Record):
    """A leg of a call: 1 is the caller's."""

    leg: int
    state: str
    on_call: bool


@dataclass(frozen=True)
class Event(Record):
    """Something that happens to a call or a message; `leg` is None but for a leg of a call."""

    at: datetime
    leg: int | None
    event: str
    call: str | None
    message: str | None
    past: bool | None

    READ: ClassVar = {"at": _time}


@dataclass(frozen=True)
class Question(Record):
    """What a call's flow has asked your server; `open` while nobody has answered."""

    at: datetime
    event: str
    method: str
    url: str
    open: bool

    READ: ClassVar = {"at": _time}


@dataclass(frozen=True)
class FlowStep(Record):
    """A step of a flow that a call has come to; `exit` and `why` are None while it is in it."""

    at: datetime
    flow: str
    step: int
    applet: str
    exit: str | None
    why: str | None

    READ: ClassVar = {"at": _time}


@dataclass(frozen=True)
class PopUp(Record):
    """What a pop-up URL was told of an agent."""

    at: datetime
    call: str
    event: str
    status: str

    READ: ClassVar = {"at": _time}


@dataclass(frozen=True)
class Agent(Record):
    """An agent whom flows have dialled: `state` is busy or free, `call` the Sid it is in."""

    number: str
    state: str
    call: str | None
    events: list[PopUp]

    READ: ClassVar = {"events": _each(PopUp)}


@dataclass(frozen=True)
class Call(Record):
    """A call with its whole plan: what has happened, and what is to come."""

    sid: str
    status: str
    stuck: bool
    direction: str
    from_: str
    to: str
    exophone: str
    flow: str | None
    custom_field: str | None
    status_callback: str | None
    created: datetime
    why: str | None
    record: bool
    legs: list[Leg]
    plan: list[Event]
    questions: list[Question]
    path: list[FlowStep]

    READ: ClassVar = {
        "created": _time,
        "legs": _each(Leg),
        "plan": _each(Event),
        "questions": _each(Question),
        "path": _each(FlowStep),
    }


@dataclass(frozen=True)
class Step(Record):
    """Something that happens to a message: what it becomes, and whether it is past."""

    at: datetime
    status: str
    code: int
    detail: str
    past: bool

    READ: ClassVar = {"at": _time}


@dataclass(frozen=True)
class Message(Record):
    """A text message with its whole plan; `code` and `detail` are Exotel's detailed status."""

    sid: str
    status: str
    code: int
    detail: str
    direction: str
    from_: str
    to: str
    body: str
    units: int
    type: str | None
    dlt_entity: str | None
    dlt_template: str | None
    custom_field: str | None
    status_callback: str | None
    created: datetime
    why: str | None
    plan: list[Step]

    READ: ClassVar = {"created": _time, "plan": _each(Step)}


@dataclass(frozen=True)
class Attempt(Record):
    """One try of a callback: `at` is wall time; it has a `status` or an `error`."""

    number: int
    at: datetime
    status: int | None
    error: str | None
    milliseconds: float

    READ: ClassVar = {"at": _time}


@dataclass(frozen=True)
class Callback(Record):
    """
    A callback or a question, as it is sent, and what became of it; of a call, or of a message.

    `state` is pending, sending, delivered, failed, refused, collected or dropped; `kind` is
    callback or question.
    """

    id: int
    kind: str
    call: str | None
    message: str | None
    event: str
    state: str
    due: datetime
    method: str
    url: str
    headers: dict[str, str]
    body: str
    fields: dict[str, Any]
    attempts: list[Attempt]

    READ: ClassVar = {"due": _time, "attempts": _each(Attempt)}


@dataclass(frozen=True)
class Request(Record):
    """What a client sent to the v1 API, what it was answered, and why."""

    number: int
    at: datetime
    method: str
    path: str
    parameters: dict[str, Any]
    user: str
    password: str
    status: int
    why: str
    milliseconds: float

    READ: ClassVar = {"at": _time}


@dataclass(frozen=True)
class Advanced(Record):
    """What happened while time passed; `stopped` says why it ended early, else None."""

    now: datetime
    idle: bool
    stopped: str | None
    events: list[Event]
    callbacks: list[Callback]

    READ: ClassVar = {"now": _time, "events": _each(Event), "callbacks": _each(Callback)}


@dataclass(frozen=True)
class Armed(Record):
    """What is laid down until it is lifted: `struck` is how often, `spent` whether it is over."""

    id: str
    by: str
    since: datetime
    struck: int
    spent: bool

    READ: ClassVar = {"since": _time}


@dataclass(frozen=True)
class Fault(Armed):
    """A fault of the v1 API; `struck` counts requests."""


@dataclass(frozen=True)
class Overlay(Armed):
    """Misbehaviour of callbacks; `struck` counts calls."""


@dataclass(frozen=True)
class Verified(Record):
    """Whether clients sent what they should; true if they did."""

    matched: bool
    count: int
    dropped: int
    closest: list[dict[str, Any]]

    def __bool__(self) -> bool:
        """Whether it is so."""
        return self.matched
