"""Responses over the dose, with the half-maximal dose marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from jakstat.arrays import Floats
from jakstat.experiment.control import control_name
from jakstat.experiment.dose_series import HalfMaximum
from jakstat.experiment.hill_fit import hill
from jakstat.experiment.records import axis_names, half_maxima, readout_names, responses
from jakstat.extras import needs
from jakstat.pharmacology import agent
from jakstat.report.canvas import colour, finish, headline, new_figure, tidy
from jakstat.report.time_courses import axis_label, dose_title, from_zero, make_panels
from jakstat.response.dose_curve import DoseResponse, asked_together
from jakstat.store import attribute
from jakstat.units import Kind, Quantity, kind_of, to_molar

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["dose_response_figure", "drug_curves"]


def dose_response_figure(result: xr.Dataset) -> Figure:
    """Every readout of a dose series over the dose of the first series.

    Points are the simulations, the line is the fitted Hill curve, the vertical line
    the EC50 or IC50 with its value; further series give one curve per level.
    """
    names = readout_names(result)
    axis, *others = axis_names(result)
    doses = np.asarray(result[f"dose_{axis}"].values, dtype=float)
    figure, panels = make_panels(names)
    for panel, name in zip(panels, names, strict=True):
        read = responses(result, name)
        for i, (at, found) in enumerate(half_maxima(result)):
            chosen = np.ones(doses.size, dtype=bool)
            for other in others:
                chosen &= result[f"dose_{other}"].values == at[other]
            label = "".join(f"{other} {at[other]:g} {_unit(result, other)}: " for other in others)
            _curve(panel, doses[chosen], read[chosen], found[name], colour(i), label)
            if control_name(name) in result:
                plain = float(responses(result, control_name(name))[chosen][0])
                said = f"untreated (no {' and '.join(result.attrs['control'])})" if i == 0 else None
                panel.axhline(plain, color=colour(i), lw=1.0, ls=":", label=said)
        _frame(panel, doses, dose_title(result, axis), axis_label(name, str(result[name].attrs["units"])))
        panel.legend(fontsize=7, framealpha=0.85, edgecolor="none")
    hour = result.attrs.get("read_at_h")
    when = "peak" if hour is None else f"at {hour * 60:.4g} min"
    headline(
        figure, f"{result.attrs['title']}: response to {axis}, {when}", attribute(result.attrs, "question")
    )
    return finish(figure, result.attrs["sources"], result.attrs["notes"])


def _curve(
    panel: Axes,
    doses: Floats,
    read: Floats,
    found: HalfMaximum,
    paint: str,
    label: str,
) -> None:
    given = doses > 0
    panel.plot(doses[given], read[given], "o", ms=4, mfc="white", color=paint)
    for zero in read[~given]:
        panel.axhline(float(zero), color=paint, lw=0.8, ls=":")
    text = label + _value_text(found)
    if found.method == "hill" and np.any(given):
        fine = np.geomspace(doses[given].min(), doses[given].max(), 200)
        panel.plot(
            fine,
            hill(fine, found.bottom, found.top, found.value, found.hill),
            color=paint,
            lw=1.5,
            label=text,
        )
    else:
        panel.plot(doses[given], read[given], color=paint, lw=1.0, label=text)
    if np.isfinite(found.value):
        panel.axvline(found.value, color=paint, lw=0.9, ls="--")


def _unit(result: xr.Dataset, axis: str) -> str:
    unit = str(result[f"dose_{axis}"].attrs["units"])
    return "" if unit == "1" else unit


def _value_text(found: HalfMaximum) -> str:
    if not np.isfinite(found.value):
        return f"no {found.kind}"
    return f"{found.kind} {found.value:.3g} {found.unit}"


def _frame(panel: Axes, doses: Floats, x_label: str, y_label: str) -> None:
    given = doses[doses > 0]
    if given.size and given.max() > 3 * given.min():
        panel.set_xscale("log")
    panel.set_xlabel(x_label, fontsize=9)
    panel.set_ylabel(y_label.replace(" (", "\n("), fontsize=8.5)
    from_zero(panel)
    tidy(panel)


def drug_curves(found: Sequence[DoseResponse]) -> Figure:
    """The response over that without a drug, one curve for each drug, with grade and half-maximal dose.

    Points are the simulations, lines the fitted Hill curves, bands 5 to 95 % of the parameter vectors, and
    vertical lines the half-maximal doses.
    """
    first = found[0]
    figure = new_figure(6.6, 4.6)
    axes = figure.subplots()
    unit = first.dose_unit if len({one.dose_unit for one in found}) == 1 else "nM"
    factors = [1.0 if one.dose_unit == unit else _to_nanomolar(one) for one in found]
    for i, (one, factor) in enumerate(zip(found, factors, strict=True)):
        scale = 1.0 / one.baseline if one.baseline else float("nan")
        given = one.doses > 0
        doses = one.doses[given] * factor
        paint = colour(i)
        label = f"{one.drug} [{one.grade}]: {_half_text(one, factor, unit)}"
        axes.plot(doses, one.effects[given], "o", ms=4, mfc="white", color=paint)
        if one.interval is not None:
            axes.fill_between(doses, one.low[given], one.high[given], color=paint, alpha=0.15, lw=0)
        if one.half.method == "hill":
            fine = np.geomspace(one.doses[given].min(), one.doses[given].max(), 200)
            curve = hill(fine, one.half.bottom, one.half.top, one.half.value, one.half.hill)
            axes.plot(fine * factor, curve * scale, color=paint, lw=1.5, label=label)
        else:
            axes.plot(doses, one.effects[given], color=paint, lw=1.0, label=label)
        if np.isfinite(one.half.value):
            axes.axvline(one.half.value * factor, color=paint, lw=0.9, ls="--")
    axes.axhline(1.0, color="0.5", lw=0.8, ls=":")
    every = np.concatenate([one.doses * factor for one, factor in zip(found, factors, strict=True)])
    _frame(axes, every, f"dose in the medium ({unit})",
           f"{first.readout} over that without drug (no unit)")  # fmt: skip
    axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.17), frameon=False,
                title="[grade of the drug's potency]", title_fontsize=7)  # fmt: skip
    said = f"{first.title}: {first.readout}, {_when(first)}, over the dose"
    headline(figure, said, asked_together(found))
    drawn = (
        ["no interval: no parameter vectors were drawn"]
        if first.interval is None
        else [f"bands: 5 to 95 % of {first.interval.vectors} parameter vectors"]
    )
    return finish(figure, sorted({key for one in found for key in one.sources}), drawn)


def _when(one: DoseResponse) -> str:
    return {"peak": "peak", "auc": "area"}.get(one.at, f"at {one.at}" if one.kind == "time" else one.at)


def _to_nanomolar(one: DoseResponse) -> float:
    """NM in one unit of the drug's doses; a mass through its molar mass."""
    dose = Quantity(1.0, one.dose_unit, kind_of(one.dose_unit) or Kind.OTHER)
    return to_molar(dose, molar_mass=agent(one.drug).molar_mass)


def _half_text(one: DoseResponse, factor: float, unit: str) -> str:
    if not np.isfinite(one.half.value):
        return "no half-maximal dose"
    low, high = (end * factor for end in one.bounds)
    bounds = f" ({_digits(low)} to {_digits(high)})" if np.isfinite(low) and np.isfinite(high) else ""
    return f"{one.half.kind} {_digits(one.half.value * factor)} {unit}{bounds}"


def _digits(value: float) -> str:
    """Three digits, without a power of ten where people would write none."""
    return f"{float(f'{value:.3g}'):,.0f}" if 1e3 <= value < 1e9 else f"{value:.3g}"
