"""Best change of every patient's sum of diameters, and the course of some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jakstat.extras import needs
from jakstat.report.page_figure import (
    INK,
    MUTED,
    RESPONSE_PAINTS,
    WIDE,
    columns_of,
    empty_figure,
    page_axes,
    panel_title,
    shortened,
    week_ticks,
)

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

__all__ = ["RESPONSE_WORDS", "spider_panels", "waterfall_panels"]

RESPONSE_WORDS: Mapping[str, str] = {
    "CR": "complete response",
    "PR": "partial response",
    "SD": "stable disease",
    "PD": "progression",
    "NE": "not evaluable",
}
_BARS = 220
_MOST = 120.0
"""Percent: bars and lines that go higher are cut there, and the caption says so."""


def _by_arm(rows: Sequence[Mapping[str, Any]], arms: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    return {arm: [row for row in rows if row.get("arm") == arm] for arm in arms}


def waterfall_panels(rows: Sequence[Mapping[str, Any]], arms: Sequence[str], width: float) -> Figure:
    """A panel for each arm, patients from the worst to the best.

    Parameters
    ----------
    rows : sequence of mapping
        ``arm``, ``change_percent``, ``best``.
    arms : sequence of str
        The panels, in this order.
    width : float
        Inches.
    """
    figure, panels = _panels(arms, width, 2.5)
    for axes, (arm, of) in zip(panels, _by_arm(rows, arms).items(), strict=False):
        known = [r for r in of if r.get("change_percent") is not None]
        known.sort(key=lambda r: -float(r["change_percent"]))
        chosen = known[:: max(1, -(-len(known) // _BARS))]
        values = np.array([min(float(r["change_percent"]), _MOST) for r in chosen])
        edges = np.arange(len(chosen) + 1)
        for name, paint in RESPONSE_PAINTS.items():
            own = np.array([r.get("best") == name for r in chosen], dtype=bool)
            if own.any():
                axes.stairs(np.where(own, values, 0.0), edges, fill=True, color=paint, lw=0)
        axes.set_xlim(0.0, max(len(chosen), 1))
        axes.set_xticks([])
        _change_axis(axes, arm, len(known), narrow=width < WIDE)
        axes.set_xlabel("patients, worst to best")
    _responses(figure, rows, width)
    return figure


def spider_panels(rows: Sequence[Mapping[str, Any]], arms: Sequence[str], width: float) -> Figure:
    """A line for each patient over the weeks.

    Parameters
    ----------
    rows : sequence of mapping
        ``arm``, ``weeks``, ``change_percent`` (as long), ``best``.
    arms : sequence of str
    width : float
        Inches.
    """
    figure, panels = _panels(arms, width, 2.5)
    last = max((float(r["weeks"][-1]) for r in rows if r.get("weeks")), default=6.0)
    for axes, (arm, of) in zip(panels, _by_arm(rows, arms).items(), strict=False):
        for row in of:
            changes = [np.nan if c is None else float(c) for c in row["change_percent"]]
            paint = RESPONSE_PAINTS.get(str(row.get("best")), MUTED)
            axes.plot(row["weeks"], changes, color=paint, lw=1.0, marker="o", ms=2.4, mew=0, alpha=0.9)
        week_ticks(axes, last, 5)
        _change_axis(axes, arm, len(of), narrow=width < WIDE)
        axes.set_xlabel("weeks from the first visit")
    _responses(figure, rows, width)
    return figure


def _panels(arms: Sequence[str], width: float, height: float) -> tuple[Figure, list[Axes]]:
    down, across = columns_of(arms, width)
    figure = empty_figure(width, 0.45 + height * down)
    grid = figure.subplots(down, across, squeeze=False, sharey=True).ravel()
    for axes in grid[len(arms) :]:
        axes.set_visible(False)
    return figure, list(grid[: len(arms)])


def _change_axis(axes: Axes, arm: str, n: int, *, narrow: bool) -> None:
    for level in (-30.0, 20.0):
        axes.axhline(level, color=MUTED, lw=0.9, ls=(0, (3, 2)), zorder=1)
    axes.axhline(0.0, color=MUTED, lw=0.8, zorder=1)
    axes.set_ylim(-104.0, _MOST + 4.0)
    axes.set_yticks([-100, -30, 0, 20, 60, 100])
    panel_title(axes, f"{shortened(arm, 30)}\nn = {n}", narrow=narrow)
    page_axes(axes, narrow=narrow)
    axes.grid(visible=False)
    if axes.get_subplotspec() is None or axes.get_subplotspec().is_first_col():  # type: ignore[union-attr]
        axes.set_ylabel("change of the sum\nof diameters (%)")
    axes.yaxis.label.set_color(INK)


def _responses(figure: Figure, rows: Sequence[Mapping[str, Any]], width: float) -> None:
    there = {str(r.get("best")) for r in rows}
    handles = [
        Patch(color=paint, label=RESPONSE_WORDS[name])
        for name, paint in RESPONSE_PAINTS.items()
        if name in there
    ]
    if handles:
        narrow = width < WIDE
        figure.legend(
            handles=handles,
            loc="outside upper left",
            ncols=2 if narrow else 5,
            frameon=False,
            fontsize=7.6 if narrow else 8.5,
            labelcolor=INK,
            handlelength=1.0,
            handleheight=0.9,
            columnspacing=1.2,
        )
