"""The plots of a simulation experiment of others: lines over lines, as its document asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from jakstat.errors import problem
from jakstat.report.canvas import Figure, colour, finish, tidy
from jakstat.report.time_courses import make_panels

__all__ = ["output_figure"]

_LEGEND = 8


class _PlottedPiece(Protocol):
    @property
    def values(self) -> NDArray[np.float64]: ...


PlotOutput = tuple[
    str, Mapping[str, Sequence[_PlottedPiece]], Sequence[tuple[str, Sequence[str], Sequence[bool]]]
]
"""A title, data by label (a piece per simulation), and lines: name, labels of x and y, which are log."""


def output_figure(outputs: Sequence[PlotOutput]) -> Figure:
    """One panel for each plot; a line for every curve and simulation.

    Raises
    ------
    InputError
        ``option.value`` when there is no plot to draw.
    """
    if not outputs:
        hint = "leave out --plot; reports are tables"
        raise problem("option.value", "the file has no plot of lines", field="--plot", hint=hint)
    figure, panels = make_panels([title for title, _, _ in outputs])
    for axes, (title, data, lines) in zip(panels, outputs, strict=True):
        for number, (name, (across, up), (log_x, log_y)) in enumerate(lines):
            for piece in range(max(len(data[across]), len(data[up]))):
                x, y = (data[n][piece if len(data[n]) > 1 else 0].values for n in (across, up))
                x, y = np.broadcast_arrays(x, y)
                mark = "." if len(x) == 1 else ""
                axes.plot(x, y, color=colour(number), marker=mark, label="" if piece else name, lw=1.3)
            axes.set_xscale("log" if log_x else "linear")
            axes.set_yscale("log" if log_y else "linear")
            axes.set_xlabel(across, fontsize=9)
        axes.set_title(title, fontsize=9)
        tidy(axes)
        if 1 < len(lines) <= _LEGEND:
            axes.legend(fontsize=7, frameon=False)
        elif len(lines) == 1:
            axes.set_ylabel(lines[0][0], fontsize=9)
    return finish(figure, ())
