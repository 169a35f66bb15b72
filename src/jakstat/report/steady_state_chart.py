"""Steady states of a cell: readouts at rest and under a stimulus, and how slowly disturbances die out."""

from __future__ import annotations

import numpy as np
import xarray as xr

from jakstat.extras import needs
from jakstat.report.canvas import colour, finish, headline, new_figure, tidy
from jakstat.report.time_courses import axis_label
from jakstat.store import attribute

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullFormatter

__all__ = ["steady_state_chart"]


def steady_state_chart(found: xr.Dataset) -> Figure:
    """Readouts of :func:`jakstat.equilibria.steady_states.steady_states` on a logarithmic axis for each unit,
    and the slowest modes.

    A hatched bar is a mode that grows.
    """
    names = [str(n) for n in found.attrs["readouts"]]
    states = found.sizes["state"]
    labels = _labels(found)
    by_unit: dict[str, list[str]] = {}
    for name in names:
        by_unit.setdefault(str(found[name].attrs["units"]), []).append(name)
    # one axis for each unit, the first with room for the legend
    tall = [len(own) + (0.25 * states if not k else 0.0) for k, own in enumerate(by_unit.values())]
    figure = new_figure(9.6, 2.6 + 0.32 * max(len(names), 5) + 0.2 * states + 0.6 * (len(tall) - 1))
    grid = figure.add_gridspec(len(tall), 2, width_ratios=[1.2, 1.0], height_ratios=tall)
    for k, (unit, own) in enumerate(by_unit.items()):
        _readouts(figure.add_subplot(grid[k, 0]), found, own, unit, labels, legend=not k)
    right = figure.add_subplot(grid[:, 1])
    rows: list[str] = []
    for k in range(states):
        for rate, takes_part in zip(
            found["mode_rate"].values[k], found["mode_states"].values[k], strict=True
        ):
            if np.isfinite(rate) and rate != 0:
                right.barh(
                    len(rows), 1.0 / abs(rate), color=colour(k), height=0.7, hatch="//" if rate > 0 else ""
                )
                rows.append(str(takes_part))
    right.set_yticks(range(len(rows)), rows)
    right.invert_yaxis()
    right.set_xlabel("time constant of the slowest modes (h)", fontsize=9)
    if rows:
        right.set_xscale("log")
        right.xaxis.set_minor_formatter(NullFormatter())
        right.set_xlim(left=10 ** np.floor(np.log10(right.get_xlim()[0])))
    tidy(right)
    right.tick_params(axis="y", labelsize=6.5)
    said = "; ".join(f"{name}: {text}" for name, text in attribute(found.attrs, "verdict").items())
    headline(figure, f"{found.attrs['title']}: {said}", attribute(found.attrs, "question"))
    return finish(figure, found.attrs["sources"], found.attrs.get("notes", ()))


def _readouts(
    axes: Axes, found: xr.Dataset, names: list[str], unit: str, labels: list[str], *, legend: bool
) -> None:
    """Readouts of one unit, a row each, a point for each steady state."""
    where, states = np.arange(len(names)), len(labels)
    for k in range(states):
        values = np.array([float(found[n].values[k]) for n in names])
        shift = (k - (states - 1) / 2) * 0.7 / states
        axes.plot(
            np.where(values > 0, values, np.nan), where + shift, "o", color=colour(k), ms=6, label=labels[k]
        )
    axes.set_yticks(where, [axis_label(n, unit) for n in names])
    axes.set_ylim(-0.6, len(names) - 0.4 + (0.25 * states if legend else 0.0))
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.xaxis.set_minor_formatter(NullFormatter())
    low, high = axes.get_xlim()
    axes.set_xlim(10 ** np.floor(np.log10(low)), 10 ** np.ceil(np.log10(high)))  # two labelled ticks at least
    axes.set_xlabel(axis_label("steady state", unit), fontsize=9)
    if legend:
        axes.legend(loc="lower right", fontsize=7, framealpha=0.85, edgecolor="none")
    tidy(axes)


def _labels(found: xr.Dataset) -> list[str]:
    names = [str(s) for s in found["situation"].values]
    marks = [str(s) for s in found["stability"].values]
    seen: dict[str, int] = {}
    labels = []
    for name, mark in zip(names, marks, strict=True):
        seen[name] = seen.get(name, 0) + 1
        number = f" {seen[name]}" if names.count(name) > 1 else ""
        labels.append(f"{name}{number} ({mark})")
    return labels
