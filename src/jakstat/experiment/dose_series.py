"""The half-maximal dose of a series: EC50 of a stimulus, IC50 of an inhibitor.

A four-parameter Hill curve is fitted (DOI 10.1111/j.1476-5381.2008.00024.x
describes the family) to the responses over the logarithm of the dose. Where no
Hill curve fits, the dose is interpolated between the two points that enclose the
half-maximum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import t as student_t

__all__ = ["Beyond", "HalfMaximum", "NotHalved", "half_maximum", "halving_dose", "hill"]

Floats = NDArray[np.float64]
Method = Literal["hill", "interpolation", "none"]
Beyond = Literal["bound", "nan", "refuse"]

_FLAT = 1e-3
"""A series whose responses differ by less than this share of their size is called flat."""
_GOOD_FIT = 0.98
"""Below this share of explained variance a Hill curve is not trusted."""
_FEWEST = 3
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class HalfMaximum:
    """The dose at half of the response's range.

    Parameters
    ----------
    kind : {"EC50", "IC50"}
        IC50 when the response falls with the dose.
    value, low, high : float
        The dose and its 95 % interval, in ``unit``; NaN when there is none. With
        method "hill" the interval is the fit's (how well one Hill curve describes
        the points), with "interpolation" the two enclosing doses. It does not
        contain the uncertainty of the model's parameters.
    hill, bottom, top : float
        Slope and plateaus of the curve (NaN without a fit).
    method : {"hill", "interpolation", "none"}
    bracketed : bool
        Whether doses on both sides of ``value`` were tried and both plateaus are near.
    note : str
        What to know before using the value; empty when nothing.
    """

    kind: Literal["EC50", "IC50"]
    value: float
    low: float
    high: float
    unit: str
    hill: float
    bottom: float
    top: float
    method: Method
    bracketed: bool
    note: str


def hill(dose: Floats, bottom: float, top: float, half: float, slope: float) -> Floats:
    """Four-parameter Hill curve; ``slope`` > 0, and ``bottom`` is the response at dose 0.

    Examples
    --------
    >>> hill(np.array([0.0, 2.0]), 1.0, 3.0, 2.0, 1.0).tolist()
    [1.0, 2.0]
    """
    dose = np.asarray(dose, dtype=float)
    share = np.zeros_like(dose)
    given = dose > 0
    share[given] = 1.0 / (1.0 + np.exp(-slope * np.log(dose[given] / half)))
    return bottom + (top - bottom) * share


class NotHalved(ValueError):
    """No dose of a series halves the reading, or all do; says which."""


def halving_dose(doses: Floats, shares: Floats, *, beyond: Beyond) -> float:
    """Where the shares of a control first fall to a half: linear in the logarithm of the dose between two.

    Parameters
    ----------
    doses : array (n,)
        Not negative.
    shares : array (n,)
        Readings over that of the control; NaN (failed lanes) are left out.
    beyond : {"bound", "nan", "refuse"}
        What is said when that lies beyond the doses above 0: the last of them, NaN, or an error.

    Raises
    ------
    NotHalved
        With ``refuse``.

    Examples
    --------
    >>> halving_dose(np.array([0.0, 1.0, 100.0]), np.array([1.0, 0.75, 0.25]), beyond="nan")
    10.0
    >>> halving_dose(np.array([0.0, 1.0, 100.0]), np.array([1.0, 0.9, 0.8]), beyond="bound")
    100.0
    """
    x, y = _usable(doses, shares)
    below = np.flatnonzero(y <= _HALF)
    i = int(below[0]) if below.size else len(x) - 1
    if below.size and i > 0 and x[i - 1] > 0:
        part = (y[i - 1] - _HALF) / (y[i - 1] - y[i])
        return float(x[i - 1] * (x[i] / x[i - 1]) ** part)
    if beyond == "nan" or not x.size:
        return float("nan")
    if beyond == "bound":
        return float(x[i])
    leaves = f"leaves {100 * y[i]:.0f} %" if not below.size else f"already leaves only {100 * y[i]:.0f} %"
    raise NotHalved(f"the {'lowest' if below.size else 'highest'} dose {leaves} of the reading")


def half_maximum(doses: Floats, responses: Floats, *, unit: str) -> HalfMaximum:
    """EC50 or IC50 of one dose series.

    Parameters
    ----------
    doses : array (n,)
        Doses in ``unit``, not negative; 0 stands for no agent.
    responses : array (n,)
        The readout at each dose; NaN (failed lanes) are left out.

    Returns
    -------
    HalfMaximum

    Examples
    --------
    >>> x = np.geomspace(0.1, 100, 9)
    >>> found = half_maximum(x, hill(x, 0.0, 5.0, 2.5, 1.2), unit="ng/ml")
    >>> found.kind, round(found.value, 6), found.bracketed
    ('EC50', 2.5, True)
    """
    x, y = _usable(doses, responses)
    kind: Literal["EC50", "IC50"] = "IC50" if y.size and y[-1] < y[0] else "EC50"
    if x.size < _FEWEST or not np.any(x > 0):
        return _nothing(kind, unit, f"{x.size} usable doses are too few (at least {_FEWEST} are needed)")
    if np.ptp(y) <= _FLAT * np.max(np.abs(y)) or np.ptp(y) == 0:
        return _nothing(kind, unit, "the response does not change with the dose")
    plain = _interpolated(x, y, kind, unit)
    fitted = _fitted(x, y, kind, unit, plain)
    return fitted if fitted is not None else plain


def _usable(doses: Floats, responses: Floats) -> tuple[Floats, Floats]:
    x, y = np.asarray(doses, dtype=float), np.asarray(responses, dtype=float)
    keep = np.isfinite(x) & np.isfinite(y)
    order = np.argsort(x[keep], kind="stable")
    return x[keep][order], y[keep][order]


def _nothing(kind: Literal["EC50", "IC50"], unit: str, note: str) -> HalfMaximum:
    nan = float("nan")
    return HalfMaximum(kind, nan, nan, nan, unit, nan, nan, nan, "none", False, note)


def _interpolated(x: Floats, y: Floats, kind: Literal["EC50", "IC50"], unit: str) -> HalfMaximum:
    """Half-way between the responses at the lowest and at the highest dose."""
    bottom, top = float(y[0]), float(y[-1])
    share = (y - bottom) / (top - bottom) if top != bottom else np.zeros_like(y)
    crossings = np.flatnonzero((share[:-1] < 0.5) & (share[1:] >= 0.5))
    if crossings.size == 0:
        return _nothing(kind, unit, "no dose of the series gives half of the response")
    i = int(crossings[0])
    nan = float("nan")
    part = (0.5 - share[i]) / (share[i + 1] - share[i])
    if x[i] > 0:
        value = float(np.exp(np.log(x[i]) + part * np.log(x[i + 1] / x[i])))
    else:
        value = float(x[i] + part * (x[i + 1] - x[i]))
    note = "interpolated between two doses; no Hill curve fits"
    if np.any(np.diff(share) < -0.05):
        note += " (the response is not monotonic)"
    return HalfMaximum(
        kind, value, float(x[i]), float(x[i + 1]), unit, nan, bottom, top, "interpolation", True, note
    )


def _fitted(
    x: Floats, y: Floats, kind: Literal["EC50", "IC50"], unit: str, plain: HalfMaximum
) -> HalfMaximum | None:
    """The Hill fit, or None when it does not describe the points."""
    given = x[x > 0]
    if x.size < _FEWEST + 1 or given.size < _FEWEST:
        return None
    scale = float(np.ptp(y))
    middle = (
        plain.value if np.isfinite(plain.value) and plain.value > 0 else float(np.exp(np.log(given).mean()))
    )
    reach = np.log(1e3)
    lower = [y.min() - scale, y.min() - scale, np.log(given[0]) - reach, 0.2]
    upper = [y.max() + scale, y.max() + scale, np.log(given[-1]) + reach, 8.0]
    start = np.clip([y[0], y[-1], np.log(middle), 1.0], lower, upper)

    def residuals(p: Floats) -> Floats:
        return (hill(x, p[0], p[1], float(np.exp(p[2])), p[3]) - y) / scale

    fit = least_squares(residuals, start, bounds=(lower, upper), xtol=1e-12, ftol=1e-12, gtol=1e-12)
    explained = 1.0 - float(np.sum(fit.fun**2) * scale**2 / np.sum((y - y.mean()) ** 2))
    if not fit.success or explained < _GOOD_FIT:
        return None
    bottom, top, log_half, slope = (float(v) for v in fit.x)
    half = float(np.exp(log_half))
    width = _log_width(np.asarray(fit.jac, dtype=float), np.asarray(fit.fun, dtype=float))
    inside = bool(given[0] <= half <= given[-1])
    reached = bool(abs(y[-1] - bottom) >= 0.6 * abs(top - bottom))
    note = (
        "" if inside and reached else "not bracketed: the doses do not reach both sides of the half-maximum"
    )
    low, high = float(half * np.exp(-width)), float(half * np.exp(width))
    return HalfMaximum(kind, half, low, high, unit, slope, bottom, top, "hill", inside and reached, note)


def _log_width(jacobian: Floats, residuals: Floats) -> float:
    """Half-width of the 95 % interval of the logarithm of the half-maximal dose."""
    freedom = residuals.size - jacobian.shape[1]
    if freedom <= 0:
        return float("inf")
    covariance = np.linalg.pinv(jacobian.T @ jacobian) * float(residuals @ residuals) / freedom
    spread = float(np.sqrt(max(covariance[2, 2], 0.0)))
    return min(spread * float(student_t.ppf(0.975, freedom)), 700.0)
