"""What searches, profiles and samples ask of an objective."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from jakstat.calibration.objective import Local

__all__ = ["Costed", "Fittable"]

Array = npt.NDArray[np.float64]


class Costed(Protocol):
    """Costs of vectors."""

    @property
    def cost(self) -> Array:
        """Minus log-posterior of each vector, shape (V,); not finite where a lane failed."""


class Fittable(Protocol):
    """An objective; :class:`jakstat.calibration.objective.Objective` is one for PEtab problems.

    ``low`` and ``high``, shape (K,), bound the parameters ``names`` on the scale of the search.
    """

    names: tuple[str, ...]
    low: Array
    high: Array

    def evaluate(self, x: Array) -> Costed:
        """Costs of vectors, shape (V, K)."""

    def local(self, x: Array, *, free: npt.NDArray[np.intp] | None = None) -> Local:
        """Cost, gradient and expected information at one vector, over the ``free`` parameters."""

    def predictions(self, x: Array) -> Array:
        """Predicted measurements of vectors, shape (V, N), in units of the noise of one measurement."""

    def point(self, n: int) -> tuple[str, str, float]:
        """Observable, experiment and time of measurement ``n``."""

    def told(self, k: int, value: float) -> str:
        """A value of parameter ``k`` on the scale of the search, as a number with its unit."""
