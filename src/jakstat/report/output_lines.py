"""The plots of a simulation experiment of others: lines over lines, as its document asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


_PlottedLine = tuple[str, Sequence[str], Sequence[bool]]
PlotOutput = tuple[
    str, Mapping[str, Sequence[_PlottedPiece]], Sequence[tuple[str, Sequence[str], Sequence[bool]]]
]
"""A title, data by label (a piece per simulation), and lines: name, labels of x and y, which are log."""


def output_figure(outputs: Sequence[PlotOutput], *, source: str) -> Figure:
    """One panel for each plot; a line for every curve and simulation. ``source`` is the file it rests on.

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
        drawn = [c for number, line in enumerate(lines) for c in _courses(number, line, data, len(lines))]
        for x, y, shade, name in drawn:
            axes.plot(x, y, color=shade, marker="." if len(x) == 1 else "", label=name, lw=1.3)
        names = [line[0] for line in lines]
        axes.set_xscale("log" if any(logs[0] for _, _, logs in lines) else "linear")
        axes.set_yscale("log" if any(logs[1] for _, _, logs in lines) else "linear")
        axes.set_xlabel(", ".join(dict.fromkeys(data_names[0] for _, data_names, _ in lines)), fontsize=9)
        axes.set_ylabel(names[0] if len(names) == 1 else "", fontsize=9)
        axes.set_title("" if names == [title] else title, fontsize=9)
        tidy(axes)
        if 1 < sum(bool(name) for *_, name in drawn) <= _LEGEND:
            axes.legend(fontsize=7, frameon=False)
    return finish(figure, [source])


def _courses(
    number: int, line: _PlottedLine, data: Mapping[str, Sequence[_PlottedPiece]], lines: int
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64], str, str]]:
    """A line of a plot in each simulation: x, y, colour and what the legend says.

    A line alone takes a colour for each repeat, several lines take one each.
    """
    name, (across, up), _ = line
    pieces = max(len(data[across]), len(data[up]))
    if pieces > 1 and all(len(p.values) == 1 for n in (across, up) for p in data[n]):
        x, y = (np.concatenate([p.values for p in data[n]]) for n in (across, up))  # a scan of single values
        yield x, y, colour(number), name
        return
    for piece in range(pieces):
        x, y = (data[n][piece if len(data[n]) > 1 else 0].values for n in (across, up))
        x, y = np.broadcast_arrays(x, y)
        if lines == 1 and pieces > 1:
            yield x, y, colour(piece), f"repeat {piece + 1}" if len(x) > 1 else ""
        else:
            yield x, y, colour(number), "" if piece else name
