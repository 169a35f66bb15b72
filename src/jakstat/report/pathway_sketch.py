"""The way from what surrounds a tumour over IL-6 and STAT3 to blood and cells, each output in its colour."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from jakstat.extras import needs
from jakstat.report.page_blocks import ratio_told
from jakstat.report.page_figure import GRID, INK, MUTED, WIDE, empty_figure
from jakstat.report.pathway_map import mixed_colour

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyArrowPatch, Rectangle

__all__ = ["BAR_END", "SKETCHED", "colour_of_ratio", "pathway_sketch"]

BAR_END = 4.0
"""The bar ends at a quarter of, and at four times, what is compared with."""

_ROWS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("TAM", "TAM"), ("CAF", "CAF"), ("MDSC", "MDSC"), ("CD8", "CD8"), ("NK", "NK")),
    (("IL6_tumour", "IL-6\ntumour"), ("IL6_serum", "IL-6\nserum"), ("IL6_liver", "IL-6\nliver")),
    (
        ("pSTAT3_stem", "pSTAT3\nstem-like cell"),
        ("pSTAT3_bulk", "pSTAT3\nbulk cell"),
        ("pSTAT3_hepatocyte", "pSTAT3\nhepatocyte"),
    ),
    (
        ("stem_like", "stem-like\ncells"),
        ("progenitors", "progenitor\ncells"),
        ("differentiated", "mature\ncells"),
        ("CRP", "CRP"),
        ("hepcidin", "hepcidin"),
    ),
    (
        ("volume", "volume"),
        ("AFP", "AFP"),
        ("fibrosis", "fibrosis"),
        ("albumin", "albumin"),
        ("bilirubin", "bilirubin"),
    ),
)
SKETCHED = frozenset(name for row in _ROWS for name, _ in row)
"""Outputs that have a place in it."""

_ARROWS = (
    ("TAM", "IL6_tumour"),
    ("CAF", "IL6_tumour"),
    ("IL6_tumour", "IL6_serum"),
    ("IL6_serum", "IL6_liver"),
    ("IL6_tumour", "pSTAT3_stem"),
    ("IL6_tumour", "pSTAT3_bulk"),
    ("IL6_liver", "pSTAT3_hepatocyte"),
    ("pSTAT3_stem", "stem_like"),
    ("pSTAT3_bulk", "progenitors"),
    ("pSTAT3_hepatocyte", "CRP"),
    ("pSTAT3_hepatocyte", "hepcidin"),
)
_TALL, _GAP = 0.76, 1.0


def colour_of_ratio(ratio: float) -> str:
    """Blue below 1, orange above it; it stays the same beyond a quarter and four times.

    Examples
    --------
    >>> colour_of_ratio(1.0), colour_of_ratio(4.0), colour_of_ratio(9.0)
    ('#F7F7F7', '#B35806', '#B35806')
    """
    return mixed_colour(max(-1.0, min(1.0, math.log(ratio) / math.log(BAR_END))))


def pathway_sketch(values: Mapping[str, Mapping[str, Any]], width: float) -> Figure:
    """Boxes in rows with their ratios; what was not read has no colour.

    Parameters
    ----------
    values : mapping
        By output; of each ``ratio``.
    width : float
        Inches.
    """
    narrow = width < WIDE
    size = 7.2 if narrow else 8.6
    figure = empty_figure(width, 4.6 if narrow else 5.0)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.patch.set_alpha(0.0)
    places: dict[str, tuple[float, float, float]] = {}
    for k, row in enumerate(_ROWS):
        y = -k * _GAP
        wide = min(0.27, 0.98 / len(row))
        for j, (name, label) in enumerate(row):
            x = (j + 0.5) / len(row)
            places[name] = (x, y, wide * 0.9)
            _box(axes, places[name], label, values.get(name), size)
    for start, end in _ARROWS:
        _arrow(axes, places[start], places[end])
    _ratio_bar(axes, -len(_ROWS) * _GAP + 0.34, size)
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-len(_ROWS) * _GAP - 0.35, 0.42)
    return figure


def _box(
    axes: Axes, place: tuple[float, float, float], label: str, value: Mapping[str, Any] | None, size: float
) -> None:
    x, y, wide = place
    ratio = None if value is None else value.get("ratio")
    known = ratio is not None and ratio > 0.0
    left, bottom = x - wide / 2, y - _TALL / 2
    line = "-" if known else (0, (3, 2))
    axes.add_patch(
        Rectangle(
            (left, bottom), wide, _TALL, fill=False, ec=INK if known else MUTED, lw=0.9, ls=line, zorder=3
        )
    )
    swatch = 0.16 * wide if known else 0.0
    if known:
        paint = colour_of_ratio(float(ratio))  # type: ignore[arg-type]
        axes.add_patch(Rectangle((left, bottom), swatch, _TALL, fc=paint, ec=INK, lw=0.7, zorder=4))
    words = f"{label}\n× {ratio_told(ratio)}" if known else label
    axes.text(
        left + (wide + swatch) / 2,
        y,
        words,
        fontsize=size,
        color=INK if known else MUTED,
        ha="center",
        va="center",
        linespacing=1.25,
        zorder=5,
    )


def _arrow(axes: Axes, start: tuple[float, float, float], end: tuple[float, float, float]) -> None:
    level = start[1] == end[1]
    one = (start[0] + start[2] / 2, start[1]) if level else (start[0], start[1] - _TALL / 2)
    other = (end[0] - end[2] / 2, end[1]) if level else (end[0], end[1] + _TALL / 2)
    axes.add_patch(
        FancyArrowPatch(
            one,
            other,
            arrowstyle="-|>",
            mutation_scale=8,
            lw=0.9,
            color=MUTED,
            shrinkA=1.0,
            shrinkB=1.0,
            zorder=2,
        )
    )


def _ratio_bar(axes: Axes, y: float, size: float) -> None:
    steps, left, wide = 40, 0.3, 0.4
    for i in range(steps):
        paint = mixed_colour(2.0 * (i + 0.5) / steps - 1.0)
        axes.add_patch(
            Rectangle((left + wide * i / steps, y - 0.2), wide / steps, 0.14, fc=paint, ec=paint, lw=0.3)
        )
    axes.add_patch(Rectangle((left, y - 0.2), wide, 0.14, fill=False, ec=GRID, lw=0.8))
    for share, text in ((0.0, "1/4"), (0.25, "1/2"), (0.5, "1"), (0.75, "2"), (1.0, "4")):
        axes.text(left + wide * share, y - 0.25, text, fontsize=size - 0.4, color=INK, ha="center", va="top")
    axes.text(left + wide / 2, y - 0.46, "ratio (1)", fontsize=size - 0.4, color=INK, ha="center", va="top")
