"""Noncompartmental pieces: areas by trapezoids, terminal slopes, half-lives of volumes and of curves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np

from jakstat.arrays import Floats
from jakstat.knowledge.parameter_table import Row, read_table

__all__ = [
    "AREA_RULES",
    "TerminalSlope",
    "between",
    "disposition_half_life",
    "reading_constants",
    "slope_half_life",
    "terminal_slope",
    "trapezoids",
]

AREA_RULES = ("linear-up log-down", "linear")
"""How the area between two points is taken."""
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


def _logarithmic(start: Floats, end: Floats, rule: str) -> Floats:
    """Where a fall between two points above 0 is taken as exponential."""
    return np.asarray((rule != "linear") & (end < start) & (end > 0), dtype=bool)


def trapezoids(times: Floats, values: Floats, *, rule: str = AREA_RULES[0]) -> tuple[float, float]:
    """Area under points, and that under points times time (for residence times).

    Parameters
    ----------
    times : array, shape (T,)
        Increasing.
    values : array, shape (T,)
        0 or more.
    rule : str
        One of :data:`AREA_RULES`: straight lines, or exponentials where the points fall and stay above 0.

    Notes
    -----
    Gabrielsson and Weiner, Pharmacokinetic and pharmacodynamic data analysis, section 2.8, as PKNCA
    (doi:10.1007/s10928-015-9432-2) states it: for a fall from C1 to C2 over dt, with L = ln(C2/C1), the area
    is dt (C2 - C1)/L and the moment dt (t2 C2 - t1 C1)/L - dt^2 (C2 - C1)/L^2.

    Examples
    --------
    >>> t, c = np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 1.0])
    >>> round(trapezoids(t, c)[0], 4), trapezoids(t, c, rule="linear")[0]
    (2.4427, 2.5)
    """
    dt, start, end, t1, t2 = np.diff(times), values[:-1], values[1:], times[:-1], times[1:]
    log = _logarithmic(start, end, rule)
    ratio = np.log(np.where(log, end, 1.0) / np.where(log, start, 2.0))
    area = np.where(log, dt * (end - start) / ratio, 0.5 * dt * (start + end))
    curved = dt * (t2 * end - t1 * start) / ratio - dt**2 * (end - start) / ratio**2
    moment = np.where(log, curved, 0.5 * dt * (t1 * start + t2 * end))
    return float(area.sum()), float(moment.sum())


def between(times: Floats, values: Floats, at: float, *, rule: str = AREA_RULES[0]) -> float:
    """The value at a time between two points, by the rule of :func:`trapezoids`; NaN outside them.

    Examples
    --------
    >>> round(between(np.array([0.0, 2.0]), np.array([4.0, 1.0]), 1.0), 6)
    2.0
    """
    if not len(times) or not times[0] <= at <= times[-1]:
        return float("nan")
    place = int(np.searchsorted(times, at))
    if times[place] == at:
        return float(values[place])
    share = (at - times[place - 1]) / (times[place] - times[place - 1])
    start, end = values[place - 1], values[place]
    if _logarithmic(start, end, rule):
        return float(start * (end / start) ** share)
    return float(start + share * (end - start))


@dataclass(frozen=True, slots=True)
class TerminalSlope:
    """The line through the logarithms of the last points of a profile.

    ``rate`` is lambda z (1/time), ``start`` the value of the line at time 0; ``r2_adjusted`` is
    1 - (1 - r2)(n - 1)/(n - 2) of its n ``points``, from ``first`` to ``last``.
    """

    rate: float
    start: float
    r2: float
    r2_adjusted: float
    points: int
    first: float
    last: float

    @property
    def half_life(self) -> float:
        """Logarithm of 2 over the rate."""
        return float(np.log(2.0) / self.rate)

    @property
    def span(self) -> float:
        """Time between first and last point, in half-lives."""
        return (self.last - self.first) / self.half_life

    def at(self, time: float) -> float:
        """The value of the line at a time."""
        return float(self.start * np.exp(-self.rate * time))


def terminal_slope(
    times: Floats, values: Floats, *, with_peak: bool = False, after: float = -math.inf
) -> TerminalSlope | None:
    """The terminal slope of points, or None where there is none.

    The last three, four, ... points above 0 behind the (first) peak are each fitted; of the lines that fall,
    those whose adjusted r2 lies within ``lambda_z_tie`` of the best of all are kept, and of these the one
    with most points.

    Parameters
    ----------
    times, values : array, shape (T,)
    with_peak : bool
        Whether the peak itself may be among the points.
    after : float
        Only points behind this time count, e.g. the end of an infusion.

    Notes
    -----
    The rules are those of PKNCA (``pk.calc.half.life``; doi:10.1007/s10928-015-9432-2). ``with_peak`` is what
    WinNonlin does behind an intravenous bolus.

    Examples
    --------
    >>> found = terminal_slope(np.arange(4.0), np.array([1.0, 0.5, 0.25, 0.1251]), with_peak=True)
    >>> round(found.half_life, 6), found.points
    (1.000346, 4)
    """
    least = round(reading_constants()["lambda_z_points"].value)
    keep = values > 0
    times, values = times[keep], values[keep]
    if not len(times):
        return None
    top = int(np.argmax(values)) + (0 if with_peak else 1)
    times, values = times[top:], values[top:]
    times, logs = times[times > after], np.log(values[times > after])
    lines = [_line(times[k:], logs[k:]) for k in range(len(times) - least, -1, -1)]
    if not lines:
        return None
    best = max(line.r2_adjusted for line in lines)
    near = best - reading_constants()["lambda_z_tie"].value
    good = [line for line in lines if line.rate > 0 and line.r2_adjusted > near]
    return max(good, key=lambda line: line.points) if good else None


def _line(times: Floats, logs: Floats) -> TerminalSlope:
    """The straight line through logarithms."""
    count, middle, level = len(times), times.mean(), logs.mean()
    off = times - middle
    slope = float((off * (logs - level)).sum() / (off**2).sum())
    rest, all_of_it = logs - level - slope * off, float(((logs - level) ** 2).sum())
    r2 = 1.0 - float((rest**2).sum()) / all_of_it if all_of_it > 0 else 0.0
    adjusted = 1.0 - (1.0 - r2) * (count - 1) / (count - 2)
    start = float(np.exp(level - slope * middle))
    return TerminalSlope(-slope, start, r2, adjusted, count, float(times[0]), float(times[-1]))
