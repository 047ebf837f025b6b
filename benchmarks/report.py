"""Figures, and the table they are printed as."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks import wrk


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
    """A Markdown table of figures."""
    return table(HEAD, [_row(figure) for figure in figures])


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    rule = tuple("-" * width for width in widths)
    return [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (head, rule, *rows)
    ]


def _row(figure: Figure) -> tuple[str, ...]:
    more = ", ".join(f"{name} {short(value)}" for name, value in (figure.more or {}).items())
    return (
        figure.name,
        f"{short(figure.value)} {figure.unit}",
        short(figure.low),
        short(figure.high),
        figure.verdict,
        more,
    )


def short(value: float) -> str:
    """A figure in three digits, more where it is long."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def as_json(figures: Sequence[Figure]) -> str:
    """The same for a program."""
    return json.dumps([asdict(figure) for figure in figures], indent=2)


def surroundings() -> dict[str, Any]:
    """What figures depend on besides exomock; asked before anything is measured."""
    return {
        "load": round(os.getloadavg()[0], 2),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "client": wrk.NAME,
    }


def weather() -> str:
    """The same in words."""
    found = surroundings()
    return (
        f"{found['cores']} cores, Python {found['python']}, load average {found['load']:g} before,"
        f" load by {found['client']}"
    )
