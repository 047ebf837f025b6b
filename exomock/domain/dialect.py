"""The dialects of Exotel's answers: as the documentation writes them, and as captures show them."""

from enum import StrEnum


class Dialect(StrEnum):
    """
    How answers are written where the documentation and captured answers differ.

    Source: exotel-v1.md sections 2 and 4. A client that was written from the documentation breaks
    on numbers, one that was written from live answers on texts.
    """

    DOCUMENTED = "documented"
    OBSERVED = "observed"
