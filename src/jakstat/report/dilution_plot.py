"""A limiting dilution: the share of wells that grew over the dose, with each group's single-hit curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jakstat.extras import needs
from jakstat.initiation.branching import takes
from jakstat.initiation.limiting_dilution import DilutionAnswer, Frequency
from jakstat.report.canvas import colour, finish, headline, new_figure, tidy

with needs("plot"):
    from matplotlib.figure import Figure

__all__ = ["dilution_plot"]


def dilution_plot(
    found: DilutionAnswer, title: str, asked: Mapping[str, Any] | None = None, sources: Sequence[str] = ()
) -> Figure:
    """Points are the doses, lines the curve 1 - exp(-f dose), bands the interval of f.

    Parameters
    ----------
    found : DilutionAnswer
    title : str
    asked : mapping, optional
        The question to a cell, if the wells are simulated ones.
    sources : sequence of str
    """
    figure = new_figure(6.2, 4.4)
    axes = figure.subplots()
    doses = found.data.dose
    fine = np.geomspace(doses.min() / 3.0, doses.max() * 3.0, 300)
    for i, one in enumerate(found.frequencies):
        rows, paint = found.data.of_group(one.group), colour(i)
        axes.plot(rows.dose, rows.positive / rows.tested, "o", ms=5, mfc="white", color=paint, clip_on=False)
        axes.fill_between(fine, takes(fine, one.low), takes(fine, one.high), color=paint, alpha=0.15, lw=0)
        if 0.0 < one.value < 1.0:
            axes.plot(fine, takes(fine, one.value), color=paint, lw=1.5)
        axes.plot([], [], "o-", color=paint, mfc="white", ms=5, label=f"{one.group or 'all'}: {_words(one)}")
    axes.set_xscale("log")
    axes.set_ylim(0.0, 1.0)
    axes.set_xlabel("cells given (per well or animal)", fontsize=9)
    axes.set_ylabel("share that grew (no unit)", fontsize=9)
    axes.legend(fontsize=7.5, framealpha=0.85, edgecolor="none", loc="upper left")
    tidy(axes)
    said = f"{title}: share of founders"
    if found.difference is not None:
        said += f"; one share in all groups: p {found.difference.p:.2g}"
    headline(figure, said, asked)
    return finish(figure, sources, [f"bands: {100 * found.confidence:g} % interval of the share of founders"])


def _words(one: Frequency) -> str:
    if one.value == 0:
        return f"none found, fewer than 1 in {1 / one.high:,.4g}"
    if one.value == 1:
        return f"all grew, at least 1 in {1 / one.low:,.4g}" if one.low else "all grew"
    high = f"{1 / one.low:,.4g}" if one.low else "-"
    return f"1 in {1 / one.value:,.4g} ({1 / one.high:,.4g} to {high})"
