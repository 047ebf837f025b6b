"""Figures, and the table they are printed as."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """
    One thing that was measured.

    Args:
        name: What.
        value: Median of the rounds.
        unit: `x` for a ratio.
        low: Least of the rounds.
        high: Most of them.
        aim: The bound to stay on the right side of, None where there is none.
        at_least: Whether the aim is a lower bound.
        more: Other figures of the same rounds, by name.
    """

    name: str
    value: float
    unit: str
    low: float
    high: float
    aim: float | None = None
    at_least: bool = True
    more: dict[str, float] | None = None

    @property
    def verdict(self) -> str:
        """The aim, and whether it is met."""
        if self.aim is None:
            return ""
        met = self.value >= self.aim if self.at_least else self.value <= self.aim
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.aim:g} {'met' if met else 'MISSED'}"


HEAD = ("what", "median", "least", "most", "aim", "")


def lines(figures: Sequence[Figure]) -> list[str]:
    """A Markdown table."""
    rows = [_row(figure) for figure in figures]
    widths = [max(len(row[i]) for row in (HEAD, *rows)) for i in range(len(HEAD))]
    rule = tuple("-" * width for width in widths)
    return [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (HEAD, rule, *rows)
    ]


def _row(figure: Figure) -> tuple[str, ...]:
    more = ", ".join(f"{name} {_short(value)}" for name, value in (figure.more or {}).items())
    return (
        figure.name,
        f"{_short(figure.value)} {figure.unit}",
        _short(figure.low),
        _short(figure.high),
        figure.verdict,
        more,
    )


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def as_json(figures: Sequence[Figure]) -> str:
    """The same for a program."""
    return json.dumps([asdict(figure) for figure in figures], indent=2)
