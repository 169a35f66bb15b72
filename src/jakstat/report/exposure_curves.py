"""Concentrations in plasma over time: the median of virtual subjects in a band of 5 to 95 %."""

from __future__ import annotations

import numpy as np
import xarray as xr

from jakstat.extras import needs
from jakstat.pharmacology.exposure_summary import exposure_question
from jakstat.report.canvas import COLOURS, finish, headline, new_figure, tidy

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

__all__ = ["exposure_curves"]

_DECADES = 1e-5  # of the peak: nothing below is shown
_EMPTY = 1e-30
_EARLY = 0.02  # of the time: the first rise from zero does not stretch the axis
_NAMES = {
    "total": "total drug in plasma",
    "unbound": "unbound drug in plasma",
    "free_target": "free target",
    "total_target": "total target",
}


def exposure_curves(found: xr.Dataset, *, unbound: bool = False) -> Figure:
    """A figure of an :func:`~jakstat.pharmacology.exposure.exposure`; with the target where it has one."""
    drug = ["unbound"] if unbound else ["total"]
    panels = [drug, ["total_target", "free_target"]] if "free_target" in found else [drug]
    figure = new_figure(7.4, 0.9 + 2.9 * len(panels))
    grid = figure.subplots(len(panels), 1, squeeze=False, sharex=True)
    span = float(found["time"].values[-1])
    target = str(found.attrs["target"])
    unit, scale = ("h", 1.0) if span <= 96 else ("days", 1.0 / 24.0)
    for axes, names in zip(grid[:, 0], panels, strict=True):
        ends = [
            _band(axes, found[name], scale, COLOURS[k], label=_NAMES[name].replace("target", target))
            for k, name in enumerate(names)
        ]
        _logarithmic(axes, 0.7 * min(low for low, _ in ends), 1.4 * max(high for _, high in ends))
        _label(axes, found, names)
    grid[-1, 0].set_xlabel(f"time since the first dose ({unit})", fontsize=9)
    a = found.attrs
    band = "; band 5 to 95 %" if a["subjects"] else ""
    lost = f"; {a['failed']} failed" if a["failed"] else ""
    grade = a["unbound_grade"] if unbound else a["grade"]
    doubt = f"; numbers {grade.upper() if grade in ('assumed', 'user') else grade}"
    headline(figure, f"{exposure_question(found)}{band}{lost}{doubt}")
    return finish(figure, list(a["sources"]))


def _band(axes: Axes, curves: xr.DataArray, scale: float, paint: str, *, label: str) -> tuple[float, float]:
    """Draw one band; what the axis must hold: from the lowest behind the first peak to the highest."""
    values = curves.values[np.isfinite(curves.values).all(axis=1)]
    if not len(values):
        return 1.0, 1.0
    low, median, high = np.percentile(values, [5, 50, 95], axis=0)
    times = curves["time"].values * scale
    floor = max(_DECADES * float(median.max()), _EMPTY)
    if len(values) > 1:
        axes.fill_between(
            times, np.maximum(low, floor), np.maximum(high, floor), color=paint, alpha=0.22, lw=0
        )
    axes.plot(times, np.maximum(median, floor), color=paint, lw=1.4, label=label)
    behind = times >= _EARLY * times[-1]
    return max(float(low[behind].min()), floor), max(float(high.max()), floor)


def _logarithmic(axes: Axes, low: float, high: float) -> None:
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    few = np.log10(high / low) < 2.5
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _label(axes: Axes, found: xr.Dataset, names: list[str]) -> None:
    unit = found[names[0]].attrs["units"]
    word = str(found.attrs["target"]) if "target" in names[0] else _NAMES[names[0]]
    axes.set_ylabel(f"{word} ({unit})", fontsize=9)
    tidy(axes)
    if len(names) > 1:
        axes.legend(fontsize=8, frameon=False)
