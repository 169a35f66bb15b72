"""Readouts over time, one panel each, with the user's measurements if there are any."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from jakstat.arrays import Floats
from jakstat.experiment.control import control_name
from jakstat.experiment.overlay import Overlay, nearest_lane
from jakstat.experiment.records import axis_names, readout_names
from jakstat.extras import needs
from jakstat.report.canvas import colour, finish, headline, new_figure, tidy
from jakstat.store import attribute

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.colors import LogNorm, Normalize
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

__all__ = ["Curve", "axis_label", "compare_courses", "dose_title", "from_zero", "make_panels", "time_courses"]

_COLUMNS = 2
_LINES_WITH_LEGEND = 6
_BAND = 0.18
_STYLES = ("-", "--", "-.", ":")


@dataclass(frozen=True)
class Curve:
    """One labelled result (a single simulation) among others."""

    label: str
    result: xr.Dataset


def axis_label(name: str, unit: str) -> str:
    """What stands at an axis: the readout's name and its unit in words.

    Examples
    --------
    >>> axis_label("pSTAT3", "1/cell")
    'pSTAT3 (molecules per cell)'
    """
    words = {"1/cell": "molecules per cell", "1": "ratio", "zmol/um^2": "zmol/µm²"}.get(unit, unit)
    return f"{name.replace('_', ' ')} ({words})"


def _time_unit(span_h: float) -> tuple[str, float]:
    """Minutes for short experiments, hours for long, days for longer."""
    if span_h <= 4:
        return "min", 60.0
    return ("h", 1.0) if span_h <= 96 else ("d", 1.0 / 24.0)


def make_panels(names: Sequence[str]) -> tuple[Figure, list[Axes]]:
    """A figure with one set of axes for each name, two beside each other."""
    columns = min(_COLUMNS, len(names))
    rows = math.ceil(len(names) / columns)
    figure = new_figure(1.2 + 3.9 * columns, 0.9 + 2.6 * rows)
    grid = figure.subplots(rows, columns, squeeze=False)
    axes = [a for row in grid for a in row]
    for spare in axes[len(names) :]:
        spare.remove()
    return figure, axes[: len(names)]


def _decorate(axes: Axes, name: str, variable: xr.DataArray, unit: str) -> None:
    axes.set_xlabel(f"time ({unit})", fontsize=9)
    axes.set_ylabel(axis_label(name, str(variable.attrs["units"])).replace(" (", "\n("), fontsize=8.5)
    from_zero(axes)
    tidy(axes)


def from_zero(axes: Axes) -> None:
    """Let the vertical axis begin at 0 unless something drawn lies below."""
    lowest = min((float(np.nanmin(line.get_ydata())) for line in axes.lines if _drawn(line)), default=0.0)
    if lowest >= 0:
        axes.set_ylim(bottom=0.0)


def _drawn(line: Line2D) -> bool:
    return bool(np.isfinite(np.asarray(line.get_ydata(), dtype=float)).any())


def time_courses(result: xr.Dataset, *, overlay: Overlay | None = None, title: str = "") -> Figure:
    """Every readout of a result over time.

    Parameters
    ----------
    result : Dataset
        From :func:`jakstat.experiment.simulate`.
    overlay : Overlay, optional
        Measurements drawn as points over the curves.
    title : str
        Replaces the context's title.

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = readout_names(result)
    axes_names = axis_names(result)
    time = result["time"].values
    unit, factor = _time_unit(float(time[-1] - time[0]))
    figure, panels = make_panels(names)
    paints, labels, norm = _lane_paint(result, axes_names)
    few = result.sizes["lane"] <= _LINES_WITH_LEGEND
    for panel, name in zip(panels, names, strict=True):
        variable = result[name]
        for lane in range(result.sizes["lane"]):
            if "interval" in result.attrs:
                band = (result[f"{name}_{end}"].values[lane] for end in ("low", "high"))
                panel.fill_between(time * factor, *band, color=paints[lane], alpha=_BAND, lw=0)
            label = labels[lane] if few and axes_names else None
            if "control" in result.attrs and not axes_names:
                label = f"with {' and '.join(result.attrs['control'])}"
            style = _STYLES[lane % len(_STYLES)] if few else "-"
            panel.plot(time * factor, variable.values[lane], style, color=paints[lane], lw=1.5, label=label)
        _draw_control(panel, name, result, factor)
        if overlay is not None:
            _draw_overlay(panel, name, overlay, result, paints, factor)
        _decorate(panel, name, variable, unit)
        if any(not str(label).startswith("_") for label in panel.get_legend_handles_labels()[1]):
            about = dose_title(result, axes_names[0]) if few and axes_names else None
            panel.legend(fontsize=7, frameon=False, title=about, title_fontsize=7)
    if norm is not None:
        _colour_bar(figure, panels, norm, dose_title(result, axes_names[0]))
    headline(figure, title or str(result.attrs["title"]), attribute(result.attrs, "question"))
    return finish(figure, result.attrs["sources"], [*_interval_note(result), *result.attrs["notes"]])


def _interval_note(result: xr.Dataset) -> list[str]:
    if "interval" not in result.attrs:
        return []
    made = attribute(result.attrs, "interval")
    return [f"bands: 5 to 95 % of {made['vectors']} parameter vectors (posterior and graded ranges)"]


def _draw_control(panel: Axes, name: str, result: xr.Dataset, factor: float) -> None:
    """The untreated control as dashed grey lines, one for each distinct course."""
    if control_name(name) not in result:
        return
    without = " and ".join(result.attrs["control"])
    for k, course in enumerate(np.unique(result[control_name(name)].values, axis=0)):
        label = None if k else f"untreated (no {without})"
        panel.plot(result["time"].values * factor, course, "--", color="0.45", lw=1.2, label=label, zorder=1)


def dose_title(result: xr.Dataset, axis: str) -> str:
    """What a series is called at an axis or legend: its name and unit."""
    unit = str(result[f"dose_{axis}"].attrs["units"])
    return f"{axis} (factor)" if unit == "1" else f"{axis} ({unit})"


def _lane_paint(
    result: xr.Dataset, axes_names: Sequence[str]
) -> tuple[list[str] | Floats, list[str], Normalize | None]:
    """Colours and labels of the lanes: named colours for a few, a scale over the dose for many."""
    with needs("plot"):
        from matplotlib import colormaps

    lanes = result.sizes["lane"]
    if not axes_names:
        return [colour(0)] * lanes, [""] * lanes, None
    levels = {a: np.asarray(result[f"dose_{a}"].values, dtype=float) for a in axes_names}
    labels = [", ".join(f"{levels[a][i]:.4g}" for a in axes_names) for i in range(lanes)]
    if lanes <= _LINES_WITH_LEGEND:
        return [colour(i) for i in range(lanes)], labels, None
    first = levels[axes_names[0]]
    positive = first[first > 0]
    norm: Normalize = LogNorm(positive.min(), positive.max()) if positive.size > 1 else Normalize(0, 1)
    shown = np.clip(first, positive.min(), None) if positive.size else first
    return colormaps["viridis"](0.92 * np.asarray(norm(shown), dtype=float)), labels, norm


def _colour_bar(figure: Figure, panels: Sequence[Axes], norm: Normalize, title: str) -> None:
    with needs("plot"):
        from matplotlib import colormaps
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import ListedColormap

    shades = ListedColormap(colormaps["viridis"](np.linspace(0, 0.92, 256)))
    bar = figure.colorbar(ScalarMappable(norm, shades), ax=list(panels), shrink=0.8, pad=0.02)
    bar.set_label(title, fontsize=8)
    bar.ax.tick_params(labelsize=7)


def _draw_overlay(
    panel: Axes,
    name: str,
    overlay: Overlay,
    result: xr.Dataset,
    paints: Sequence[str] | Floats,
    factor: float,
) -> None:
    scale = overlay.scales.get(name, 1.0)
    said = "own measurements" + ("" if scale == 1.0 else f" x {scale:.3g}")
    for k, point in enumerate(p for p in overlay.points if p.observable == name):
        panel.errorbar(
            point.time_h * factor,
            point.value,
            yerr=point.sd,
            fmt="o",
            ms=4,
            mfc="white",
            color=paints[nearest_lane(result, point.dose)],
            capsize=2,
            lw=1,
            label=None if k else said,
        )


def compare_courses(
    curves: Sequence[Curve], *, title: str, marks: Mapping[float, str] | None = None
) -> Figure:
    """The same readouts of several single simulations in the same panels.

    Parameters
    ----------
    curves : sequence of Curve
        Results with one lane each and the same readouts.
    title : str
    marks : mapping of hour to text, optional
        Moments drawn as thin lines.
    """
    names = readout_names(curves[0].result)
    spans = [float(c.result["time"].values[-1] - c.result["time"].values[0]) for c in curves]
    unit, factor = _time_unit(max(spans))
    figure, panels = make_panels(names)
    for panel, name in zip(panels, names, strict=True):
        for i, curve in enumerate(curves):
            values, time = curve.result[name].values[0], curve.result["time"].values
            panel.plot(time * factor, values, _STYLES[i % 4], color=colour(i), lw=1.8, label=curve.label)
        _decorate(panel, name, curves[0].result[name], unit)
        for hour in marks or {}:
            panel.axvline(hour * factor, color="0.6", lw=0.8, ls=":")
    panels[0].legend(fontsize=8, frameon=False)
    for hour, text in (marks or {}).items():
        panels[-1].annotate(
            text, (hour * factor, 1.0), xycoords=("data", "axes fraction"), fontsize=7, color="0.35", va="top"
        )
    headline(figure, title, attribute(curves[-1].result.attrs, "question"))
    sources = sorted({key for c in curves for key in c.result.attrs["sources"]})
    return finish(figure, sources)
