"""
A ladder as SVG: a text that stands alone, and may stand in a page that forbids inline styles.

Colours are attributes, which a style sheet of the page overrides by the classes. What is to come is
dashed, and what went wrong says so in words: colour is never the only sign.
"""

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from exomock.drawing.ladder import Arrow, ArrowKind, Ladder
from exomock.plain import NOT_IN_XML

_TIME, _LANE, _RESULT = 96, 168, 220
"""Widths: of the column of times, between two lanes, of the column of results."""

_TOP, _ROW, _HEAD = 56, 34, 7
_SECOND = 1_000_000
_LETTER = 6.7
"""How wide a letter of the drawing is, at most in the mean."""

_INK, _SOFT, _BAD, _LINE = "#1c2321", "#5f6965", "#a4161a", "#c3cac6"
_TELLS = {
    ArrowKind.CALLBACK: "#0f5f50",
    ArrowKind.QUESTION: "#0f5f50",
    ArrowKind.REQUEST: "#0b57d0",
}
_FONT = 'font-family="system-ui, sans-serif" font-size="12"'


def svg_of(ladder: Ladder) -> str:
    """A ladder as an SVG document."""
    width = _TIME + _LANE * (len(ladder.lanes) - 1) + _LANE // 2 + _RESULT
    height = _TOP + _ROW * (len(ladder.arrows) + 1)
    role = "group" if any(each.link for each in ladder.arrows) else "img"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ladder" role="{role}" '
        f'aria-label="{_text(ladder.title)}" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" {_FONT}>'
    )
    paper = f'<rect class="paper" width="{width}" height="{height}" fill="#ffffff"/>'
    rows = (_row(each, place) for place, each in enumerate(ladder.arrows))
    return "\n".join([head, paper, *_lanes(ladder, height), *rows, "</svg>"])


def _lanes(ladder: Ladder, height: int) -> Iterator[str]:
    for place, lane in enumerate(ladder.lanes):
        x = _x(place)
        yield (
            f'<line class="lane" x1="{x}" y1="{_TOP - 14}" x2="{x}" y2="{height - 8}" '
            f'stroke="{_LINE}"/>'
        )
        yield _said(x, 18, lane.name, _Look("name", _INK, more=' font-weight="600"'))
        if lane.number:
            yield _said(x, 34, lane.number, _Look("number", _SOFT))


def _row(arrow: Arrow, place: int) -> str:
    y = _TOP + _ROW * place + _ROW // 2
    parts = [_said(_TIME - 16, y + 4, after(arrow.at), _Look("time", _SOFT, "end"))]
    parts += _note(arrow, y) if arrow.kind is ArrowKind.NOTE else _line(arrow, y)
    inside = "".join([f"<title>{_text(_in_words(arrow))}</title>", *parts])
    marks = " ".join(
        ["step", arrow.kind, *["coming"] * arrow.coming, *["bad"] * arrow.bad],
    )
    if not arrow.link:
        return f'<g class="{marks}">{inside}</g>'
    return f'<a class="{marks}" href="{_text(arrow.link)}">{inside}{_ground(y)}</a>'


def _ground(y: int) -> str:
    """What makes the whole row of a link one that can be clicked."""
    return (
        f'<rect class="ground" x="0" y="{y - _ROW // 2}" width="100%" height="{_ROW}" '
        'fill="#ffffff" fill-opacity="0"/>'
    )


def _note(arrow: Arrow, y: int) -> Iterator[str]:
    yield _said(_x(arrow.end), y + 4, arrow.word, _Look("word", _colour(arrow), more=_HALO))


def _line(arrow: Arrow, y: int) -> Iterator[str]:
    begin, end, colour = _x(arrow.begin), _x(arrow.end), _colour(arrow)
    step = _HEAD if end > begin else -_HEAD
    dashed = ' stroke-dasharray="4 3"' if arrow.coming else ""
    yield (
        f'<line class="shaft" x1="{begin}" y1="{y + 4}" x2="{end}" y2="{y + 4}" '
        f'stroke="{colour}" stroke-width="1.5"{dashed}/>'
    )
    yield (
        f'<path class="head" d="M{end} {y + 4} L{end - step} {y} L{end - step} {y + 8} Z" '
        f'fill="{colour}"/>'
    )
    room = abs(arrow.end - arrow.begin) * _LANE - 16
    word = _short(arrow.word, room)
    yield _said((begin + end) // 2, y - 3, word, _Look("word", colour, more=_HALO))
    if arrow.result:
        x = _x(max(arrow.begin, arrow.end)) + 12
        colour = _BAD if arrow.bad else _colour(arrow)
        yield _said(x, y + 8, _short(arrow.result, _RESULT), _Look("result", colour, "start"))


class _Look(NamedTuple):
    """How a text looks: its class, its colour, where it is held, further attributes."""

    role: str
    colour: str
    anchor: str = "middle"
    more: str = ""


# A word that crosses a lane is read only with the lane hidden behind it.
_HALO = ' stroke="#ffffff" stroke-width="4" paint-order="stroke"'


def _said(x: int, y: int, text: str, look: _Look) -> str:
    return (
        f'<text class="{look.role}" x="{x}" y="{y}" text-anchor="{look.anchor}" '
        f'fill="{look.colour}"{look.more}>{_text(text)}</text>'
    )


def _x(lane: int) -> int:
    return _TIME + _LANE // 2 + lane * _LANE - 24


def _colour(arrow: Arrow) -> str:
    return _SOFT if arrow.coming else _TELLS.get(arrow.kind, _INK)


def _in_words(arrow: Arrow) -> str:
    coming = ", still to come" if arrow.coming else ""
    result = f": {arrow.result}" if arrow.result else ""
    return f"{after(arrow.at)} {arrow.word}{result}{coming}"


def after(microseconds: int) -> str:
    """A length of time from the order, as the drawing says it."""
    return f"{f'{microseconds / _SECOND:+.3f}'.rstrip('0').rstrip('.')} s"


def _short(text: str, room: int) -> str:
    most = max(4, int(room / _LETTER))
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _text(text: str) -> str:
    """A text as XML has it, in an attribute too."""
    return escape(NOT_IN_XML.sub("\ufffd", text))
