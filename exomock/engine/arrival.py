"""The next call that comes in by itself."""

from dataclasses import dataclass

from exomock.domain.generator import Generator


@dataclass
class Arrival:
    """
    The next call of one generator.

    Args:
        generator: Who calls.
        kind: Under which fingerprint its calls are counted.
        number: How many calls of this generator came before.
        at: When it comes, account time in microseconds.
    """

    generator: Generator
    kind: str
    number: int
    at: int
