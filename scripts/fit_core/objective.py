"""The sum of squares that the fit makes small.

Residuals, in this order: the points (log10 of measured over model, over the noise, after each
relative series' best scale and background), the pull of every number towards its starting
table, the pull of every background towards zero, and the soft walls of the contexts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from scripts.fit_core.measurements import CONTEXTS, Condition, Point, points
from scripts.fit_core.profile import Series, profile
from scripts.fit_core.simulator import OBSERVED, Protocol, Simulator
from scripts.fit_core.start import Free
from scripts.fit_core.walls import readings, wall_protocols, wall_residuals, walls

__all__ = ["FITTING", "JUDGING", "Cost", "Curves", "Problem", "Settings", "problem", "simulate", "simulator"]

Array = npt.NDArray[np.float64]

_NO_WALL = 50.0  # residual of a wall whose reading failed


@dataclass(frozen=True, slots=True)
class Settings:
    """How freely a series may have a background, and how hard the starting table pulls.

    ``pull``: residual of a number that lies at an end of its range when its start is the middle.
    """

    background_weight: float
    background_in_qpcr: bool
    pull: float = 2.0


FITTING = Settings(background_weight=0.25, background_in_qpcr=False)
"""While fitting, a background costs, and qPCR has none: else it would hide a wrong response at rest."""

JUDGING = Settings(background_weight=0.0, background_in_qpcr=True)
"""For the figures of merit, one scale and one background per series are free, as in the publications."""


@dataclass(frozen=True)
class Curves:
    """One context's simulated points (P of the context,) and wall readings (W,)."""

    at_points: Array
    walls: Array


@dataclass(frozen=True)
class _Plan:
    """One context's protocols, and where in their curves each of its points is read."""

    protocols: tuple[Protocol, ...]
    rows: npt.NDArray[np.intp]
    where: tuple[tuple[int, int, int], ...]
    of_start: npt.NDArray[np.bool_]


def _plan(context: str, chosen: Iterable[tuple[int, Point]]) -> _Plan:
    own = [(i, p) for i, p in chosen if p.context == context]
    times: dict[Condition, set[float]] = {}
    for _, p in own:
        times.setdefault(p.condition, set()).add(max(p.time_h, 0.0))
    grids = {condition: sorted(found) for condition, found in times.items()}
    order = {condition: n for n, condition in enumerate(grids)}
    where = tuple(
        (order[p.condition], grids[p.condition].index(max(p.time_h, 0.0)), OBSERVED.index(p.observable))
        for _, p in own
    )
    protocols = tuple(Protocol(c, np.array(grid)) for c, grid in grids.items())
    rows = np.array([i for i, _ in own], dtype=np.intp)
    return _Plan(protocols, rows, where, np.array([p.of_start for _, p in own], dtype=bool))


@dataclass(frozen=True)
class Cost:
    """The residuals of one parameter set, by kind; ``total`` is their sum of squares."""

    points: Array
    pull: Array
    background: Array
    walls: Array

    @property
    def residuals(self) -> Array:
        """All of them (R,)."""
        return np.concatenate([self.points, self.pull, self.background, self.walls])

    @property
    def parts(self) -> dict[str, float]:
        """Sum of squares of each kind."""
        kinds = {"points": self.points, "pull": self.pull, "background": self.background, "walls": self.walls}
        return {kind: float((values**2).sum()) for kind, values in kinds.items()}

    @property
    def total(self) -> float:
        """Sum of squares of all."""
        return float((self.residuals**2).sum())


class Problem:
    """The points of some parts of the split, ready to be compared with curves."""

    def __init__(self, parts: tuple[str, ...]) -> None:
        self.points = points(*parts)
        self.plans = {c: _plan(c, enumerate(self.points)) for c in CONTEXTS}
        names: dict[tuple[str, str, str], int] = {}
        group = np.array([names.setdefault(p.scale, len(names)) for p in self.points], dtype=np.intp)
        self._qpcr = np.array(["qpcr" in measured for _, _, measured in names])
        self._fixed = {
            "log10_value": np.array([p.log10_value for p in self.points]),
            "sd": np.array([p.sd for p in self.points]),
            "factor": np.array([p.factor for p in self.points]),
        }
        self._group = group
        self._relative = np.array([p.relative for p in self.points])

    def series(self, settings: Settings) -> Series:
        """The measured side of the comparison."""
        allowed = np.ones(len(self._qpcr), dtype=bool) if settings.background_in_qpcr else ~self._qpcr
        return Series(group=self._group, relative=self._relative, background=allowed, **self._fixed)

    def point_residuals(self, curves: Mapping[str, Curves], settings: Settings) -> tuple[Array, Array]:
        """Residuals of the points (P,) and of the backgrounds (G,)."""
        model = np.full(len(self.points), np.nan)
        for context, found in curves.items():
            model[self.plans[context].rows] = found.at_points
        fitted = profile(self.series(settings), model, background_weight=settings.background_weight)
        return fitted.residual, fitted.penalty

    def cost(self, free: Free, x: Array, curves: Mapping[str, Curves], settings: Settings) -> Cost:
        """Every residual of the numbers ``x`` (K,) whose curves are given."""
        residual, penalty = self.point_residuals(curves, settings)
        pull = settings.pull / ((free.high - free.low) / 2) * (x - free.table)
        outside = np.concatenate([wall_residuals(c, curves[c].walls) for c in CONTEXTS])
        return Cost(residual, pull, penalty, np.nan_to_num(outside, nan=_NO_WALL))

    def chi2_per_point(self, residual: Array) -> dict[str, dict[str, tuple[int, float]]]:
        """Data set to measured column to points and mean squared residual; also of all relative ones."""
        found: dict[str, dict[str, list[float]]] = {}
        for point, value in zip(self.points, residual, strict=True):
            columns = found.setdefault(point.data_set, {})
            for name in (point.measured, *(("all relative",) if point.relative else ())):
                columns.setdefault(name, []).append(float(value) ** 2)
        return {
            data_set: {name: (len(v), float(np.mean(v))) for name, v in sorted(columns.items())}
            for data_set, columns in sorted(found.items())
        }


@lru_cache(maxsize=4)
def problem(*parts: str) -> Problem:
    """The problem of ``fit``, ``test`` or both."""
    return Problem(parts)


@lru_cache(maxsize=4)
def simulator(context: str) -> Simulator:
    """The simulator of a context in this process."""
    return Simulator(context)


def simulate(context: str, sets: Sequence[Mapping[str, float]], parts: tuple[str, ...]) -> list[Curves]:
    """Curves of one context at its points and walls for every parameter set; NaN where integration fails."""
    plan, extra = problem(*parts).plans[context], wall_protocols(context)
    count = len(walls(context))
    ran = simulator(context).run(sets, (*plan.protocols, *extra))
    model = np.stack([ran.curves[a][:, t, k] for a, t, k in plan.where], axis=1)
    sites = ran.rest[:, [OBSERVED.index("IL6_binding_sites")]]
    model = np.where(plan.of_start, 100 * model / sites, model)
    beside = slice(len(plan.protocols), None)
    found = []
    for i, ok in enumerate(ran.ok):
        outside = readings(context, ran.rest[i], ran.of_set(i, beside)) if ok else np.full(count, np.nan)
        found.append(Curves(np.where(ok, model[i], np.nan), outside))
    return found
