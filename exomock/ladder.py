"""A ladder of text: who says what to whom, in four columns; drawn before a call, and during it."""

from typing import NamedTuple

FROM, EXOTEL, TO, SERVER = 16, 38, 60, 84
"""The columns of the parties, of Exotel, and of the customer's own server."""

BODY = 26
"""The column at which bodies begin."""

_COLUMNS = (FROM, EXOTEL, TO, SERVER)
_SECOND = 1_000_000
_TIME = 13
"""Characters before the ladder, for the time."""

_ENDS = 5
"""What an arrow needs beside its word."""

WORDS = {
    "dialed": "rings",
    "answered": "answers",
    "rejected": "busy",
    "rang-out": "no answer",
    "dropped": "unreachable",
    "canceled": "stops ringing",
    "hung-up": "hangs up",
    "missed": "not picked up",
    "released": "hangs up",
}
"""What happens to a leg, by the control API's spelling, as an arrow says it."""

FROM_EXOTEL = ("dialed", "canceled", "missed")
"""What happens to a leg by Exotel's doing."""


class Step(NamedTuple):
    """One thing that is drawn: when (microseconds from the order), and its lines."""

    at: int
    lines: list[str]


def event(name: str, *, caller: bool, calls_in: bool = False) -> str | None:
    """
    What happens to a leg, as an arrow; None where nothing is to be drawn.

    Args:
        name: What, as the control API spells it.
        caller: Whether it is the caller's leg.
        calls_in: Whether the caller has called himself, and was not dialled.
    """
    if name not in WORDS:
        return None
    party = FROM if caller else TO
    if name == "dialed" and caller and calls_in:
        return arrow(FROM, EXOTEL, "calls")
    if name in FROM_EXOTEL:
        return arrow(EXOTEL, party, WORDS[name])
    return arrow(party, EXOTEL, WORDS[name])


def arrow(begin: int, end: int, word: str) -> str:
    """An arrow from one column to another; a word that is too long for it is cut."""
    cells = list(bars())
    low, high = sorted((begin, end))
    for at in range(low + 1, high):
        cells[at] = "-"
    cells[high - 1 if end == high else low + 1] = ">" if end == high else "<"
    label = f" {word[: high - low - _ENDS]} "
    start = (low + high - len(label)) // 2 + 1
    cells[start : start + len(label)] = label
    return "".join(cells).rstrip()


def bars() -> str:
    """The ladder where nobody says anything."""
    cells = [" "] * (SERVER + 1)
    for at in _COLUMNS:
        cells[at] = "|"
    return "".join(cells)


def titles(called: str = "To") -> str:
    """The names of the columns, the third as it is `called`."""
    cells = [" "] * (SERVER + 8)
    for at, name in zip(_COLUMNS, ("From", "Exotel", called, "your server"), strict=True):
        start = at - len(name) // 2
        cells[start : start + len(name)] = name
    return "".join(cells).rstrip()


def timed(step: Step) -> list[str]:
    """The lines of a step, its time from the order before the first."""
    first, *rest = step.lines
    return [at_time(f"+{step.at / _SECOND:.3f} s", first), *rest]


def at_time(time: str, line: str) -> str:
    """A line of the ladder with a time before it, of 12 characters at most."""
    return f"{time:>{_TIME - 1}} {line[_TIME:]}"
