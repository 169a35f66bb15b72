"""Quadratic maps fitted to evaluations of a costly one.

Where the residuals of a fit are nearly quadratic in its numbers, the sum of their squares is known to
fourth order, which a quadratic form of the density itself is far from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["SquareSum", "features", "quadratic_slopes"]

Array = npt.NDArray[np.float64]

_RIDGE = 3.0  # on products of standardised coordinates, in units of one evaluation
_SLIGHT = 1e-3  # on the coordinates themselves
_UNSEEN = 0.02  # variance, of all values together, that the directions left out may carry


def features(v: Array) -> Array:
    """1, each coordinate and each product of two (N, F), of points (N, K)."""
    i, j = np.triu_indices(v.shape[1])
    return np.concatenate([np.ones((len(v), 1)), v, v[:, i] * v[:, j]], axis=1)


def quadratic_slopes(v: Array, values: Array) -> Array:
    """Slopes (F, R) of the ridge regression of ``values`` (N, R) on the features of ``v`` (N, K)."""
    design, mean = features(v), values.mean(axis=0)
    ridge = np.full(design.shape[1], _RIDGE)
    ridge[: 1 + v.shape[1]] = _SLIGHT
    slopes = np.linalg.solve(design.T @ design + np.diag(ridge), design.T @ (values - mean))
    slopes[0] += mean
    return np.asarray(slopes)


@dataclass(frozen=True)
class SquareSum:
    """The sum of squares of many quadratic values, by the few directions in which they move.

    slopes (F, Q): of the values in Q orthonormal directions; constant: the square of what they leave out.
    """

    slopes: Array
    constant: float

    @classmethod
    def of(cls, slopes: Array, v: Array) -> SquareSum:
        """Of values with ``slopes`` (F, R) over points like ``v`` (N, K)."""
        design = features(v)
        usual = design.mean(axis=0)
        spread = np.cov(design.T) + 1e-9 * np.eye(len(usual))
        moved = np.linalg.cholesky(spread).T @ slopes
        power, ways = np.linalg.eigh(moved @ moved.T)
        kept = int((power[::-1].cumsum() < power.sum() - _UNSEEN).sum()) + 1
        axes = np.linalg.qr(moved.T @ ways[:, ::-1][:, :kept])[0]
        still = usual @ slopes
        still = still - axes @ (axes.T @ still)
        return cls(slopes @ axes, float(still @ still))

    def at(self, design: Array) -> Array:
        """The sums (N,) at features (N, F)."""
        return np.asarray(((design @ self.slopes) ** 2).sum(axis=1) + self.constant)
