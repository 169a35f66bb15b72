"""Measured dose-response curves: means with standard deviations, fits, intervals, the model beside."""

from __future__ import annotations

import math

import numpy as np

from jakstat.arrays import Floats
from jakstat.experiment.hill_fit import hill
from jakstat.extras import needs
from jakstat.report.canvas import colour, finish, headline, new_figure, tidy
from jakstat.response.curve_models import sigmoid
from jakstat.response.fitted_curve import FittedCurve
from jakstat.response.own_curves import OwnCurves
from jakstat.units import convert

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["measured_curves"]

_FINE = 200
_TOGETHER = 6
_MOST_PANELS = 24


def measured_curves(found: OwnCurves) -> Figure:
    """The figure of :func:`jakstat.response.own_curves.fit_curves`.

    Points are means with standard deviations (small ones the wells), lines the fitted curves, bars at the
    foot the intervals of their half-way doses, dashes the model. Up to six curves without a
    model's share a panel; GR values have one of their own.
    """
    beside = any(one.beside for one in found.curves)
    together = (
        len(found.curves) <= _TOGETHER and not beside and len({c.wells.unit for c in found.curves}) == 1
    )
    shown = found.curves[:_MOST_PANELS]
    groups = [shown] if together else [(one,) for one in shown]
    growth = [one for one in shown if one.growth is not None] if together or len(shown) == 1 else []
    panels = len(groups) + bool(growth)
    across = min(panels, 4)
    down = math.ceil(panels / across)
    figure = new_figure(max(5.6, 4.1 * across), 3.6 * down + 1.2)
    axes = list(np.atleast_1d(figure.subplots(down, across)).ravel())
    for panel, group in zip(axes, groups, strict=False):
        _panel(panel, group, found)
    if growth:
        _growth_panel(axes[len(groups)], growth)
    for panel in axes[panels:]:
        panel.set_visible(False)
    headline(figure, found.question)
    sure = f"{100 * found.level:g} %"
    said = [
        f"points: means and standard deviations; bars at the foot: {sure} intervals of the half-way doses"
    ]
    if beside:
        said.append("dashes: the model of the same cell and drug")
    if len(found.curves) > len(shown):
        said.append(f"{len(found.curves) - len(shown)} further curves are in the table")
    sources = {key for one in found.curves if one.beside for key in one.beside.curve.sources}
    return finish(figure, sorted(sources), said)


def _panel(axes: Axes, group: tuple[FittedCurve, ...], found: OwnCurves) -> None:
    lowest = min(_left(one) for one in group)
    for i, one in enumerate(group):
        _curve(axes, one, colour(i), lowest, alone=len(group) == 1)
        _interval(axes, one, colour(i), i)
        if one.beside is not None:
            _model(axes, one)
    _frame(axes, group[0].wells.unit, lowest, any((one.points.dose[0] == 0).any() for one in group))
    axes.set_ylabel(found.response, fontsize=9)
    _legend(axes)
    if len(group) == 1:
        axes.set_title(group[0].wells.name, fontsize=9)


def _left(one: FittedCurve) -> float:
    """Where wells of dose 0 stand: half a decade below the lowest dose."""
    return float(one.points.ends[0][0]) / 10**0.5


def _curve(axes: Axes, one: FittedCurve, paint: str, lowest: float, *, alone: bool) -> None:
    used = one.points.used[0]
    dose, mean = one.points.dose[0][used], one.points.mean[0][used]
    place = np.where(dose > 0, dose, lowest)
    spread = np.nan_to_num(one.points.scatter[0][used])
    wells = np.array([w.response for w in one.wells.wells])
    at = np.array([w.dose for w in one.wells.wells])
    axes.plot(np.where(at > 0, at, lowest), wells, ".", ms=2.5, color=paint, alpha=0.45)
    axes.errorbar(
        place, mean, spread, fmt="o", ms=4, mfc="white", color=paint, lw=0, elinewidth=1.0, capsize=2
    )
    fine = np.geomspace(lowest, dose.max(), _FINE)
    axes.plot(fine, one.at(fine), color=paint, lw=1.5, label=_label(one, alone=alone))


def _label(one: FittedCurve, *, alone: bool) -> str:
    name = "" if alone else f"{one.wells.name}: "
    if one.kind == "none":
        return f"{name}no effect of the dose"
    low, high = one.EC50_low, one.EC50_high
    ends = (
        f"{low:.3g} to {high:.3g}" if math.isfinite(low) and math.isfinite(high)
        else f"above {low:.3g}" if math.isfinite(low)
        else f"below {high:.3g}" if math.isfinite(high) else "not bounded"
    )  # fmt: skip
    return f"{name}{one.model}, {one.kind} {one.EC50:.3g} {one.wells.unit} ({ends})"


def _interval(axes: Axes, one: FittedCurve, paint: str, place: int) -> None:
    low, high = one.EC50_low, one.EC50_high
    if one.kind == "none" or not (math.isfinite(low) or math.isfinite(high)):
        return
    least, most = (float(x[0]) for x in one.points.ends)
    ends = [low if math.isfinite(low) else least / 3.0, high if math.isfinite(high) else most * 3.0]
    height = 0.02 + 0.025 * place
    axes.plot(
        ends,
        [height, height],
        color=paint,
        lw=2.5,
        solid_capstyle="butt",
        transform=axes.get_xaxis_transform(),
    )
    axes.plot(
        [one.EC50], [height], "|", ms=8, color=paint, transform=axes.get_xaxis_transform(), clip_on=True
    )


def _model(axes: Axes, one: FittedCurve) -> None:
    """The model's curve, from shares of control to the scale of the data."""
    beside = one.beside
    assert beside is not None
    full, none = beside.limbs
    found = beside.curve
    said = f"model: {found.readout}, {found.at}; {100 * beside.rms:.0f} % of control apart (rms)"
    if found.half.method == "hill" and found.baseline:
        factor = convert(1.0, one.wells.unit, found.half.unit)
        fine = np.geomspace(beside.doses.min(), beside.doses.max(), _FINE)
        share: Floats = hill(
            fine * factor, found.half.bottom, found.half.top, found.half.value, found.half.hill
        )
        axes.plot(fine, none + (full - none) * share / found.baseline, "--", color="0.25", lw=1.4, label=said)
        said = ""
    axes.plot(
        beside.doses, none + (full - none) * beside.simulated, "s" if said == "" else "s--", ms=3,
        mfc="white", color="0.25", lw=1.2, label=said or None,
    )  # fmt: skip


def _growth_panel(axes: Axes, curves: list[FittedCurve]) -> None:
    for i, one in enumerate(curves):
        g = one.growth
        assert g is not None
        fine = np.geomspace(g.doses.min(), g.doses.max(), _FINE)
        curve = sigmoid(fine, *(float(getattr(g.fit, n)[0]) for n in ("start", "end", "half", "slope")))
        value = f"GR50 {g.GR50:.3g} {one.wells.unit}" if math.isfinite(g.GR50) else "no GR50"
        name = "" if len(curves) == 1 else f"{one.wells.name}: "
        spread = np.nan_to_num(g.scatter)
        axes.errorbar(g.doses, g.values, spread, fmt="o", ms=4, mfc="white", color=colour(i), lw=0,
                      elinewidth=1.0, capsize=2)  # fmt: skip
        axes.plot(fine, curve, color=colour(i), lw=1.5, label=f"{name}{value}, GR_AOC {g.GR_AOC:.2f}")
    for level in (0.0, 1.0):
        axes.axhline(level, color="0.5", lw=0.8, ls=":")
    _frame(axes, curves[0].wells.unit, 0.0, False)
    axes.set_ylabel("GR value (1 no effect, 0 no growth)", fontsize=9)
    _legend(axes)


def _legend(axes: Axes) -> None:
    """Below the axes, where it hides no point."""
    axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.17), frameon=False)


def _frame(axes: Axes, unit: str, lowest: float, zero: bool) -> None:
    axes.set_xscale("log")
    axes.set_xlabel(f"dose ({unit})" + (", dose 0 at the left end" if zero else ""), fontsize=9)
    tidy(axes)
    if zero:
        axes.axvline(lowest * 10**0.2, color="0.7", lw=0.6, ls=":")
