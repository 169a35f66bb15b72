"""What is read off an exposure for each subject, and its mean, median, spread over subjects."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from jakstat.pharmacology.noncompartmental import disposition_half_life, interval_readings, slope_half_life
from jakstat.pharmacology.pk_library import pk_model
from jakstat.pharmacology.regimen_text import parse_regimen

__all__ = ["METRICS", "readings", "summary"]

Reals = NDArray[np.float64]
_WHOLE = 1.0 - 1e-9
_STEADY = 0.9  # steady state: the first trough that is nine tenths of the last

METRICS = {
    "Cmax_first": ("mg/L", "highest concentration of the first interval"),
    "Tmax_first": ("h", "time of it after the dose"),
    "trough_first": ("mg/L", "concentration at the end of the first interval"),
    "AUC_first": ("mg*h/L", "area under the curve of the first interval"),
    "Cmax": ("mg/L", "highest concentration of the last interval"),
    "trough": ("mg/L", "concentration at the end of the last interval"),
    "AUC_tau": ("mg*h/L", "area under the curve of the last interval"),
    "AUC_total": ("mg*h/L", "area under the curve from the first dose to the end"),
    "AUC_inf": ("mg*h/L", "area of a single dose to infinity, the tail by the half-life"),
    "half_life": ("h", "terminal half-life"),
    "accumulation": ("ratio", "area of the last interval over that of the first"),
    "steady_state": ("h", "start of the first interval whose trough is 90 % of the last"),
}
"""Unit and meaning of each reading."""


def _half_life(found: xr.Dataset, last: Reals, curve: Reals) -> Reals:
    """By the volumes where disposition is linear, else by the slope behind the last dose."""
    model = pk_model(str(found.attrs["drug_id"]))
    if "saturable" in model.parts or "enterohepatic" in model.parts:
        return slope_half_life(last, curve)
    numbers = {
        str(k).removeprefix("number_"): found[k].values
        for k in found.data_vars
        if str(k).startswith("number_")
    }
    factor: Reals = np.ones(found.sizes["subject"])
    if "clearance_falls" in model.parts:
        power = float(found["time"].values[-1]) ** numbers["CL_hill"]
        factor = np.exp(numbers["CL_change"] * power / (numbers["CL_T50"] ** numbers["CL_hill"] + power))
    if "cyp3a4" in model.parts:
        factor = factor * _cyp3a4(numbers)
    terminal = disposition_half_life(numbers, factor)
    slow = [np.log(2.0) / numbers["ka"]] if "ka" in numbers and _extravascular(found) else []
    return np.asarray(np.max([terminal, *slow], axis=0))


def _extravascular(found: xr.Dataset) -> bool:
    return parse_regimen(str(found.attrs["regimen"])).segments[-1].route != "IV"


def _cyp3a4(n: dict[str, Reals]) -> Reals:
    """The factor of the part ``cyp3a4``."""
    left = [
        1 - n["CYP3A4_share"] * n["CYP3A4_loss"] * x / (n["IL6_CYP3A4"] + x)
        for x in (n["IL6"], n["IL6_reference"])
    ]
    return np.asarray(left[0] / left[1])


def readings(found: xr.Dataset) -> xr.Dataset:
    """Each of :data:`METRICS` for every subject of an :func:`~jakstat.pharmacology.exposure.exposure`.

    Concentrations are total drug. ``trough_first``, ``accumulation`` and ``steady_state`` are NaN for a
    single dose, ``AUC_inf`` for repeated ones.

    Examples
    --------
    >>> from jakstat.pharmacology.exposure import exposure
    >>> one = readings(exposure("siltuximab", "11 mg/kg IV q3w x 6", subjects=0))
    >>> bool(1.5 < float(one["accumulation"][0]) < 2.2)
    True
    """
    times = found["time"].values
    course = parse_regimen(str(found.attrs["regimen"]))
    starts = np.array([dose.time_h for dose in course.given(float(times[-1]))])
    ends, given = np.array([*starts[1:], times[-1]]), len(starts)
    segment = course.segments[-1]
    tau = segment.cycle_h if len(segment.offsets) == 1 else segment.interval_h
    if tau and np.isfinite(tau):
        ends[-1] = min(ends[-1], starts[-1] + tau)
        if len(starts) > 1 and ends[-1] < (starts[-1] + tau) * _WHOLE:  # the last interval is cut short
            starts, ends = starts[:-1], ends[:-1]
    curves, areas = found["total"].values, found["AUC"].values
    each = interval_readings(times, curves, areas, starts, ends)
    inside = (times >= starts[-1]) & (times < (ends[-1] if len(starts) < given else np.inf))
    values = {
        "Cmax_first": each["Cmax"][:, 0],
        "Tmax_first": each["Tmax"][:, 0],
        "AUC_first": each["AUC"][:, 0],
        "trough_first": each["trough"][:, 0],
        "Cmax": each["Cmax"][:, -1],
        "trough": each["trough"][:, -1],
        "AUC_tau": each["AUC"][:, -1],
        "AUC_total": areas[:, -1],
        "half_life": _half_life(found, times[inside], curves[:, inside]),
    }
    none = np.full(found.sizes["subject"], np.nan)
    single = len(starts) == 1
    values["AUC_inf"] = areas[:, -1] + curves[:, -1] * values["half_life"] / np.log(2.0) if single else none
    values["accumulation"] = none if single else each["AUC"][:, -1] / each["AUC"][:, 0]
    values["steady_state"] = none if single else _steady(each["trough"], starts)
    if single:
        values["trough_first"] = none
    return xr.Dataset(
        {k: ("subject", values[k], {"units": METRICS[k][0]}) for k in METRICS}, attrs=dict(found.attrs)
    )


def _steady(troughs: Reals, starts: Reals) -> Reals:
    reached = troughs >= _STEADY * troughs[:, -1:]
    first = np.argmax(reached, axis=1)
    return np.where(reached.any(axis=1), starts[first], np.nan)


def summary(found: xr.Dataset) -> dict[str, dict[str, float | str | int]]:
    """Mean, median, sd, 5 and 95 % of every reading over the subjects that have one.

    Examples
    --------
    >>> from jakstat.pharmacology.exposure import exposure
    >>> rows = summary(exposure("siltuximab", "11 mg/kg IV q3w x 2", subjects=50))
    >>> rows["Cmax"]["unit"], rows["Cmax"]["grade"], rows["Cmax"]["subjects"]
    ('mg/L', 'fitted', 50)
    """
    told = readings(found)
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
            "grade": str(found.attrs["grade"]),
        }
    return rows
