"""Drawings of what has become of calls: values in, SVG text out."""

from exomock.drawing.ladder import Arrow, ArrowKind, Ladder, Lane, bounded
from exomock.drawing.svg import after, svg_of

__all__ = ["Arrow", "ArrowKind", "Ladder", "Lane", "after", "bounded", "svg_of"]
