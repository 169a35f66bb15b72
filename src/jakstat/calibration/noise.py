"""Likelihood of measured values under normal and Laplace noise, on linear and logarithmic scales."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["NoiseModel"]

Array = npt.NDArray[np.float64]
_LN10 = math.log(10.0)


@dataclass(frozen=True)
class NoiseModel:
    """The measured side of a comparison.

    Parameters
    ----------
    measured : array, shape (N,)
    base : array, shape (N,)
        0 for linear noise, e or 10 for noise that is additive on that logarithm.
    laplace : bool array, shape (N,)

    Examples
    --------
    >>> noise = NoiseModel(np.array([1.0]), np.array([0.0]), np.array([False]))
    >>> float(noise.log_likelihood(np.array([[1.0]]), np.array([[1.0]]))[0, 0])
    -0.9189385332046727
    """

    measured: Array
    base: Array
    laplace: npt.NDArray[np.bool_]

    def on_scale(self, value: Array) -> Array:
        """Values on the scale where the noise is additive; last axis (N,)."""
        with np.errstate(all="ignore"):
            logged = np.log(np.where(self.base > 0, value, 1.0))
            return np.asarray(
                np.where(self.base == 0, value, np.where(self.base == 10.0, logged / _LN10, logged))
            )

    @property
    def target(self) -> Array:
        """The measurements on that scale, shape (N,)."""
        return self.on_scale(self.measured)

    @property
    def jacobian(self) -> Array:
        """What the change of scale adds to the negative log-likelihood, shape (N,)."""
        with np.errstate(all="ignore"):
            logged = np.log(np.where(self.base > 0, self.measured, 1.0))
        return np.asarray(logged + np.where(self.base == 10.0, math.log(_LN10), 0.0))

    def residual(self, simulated: Array, sigma: Array) -> Array:
        """Measured minus simulated over sigma, shape (V, N)."""
        with np.errstate(all="ignore"):
            return np.asarray((self.target - self.on_scale(simulated)) / sigma)

    def scale_slope(self, value: Array) -> Array:
        """Derivative of :meth:`on_scale`."""
        with np.errstate(all="ignore"):
            return np.asarray(
                np.where(self.base == 0, 1.0, 1.0 / (value * np.where(self.base == 10.0, _LN10, 1.0)))
            )

    def log_likelihood(self, simulated: Array, sigma: Array) -> Array:
        """Of each point, shape (V, N); NaN where noise or value is impossible."""
        z = self.residual(simulated, sigma)
        with np.errstate(all="ignore"):
            level = np.log(np.where(sigma > 0, sigma, np.nan))
        normal = -0.5 * z**2 - 0.5 * math.log(2 * math.pi)
        shape = np.where(self.laplace, -np.abs(z) - math.log(2), normal)
        return np.asarray(shape - level - self.jacobian)
