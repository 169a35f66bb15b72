"""Steady states of a cell: readouts at rest and under a stimulus, and how slowly disturbances die out."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from jakstat.report.canvas import colour, finish, headline, new_figure, tidy
from jakstat.report.time_courses import axis_label

__all__ = ["steady_state_chart"]


def steady_state_chart(found: xr.Dataset) -> Figure:
    """Readouts of :func:`jakstat.equilibria.steady_states.steady_states` on a logarithmic axis, and the
    slowest modes.

    A hatched bar is a mode that grows.
    """
    names = [str(n) for n in found.attrs["readouts"]]
    states = found.sizes["state"]
    labels = _labels(found)
    figure = new_figure(9.6, 2.6 + 0.32 * max(len(names), 5) + 0.2 * states)
    left, right = figure.subplots(1, 2, width_ratios=[1.2, 1.0])
    where = np.arange(len(names))
    for k in range(states):
        values = np.array([float(found[n].values[k]) for n in names])
        shift = (k - (states - 1) / 2) * 0.7 / states
        left.plot(
            np.where(values > 0, values, np.nan), where + shift, "o", color=colour(k), ms=6, label=labels[k]
        )
    units = [str(found[n].attrs["units"]) for n in names]
    left.set_yticks(where, [axis_label(n, u) for n, u in zip(names, units, strict=True)])
    left.set_ylim(-0.6, len(names) - 0.4 + 0.25 * states)  # room for the legend below the last readout
    left.invert_yaxis()
    left.set_xscale("log")
    left.set_xlabel("steady state (unit of each readout)", fontsize=9)
    left.legend(loc="lower right", fontsize=7, framealpha=0.85, edgecolor="none")
    tidy(left)
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
    said = "; ".join(f"{name}: {text}" for name, text in found.attrs["verdict"].items())
    headline(figure, f"{found.attrs['title']}: {said}", found.attrs["question"])
    return finish(figure, found.attrs["sources"], found.attrs.get("notes", ()))


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
