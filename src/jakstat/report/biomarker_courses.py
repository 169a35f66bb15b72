"""Biomarkers over visits: the median of each arm and the half of its patients around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from jakstat.extras import needs
from jakstat.report.page_figure import (
    INK,
    WIDE,
    columns_of,
    empty_figure,
    page_axes,
    panel_title,
    series_style,
    shortened,
    week_ticks,
    wrapped,
)

with needs("plot"):
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

__all__ = ["biomarker_courses"]

_DECADE = 8.0
"""Of the quartiles, from where on an axis is logarithmic."""


def biomarker_courses(biomarkers: Mapping[str, Any], width: float) -> Figure:
    """A panel for each biomarker, each with its own unit.

    Parameters
    ----------
    biomarkers : mapping
        By name: ``unit``, ``title``, and ``arms`` with ``visit_weeks``, ``median``, ``q25`` and ``q75``.
    width : float
        Inches.
    """
    narrow = width < WIDE
    down, across = columns_of(tuple(biomarkers), width)
    across = min(across, 2)
    down = -(-len(biomarkers) // across)
    figure = empty_figure(width, 0.4 + 2.3 * down)
    grid = figure.subplots(down, across, squeeze=False).ravel()
    handles: list[Any] = []
    for axes, (name, found) in zip(grid, biomarkers.items(), strict=False):
        lines = []
        values = []
        for k, (arm, row) in enumerate((found.get("arms") or {}).items()):
            weeks = np.asarray(row["visit_weeks"], dtype=float)
            low, middle, high = (
                np.array([np.nan if v is None else v for v in row[key]], dtype=float)
                for key in ("q25", "median", "q75")
            )
            paint, dashes = series_style(k)
            axes.fill_between(weeks, low, high, color=paint, alpha=0.13, lw=0)
            lines += axes.plot(weeks, middle, color=paint, ls=dashes, lw=1.7, label=shortened(arm, 40))
            values += [low, high, middle]
        week_ticks(axes, max((line.get_xdata()[-1] for line in lines), default=1.0), 6)
        handles = lines if len(lines) > len(handles) else handles
        _value_axis(axes, np.concatenate(values) if values else np.array([]))
        unit = str(found.get("unit") or "")
        axes.set_ylabel("1" if unit == "dimensionless" else unit)
        panel_title(axes, wrapped(shortened(str(found.get("title") or name), 72), 36), narrow=narrow)
        axes.set_xlabel("weeks from the first visit")
        page_axes(axes, narrow=narrow)
    for axes in grid[len(biomarkers) :]:
        axes.set_visible(False)
    if handles:
        figure.legend(
            handles=handles,
            loc="outside upper left",
            ncols=1 if narrow else min(3, len(handles)),
            frameon=False,
            fontsize=7.8 if narrow else 8.5,
            labelcolor=INK,
            handlelength=2.6,
        )
    return figure


def _value_axis(axes: Any, values: Any) -> None:
    """Logarithmic where the quartiles span a decade."""
    known = values[np.isfinite(values)]
    if known.size and known.min() > 0.0 and known.max() > _DECADE * known.min():
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(
            LogLocator(subs=(1.0, 2.0, 5.0) if known.max() < 200 * known.min() else (1.0,))
        )
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_ylim(bottom=0.0)
