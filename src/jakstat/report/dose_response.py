"""Responses over the dose, with the half-maximal dose marked."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jakstat.experiment.dose_series import HalfMaximum, hill
from jakstat.experiment.records import axis_names, half_maxima, readout_names, responses
from jakstat.report.canvas import colour, finish, headline, tidy
from jakstat.report.time_courses import axis_label, dose_title, from_zero, make_panels

__all__ = ["dose_response"]


def dose_response(result: xr.Dataset) -> Figure:
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
        _frame(panel, doses, dose_title(result, axis), axis_label(name, str(result[name].attrs["units"])))
        panel.legend(fontsize=7, framealpha=0.85, edgecolor="none")
    hour = result.attrs["read_at_h"]
    when = "peak" if hour is None else f"at {hour * 60:.4g} min"
    headline(figure, f"{result.attrs['title']}: response to {axis}, {when}")
    return finish(figure, result.attrs["sources"])


def _curve(
    panel: Axes,
    doses: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    read: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
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
    if found.bracketed:
        panel.axvline(found.value, color=paint, lw=0.9, ls="--")


def _unit(result: xr.Dataset, axis: str) -> str:
    unit = str(result[f"dose_{axis}"].attrs["units"])
    return "" if unit == "1" else unit


def _value_text(found: HalfMaximum) -> str:
    if not np.isfinite(found.value):
        return f"no {found.kind}"
    return f"{found.kind} {found.value:.3g} {found.unit}" + ("" if found.bracketed else " (not bracketed)")


def _frame(
    panel: Axes, doses: np.ndarray[tuple[int, ...], np.dtype[np.float64]], x_label: str, y_label: str
) -> None:
    given = doses[doses > 0]
    if given.size and given.max() > 3 * given.min():
        panel.set_xscale("log")
    panel.set_xlabel(x_label, fontsize=9)
    panel.set_ylabel(y_label.replace(" (", "\n("), fontsize=8.5)
    from_zero(panel)
    tidy(panel)
