"""How a world began, which a reset brings back."""

from dataclasses import dataclass

from exomock.domain.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Origin:
    """
    The beginning of a world, which a reset brings back.

    Args:
        time: Account time, microseconds; None is the wall clock's.
        rate: Account seconds per wall second.
        scenario: What becomes of its calls.
    """

    time: int | None
    rate: float
    scenario: Scenario
