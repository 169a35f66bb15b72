"""Trust-region least squares over the fitted numbers, with a checkpoint.

Derivatives are forward differences on the natural logarithms; all of them are lanes of one run.
Only the contexts that a number touches are run again for it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from scripts.fit_core.measurements import CONTEXTS
from scripts.fit_core.objective import FITTING, Cost, Curves, Settings, problem, simulate
from scripts.fit_core.start import Free

__all__ = ["Fitted", "cost_at", "costs_at", "fit", "jacobian", "residuals_at"]

Array = npt.NDArray[np.float64]

_PARTS = ("fit",)
_STEP = 1e-3
_TOLERANCE = 1e-5


@dataclass(frozen=True)
class Fitted:
    """Where a fit ended: numbers (K,) on a log scale, costs at both ends, evaluations and why it stopped."""

    x: Array
    start: Cost
    end: Cost
    evaluations: int
    message: str


def costs_at(free: Free, vectors: Sequence[Array], settings: Settings = FITTING) -> list[Cost]:
    """The costs of parameter sets (K,) on the part to fit, all run at once."""
    values = [free.by_context(x) for x in vectors]
    curves = {c: simulate(c, [v[c] for v in values], _PARTS) for c in CONTEXTS}
    return [
        problem(*_PARTS).cost(free, x, {c: curves[c][i] for c in CONTEXTS}, settings)
        for i, x in enumerate(vectors)
    ]


def cost_at(free: Free, x: Array, settings: Settings = FITTING) -> Cost:
    """The cost of one parameter set (K,) on the part to fit."""
    return costs_at(free, [x], settings)[0]


class _Search:
    """Residuals and their derivatives for the optimiser; remembers the last and the best point."""

    def __init__(self, free: Free, settings: Settings, checkpoint: Path | None) -> None:
        self._free, self._settings, self._checkpoint = free, settings, checkpoint
        self._problem = problem(*_PARTS)
        self._at: Array = np.full(len(free.names), np.nan)
        self._curves: dict[str, Curves] = {}
        self._cost: Cost | None = None
        self._best = np.inf

    def cost(self, x: Array) -> Cost:
        """The cost at ``x``, from memory if it was the last."""
        if self._cost is None or not np.array_equal(self._at, x):
            values = self._free.by_context(x)
            self._curves = {c: simulate(c, [values[c]], _PARTS)[0] for c in CONTEXTS}
            self._at, self._cost = x.copy(), self._problem.cost(self._free, x, self._curves, self._settings)
            self._keep(x, self._cost.total)
        return self._cost

    def _keep(self, x: Array, total: float) -> None:
        if total < self._best:
            self._best = total
            if self._checkpoint is not None:
                text = json.dumps({"cost": total, "parameters": self._free.values(x)}, indent=1)
                self._checkpoint.write_text(text + "\n", encoding="utf-8")

    def residuals(self, x: Array) -> Array:
        """Residuals (R,)."""
        return self.cost(x).residuals

    def jacobian(self, x: Array) -> Array:
        """Forward differences (R, K)."""
        here = self.residuals(x)
        base = dict(self._curves)
        steps = np.where(x + _STEP < self._free.high, _STEP, -_STEP)
        vectors = [x + step * unit for step, unit in zip(steps, np.eye(len(x)), strict=True)]
        moved: list[dict[str, Curves]] = [dict(base) for _ in vectors]
        for c in CONTEXTS:
            touched = [k for k in range(len(x)) if c in self._free.contexts_of(k)]
            found = simulate(c, [self._free.by_context(vectors[k])[c] for k in touched], _PARTS)
            for k, curves in zip(touched, found, strict=True):
                moved[k][c] = curves
        slopes = np.empty((len(here), len(x)))
        for k, (y, all_curves) in enumerate(zip(vectors, moved, strict=True)):
            there = self._problem.cost(self._free, y, all_curves, self._settings).residuals
            slopes[:, k] = (there - here) / steps[k]
        return slopes


def jacobian(free: Free, x: Array, settings: Settings = FITTING) -> Array:
    """Slopes (R, K) of the residuals at ``x`` (K,)."""
    return _Search(free, settings, None).jacobian(x)


def residuals_at(free: Free, x: Array, settings: Settings = FITTING) -> Array:
    """The residuals (R,) at ``x`` (K,)."""
    return cost_at(free, x, settings).residuals


def fit(
    free: Free,
    start: Array,
    *,
    evaluations: int,
    checkpoint: Path | None = None,
    settings: Settings = FITTING,
) -> Fitted:
    """Fit from ``start`` (K,), at most ``evaluations`` times the residuals (derivatives not counted).

    Parameters
    ----------
    free : Free
    start : array (K,)
    evaluations : int
    checkpoint : Path, optional
        Rewritten with the best parameters whenever they get better.
    settings : Settings

    Notes
    -----
    Trust region reflective: doi:10.1137/S1064827595289108.
    """
    inside = np.clip(start, free.low + 1e-6, free.high - 1e-6)

    state = _Search(free, settings, checkpoint)
    first = state.cost(inside)
    found: Any = least_squares(
        state.residuals,
        inside,
        jac=state.jacobian,
        bounds=(free.low, free.high),
        max_nfev=evaluations,
        ftol=_TOLERANCE,
        xtol=_TOLERANCE,
        verbose=2,
    )
    return Fitted(found.x, first, state.cost(found.x), int(found.nfev), str(found.message))
