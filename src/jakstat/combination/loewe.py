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

__all__ = ["Loewe", "loewe", "loewe_slopes"]

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
    sign = _direction(first, second)
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


def _direction(first: HillCurves, second: HillCurves) -> Floats:
    """1 where both drugs lower the readout, -1 where both raise it, else NaN, (n,)."""
    both = np.where(
        (first.top > 0) & (second.top > 0), 1.0, np.where((first.top < 0) & (second.top < 0), -1.0, np.nan)
    )
    return np.where(first.flat | second.flat, np.nan, both)


def loewe_slopes(
    dose_a: Floats,
    dose_b: Floats,
    effect: Floats,
    found: Loewe,
    first: tuple[HillCurves, Floats],
    second: tuple[HillCurves, Floats],
) -> Floats:
    """How the Loewe excess moves with each effect, (n, a - 1, b - 1, a, b); 0 where it is not defined.

    The additive effect is an implicit function of the six numbers of the two curves.

    Parameters
    ----------
    dose_a, dose_b, effect
        As in :func:`loewe`.
    found : Loewe
    first, second : tuple of HillCurves and array (n, 3, m)
        The single drugs, and how their parameters move with their points
        (:attr:`jakstat.experiment.hill_fit.HillSlopes.parameters`).

    Examples
    --------
    >>> from jakstat.experiment.hill_fit import fit_hill, hill_slopes
    >>> d = np.concatenate([[0.0], np.geomspace(1.0, 1000.0, 8)])
    >>> total = d[:, None] + d[None, :]
    >>> e = (0.9 * total**1.5 / (30.0**1.5 + total**1.5))[None]
    >>> def excess(e):
    ...     return loewe(d, d, e, fit_hill(d[1:], e[:, 1:, 0]), fit_hill(d[1:], e[:, 0, 1:]))
    >>> one = fit_hill(d[1:], e[:, 1:, 0])
    >>> alone = (one, hill_slopes(one, d[1:], e[:, 1:, 0]).parameters)
    >>> slopes = loewe_slopes(d, d, e, excess(e), alone, alone)
    >>> up = e.copy()
    >>> up[0, 4, 0] += 1e-5
    >>> step = (excess(up).excess - excess(e).excess) / 1e-5
    >>> bool(np.nanmax(np.abs(step[0] - slopes[0, :, :, 4, 0])) < 1e-2)
    True
    """
    n, a, b = effect.shape
    sign = _direction(first[0], second[0])[:, None, None]
    additive = effect[:, 1:, 1:] * sign - found.excess * sign
    da, db = np.atleast_2d(dose_a)[:, 1:, None], np.atleast_2d(dose_b)[:, None, 1:]
    by_effect, by_curves = np.zeros_like(additive), []
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for dose, (curve, _) in ((da, first), (db, second)):
            top, slope = curve.top[:, None, None] * sign, curve.slope[:, None, None]
            odds = (top - additive) / additive
            part = dose / curve.half[:, None, None] * odds ** (1.0 / slope)
            by_effect = by_effect - part / slope * (1.0 / (top - additive) + 1.0 / additive)
            steps = (sign * part / slope / (top - additive), -part, -part * np.log(odds) / slope)
            by_curves.append(np.stack(steps, axis=-1))
        # the excess falls as the additive effect rises, and that moves by -index' / index' of its curves
        moves = [sign[..., None] * s / by_effect[..., None] for s in by_curves]
    known = np.isfinite(found.excess)
    made = np.zeros((n, a - 1, b - 1, a, b))
    i, j = np.ogrid[: a - 1, : b - 1]
    made[:, i, j, i + 1, j + 1] = known
    for along, move, (_, points) in zip(
        (made[..., 1:, 0], made[..., 0, 1:]), moves, (first, second), strict=True
    ):
        along[:] = np.einsum("nijk,nkm->nijm", np.where(known[..., None], move, 0.0), points)
    return made
