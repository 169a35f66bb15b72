"""Loewe additivity: a drug is diluted by the other, doi:10.1007/BF01952257 (Loewe and Muischnek 1926).

Additive doses satisfy d1 / D1(E) + d2 / D2(E) = 1, where D(E) is the dose of a drug that alone has the
effect E. The left side at the observed effect is the combination index. Neither is defined beyond the
plateau of the weaker drug.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.experiment.hill_fit import HillCurves

__all__ = ["Loewe", "loewe"]

_HALVINGS = 80
_BELOW_PLATEAU = 1.0 - 1e-9


@dataclass(frozen=True)
class Loewe:
    """``excess`` over the additive effect and combination ``index``, (n, a - 1, b - 1); NaN: undefined."""

    excess: Floats
    index: Floats


def loewe(dose_a: Floats, dose_b: Floats, effect: Floats, first: HillCurves, second: HillCurves) -> Loewe:
    """Loewe excess and combination index of dose matrices.

    Parameters
    ----------
    dose_a, dose_b : array (a,), (b,) or (n, a), (n, b)
        Doses; the first of each is 0.
    effect : array (n, a, b)
    first, second : HillCurves
        The single drugs, n curves each.

    Examples
    --------
    >>> from jakstat.experiment.hill_fit import fit_hill
    >>> d = np.concatenate([[0.0], np.geomspace(1.0, 1000.0, 8)])
    >>> total = d[:, None] + d[None, :]          # a drug combined with itself
    >>> e = (total**1.5 / (30.0**1.5 + total**1.5))[None]
    >>> one = fit_hill(d[1:], e[:, 1:, 0])
    >>> round(float(np.nanmax(np.abs(loewe(d, d, e, one, one).index - 1.0))), 6)
    0.0
    """
    sign = np.where(
        (first.top > 0) & (second.top > 0), 1.0, np.where((first.top < 0) & (second.top < 0), -1.0, np.nan)
    )
    sign = np.where(first.flat | second.flat, np.nan, sign)
    tops = (first.top * sign, second.top * sign)
    cap = np.minimum(*tops)[:, None, None] * _BELOW_PLATEAU
    da, db = np.atleast_2d(dose_a)[:, 1:, None], np.atleast_2d(dose_b)[:, None, 1:]

    def index(e: Floats) -> Floats:
        """d1 / D1(e) + d2 / D2(e); it falls as the effect rises."""
        total = np.zeros_like(e)
        for dose, curve, top in ((da, first, tops[0]), (db, second, tops[1])):
            odds = (top[:, None, None] - e) / e
            total = total + dose / curve.half[:, None, None] * odds ** (1.0 / curve.slope[:, None, None])
        return total

    seen = effect[:, 1:, 1:] * sign[:, None, None]
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        ci = index(np.where((seen > 0) & (seen < cap), seen, np.nan))
        low, high = np.zeros(seen.shape), np.broadcast_to(cap, seen.shape).copy()
        reachable = index(high) <= 1.0
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            more = index(middle) > 1.0
            low, high = np.where(more, middle, low), np.where(more, high, middle)
    additive = np.where(reachable, 0.5 * (low + high), np.nan)
    return Loewe((seen - additive) * sign[:, None, None], ci)
