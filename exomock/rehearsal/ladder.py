"""The drawing of a ladder: its four lines, and arrows between them."""

from typing import NamedTuple

FROM, EXOTEL, TO, SERVER = 16, 38, 60, 84
BODY = 26
"""The column at which bodies begin."""

_LINES = (FROM, EXOTEL, TO, SERVER)
_SECOND = 1_000_000
_TIME = 13


class Step(NamedTuple):
    """One thing that is drawn: when (microseconds from the order), and its lines."""

    at: int
    lines: list[str]


def arrow(begin: int, end: int, word: str) -> str:
    """An arrow from one line to another, with a word on it."""
    cells = list(bars())
    low, high = sorted((begin, end))
    for at in range(low + 1, high):
        cells[at] = "-"
    cells[high - 1 if end == high else low + 1] = ">" if end == high else "<"
    label = f" {word} "
    start = (low + high - len(label)) // 2 + 1
    cells[start : start + len(label)] = label
    return "".join(cells).rstrip()


def bars() -> str:
    """The four lines."""
    cells = [" "] * (SERVER + 1)
    for at in _LINES:
        cells[at] = "|"
    return "".join(cells)


def titles(called: str) -> str:
    """The names of the four, the third as it is `called`."""
    cells = [" "] * (SERVER + 8)
    for at, name in zip(_LINES, ("From", "Exotel", called, "your server"), strict=True):
        start = at - len(name) // 2
        cells[start : start + len(name)] = name
    return "".join(cells).rstrip()


def timed(step: Step) -> list[str]:
    """The lines of a step, its time before the first."""
    first, *rest = step.lines
    return [f"{offset(step.at)}{first[_TIME:]}", *rest]


def offset(microseconds: int) -> str:
    """A time from the order, in the width of its column."""
    return f"{'+' + format(microseconds / _SECOND, '.3f') + ' s':>12} "
