"""The half-maximal dose of a series: EC50 of a stimulus, IC50 of an inhibitor.

A Hill curve is fitted to the responses over the logarithm of the dose (:mod:`jakstat.experiment.hill_fit`).
Half-way between plateaus means something only where both plateaus are seen: the last and the first dose must
come near them. Where they do and no Hill curve fits, the dose is interpolated between the two points that
enclose the half-maximum. Elsewhere there is none, and a note says what is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from jakstat.arrays import Floats
from jakstat.experiment.hill_fit import NEAR, HillCurves, fit_hill

__all__ = ["Beyond", "HalfMaximum", "NotHalved", "half_maxima_of", "half_maximum", "halving_dose"]

Kind = Literal["EC50", "IC50"]
Method = Literal["hill", "interpolation", "none"]
Beyond = Literal["bound", "nan", "refuse"]

_FLAT = 1e-3
"""A series whose responses differ by less than this share of their size is called flat."""
_GOOD_FIT = 0.98
"""Below this share of explained variance a Hill curve is not trusted."""
_LEVEL = 0.1
"""Without a fit: when the response to the last two doses, threefold apart or more, differs by no more."""
_THREEFOLD = math.log(3.0)
_BACK = 0.05
"""By more than this share of its range a response that goes back is not monotonic."""
_FEWEST = 3
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class HalfMaximum:
    """The dose at half of the response's range.

    Parameters
    ----------
    kind : {"EC50", "IC50"}
        IC50 when the response falls with the dose.
    value : float
        The dose in ``unit``; NaN when there is none. What is not known of the model's parameters is not in
        it.
    hill, bottom, top : float
        Slope and plateaus of the curve (NaN without a fit).
    method : {"hill", "interpolation", "none"}
    note : str
        What to know of the value, or why there is none; empty when nothing.
    """

    kind: Kind
    value: float
    unit: str
    hill: float
    bottom: float
    top: float
    method: Method
    note: str


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
    >>> from jakstat.experiment.hill_fit import hill
    >>> x = np.geomspace(0.1, 100, 9)
    >>> found = half_maximum(x, hill(x, 0.0, 5.0, 2.5, 1.2), unit="ng/ml")
    >>> found.kind, round(found.value, 6), found.method
    ('EC50', 2.5, 'hill')
    >>> half_maximum(x[:5], hill(x[:5], 0.0, 5.0, 2.5, 1.2), unit="ng/ml").note
    'no plateau is seen at the highest dose, so the EC50 lies above 1.18 ng/ml; give higher doses'
    """
    return half_maxima_of(doses, np.asarray(responses)[None, :], unit=unit)[0]


def half_maxima_of(doses: Floats, responses: Floats, *, unit: str) -> list[HalfMaximum]:
    """:func:`half_maximum` of many series (v, n) over the same doses (n,)."""
    order = np.argsort(doses, kind="stable")
    doses, responses = np.asarray(doses, dtype=float)[order], np.asarray(responses, dtype=float)[:, order]
    fits = fit_hill(doses, responses, None)
    return [_of_row(doses, row, fits.row(k), unit) for k, row in enumerate(responses)]


def _of_row(doses: Floats, responses: Floats, fit: HillCurves, unit: str) -> HalfMaximum:
    x, y = _usable(doses, responses)
    kind: Kind = "IC50" if y.size and y[-1] < y[0] else "EC50"
    nan = float("nan")
    none = HalfMaximum(kind, nan, unit, nan, nan, nan, "none", "")
    if x.size <= _FEWEST or np.count_nonzero(x) < _FEWEST:
        few = f"{np.count_nonzero(x)} doses above 0 of {x.size} are too few to see two plateaus"
        return replace(none, note=f"{few} (at least {_FEWEST} of {_FEWEST + 1} are needed)")
    if np.ptp(y) <= _FLAT * np.max(np.abs(y)) or np.ptp(y) == 0:
        return replace(none, note="the response does not change with the dose")
    misfit = np.sum((fit.effect(x)[0] - y) ** 2) / np.sum((y - y.mean()) ** 2)
    if misfit <= 1.0 - _GOOD_FIT:
        first, last = fit.share(x[[0, -1]])[0]
        note = _unseen(x, y, none, bottom=bool(first <= NEAR), top=bool(last >= 1.0 - NEAR))
        if note:
            return replace(none, note=note)
        bottom, top, half, slope = (float(v[0]) for v in (fit.bottom, fit.top, fit.half, fit.slope))
        return HalfMaximum(kind, half, unit, slope, bottom, top, "hill", "")
    return _interpolated(x, y, none)


def _usable(doses: Floats, responses: Floats) -> tuple[Floats, Floats]:
    keep = np.isfinite(doses) & np.isfinite(responses)
    order = np.argsort(doses[keep], kind="stable")
    return doses[keep][order], responses[keep][order]


def _unseen(x: Floats, y: Floats, none: HalfMaximum, *, bottom: bool, top: bool) -> str:
    """What to say when a plateau is not seen; empty when both are.

    Half of the whole change is more than half of the change that is seen, so the dose that gives the latter
    is a bound.
    """
    if bottom and top:
        return ""
    if not bottom and not top:
        return "no plateau is seen at either end; give lower and higher doses"
    end, side, more = ("highest", "above", "higher") if bottom else ("lowest", "below", "lower")
    bound = _halfway(x, (y - y[0]) / (y[-1] - y[0]))[1]
    so = f", so the {none.kind} lies {side} {bound:.3g} {none.unit}" if math.isfinite(bound) else ""
    return f"no plateau is seen at the {end} dose{so}; give {more} doses"


def _halfway(x: Floats, share: Floats) -> tuple[int, float]:
    """The last dose below half of a rising share, and the dose at half; NaN from dose 0 on."""
    i = int(np.flatnonzero(share < _HALF)[-1])
    if x[i] == 0:
        return i, float("nan")
    part = (_HALF - share[i]) / (share[i + 1] - share[i])
    return i, float(x[i] * (x[i + 1] / x[i]) ** part)


def _interpolated(x: Floats, y: Floats, none: HalfMaximum) -> HalfMaximum:
    """Half-way between the responses at the lowest and at the highest dose."""
    share = (y - y[0]) / (y[-1] - y[0]) if y[-1] != y[0] else np.full_like(y, np.nan)
    if not np.all(np.diff(share) >= -_BACK):
        return replace(none, note="the response is not monotonic, so there is no half-way")
    with np.errstate(divide="ignore"):
        level = _LEVEL * np.minimum(1.0, np.diff(np.log(x)) / _THREEFOLD)
    level[~np.isfinite(level)] = 0.0
    bottom = x[0] == 0 or share[1] - share[0] <= level[0]
    note = _unseen(x, y, none, bottom=bool(bottom), top=bool(share[-1] - share[-2] <= level[-1]))
    i, value = _halfway(x, share)
    if not note and x[i] == 0:
        note = "the lowest dose gives more than half of the response; give lower doses"
    if note:
        return replace(none, note=note)
    said = f"interpolated between {x[i]:.3g} and {x[i + 1]:.3g} {none.unit}; no Hill curve fits"
    return replace(none, value=value, bottom=float(y[0]), top=float(y[-1]), method="interpolation", note=said)
