"""A ladder, before it is drawn: a lane for each party, and arrows between them in time."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple


class ArrowKind(StrEnum):
    """What an arrow stands for."""

    EVENT = "event"
    REQUEST = "request"
    CALLBACK = "callback"
    QUESTION = "question"
    NOTE = "note"
    """Something of the whole call: a word in a lane, and no arrow."""


class Lane(NamedTuple):
    """
    A party.

    Args:
        name: What it is called.
        number: Its telephone number, empty if it has none.
    """

    name: str
    number: str = ""


class Arrow(NamedTuple):
    """
    One thing that happens between two parties.

    Args:
        at: When, microseconds from the order.
        begin: The lane that it comes from, from 0.
        end: The lane that it leads to; of a note the same.
        word: What it is, in a word or two.
        kind: What it stands for.
        result: What came of it, empty where nothing can or did.
        bad: Whether that is not as it should be.
        coming: Whether it has still to happen.
        link: Where more of it stands, empty for nowhere.
    """

    at: int
    begin: int
    end: int
    word: str
    kind: ArrowKind = ArrowKind.EVENT
    result: str = ""
    bad: bool = False
    coming: bool = False
    link: str = ""


class Ladder(NamedTuple):
    """
    A drawing of a call.

    Args:
        title: What it shows, for those who cannot see it.
        lanes: The parties, from left to right, one or more.
        arrows: What happens, in order.
    """

    title: str
    lanes: tuple[Lane, ...]
    arrows: tuple[Arrow, ...] = ()


MOST = 200
"""How many arrows are drawn at most: a page of more is not read, and takes a browser long."""


def bounded(arrows: Sequence[Arrow], lane: int, most: int = MOST) -> tuple[Arrow, ...]:
    """
    Arrows without those in the middle of too many, with a note that says so.

    Args:
        arrows: All, in order.
        lane: Where the note stands.
        most: How many are kept, 2 or more.
    """
    excess = len(arrows) - most
    if excess <= 0:
        return tuple(arrows)
    head, tail = arrows[: most // 2], arrows[len(arrows) - (most - most // 2) :]
    note = Arrow(tail[0].at, lane, lane, f"{excess} more are left out here", ArrowKind.NOTE)
    return (*head, note, *tail)
