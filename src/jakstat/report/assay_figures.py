"""Figures of the assays of founders: wells over the dose, spheres by passage, animals over time."""

from __future__ import annotations

import numpy as np

from jakstat.extras import needs
from jakstat.initiation.assay_run import FounderAssay
from jakstat.report.canvas import colour, finish, headline, new_figure, tidy
from jakstat.report.dilution_plot import dilution_plot

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["assay_figure"]

_MARGIN = 1.1


def assay_figure(found: FounderAssay) -> Figure:
    """The figure of an assay.

    Parameters
    ----------
    found : FounderAssay
    """
    if found.dilution is not None:
        return dilution_plot(found.dilution, found.cells.title, found.cells.question, found.cells.sources)
    figure = new_figure(6.2, 4.4)
    axes = figure.subplots()
    arms = list(found.cells.arms)
    if found.spheres:
        _spheres(axes, found, arms)
    else:
        _animals(axes, found, arms)
    tidy(axes)
    axes.legend(fontsize=7.5, framealpha=0.85, edgecolor="none")
    ratio = f"; founders {found.ratio:.2f} of those without drugs" if np.isfinite(found.ratio) else ""
    headline(figure, f"{found.cells.title}: {found.plan.kind}{ratio}", found.cells.question)
    return finish(figure, found.cells.sources, found.cells.notes)


def _spheres(axes: Axes, found: FounderAssay, arms: list[str]) -> None:
    for arm in arms:
        rows = [one for one in found.spheres if one.arm == arm]
        share = np.array([one.spheres / one.cells for one in rows])
        error = np.sqrt(share * (1.0 - share) / rows[0].cells)
        passages, paint = [one.passage for one in rows], colour(arms.index(arm))
        axes.errorbar(passages, 1000.0 * share, 1000.0 * error, fmt="o-", color=paint, capsize=3, label=arm)
    axes.set_xticks(range(1, found.plan.passages + 1))
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("passage", fontsize=9)
    axes.set_ylabel("spheres per 1000 cells (binomial error)", fontsize=9)


def _animals(axes: Axes, found: FounderAssay, arms: list[str]) -> None:
    days = np.concatenate([one.day[np.isfinite(one.day)] for one in found.xenograft])
    grid = np.linspace(0.0, _MARGIN * days.max() if len(days) else 100.0, 400)
    doses = sorted({one.cells for one in found.xenograft})
    styles = ("-", "--", ":", "-.")
    for one in found.xenograft:
        share = 100.0 * (one.day[:, np.newaxis] <= grid).mean(axis=0)
        style, paint = styles[doses.index(one.cells) % len(styles)], colour(arms.index(one.arm))
        axes.plot(grid, share, color=paint, ls=style, lw=1.5, label=f"{one.arm}, {one.cells:,.0f} cells")
    axes.set_xlim(left=0.0)
    axes.set_ylim(0.0, 105.0)
    axes.set_xlabel("days after injection", fontsize=9)
    axes.set_ylabel("animals with a tumour that can be felt (%)", fontsize=9)
