"""What is read off an exposure for each subject, and its mean, median, spread over subjects.

A reading whose condition fails is left out, with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.pharmacology.noncompartmental import disposition_half_life, reading_constants, slope_half_life
from jakstat.pharmacology.pk_library import pk_model
from jakstat.store import attribute, attributes

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["METRICS", "exposure_question", "left_out", "readings", "summary"]

_WHOLE = 1.0 - 1e-9
_CURVED = ("saturable", "enterohepatic")

METRICS = {
    "Cmax_first": ("mg/L", "highest concentration of the first interval"),
    "Tmax_first": ("h", "time of it after the dose"),
    "trough_first": ("mg/L", "concentration at the end of the first interval"),
    "AUC_first": ("mg*h/L", "area under the curve of the first interval"),
    "Cmax": ("mg/L", "highest concentration of the last whole interval"),
    "trough": ("mg/L", "concentration at the end of the last whole interval"),
    "AUC_tau": ("mg*h/L", "area under the curve of the last whole interval"),
    "AUC_total": ("mg*h/L", "area under the curve from the first dose to the end"),
    "AUC_inf": ("mg*h/L", "area of a single dose to infinity, the tail by the half-life"),
    "half_life": ("h", "terminal half-life"),
    "accumulation": ("ratio", "area of the last interval over that of the first"),
    "steady_state": ("h", "start of the first interval whose trough is 90 % of that to come"),
}
"""Unit and meaning of each reading."""


class _Told:
    """Readings by name, and why some are left out."""

    def __init__(self, alive: NDArray[np.bool_]) -> None:
        self.alive = alive
        self.values: dict[str, Floats] = {name: np.full(len(alive), np.nan) for name in METRICS}
        self.why: dict[str, str] = {}

    def leave(self, name: str, reason: str, which: NDArray[np.bool_] | None = None) -> None:
        """Leave a reading out, for all subjects or for some."""
        lost = self.alive if which is None else which & self.alive
        self.values[name] = np.where(lost, np.nan, self.values[name])
        if lost.any():
            some = f" ({lost.sum()} of {self.alive.sum()} subjects)"
            self.why[name] = reason if lost.sum() == self.alive.sum() else reason + some


def _numbers(found: xr.Dataset) -> dict[str, Floats]:
    begin = "number_"
    return {str(k).removeprefix(begin): found[k].values for k in found.data_vars if str(k).startswith(begin)}


def _half_life(found: xr.Dataset) -> Floats:
    """By the volumes where disposition is linear, else by the slope behind the last dose."""
    model, numbers = pk_model(str(found.attrs["drug_id"])), _numbers(found)
    times, until = found["time"].values, float(found.attrs["until_h"])
    if any(part in model.parts for part in _CURVED):
        inside = times >= found["dose"].values[-1]
        change = reading_constants()["slope_change"].value
        return slope_half_life(times[inside], found["total"].values[:, inside], change=change)
    factor: Floats = np.ones(found.sizes["subject"])
    if "clearance_falls" in model.parts:
        power = until ** numbers["CL_hill"]
        factor = np.exp(numbers["CL_change"] * power / (numbers["CL_T50"] ** numbers["CL_hill"] + power))
    if "cyp3a4" in model.parts:
        factor = factor * _cyp3a4(numbers)
    terminal = disposition_half_life(numbers, factor)
    slow = [np.log(2.0) / numbers["ka"]] if "ka" in numbers and found.attrs["route"] != "IV" else []
    return np.asarray(np.max([terminal, *slow], axis=0))


def _cyp3a4(n: dict[str, Floats]) -> Floats:
    """The factor of the part ``cyp3a4``."""
    left = [
        1 - n["CYP3A4_share"] * n["CYP3A4_loss"] * x / (n["IL6_CYP3A4"] + x)
        for x in (n["IL6"], n["IL6_reference"])
    ]
    return np.asarray(left[0] / left[1])


def readings(found: xr.Dataset) -> xr.Dataset:
    """Each of :data:`METRICS` for every subject of an :func:`~jakstat.pharmacology.exposure.exposure`.

    Concentrations are total drug. A reading whose condition fails is NaN, and :func:`left_out` says why.

    Notes
    -----
    The trough to come is that of a geometric series (Gibaldi and Perrier, Pharmacokinetics, 2nd ed. 1982,
    chapter 3): of the terminal half-life, or of the last three troughs where elimination is not linear.

    Examples
    --------
    >>> from jakstat.pharmacology.exposure import exposure
    >>> one = readings(exposure("siltuximab", "11 mg/kg IV q3w x 6", subjects=0))
    >>> bool(1.5 < float(one["accumulation"][0]) < 2.2)
    True
    """
    told = _Told(np.isfinite(found["AUC"].values[:, -1]))
    starts, tau = found["dose"].values, float(found.attrs["interval_h"])
    if len(starts):
        told.values["half_life"] = _half_life(found)
        told.leave("half_life", "no terminal phase is seen", ~np.isfinite(told.values["half_life"]))
        _of_intervals(told, found, starts, tau)
        _of_a_single_dose(told, found, single=len(starts) == 1)
        _of_repeated_doses(told, found, starts, tau)
    import xarray as xr

    return xr.Dataset(
        {name: ("subject", values, {"units": METRICS[name][0]}) for name, values in told.values.items()},
        attrs=attributes({**found.attrs, "left_out": told.why}),
    )


def _of_intervals(told: _Told, found: xr.Dataset, starts: Floats, tau: float) -> None:
    """The first interval, and the last one that is whole."""
    cut = np.isfinite(tau) and float(found.attrs["until_h"]) < (starts[-1] + tau) * _WHOLE
    last = len(starts) - (2 if cut and len(starts) > 1 else 1)
    names = {"Cmax": "peak", "Tmax": "peak_time", "trough": "trough", "AUC": "area"}
    for name, variable in names.items():
        values = found[variable].values
        told.values[f"{name}_first"] = values[:, 0]
        if name != "Tmax":
            told.values["AUC_tau" if name == "AUC" else name] = values[:, last]
    for name, place in (("Cmax_first", 0), ("Tmax_first", 0), ("Cmax", last)):
        told.leave(name, "the curve still rises at the end", found["rises"].values[:, place] > 0)
    if len(starts) == 1 and (cut or not np.isfinite(tau)):
        said = "the interval is cut short" if cut else "a single dose has no interval"
        for name in ("trough_first", "trough", "AUC_first", "AUC_tau"):
            told.leave(name, said)
    told.values["AUC_total"] = found["AUC"].values[:, -1]


def _of_a_single_dose(told: _Told, found: xr.Dataset, *, single: bool) -> None:
    """The area to infinity: Gibaldi and Perrier (1982), appendix D."""
    if not single:
        told.leave("AUC_inf", "it is that of a single dose")
        return
    tail = found["total"].values[:, -1] * told.values["half_life"] / np.log(2.0)
    told.values["AUC_inf"] = told.values["AUC_total"] + tail
    most = reading_constants()["extrapolated_share"].value
    said = f"more than {most:.0%} of it would be extrapolated, ask for more days"
    told.leave("AUC_inf", said, ~(tail <= most * told.values["AUC_inf"]))


def _of_repeated_doses(told: _Told, found: xr.Dataset, starts: Floats, tau: float) -> None:
    """Steady state and accumulation."""
    cut = float(found.attrs["until_h"]) < (starts[-1] + tau) * _WHOLE
    count = len(starts) - (1 if cut else 0)
    for name in ("accumulation", "steady_state"):
        if len(starts) == 1:
            told.leave(name, "it is that of repeated doses")
        elif not found.attrs["evenly"]:
            told.leave(name, "doses or intervals differ")
        elif count < 2:
            told.leave(name, "the second interval is cut short")
    if "accumulation" in told.why:
        return
    troughs, areas = found["trough"].values[:, :count], found["area"].values[:, :count]
    to_come = _trough_to_come(troughs, told.values["half_life"], tau, str(found.attrs["drug_id"]))
    near = troughs >= reading_constants()["steady_share"].value * to_come[:, None]
    told.values["steady_state"] = starts[np.argmax(near, axis=1)]
    told.values["accumulation"] = areas[:, -1] / areas[:, 0]
    for name in ("accumulation", "steady_state"):
        told.leave(name, "steady state is not reached", ~near[:, -1])


def _trough_to_come(troughs: Floats, half_life: Floats, tau: float, drug: str) -> Floats:
    """The trough that doses without end lead to; NaN where it cannot be told."""
    ratio: Floats = np.exp2(-tau / half_life)
    if any(part in pk_model(drug).parts for part in _CURVED):
        if troughs.shape[1] < 3:
            return np.full(len(troughs), np.nan)
        last, before = troughs[:, -1] - troughs[:, -2], troughs[:, -2] - troughs[:, -3]
        ratio = np.divide(last, before, out=np.zeros_like(last), where=np.abs(before) > 0)
        ratio = np.where((ratio >= 0) & (ratio < 1), ratio, np.where(np.abs(last) > 0, np.nan, 0.0))
    return np.asarray(troughs[:, -1] + (troughs[:, -1] - troughs[:, -2]) * ratio / (1.0 - ratio))


def exposure_question(found: xr.Dataset) -> str:
    """What was asked, in words: drug, regimen, in whom, with which covariates, for how long.

    Examples
    --------
    >>> from jakstat.pharmacology.exposure import exposure
    >>> exposure_question(exposure("Jakafi", "15 mg PO bid", subjects=0, days=2, covariates={"weight": 60}))
    'ruxolitinib 15 mg PO BID: typical subject of myelofibrosis, weight 60, 2 days'
    """
    a = found.attrs
    who, seed = "typical subject", ""
    if a["subjects"]:
        who, seed = f"{a['subjects']} virtual subjects", f", seed {a['seed']}"
    fixed = "".join(f", {name} {float(found[f'covariate_{name}'][0]):g}" for name in a["fixed"])
    people = str(a["population"]).replace("_", " ")
    return f"{a['drug']} {a['regimen']}: {who} of {people}{fixed}, {a['until_h'] / 24.0:g} days{seed}"


def left_out(told: xr.Dataset) -> dict[str, str]:
    """Why readings of :func:`readings` are missing, by name.

    Examples
    --------
    >>> from jakstat.pharmacology.exposure import exposure
    >>> left_out(readings(exposure("siltuximab", "11 mg/kg IV q3w x 2", subjects=0)))["accumulation"]
    'steady state is not reached'
    """
    return dict(attribute(told.attrs, "left_out"))


def summary(told: xr.Dataset) -> dict[str, dict[str, float | str | int]]:
    """Mean, median, sd, 5 and 95 % of every one of :func:`readings` over the subjects that have it.

    Examples
    --------
    >>> from jakstat.pharmacology.exposure import exposure
    >>> rows = summary(readings(exposure("siltuximab", "11 mg/kg IV q3w x 2", subjects=50)))
    >>> rows["Cmax"]["unit"], rows["Cmax"]["grade"], rows["Cmax"]["subjects"]
    ('mg/L', 'fitted', 50)
    """
    rows: dict[str, dict[str, float | str | int]] = {}
    for name, (unit, means) in METRICS.items():
        values = told[name].values
        values = values[np.isfinite(values)]
        if not len(values):
            continue
        low, median, high = np.percentile(values, [5, 50, 95])
        rows[name] = {
            "mean": float(values.mean()),
            "median": float(median),
            "sd": float(values.std(ddof=1)) if len(values) > 1 else float("nan"),
            "low": float(low),
            "high": float(high),
            "unit": unit,
            "means": means,
            "subjects": len(values),
            "grade": str(told.attrs["grade"]),
        }
    return rows
