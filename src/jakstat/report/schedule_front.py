"""Schedules of a drug: suppression against exposure, the Pareto front, the readout over the last cycle."""

from __future__ import annotations

import textwrap

import numpy as np
import xarray as xr

from jakstat.extras import needs
from jakstat.report.canvas import COLOURS, colour, finish, headline, new_figure, tidy

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

__all__ = ["schedule_front"]

_MARKS = {"continuous": ("o", COLOURS[0]), "intermittent": ("s", COLOURS[1]), "pulsed": ("^", COLOURS[3])}
_CURVES = 4
_DAY = 24.0
_NARROW = 2.0  # exposures nearer than that share an axis about them
_SIDE, _APART = 0.06, 0.042  # decades within which numbers may collide; how far apart they stand


def schedule_front(found: xr.Dataset) -> Figure:
    """The figure of :func:`jakstat.response.schedules.compare_schedules`."""
    figure = new_figure(9.4, 8.4)
    grid = figure.add_gridspec(2, 2, height_ratios=[1.25, 1.0], width_ratios=[2.1, 1.0])
    _scatter(figure.add_subplot(grid[0, 0]), found)
    _key(figure.add_subplot(grid[0, 1]), found)
    _curves(figure.add_subplot(grid[1, :]), found)
    a = found.attrs
    lost = f"; {a['failed']} failed" if a["failed"] else ""
    grades = [
        f"{word} {grade.upper() if grade in ('assumed', 'user') else grade}"
        for word, grade in (("potency", a["potency_grade"]), ("exposure", a["exposure_grade"]))
    ]
    headline(
        figure,
        f"{a['title']}, {', '.join(a['stimuli'])}: schedules of {a['drug']} in a typical subject "
        f"({str(a['population']).replace('_', ' ')}); {', '.join(grades)}{lost}",
    )
    return finish(figure, [*a["pk_sources"], *(s for s in a["sources"] if s not in a["pk_sources"])])


def _scatter(axes: Axes, found: xr.Dataset) -> None:
    cost, gain = found["AUC_unbound"].values, found["suppression"].values
    front = found["front"].values.astype(bool)
    order = np.flatnonzero(front)[np.argsort(cost[front])]
    axes.plot(cost[order], gain[order], color="0.45", lw=1.0, zorder=1, label="Pareto front")
    for kind, (mark, paint) in _MARKS.items():
        chosen = found["kind"].values == kind
        for on, fill in ((True, paint), (False, "white")):
            here = chosen & (front == on)
            label = kind if here.any() and (on or not (chosen & front).any()) else None
            axes.scatter(
                cost[here], gain[here], s=42, marker=mark, color=fill, edgecolor=paint, label=label, zorder=3
            )
    axes.set_xscale("log")
    few = np.nanmax(cost) / max(np.nanmin(cost), 1e-300) < 300
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(x=0.1, y=0.12)
    low, high = np.nanmin(cost, initial=np.inf), np.nanmax(cost, initial=0.0)
    if 0.0 < high < _NARROW * low:  # one exposure: an axis about it, or there is none
        axes.set_xlim(low / _NARROW, high * _NARROW)
    _labels(axes, found)
    axes.set_xlabel("exposure: area under unbound drug in plasma (nM h a week)", fontsize=9)
    axes.set_ylabel(f"mean suppression of {found.attrs['readout']} (%)", fontsize=9)
    axes.legend(fontsize=8, frameon=False, loc="upper left", title="filled: on the front", title_fontsize=8)
    tidy(axes)


def _labels(axes: Axes, found: xr.Dataset) -> None:
    """The number of each schedule beside its point; of points side by side the numbers are pushed apart."""
    cost, gain = found["AUC_unbound"].values, found["suppression"].values
    low, high = axes.get_ylim()
    known = np.flatnonzero(np.isfinite(cost) & np.isfinite(gain) & (cost > 0)).tolist()
    columns: list[list[int]] = []
    for k in sorted(known, key=lambda k: float(cost[k])):
        if columns and np.log10(cost[k] / cost[columns[-1][-1]]) < _SIDE:
            columns[-1].append(k)
        else:
            columns.append([k])
    for members in columns:
        place = -np.inf
        for k in sorted(members, key=lambda k: float(gain[k])):
            place = max(float(gain[k]), place + _APART * (high - low))
            axes.annotate(
                str(k + 1),
                (cost[k], place),
                xytext=(7, -3),
                textcoords="offset points",
                fontsize=8,
                color="0.2",
            )


def _key(axes: Axes, found: xr.Dataset) -> None:
    axes.set_axis_off()
    lines = []
    for k, text in enumerate(found["schedule"].values.tolist()):
        star = " *" if found["front"].values[k] else ""
        lines.append(textwrap.fill(f"{k + 1}  {text}{star}", width=36, subsequent_indent="     "))
    axes.text(
        0.0, 1.0, "\n".join([*lines, "", "* on the front"]), fontsize=8, va="top", ha="left", linespacing=1.5,
        transform=axes.transAxes,
    )  # fmt: skip


def _shown(found: xr.Dataset) -> list[int]:
    """A few schedules: the strongest of each kind, then those on the front."""
    gain = np.where(np.isfinite(found["suppression"].values), found["suppression"].values, -np.inf)
    weekly = found["weekly_dose"].values
    usual = [float(f"{w:.2e}") for w in weekly]
    # the weekly dose that most schedules share says most about schedules
    often = max(usual, key=usual.count)
    alike = [k for k in range(len(gain)) if usual[k] == often]
    rest = [k for k in np.argsort(-gain).tolist() if k not in alike]
    order = sorted(alike, key=lambda k: -gain[k]) + list(rest)
    return [k for k in order if np.isfinite(gain[k])][:_CURVES]


def _curves(axes: Axes, found: xr.Dataset) -> None:
    name, times = str(found.attrs["readout"]), found["time"].values
    longest = 0.0
    for place, k in enumerate(_shown(found)):
        start, end = (float(found[f"window_{e}"].values[k]) for e in ("start", "end"))
        inside = (times >= start) & (times <= end)
        share = 100.0 * found[name].values[k][inside] / found[f"untreated_{name}"].values[inside]
        axes.plot(
            (times[inside] - start) / _DAY,
            share,
            color=colour(place),
            lw=1.2,
            label=f"{k + 1}  {found['schedule'].values[k]}",
        )
        longest = max(longest, (end - start) / _DAY)
    goal = 100.0 - float(found.attrs["suppress"])
    axes.axhline(100.0, color="0.5", lw=0.8, ls=":")
    bare = 100.0 - float(found.attrs["unstimulated"])
    axes.axhline(bare, color="0.5", lw=0.8, ls="-.", label="untreated, no stimulus")
    axes.axhline(goal, color="0.5", lw=0.8, ls="--", label=f"{found.attrs['suppress']:g} % suppressed")
    axes.set_xlim(0.0, longest or 1.0)
    axes.set_ylim(0.0, 112.0)
    axes.set_xlabel("time in the last full cycle (days)", fontsize=9)
    axes.set_ylabel(f"{name} (% of untreated)", fontsize=9)
    axes.legend(fontsize=7.5, framealpha=0.9, edgecolor="none", ncols=2, loc="lower right")
    tidy(axes)
