"""One search from one start: fides' interior trust-region reflective method.

Method: doi:10.1137/0806023, as in doi:10.1371/journal.pcbi.1010322.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from jakstat.calibration.fittable import Fittable
from jakstat.extras import needs

__all__ = ["Search", "Searched", "search"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Search:
    """When a search ends.

    Parameters
    ----------
    iterations : int
        Most steps.
    cost_change : float
        Ends when the cost changes by less.
    step : float
        Ends when the step is shorter, on the scale of the search.
    gradient : float
        Ends when the slope is smaller.
    """

    iterations: int = 200
    cost_change: float = 1e-6
    step: float = 1e-8
    gradient: float = 1e-4


@dataclass(frozen=True)
class Searched:
    """Where a search ended.

    Parameters
    ----------
    x : array, shape (K,)
        The best point, on the scale of the search.
    cost : float
        Minus log-posterior there; NaN when the start itself failed.
    start_cost : float
    iterations : int
    reason : str
        Why it ended, in words.
    """

    x: Array
    cost: float
    start_cost: float
    iterations: int
    reason: str


class _Cost:
    """The objective as fides calls it, over the free of its parameters; keeps the best point."""

    def __init__(self, objective: Fittable, at: Array, free: npt.NDArray[np.intp]) -> None:
        self._objective, self._at, self._free = objective, at.copy(), free
        self.first = self.best = math.nan
        self.best_x = at.copy()

    def __call__(self, x: Array) -> tuple[float, Array, Array]:
        full = self._at.copy()
        full[self._free] = x
        local = self._objective.local(full, free=self._free)
        if math.isnan(self.first) and math.isfinite(local.cost):
            self.first = local.cost
        if math.isfinite(local.cost) and not local.cost >= self.best:
            self.best, self.best_x = local.cost, full
        return local.cost, local.gradient, local.hessian


def search(
    objective: Fittable, start: Array, *, limits: Search | None = None, fixed: tuple[int, ...] = ()
) -> Searched:
    """Make the cost small from a start.

    Parameters
    ----------
    objective : Fittable
    start : array, shape (K,)
        On the scale of the search; values at or beyond a bound are drawn inside.
    limits : Search, optional
    fixed : tuple of int
        Places of parameters that stay as they are.

    Returns
    -------
    Searched
    """
    with needs("fit"):
        import fides

    rule = limits or Search()
    low, high = objective.low, objective.high
    span = np.where(np.isfinite(high - low), high - low, 1.0)
    x = np.clip(np.asarray(start, dtype=np.float64), low + 1e-6 * span, high - 1e-6 * span)
    x[list(fixed)] = np.asarray(start, dtype=np.float64)[list(fixed)]
    free = np.setdiff1d(np.arange(len(x)), np.array(fixed, dtype=np.intp))
    cost = _Cost(objective, x, free)
    if not len(free):
        value = float(objective.evaluate(x).cost[0])
        return Searched(x, value, value, 0, "nothing is free")
    options: dict[str, Any] = {
        "maxiter": rule.iterations, "fatol": rule.cost_change, "frtol": 0.0, "xtol": rule.step,
        "gatol": rule.gradient, "grtol": 0.0,
    }  # fmt: skip
    optimiser = fides.Optimizer(cost, high[free], low[free], verbose=logging.CRITICAL, options=options)
    try:
        with np.errstate(all="ignore"):
            optimiser.minimize(x[free], start_id="")
    except RuntimeError as error:
        if not math.isfinite(cost.best):
            return Searched(x, math.nan, math.nan, 0, "the model fails at the start")
        return Searched(
            cost.best_x, cost.best, cost.first, optimiser.iteration, f"stopped: {str(error)[:80]}"
        )
    if not math.isfinite(cost.best):
        return Searched(x, math.nan, math.nan, 0, "the model fails at the start")
    reason = _REASONS.get(optimiser.exitflag.name, optimiser.exitflag.name.lower())
    return Searched(cost.best_x, cost.best, cost.first, int(optimiser.iteration), reason)


_REASONS = {
    "MAXITER": "the limit of steps was reached",
    "FTOL": "the cost no longer changed",
    "XTOL": "the steps became tiny",
    "GTOL": "the slope became flat",
    "DELTA_TOO_SMALL": "the trust region became tiny",
    "NOT_FINITE": "the model failed",
    "EXCEEDED_BOUNDARY": "a bound was crossed",
}
