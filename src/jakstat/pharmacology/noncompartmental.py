"""Numbers read off concentration curves: Cmax, trough, areas, half-life, accumulation, steady state."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["disposition_half_life", "interval_readings", "slope_half_life"]

Reals = NDArray[np.float64]
_EXCHANGES = (("Q2", "V2"), ("Q3", "V3"))


def disposition_half_life(numbers: Mapping[str, Reals], factor: float | Reals = 1.0) -> Reals:
    """Terminal half-life of the linear disposition, in hours, shape (subjects,).

    The slowest rate at which the volumes empty, clearance times ``factor``; absorption where it is slower
    is not looked at. Gibaldi and Perrier, Pharmacokinetics, 2nd ed. (1982), chapter 2.

    Parameters
    ----------
    numbers : mapping of str to array, shape (subjects,)
        CL, V1 and, where there are, Q2, V2, Q3, V3 in L and h.
    factor : float or array
        Of the clearance.

    Examples
    --------
    >>> one = {"CL": np.array([1.0]), "V1": np.array([10.0])}
    >>> round(float(disposition_half_life(one)[0]), 3)
    6.931
    """
    pairs = [(q, v) for q, v in _EXCHANGES if v in numbers]
    size = len(numbers["CL"])
    rates = np.zeros((size, 1 + len(pairs), 1 + len(pairs)))
    rates[:, 0, 0] = numbers["CL"] * factor / numbers["V1"]
    for k, (q, v) in enumerate(pairs, 1):
        rates[:, 0, 0] += numbers[q] / numbers["V1"]
        rates[:, 0, k] = -numbers[q] / numbers[v]
        rates[:, k, 0] = -numbers[q] / numbers["V1"]
        rates[:, k, k] = numbers[q] / numbers[v]
    slowest = np.min(np.linalg.eigvals(rates).real, axis=1)
    return np.asarray(np.log(2.0) / slowest)


def slope_half_life(times: Reals, curves: Reals) -> Reals:
    """Apparent half-life in hours from the log-linear slope of curves, shape (subjects,).

    The regression takes the points between the middle of the stretch behind the peak and its end; a curve
    that does not fall there has none (NaN).

    Parameters
    ----------
    times : array, shape (T,)
        Hours.
    curves : array, shape (subjects, T)
        Concentrations of one interval.

    Examples
    --------
    >>> t = np.linspace(0.0, 10.0, 50)
    >>> round(float(slope_half_life(t, np.exp(-0.1 * t)[None, :])[0]), 3)
    6.931
    """
    found = np.full(len(curves), np.nan)
    for k, curve in enumerate(curves):
        if not np.all(np.isfinite(curve)):
            continue
        top = times[int(np.argmax(curve))]
        chosen = (times >= 0.5 * (top + times[-1])) & (curve > 0)
        if np.count_nonzero(chosen) < 3:
            continue
        t = times[chosen] - times[chosen].mean()
        slope = float(t @ np.log(curve[chosen])) / float(t @ t)
        if slope < 0:
            found[k] = np.log(2.0) / -slope
    return found


def interval_readings(
    times: Reals, curves: Reals, areas: Reals, starts: Reals, ends: Reals
) -> dict[str, Reals]:
    """Cmax, time of it, trough and area of every dosing interval, shape (subjects, intervals) each.

    Parameters
    ----------
    times : array, shape (T,)
    curves : array, shape (subjects, T)
        Concentrations; a time just before each ``ends`` must be among the times.
    areas : array, shape (subjects, T)
        Integral of the concentration from time 0.
    starts, ends : array, shape (intervals,)

    Examples
    --------
    >>> t = np.linspace(0.0, 2.0, 201)
    >>> falling, area = (2 - t)[None], (2 * t - t * t / 2)[None]
    >>> found = interval_readings(t, falling, area, np.array([0.0]), np.array([2.0]))
    >>> float(found["Cmax"][0, 0]), float(found["AUC"][0, 0])
    (2.0, 2.0)
    """
    shape = (len(curves), len(starts))
    found = {name: np.full(shape, np.nan) for name in ("Cmax", "Tmax", "trough", "AUC")}
    for k, (start, end) in enumerate(zip(starts, ends, strict=True)):
        inside = np.flatnonzero((times >= start) & (times < end))
        last = int(np.searchsorted(times, end, side="right")) - 1
        if len(inside) < 2:
            continue
        part = curves[:, inside]
        peak = np.argmax(np.where(np.isfinite(part), part, -np.inf), axis=1)
        found["Cmax"][:, k] = part[np.arange(len(part)), peak]
        found["Tmax"][:, k] = times[inside][peak] - start
        found["trough"][:, k] = part[:, -1]
        found["AUC"][:, k] = areas[:, last] - areas[:, inside[0]]
    return found
