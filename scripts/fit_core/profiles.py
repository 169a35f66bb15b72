"""Profile likelihoods of the core's constants, with a verdict in words for each.

The profiles are those of :mod:`jakstat.calibration.profile`, on the cost of the fit with its prior.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from jakstat.calibration.objective import Local
from jakstat.calibration.optimise import Search
from jakstat.calibration.profile import Profile, profile
from jakstat.knowledge.parameter_table import read_table
from scripts.fit_core.measurements import CONTEXTS
from scripts.fit_core.objective import FITTING, problem, simulate
from scripts.fit_core.optimise import costs_at, jacobian, residuals_at
from scripts.fit_core.places import HERE
from scripts.fit_core.start import Free

__all__ = ["CoreObjective", "core_profiles", "profile_record"]

Array = npt.NDArray[np.float64]

_LIMITS = Search(iterations=8, cost_change=0.05)
_STEPS = 6


@dataclass(frozen=True)
class _Costs:
    """Minus log-density of each vector (V,)."""

    cost: Array


class CoreObjective:
    """The cost of the core fit as searches and profiles ask for it; vectors are natural logarithms."""

    def __init__(self, free: Free) -> None:
        self.names, self._free = free.keys, free
        self.low, self.high = free.low, free.high
        rows = read_table((HERE / "start.csv").read_text("utf-8"), file="start.csv", leading=("context",))
        self._units = {f"{row.key[0]}|{row.id}": row.unit.replace("1/cell", "zmol") for row in rows}

    def evaluate(self, x: Array) -> _Costs:
        """Half the sum of squares of each vector (V, K); infinite where a run failed."""
        cost = np.array([0.5 * found.total for found in costs_at(self._free, list(x))])
        return _Costs(np.where(np.isfinite(cost), cost, np.inf))

    def local(self, x: Array, *, free: npt.NDArray[np.intp] | None = None) -> Local:
        """Cost, gradient and expected information at one vector (K,), over the ``free`` numbers."""
        chosen = np.arange(len(x)) if free is None else free
        residuals, slopes = residuals_at(self._free, x), jacobian(self._free, x)[:, chosen]
        cost = 0.5 * float(residuals @ residuals)
        return Local(cost, slopes.T @ residuals, slopes.T @ slopes)

    def predictions(self, x: Array) -> Array:
        """Residuals of the points (V, N): predicted measurements over their noise, but for a constant."""
        values = [self._free.by_context(v) for v in np.atleast_2d(x)]
        curves = {c: simulate(c, [v[c] for v in values], ("fit",)) for c in CONTEXTS}
        known = problem("fit")
        return np.array(
            [
                known.point_residuals({c: curves[c][i] for c in CONTEXTS}, FITTING)[0]
                for i in range(len(values))
            ]
        )

    def point(self, n: int) -> tuple[str, str, float]:
        """Measured column, what was done to which cells, and hours, of point ``n``."""
        found = problem("fit").points[n]
        done = found.condition
        told = [f"IL6 {done.il6_ng_ml:g} ng/ml"]
        if done.ruxolitinib_nM:
            told.append(f"ruxolitinib {done.ruxolitinib_nM:g} nM")
        if done.stattic_uM:
            told.append(f"Stattic {done.stattic_uM:g} uM")
        told += [
            word
            for word, on in (
                ("actinomycin D", done.actinomycin_D),
                ("cycloheximide", done.cycloheximide),
            )
            if on
        ]
        return found.measured, f"{found.context} with {', '.join(told)}", found.time_h

    def told(self, k: int, value: float) -> str:
        """A value of number ``k`` with its unit."""
        unit = self._units[self.names[k]]
        return f"{math.exp(value):.3g}" + ("" if unit == "dimensionless" else f" {unit}")


def core_profiles(
    free: Free, best: Array, names: Sequence[str], *, progress: Callable[[Profile], None]
) -> tuple[Profile, ...]:
    """Profiles of ``context|id`` numbers around ``best`` (K,); ``progress`` is told of each."""
    objective = CoreObjective(free)
    inside = np.clip(best, free.low + 1e-6, free.high - 1e-6)
    found = []
    for name in names:
        found.append(profile(objective, inside, name, steps=_STEPS, limits=_LIMITS))
        progress(found[-1])
    return tuple(found)


def profile_record(found: Sequence[Profile]) -> dict[str, Any]:
    """What the result file holds: verdict, sentence, bounds and points of each profile."""

    def plain(value: float) -> float | None:
        return math.exp(value) if math.isfinite(value) else None

    return {
        p.name: {
            "verdict": p.verdict,
            "sentence": p.sentence,
            "low": plain(p.interval[0]),
            "high": plain(p.interval[1]),
            "values": np.exp(p.value).tolist(),
            "cost_above_best": (p.cost - np.nanmin(p.cost)).tolist(),
        }
        for p in found
    }
