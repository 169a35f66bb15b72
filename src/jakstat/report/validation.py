"""The model's curves over published values: one small panel per observation."""

from __future__ import annotations

import math

import numpy as np

from jakstat.evidence.validate import Trace, ValidatedRow, Validation
from jakstat.extras import needs
from jakstat.report.canvas import COLOURS, finish, new_figure, tidy
from jakstat.report.time_courses import axis_label

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["validation_figure"]

_COLUMNS = 5
_MODEL, _BAD, _GOOD = COLOURS[0], COLOURS[1], COLOURS[2]
_GREY = "0.55"


def validation_figure(found: Validation) -> Figure:
    """Every observation that counts as a panel, with an overview of all rows on top.

    A panel shows the model's curve (over time, or over the dose), the published value
    (point) and its bracket (bar), green when the model lies within it and vermilion
    when not.
    """
    traces = [t for t in found.traces if t.row.role != "input"]
    rows = max(1, math.ceil(len(traces) / _COLUMNS))
    height = 3.0 + 1.95 * rows
    figure = new_figure(14.0, height)
    parts = np.array(figure.subfigures(2, 1, height_ratios=[2.6, max(1.95 * rows, 0.1)])).ravel()
    top, bottom = parts[0], parts[1]
    _overview(top.subplots(), found)
    if traces:
        grid = bottom.subplots(rows, _COLUMNS, squeeze=False)
        panels = [a for row in grid for a in row]
        for spare in panels[len(traces) :]:
            spare.remove()
        for panel, trace in zip(panels, traces, strict=False):
            _panel(panel, trace)
    figure.suptitle(
        f"Published observations: {found.passed} of {len(found.counted)} within their bracket", fontsize=11
    )
    return finish(figure, found.sources)


def _overview(axes: Axes, found: Validation) -> None:
    """Each row's model value on a scale where its bracket runs from 0 to 1."""
    rows = found.rows
    for i, row in enumerate(rows):
        axes.plot([i, i], [0, 1], color=_GREY, lw=5, alpha=0.35, solid_capstyle="butt")
        axes.plot(i, _place(row.published, row), "_", color="black", ms=8)
        if row.model is not None:
            place = float(np.clip(_place(row.model, row), -0.6, 1.6))
            outside = place in (-0.6, 1.6)
            marker = ("v" if place < 0 else "^") if outside else ("o" if row.ok else "X")
            face = "white" if row.role == "predict" else _colour(row)
            axes.plot(i, place, marker, color=_colour(row), mfc=face, ms=6)
        else:
            axes.text(i, 0.5, "?", color=_BAD, ha="center", va="center", fontsize=11, weight="bold")
    axes.set_xticks(range(len(rows)), [row.id for row in rows], rotation=90, fontsize=7)
    axes.set_yticks([0, 1], ["low", "high"], fontsize=8)
    axes.set_ylim(-0.75, 1.75)
    axes.set_xlim(-0.8, max(len(rows), 1) - 0.2)
    axes.set_title(
        "model (filled: fitted or input, open: predicted) and published value (dash) in the bracket (bar)",
        fontsize=8,
    )
    tidy(axes)


def _place(value: float, row: ValidatedRow) -> float:
    return (value - row.low) / (row.high - row.low) if row.high > row.low else 0.5


def _colour(row: ValidatedRow) -> str:
    if row.role == "input":
        return _GREY
    return _GOOD if row.ok else _BAD


def _panel(axes: Axes, trace: Trace) -> None:
    row = trace.row
    if trace.run.doses is not None and trace.measure in ("ec50", "ic50", "ec50_ratio"):
        _over_dose(axes, trace)
    else:
        _over_time(axes, trace)
    model = "none" if row.model is None else _plain(row.model)
    axes.set_title(
        f"{row.id} {row.context.replace('_', ' ')}\n{model} v {_plain(row.published)} {row.unit}",
        fontsize=7,
        color=_colour(row),
    )
    tidy(axes)
    axes.tick_params(labelsize=6)


def _plain(value: float) -> str:
    """Three digits, without an exponent up to a million."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"


def _over_dose(axes: Axes, trace: Trace) -> None:
    run, row = trace.run, trace.row
    doses = run.doses if run.doses is not None else np.empty(0)
    hour = trace.times[0]
    axes.plot(doses, run.at(hour), "o-", color=_MODEL, ms=2.5, lw=1.0)
    control = trace.control
    if control is not None and control.doses is not None:
        axes.plot(control.doses, control.at(hour), "o--", color=_GREY, ms=2.5, lw=1.0)
    elif control is not None:
        axes.axhline(float(control.at(hour)[0]), color=_GREY, ls="--", lw=1.0)
    if row.unit == run.dose_unit:
        axes.axvspan(max(row.low, 1e-12), row.high, color=_colour(row), alpha=0.15, lw=0)
        axes.axvline(row.published, color="black", lw=0.9)
        if row.model is not None:
            axes.axvline(row.model, color=_colour(row), lw=1.2, ls="--")
    axes.set_xscale("log")
    axes.set_xlabel(f"dose ({run.dose_unit})", fontsize=6, labelpad=1)
    axes.set_ylabel(_short(trace), fontsize=6, labelpad=1)
    axes.set_ylim(bottom=0)


def _over_time(axes: Axes, trace: Trace) -> None:
    run, row = trace.run, trace.row
    end = max([*trace.times, 0.5])
    time, values = run.within(min(float(run.time[0]), 0.0), end)
    for lane in values:
        axes.plot(time * 60, lane, color=_MODEL, lw=1.2)
    if trace.control is not None:
        before, base = trace.control.within(min(float(trace.control.time[0]), 0.0), end)
        axes.plot(before * 60, base[0], color=_GREY, lw=1.0, ls="--")
    _published(axes, trace, float(np.nanmax(values)) if np.isfinite(values).any() else 1.0)
    axes.set_xlabel("time (min)", fontsize=6, labelpad=1)
    axes.set_ylabel(_short(trace), fontsize=6, labelpad=1)
    axes.set_ylim(bottom=0)
    if row.unit != "min" and trace.times:
        axes.set_xlim(right=max(end, 0.5) * 60 * 1.08)


def _published(axes: Axes, trace: Trace, peak: float) -> None:
    """The published value and bracket in the panel's own scale: times as a band, shares against the curve."""
    row, tint = trace.row, _colour(trace.row)
    if trace.measure == "time_of_peak":
        axes.axvspan(row.low, row.high, color=tint, alpha=0.15, lw=0)
        axes.axvline(row.published, color="black", lw=0.9)
        return
    factor = _to_readout(trace, peak)
    if factor is None:
        return
    where = [t * 60 for t in trace.times] or [0.0]
    middle = float(np.mean(where))
    low, value, high = (x * factor for x in (row.low, row.published, row.high))
    axes.errorbar(middle, value, yerr=[[max(value - low, 0)], [max(high - value, 0)]],
                  xerr=(where[-1] - where[0]) / 2 or None, fmt="s", ms=3.5, color="black",
                  ecolor=tint, elinewidth=1.6, capsize=2, zorder=5)  # fmt: skip


def _to_readout(trace: Trace, peak: float) -> float | None:
    """Factor from the row's unit to the readout's, None where the two cannot be drawn together."""
    run, name = trace.run, trace.measure
    if name == "share_of_peak":
        return float(np.nanmax(run.within(0.0, trace.times[-1])[1])) / 100.0
    if name in ("share_of_start", "peak_over_start"):
        start = float(run.at(0.0)[0])
        return start / 100.0 if name == "share_of_start" else start
    if name in ("value", "abundance"):
        return 0.01 if trace.row.unit == "%" else 1.0
    if name == "mean_ratio" and trace.control is not None and np.isfinite(peak):
        return float(np.mean(trace.control.within(*trace.times)[1]))
    return None


def _short(trace: Trace) -> str:
    label = axis_label(trace.readout, trace.readout_unit)
    label = label.replace("molecules per cell", "1/cell").replace("concentration", "conc.")
    return label if len(label) <= 26 else label.replace(" (", "\n(")
