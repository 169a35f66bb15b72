"""Terminal half-lives: of the volumes where disposition is linear, of a curve where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np

from jakstat.arrays import Floats
from jakstat.knowledge.parameter_table import Row, read_table

__all__ = ["disposition_half_life", "reading_constants", "slope_half_life"]

_NOTHING = 1e-30  # mg/L: no drug is left
_EXCHANGES = (("Q2", "V2"), ("Q3", "V3"))


@lru_cache(maxsize=1)
def reading_constants() -> Mapping[str, Row]:
    """What readings rest on: limits beyond which one is left out, and the run-in of a steady state.

    Examples
    --------
    >>> reading_constants()["extrapolated_share"].value
    0.2
    """
    text = files("jakstat.pharmacology").joinpath("readings.csv").read_text(encoding="utf-8")
    return MappingProxyType({row.id: row for row in read_table(text, file="pharmacology/readings.csv")})


def disposition_half_life(numbers: Mapping[str, Floats], factor: float | Floats = 1.0) -> Floats:
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


def slope_half_life(times: Floats, curves: Floats, *, change: float) -> Floats:
    """Apparent half-life in hours from the log-linear slope of curves, shape (subjects,).

    It is that between the middle of the stretch behind the peak and its end. A curve without a terminal
    phase has none (NaN): one that does not fall there, or whose slope changes from one half to the other.

    Parameters
    ----------
    times : array, shape (T,)
        Hours.
    curves : array, shape (subjects, T)
        Concentrations of one interval.
    change : float
        Largest relative difference of the slopes of the two halves.

    Examples
    --------
    >>> t = np.linspace(0.0, 10.0, 50)
    >>> both = np.array([np.exp(-0.1 * t), 10.0 - t])
    >>> slope_half_life(t, both, change=0.2).round(3).tolist()
    [6.931, nan]
    """
    found = np.full(len(curves), np.nan)
    for k, curve in enumerate(curves):
        top = int(np.argmax(curve))
        if top == len(curve) - 1 or not np.all(np.isfinite(curve)):
            continue
        at = np.linspace(0.5 * (times[top] + times[-1]), times[-1], 3)
        values = np.interp(at, times, np.log(np.maximum(curve, _NOTHING)))
        early, late = -np.diff(values) / np.diff(at)
        if values[-1] > np.log(_NOTHING) and min(early, late) > 0 and abs(late - early) <= change * early:
            found[k] = np.log(2.0) * (at[2] - at[0]) / (values[0] - values[2])
    return found
