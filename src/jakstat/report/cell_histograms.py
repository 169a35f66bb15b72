"""Distributions over cells as flow cytometry shows them: one histogram for each dose and time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from jakstat.arrays import Floats
from jakstat.experiment.control import control_name
from jakstat.extras import needs
from jakstat.report.canvas import colour, finish, headline, tidy
from jakstat.report.time_courses import axis_label, make_panels
from jakstat.response.cell_statistics import Distribution
from jakstat.store import attribute

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["cell_histograms"]

_BINS = 60
_MOST = 7
"""Curves of one panel; of a longer dose series evenly chosen ones are drawn."""


def cell_histograms(result: xr.Dataset, said: Sequence[Distribution]) -> Figure:
    """Every readout of :func:`jakstat.experiment.cells.simulate_cells`, with the statistics in the legend."""
    names = [str(n) for n in result.attrs["readouts"]]
    figure, panels = make_panels(names)
    for panel, name in zip(panels, names, strict=True):
        mine = [d for d in said if d.readout == name]
        _panel(panel, result, name, mine)
    cells, failed = result.attrs["cells"], result.attrs["failed_cells"]
    headline(
        figure,
        f"{result.attrs['title']}: {cells} cells per dose, {failed} failed, seed {result.attrs['seed']}",
        attribute(result.attrs, "question"),
    )
    return finish(figure, result.attrs["sources"], result.attrs.get("notes", ()))


def _panel(panel: Axes, result: xr.Dataset, name: str, said: Sequence[Distribution]) -> None:
    readings = result["reading"].values.tolist()
    rest = np.asarray(result[f"{name}_rest"].values[0], dtype=float)
    sets = []
    for k, d in enumerate(said):
        sets.append((d, np.asarray(result[name].values[divmod(k, len(readings))], dtype=float)))
    beside = result[control_name(name)].values if "control" in result.attrs else np.empty((0, 1, len(rest)))
    untreated = np.unique(beside.reshape(-1, len(rest)), axis=0)
    if len(sets) > _MOST:
        sets = [sets[i] for i in np.unique(np.linspace(0, len(sets) - 1, _MOST).round().astype(int))]
    every = np.concatenate([rest, *untreated, *[v for _, v in sets]])
    every = every[np.isfinite(every)]
    logarithmic = bool(every.size and every.min() > 0 and every.max() > every.min())
    low, high = (every.min(), every.max()) if every.size else (0.0, 1.0)
    edges = (
        np.geomspace(low, high, _BINS + 1)
        if logarithmic
        else np.linspace(low, high + (high == low), _BINS + 1)
    )
    _outline(panel, rest, edges, "0.45", "at rest", fill=True)
    for k, values in enumerate(untreated):
        said_of = "_" if k else f"untreated (no {' and '.join(result.attrs['control'])})"
        _outline(panel, values, edges, "0.25", said_of, fill=False, ls="--")
    for i, (d, values) in enumerate(sets):
        _outline(panel, values, edges, colour(i), _label(result, d), fill=False)
    if said and said[0].responders is not None:
        panel.axvline(said[0].gate, color="0.3", lw=0.8, ls=":")
    if logarithmic:
        panel.set_xscale("log")
    panel.set_xlabel(axis_label(name, str(result[name].attrs["units"])), fontsize=9)
    panel.set_ylabel("share of cells per bin", fontsize=9)
    # room for the legend above the curves
    panel.set_ylim(0, panel.get_ylim()[1] * (1.12 + 0.09 * (len(sets) + 1 + bool(len(untreated)))))
    tidy(panel)
    panel.legend(fontsize=6, framealpha=0.8, edgecolor="none", loc="upper left")


def _outline(
    panel: Axes,
    values: Floats,
    edges: Floats,
    paint: str,
    label: str,
    *,
    fill: bool,
    ls: str = "-",
) -> None:
    x = values[np.isfinite(values)]
    if x.size:
        shares = np.histogram(x, bins=edges)[0] / x.size
        alpha = 0.35 if fill else 1.0
        panel.stairs(shares, edges, color=paint, lw=1.2, ls=ls, label=label, fill=fill, alpha=alpha)


def _label(result: xr.Dataset, d: Distribution) -> str:
    doses = [f"{a} {v:.3g} {result[f'dose_{a}'].attrs['units']}" for a, v in d.dose.items()]
    share = "" if d.responders is None else f", {d.responders:.0%} respond"
    p = "" if not np.isfinite(d.p_corrected) else f", dip p {d.p_corrected:.2g}"
    return f"{', '.join([*doses, d.reading])}: CV {d.cv:.2f}{share}{p}"
