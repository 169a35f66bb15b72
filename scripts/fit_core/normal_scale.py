"""Coordinates in which the prior of a fit is a standard normal density.

The prior of a number is the pull towards its starting value, a normal density on its logarithm, cut at
the ends of its range. A chain that walks on the logarithm runs into those ends, where most of its steps
are refused. Here a number is ``F^-1(Phi(u))``, with F its own distribution function and Phi that
of the normal one: the ends lie at infinity and nothing is cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from scripts.fit_core.start import Free

__all__ = ["NormalScale"]

Array = npt.NDArray[np.float64]

_LEAST = 1e-9  # share of a number's prior that may lie between it and an end


@dataclass(frozen=True)
class NormalScale:
    """Between natural logarithms (..., K) and coordinates (..., K) that are standard normal beforehand.

    centre, width (K,): of the normal density; low, high (K,): where it is cut.
    """

    centre: Array
    width: Array
    low: Array
    high: Array

    @classmethod
    def of(cls, free: Free, pull: float) -> NormalScale:
        """The prior that ``pull`` makes of the starting table and its ranges."""
        return cls(free.table, (free.high - free.low) / 2 / pull, free.low, free.high)

    def _shares(self) -> tuple[Array, Array]:
        below = ndtr((self.low - self.centre) / self.width)
        return below, ndtr((self.high - self.centre) / self.width) - below

    def logarithms(self, u: Array) -> Array:
        """Logarithms of the numbers at coordinates ``u``."""
        below, inside = self._shares()
        x = self.centre + self.width * ndtri(below + inside * ndtr(u))
        return np.clip(x, self.low, self.high)

    def coordinates(self, x: Array) -> Array:
        """Coordinates of logarithms ``x`` within the ranges."""
        below, inside = self._shares()
        share = (ndtr((x - self.centre) / self.width) - below) / inside
        return np.asarray(ndtri(np.clip(share, _LEAST, 1 - _LEAST)))
