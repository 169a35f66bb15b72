"""Recurrence after resection over time, for each assumption about occult foci."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jakstat.extras import needs
from jakstat.initiation.recurrence import Recurrence
from jakstat.report.canvas import colour, finish, headline, new_figure, tidy

with needs("plot"):
    from matplotlib.figure import Figure

__all__ = ["recurrence_curves"]

_MONTHS = 84.0


def recurrence_curves(found: Sequence[Recurrence], asked: str) -> Figure:
    """Solid lines without, dashed ones with the adjuvant therapy.

    Parameters
    ----------
    found : sequence of Recurrence
    asked : str
        The question in words.
    """
    figure = new_figure(6.6, 4.6)
    axes = figure.subplots()
    months = np.linspace(0.0, _MONTHS, 400)
    names = list(dict.fromkeys(one.option.name for one in found))
    for one in found:
        given = one.adjuvant is not None
        label = f"{one.option.name}, adjuvant" if given else one.option.name
        paint = colour(names.index(one.option.name))
        axes.plot(
            months, 100.0 * one.share_by(months), color=paint, lw=1.5, ls="--" if given else "-", label=label
        )
    if any(one.adjuvant is not None for one in found):
        months_given = next(one.adjuvant.months for one in found if one.adjuvant is not None)
        axes.axvspan(0.0, months_given, color="0.9", lw=0, label="adjuvant therapy given")
    axes.set_xlim(0.0, _MONTHS)
    axes.set_xticks(np.arange(0.0, _MONTHS + 1.0, 12.0))
    axes.set_ylim(0.0, 100.0)
    axes.set_xlabel("months after resection", fontsize=9)
    axes.set_ylabel("recurred (% of patients)", fontsize=9)
    axes.legend(fontsize=7.5, framealpha=0.85, edgecolor="none", loc="lower right")
    tidy(axes)
    headline(figure, f"Recurrence after resection: {asked}")
    note = "the course of recurrence cannot tell the assumptions apart"
    return finish(figure, ["li2014", "nathani2021"], [note])
