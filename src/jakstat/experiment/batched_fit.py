"""Many small least-squares fits at once: Levenberg-Marquardt in boxes, one fit per row.

The method is that of doi:10.1137/0111030 with the damping scaled by the diagonal; a parameter that leans on
its bound is held there for the step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats

__all__ = ["ManyFits", "fit_many"]

Model = Callable[[Floats, NDArray[np.int64]], Floats]
"""From parameters (n, k) and the numbers of their rows (n,) to predictions (n, m)."""

_STEP = 1e-6
_TINY = 1e-300
_LARGEST_DAMPING = 1e10
_LEAST_GAIN = 1e-10
_NOTHING = 1e-26
"""Sum of squares of effects, which are shares of 1, that is 0 but for rounding."""


@dataclass(frozen=True)
class ManyFits:
    """Fitted ``values`` (n, k), sums of squares ``cost`` (n,), and the ``jacobian`` there (n, m, k)."""

    values: Floats
    cost: Floats
    jacobian: Floats


def fit_many(
    model: Model,
    target: Floats,
    start: Floats,
    low: Floats,
    high: Floats,
    *,
    iterations: int = 300,
    tolerance: float = 1e-11,
) -> ManyFits:
    """Least squares of every row of ``target``.

    Parameters
    ----------
    model : callable
    target : array (n, m)
        NaN where there is nothing to fit.
    start : array (n, k)
    low, high : array (n, k) or (k,)
        Bounds of the parameters.
    iterations : int
        Most steps.
    tolerance : float
        A fit ends when no parameter moves by more than this, relative to 1 + its size.

    Returns
    -------
    ManyFits

    Examples
    --------
    >>> x = np.linspace(0.0, 1.0, 5)
    >>> line = lambda p, rows: p[:, :1] + p[:, 1:] * x
    >>> found = fit_many(line, 2.0 + 3.0 * x[None, :], np.zeros((1, 2)), np.full(2, -9.0), np.full(2, 9.0))
    >>> found.values.round(6).tolist()
    [[2.0, 3.0]]
    """
    low, high = np.broadcast_to(low, start.shape), np.broadcast_to(high, start.shape)
    p = np.clip(np.asarray(start, dtype=float), low, high)
    use = np.isfinite(target)
    goal = np.where(use, target, 0.0)

    def residual(q: Floats, rows: NDArray[np.int64]) -> Floats:
        return np.where(use[rows], model(q, rows) - goal[rows], 0.0)

    everyone = np.arange(len(p))
    r = residual(p, everyone)
    cost = np.sum(r**2, axis=1)
    damping = np.full(len(p), 1e-3)
    active = everyone
    for _ in range(iterations):
        if not active.size:
            break
        step = _step(residual, p[active], r[active], low[active], high[active], damping[active], active)
        tried = np.clip(p[active] + step, low[active], high[active])
        new = residual(tried, active)
        new_cost = np.sum(new**2, axis=1)
        before = cost[active]
        better = new_cost <= before
        # what is left is rounding, or a valley along which nothing more is to be had
        spent = (before - new_cost <= _LEAST_GAIN * before) & better | (new_cost <= _NOTHING)
        moved = np.max(np.abs(tried - p[active]) / (1.0 + np.abs(p[active])), axis=1)
        won = active[better]
        p[won], r[won], cost[won] = tried[better], new[better], new_cost[better]
        damping[active] = np.where(better, damping[active] * 0.2, damping[active] * 4.0)
        damping[active] = np.maximum(damping[active], 1e-14)
        done = spent | (moved <= tolerance) | (damping[active] > _LARGEST_DAMPING)
        active = active[~done]
    return ManyFits(p, cost, _slopes(residual, p, everyone))


def _slopes(
    residual: Callable[[Floats, NDArray[np.int64]], Floats], p: Floats, rows: NDArray[np.int64]
) -> Floats:
    """Central differences of the residuals, (n, m, k)."""
    columns = []
    for k in range(p.shape[1]):
        h = np.zeros_like(p)
        h[:, k] = _STEP * (1.0 + np.abs(p[:, k]))
        columns.append((residual(p + h, rows) - residual(p - h, rows)) / (2.0 * h[:, [k]]))
    return np.stack(columns, axis=-1)


def _step(
    residual: Callable[[Floats, NDArray[np.int64]], Floats],
    p: Floats,
    r: Floats,
    low: Floats,
    high: Floats,
    damping: Floats,
    rows: NDArray[np.int64],
) -> Floats:
    slopes = _slopes(residual, p, rows)
    gradient = np.einsum("nmk,nm->nk", slopes, r)
    stuck = ((p <= low) & (gradient > 0)) | ((p >= high) & (gradient < 0))
    slopes = np.where(stuck[:, None, :], 0.0, slopes)
    gradient = np.where(stuck, 0.0, gradient)
    square = np.einsum("nmk,nml->nkl", slopes, slopes)
    size = np.einsum("nkk->nk", square)
    floor = 1e-12 * size.max(axis=1, keepdims=True) + _TINY
    extra = damping[:, None] * np.maximum(size, floor) + floor * 1e-3
    square = square + np.eye(p.shape[1]) * np.where(stuck, 1.0, extra)[:, None, :]
    return np.asarray(-np.linalg.solve(square, gradient[..., None])[..., 0])
