"""Trust-region least squares over the fitted numbers, with a process pool and a checkpoint.

Derivatives are forward differences on the natural logarithms. Only the contexts that a number
touches are run again for it.
"""

from __future__ import annotations

import json
import multiprocessing as mp
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from scripts.fit_core.measurements import CONTEXTS
from scripts.fit_core.objective import FITTING, Cost, Curves, Settings, problem, simulate
from scripts.fit_core.start import Free

__all__ = ["Fitted", "cost_at", "fit"]

Array = npt.NDArray[np.float64]
Job = tuple[str, dict[str, float]]
Runner = Callable[[Iterable[Job]], list[Curves]]

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


def _run(job: Job) -> Curves:
    context, values = job
    return simulate(context, values, _PARTS)


def _serial(jobs: Iterable[Job]) -> list[Curves]:
    return [_run(job) for job in jobs]


def cost_at(free: Free, x: Array, settings: Settings = FITTING) -> Cost:
    """The cost of one parameter set (K,) on the part to fit."""
    values = free.by_context(x)
    curves = {c: _run((c, values[c])) for c in CONTEXTS}
    return problem(*_PARTS).cost(free, x, curves, settings)


class _Search:
    """Residuals and their derivatives for the optimiser; remembers the last and the best point."""

    def __init__(self, free: Free, settings: Settings, run: Runner, checkpoint: Path | None) -> None:
        self._free, self._settings, self._run, self._checkpoint = free, settings, run, checkpoint
        self._problem = problem(*_PARTS)
        self._at: Array = np.full(len(free.names), np.nan)
        self._curves: dict[str, Curves] = {}
        self._cost: Cost | None = None
        self._best = np.inf

    def cost(self, x: Array) -> Cost:
        """The cost at ``x``, from memory if it was the last."""
        if self._cost is None or not np.array_equal(self._at, x):
            values = self._free.by_context(x)
            found = self._run([(c, values[c]) for c in CONTEXTS])
            self._curves = dict(zip(CONTEXTS, found, strict=True))
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
        moved, jobs = [], []
        for k in range(len(x)):
            step = _STEP if x[k] + _STEP < self._free.high[k] else -_STEP
            y = x.copy()
            y[k] += step
            values = self._free.by_context(y)
            touched = self._free.contexts_of(k)
            moved.append((step, y, touched))
            jobs += [(c, values[c]) for c in touched]
        found = iter(self._run(jobs))
        slopes = np.empty((len(here), len(x)))
        for k, (step, y, touched) in enumerate(moved):
            curves = {**base, **{c: next(found) for c in touched}}
            there = self._problem.cost(self._free, y, curves, self._settings).residuals
            slopes[:, k] = (there - here) / step
        return slopes


def fit(
    free: Free,
    start: Array,
    *,
    evaluations: int,
    processes: int = 1,
    checkpoint: Path | None = None,
    settings: Settings = FITTING,
) -> Fitted:
    """Fit from ``start`` (K,), at most ``evaluations`` times the residuals (derivatives not counted).

    Parameters
    ----------
    free : Free
    start : array (K,)
    evaluations : int
    processes : int
        Worker processes; 1 runs everything in this one.
    checkpoint : Path, optional
        Rewritten with the best parameters whenever they get better.
    settings : Settings

    Notes
    -----
    Trust region reflective: doi:10.1137/S1064827595289108.
    """
    inside = np.clip(start, free.low + 1e-6, free.high - 1e-6)

    def search(run: Runner) -> Fitted:
        state = _Search(free, settings, run, checkpoint)
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

    if processes == 1:
        return search(_serial)
    with mp.get_context("fork").Pool(processes) as pool:
        return search(lambda jobs: pool.map(_run, list(jobs), chunksize=1))
