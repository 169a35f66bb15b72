"""Prior densities of parameters, as PEtab names them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["FAMILIES", "Prior"]

Array = npt.NDArray[np.float64]

FAMILIES = {
    "uniform": 2, "log-uniform": 2, "normal": 2, "laplace": 2, "log-normal": 2, "log-laplace": 2,
    "cauchy": 2, "gamma": 2, "exponential": 1, "chisquare": 1, "rayleigh": 1,
}  # fmt: skip
"""Names of the families, and how many numbers each needs."""


@dataclass(frozen=True, slots=True)
class Prior:
    """A density of a parameter.

    Parameters
    ----------
    family : str
        One of :data:`FAMILIES`.
    numbers : tuple of float
        Those of the PEtab table.
    on_scale : bool
        Whether it is a density of the value on the scale of the search (PEtab 1's ``parameterScale...``)
        rather than of the value itself.

    Examples
    --------
    >>> float(Prior("normal", (0.0, 1.0)).log_density(np.array(0.0)))
    -0.9189385332046727
    """

    family: str
    numbers: tuple[float, ...]
    on_scale: bool = False

    def log_density(self, value: Array) -> Array:
        """Logarithm of the density; minus infinity outside the support; any shape."""
        v = np.asarray(value, dtype=np.float64)
        a = self.numbers[0]
        b = self.numbers[1] if len(self.numbers) > 1 else math.nan
        with np.errstate(all="ignore"):
            if self.family in ("uniform", "log-uniform"):
                inside = (v >= a) & (v <= b)
                level = -math.log(b - a) if self.family == "uniform" else -np.log(v * math.log(b / a))
                return np.asarray(np.where(inside, level, -np.inf))
            if self.family in ("log-normal", "log-laplace"):
                plain = Prior(self.family.removeprefix("log-"), self.numbers).log_density(np.log(v))
                return np.asarray(np.where(v > 0, plain - np.log(v), -np.inf))
            if self.family in ("normal", "laplace", "cauchy"):
                return np.asarray(_symmetric(self.family, (v - a) / b) - math.log(b))
            return np.asarray(np.where(v > 0, _positive(self.family, v, a, b), -np.inf))


def _symmetric(family: str, z: Array) -> Array:
    if family == "normal":
        return -0.5 * z**2 - 0.5 * math.log(2 * math.pi)
    if family == "laplace":
        return -np.abs(z) - math.log(2)
    return -np.log(math.pi * (1 + z**2))


def _positive(family: str, v: Array, a: float, b: float) -> Array:
    if family == "exponential":
        return -v / a - math.log(a)
    if family == "chisquare":
        return (a / 2 - 1) * np.log(v) - v / 2 - a / 2 * math.log(2) - math.lgamma(a / 2)
    if family == "rayleigh":
        return np.log(v / a**2) - 0.5 * (v / a) ** 2
    return (a - 1) * np.log(v) - v / b - math.lgamma(a) - a * math.log(b)
