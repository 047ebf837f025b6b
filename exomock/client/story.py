"""An account's story in words: the lines that a terminal shows, at the end of a failed test."""

from collections.abc import Sequence

from exomock.lines import Told, lines

_LONGEST = 200
"""Lines of a story at most; its beginning is left out, because what matters comes last."""


def in_lines(told: Sequence[Told], missed: int) -> list[str]:
    """
    What has happened in an account, a line each, as `exomock serve` prints it.

    Args:
        told: Items of its news, in order.
        missed: How many before them the server has not kept.
    """
    gone = {"kind": "dropped", "at": None, "account": None, "data": {"count": missed}}
    found = list(lines([gone, *told] if missed else told))
    left_out = len(found) - _LONGEST
    head = [f"({left_out} earlier lines are left out)"] if left_out > 0 else []
    return head + found[-_LONGEST:]
