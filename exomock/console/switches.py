"""What a person makes fail with one click: switches of the console, and what is switched on."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from exomock.domain.when import When
from exomock.engine import World


class Switch(NamedTuple):
    """
    One switch.

    Args:
        name: What it is called; a fault or twist of that name is what it has switched on.
        says: What an application then meets.
        words: What the control API is sent, beside the name.
    """

    name: str
    says: str
    words: dict[str, Any]


_CONNECT = {"method": "POST", "path": "Calls/connect"}

FAULTS = (
    Switch("Exotel down", "503 instead of the answer.", {"answer": "service-unavailable"}),
    Switch("Rate limited", "429: too many calls.", {"answer": "rate-limited"}),
    Switch("Credentials refused", "401, although they are right.", {"answer": "unauthorized"}),
    Switch(
        "Do not disturb", "403: the number is on the list.", {"answer": "dnd", "when": _CONNECT}
    ),
    Switch("KYC missing", "403: the account may not call.", {"answer": "kyc", "when": _CONNECT}),
    Switch("Gateway error", "502 with a page of HTML.", {"answer": "html"}),
    Switch("Answers cut", "Half of the answer comes.", {"answer": {"truncate": "50%"}}),
    Switch("Answers malformed", "Neither JSON nor XML.", {"answer": {"malformed": True}}),
    Switch("Answers drip", "It comes at 100 bytes a second.", {"answer": {"drip": "100B/s"}}),
    Switch("Answers hang", "No answer comes.", {"answer": {"hang": True}}),
    Switch("Answers late", "The right answer comes 10 s later.", {"delay": "10s"}),
)  # fmt: skip
"""Every preset of a fault, every damage, and the delay; a test compares."""

TWISTS = (
    Switch("Callbacks late", "20 s later than usual.", {"delay": "20s"}),
    Switch("Callbacks lost", "None is sent.", {"drop": True}),
    Switch("Callbacks twice", "Each is sent again after 1 s.", {"repeat": 2}),
    Switch("End before answer", "The end is told before the answers.", {"swap": True}),
    Switch("Callbacks before the answer", "All is told before connect answers.",
           {"before_answer": True}),
    Switch("Other Content-Type", "It says text/plain.", {"content_type": "text/plain"}),
    Switch("Fields missing", "Without RecordingUrl and Status.",
           {"without": ["RecordingUrl", "Status"]}),
    Switch("Fields added", "A field that nobody knows.", {"with": {"Surprise": "1"}}),
    Switch("Unknown Status", "Status is a word that nobody knows.", {"status": "unknown-word"}),
)  # fmt: skip
"""Every misbehaviour of callbacks; a test compares."""


class SwitchedOn(NamedTuple):
    """Something that goes wrong in an account: its name, where it is lifted, and how far it is."""

    name: str
    path: str
    says: str


def laid_in(world: World) -> list[SwitchedOn]:
    """All that goes wrong in an account now, twists of callbacks last; nothing that is spent."""
    faults = [
        SwitchedOn(
            each.fault.place.removeprefix("fault "),
            f"faults/{each.id}",
            _far(each.fault.when, each.fault.times, each.struck, "request"),
        )
        for each in world.faults
        if not each.spent
    ]
    twists = [
        SwitchedOn(
            each.overlay.place.removeprefix("twist "),
            f"twists/{each.id}",
            _far(each.overlay.when, each.overlay.times, each.struck, "call"),
        )
        for each in world.overlays
        if not each.spent
    ]
    return [*faults, *twists]


def _far(when: When, times: int | None, struck: int, what: str) -> str:
    often = "" if when.every_nth is None else f"every {_nth(when.every_nth)} {what}, "
    if times is None:
        return f"{often}{struck} so far"
    return f"{often}{struck} of {times} {what}{'' if times == 1 else 's'}"


def _nth(number: int) -> str:
    tens = number % 100 // 10
    return f"{number}{'th' if tens == 1 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def rows(switches: Iterable[Switch], kind: str, laid: Iterable[SwitchedOn]) -> list[dict[str, Any]]:
    """
    Switches as a page shows them.

    Args:
        switches: Which.
        kind: `faults` or `twists`.
        laid: What is on.
    """
    on = {each.name: each for each in laid if each.path.startswith(f"{kind}/")}
    return [
        {
            "id": f"{kind}-{number}",
            "name": each.name,
            "says": each.says,
            "on": on.get(each.name),
            "body": {"name": each.name, **_body(each, kind)},
        }
        for number, each in enumerate(switches)
    ]


def _body(switch: Switch, kind: str) -> dict[str, Any]:
    return switch.words if kind == "faults" else {"callbacks": switch.words}
