"""A bar chart as SVG: by hand, readable on a light page and on a dark one."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, LEFT, RIGHT, BAR, GAP = 760, 190, 130, 14, 14

_STYLE = """
text { font: 13px sans-serif; fill: #1f2328 } .page { fill: #ffffff }
.first { fill: #0969da } .second { fill: #1a7f37 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .page { fill: #0d1117 } .first { fill: #4493f8 } .second { fill: #3fb950 }
}
"""


class Bars(NamedTuple):
    """A name, and its bars; None where there is none."""

    name: str
    values: Sequence[float | None]


def chart(title: str, kinds: Sequence[str], rows: Sequence[Bars]) -> str:
    """
    Horizontal bars, two for each row at most.

    Args:
        title: What is shown, with its unit.
        kinds: What the first and the second bar of each row are.
        rows: From above.
    """
    most = max(value for row in rows for value in row.values if value) or 1
    scale = (WIDTH - LEFT - RIGHT) / most
    parts, y = [_text(12, 22, title), *_legend(kinds)], 64
    for row in rows:
        parts.append(_text(LEFT - 10, y + BAR * len(row.values) / 2 + 4, row.name, "end"))
        for kind, value in zip(("first", "second"), row.values, strict=False):
            if value is not None:
                parts += _bar(kind, y, value, value * scale)
            y += BAR
        y += GAP
    size = f'width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"><title>{escape(title)}</title>'
    )
    # A ground of its own: the page's theme and the reader's preference may differ.
    ground = f'<rect class="page" width="{WIDTH}" height="{y}" rx="6"/>'
    return "\n".join([head, f"<style>{_STYLE}</style>", ground, *parts, "</svg>", ""])


def _legend(kinds: Sequence[str]) -> list[str]:
    parts = []
    for number, (kind, name) in enumerate(zip(("first", "second"), kinds, strict=True)):
        x = 12 + number * 120
        parts.append(f'<rect class="{kind}" x="{x}" y="36" width="12" height="12"/>')
        parts.append(_text(x + 18, 47, name))
    return parts


def _bar(kind: str, y: float, value: float, width: float) -> list[str]:
    bar = (
        f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{max(1, width):.1f}" height="{BAR - 2}"/>'
    )
    return [bar, _text(LEFT + width + 6, y + BAR - 3, f"{value:,.0f}")]


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(text)}</text>'
