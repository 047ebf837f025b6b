"""A body that is made while it is sent: what a view leaves of one for the wire."""

from collections.abc import Iterable
from typing import NamedTuple

PIECES = "exomock.pieces"
"""Where a view leaves such a body in the WSGI environment; its own answer has the headers."""


class Pieces(NamedTuple):
    """
    A body in pieces.

    Args:
        each: The pieces; closed by whoever sends them.
        size: Bytes that the headers announce.
        share: Share of them that comes before the connection ends, 0 to 1; None is all.
        rate: Bytes a second of wall time; None is as fast as it goes.
    """

    each: Iterable[bytes]
    size: int
    share: float | None = None
    rate: float | None = None
