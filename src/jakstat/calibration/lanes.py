"""Parameter vectors times experiments as lanes of one call of the engine.

Lanes that would be the same (a vector in which only a scale or a noise moved) are run once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from jakstat.calibration.distinct_lanes import DistinctLanes, LaterChanges
from jakstat.calibration.formula import TableFormula
from jakstat.calibration.problem import FitExperiment, FitProblem, Period
from jakstat.engine.model import Model
from jakstat.engine.result import Result
from jakstat.errors import Outcome, problem
from jakstat.experiment.resting import SOLVERS, solved_with_fallback
from jakstat.limits import LIMITS

__all__ = ["Curves", "Points", "Solving", "Wiring"]

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
_HELD = 20_000_000  # numbers of a result that are held at a time


@dataclass(frozen=True, slots=True)
class Solving:
    """Tolerances of the integration.

    Parameters
    ----------
    rtol, atol : float
        As in :meth:`jakstat.engine.Model.simulate`; ``atol`` None fits each state.
    method : str
    max_steps : int
    horizon : float
        Time given to reach a steady state, and ten thousand times as much when that is too short;
        in the model's time unit.
    threads : int
    """

    rtol: float = 1e-7
    atol: float | None = None
    method: str = "rodas5p"
    max_steps: int = 20_000
    horizon: float = 1e4
    threads: int = 1


@dataclass(frozen=True)
class Points:
    """Where the model is read: experiment and time of each point, shape (N,)."""

    experiment: Whole
    time: Array


@dataclass(frozen=True)
class Curves:
    """Values of the model's quantities at the points.

    Parameters
    ----------
    values : mapping of str to array, shape (V, N)
        NaN at points that do not need them.
    ok : bool array, shape (V,)
        Vectors all of whose lanes reached their end; others hold NaN.
    outcomes : mapping of Outcome name to int
        How many lanes ended how.
    """

    values: Mapping[str, Array]
    ok: Bools
    outcomes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Batch:
    """Experiments that set the same quantities and start at the same time."""

    members: tuple[int, ...]
    start: float
    grid: Array
    points: Whole  # numbers of the points that are read here
    where: Whole  # member of each point
    when: Whole  # place in the grid, -1 for the steady state


class Wiring:
    """How parameter vectors reach the model, and where its curves are read.

    Parameters
    ----------
    problem : FitProblem
    points : Points
    outputs : mapping of str to bool array, shape (N,)
        Quantities of the model, and the points at which each is needed.
    solving : Solving
    """

    def __init__(
        self, problem: FitProblem, points: Points, outputs: Mapping[str, Bools], solving: Solving
    ) -> None:
        self._model: Model = problem.model
        self._experiments: Sequence[FitExperiment] = problem.experiments
        self._names = {p.id: i for i, p in enumerate(problem.parameters)}
        self._outputs = outputs
        self._solving = solving
        network = problem.model.network
        self._species = {s.id: s for s in network.species}
        self._sizes = {c.id: c.size for c in network.compartments}
        started = {a.variable for a in network.initial_assignments}
        plain: dict[str, float | None] = {**{p.id: p.value for p in network.parameters}, **self._sizes}
        self._defaults = {k: v for k, v in plain.items() if v is not None and k not in started}
        self._given = [n for n in self._names if n in plain]
        self._points = points
        self._batches = self._batched()

    def run(self, values: Array) -> Curves:
        """The model at the points.

        Parameters
        ----------
        values : array, shape (V, P)
            Values (not on the scale of the search) of all parameters of the problem.

        Returns
        -------
        Curves
        """
        vectors, points = len(values), len(self._points.time)
        found = np.full((len(self._outputs), vectors, points), math.nan)
        ok = np.ones(vectors, dtype=bool)
        outcomes: dict[str, int] = {}
        for batch in self._batches:
            lane = max(1, len(batch.grid)) * max(1, len(self._outputs)) * len(batch.members)
            piece = max(1, min(_HELD // lane, LIMITS.lanes // len(batch.members)))
            for first in range(0, vectors, piece):
                part = slice(first, min(first + piece, vectors))
                ok[part] &= self._run_batch(batch, values[part], found[:, part], outcomes)
        found[:, ~ok] = math.nan
        return Curves(dict(zip(self._outputs, found, strict=True)), ok, outcomes)

    def _run_batch(self, batch: _Batch, values: Array, found: Array, outcomes: dict[str, int]) -> Bools:
        vectors, members = len(values), len(batch.members)
        state: dict[str, Array] = {}
        rested = np.ones((vectors, members), dtype=bool)
        if self._experiments[batch.members[0]].before is not None:
            state, rested = self._rested(batch, values, outcomes)
        parameters, initial = self._start(batch, values, main=True)
        changed = {c.target for e in batch.members for c in self._experiments[e].main[0].changes}
        initial = {**{k: v for k, v in state.items() if k not in changed}, **initial}
        lanes = DistinctLanes.of(parameters, initial, self._later(batch, values), rested)
        good = rested.copy()
        if len(batch.grid):
            result = self._simulated(batch, lanes)
            good &= lanes.spread(result.ok, spoilt=False)
            _count(outcomes, result)
            self._read(batch, lanes, result, batch.when >= 0, found)
        if (batch.when < 0).any():
            good &= self._read_steady(batch, lanes, found, outcomes)
        return np.asarray(good.all(axis=1))

    def _read(self, batch: _Batch, lanes: DistinctLanes, result: Result, due: Bools, found: Array) -> None:
        """Values at the points that are ``due`` and need them."""
        for k, (name, used) in enumerate(self._outputs.items() if lanes.count else ()):
            at = np.flatnonzero(due & used[batch.points])
            found[k][:, batch.points[at]] = result.value(name)[
                lanes.number[:, batch.where[at]], batch.when[at]
            ]

    def _simulated(self, batch: _Batch, lanes: DistinctLanes) -> Result:
        s = self._solving
        return self._solved(lambda method: self._model.simulate(
            batch.grid, lanes.parameters, lanes.initial, lanes.doses, self._outputs, rtol=s.rtol,
            atol=s.atol, method=method, max_steps=s.max_steps, threads=s.threads,
        ), lanes)  # fmt: skip

    def _solved(self, run: Callable[[str], Result], lanes: DistinctLanes) -> Result:
        solvers = dict.fromkeys((self._solving.method, SOLVERS[-1]))  # in this order, each once
        return solved_with_fallback(run, lanes=lanes.count, solvers=tuple(solvers))

    def _read_steady(
        self, batch: _Batch, lanes: DistinctLanes, found: Array, outcomes: dict[str, int]
    ) -> Bools:
        result = self._steady(lanes)
        _count(outcomes, result)
        late = batch.when < 0
        self._read(batch, lanes, result, late, found)
        # experiments of the batch without such a point need not come to rest
        needed = np.isin(np.arange(len(batch.members)), batch.where[late])
        return np.asarray(lanes.spread(result.ok, spoilt=False) | ~needed)

    def _steady(self, lanes: DistinctLanes) -> Result:
        s = self._solving
        for horizon in (s.horizon, s.horizon * 1e2, s.horizon * 1e4):
            result = self._solved(partial(self._settled, lanes, horizon), lanes)
            if not (result.outcomes == Outcome.NOT_STEADY).any():
                break
        return result

    def _settled(self, lanes: DistinctLanes, horizon: float, method: str) -> Result:
        s = self._solving
        return self._model.equilibrate(
            lanes.parameters, lanes.initial, lanes.doses, horizon=horizon, rtol=s.rtol,
            atol=s.atol, method=method, max_steps=s.max_steps,
        )  # fmt: skip

    def _rested(
        self, batch: _Batch, values: Array, outcomes: dict[str, int]
    ) -> tuple[dict[str, Array], Bools]:
        parameters, initial = self._start(batch, values, main=False)
        everything = np.ones((len(values), len(batch.members)), dtype=bool)
        lanes = DistinctLanes.of(parameters, initial, None, everything)
        result = self._steady(lanes)
        _count(outcomes, result)
        return {k: lanes.spread(v) for k, v in result.final().items()}, lanes.spread(result.ok)

    def _start(
        self, batch: _Batch, values: Array, *, main: bool
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Parameters and initial amounts of the lanes, each to be broadcast to shape (V, members)."""
        vectors, members = len(values), len(batch.members)
        parameters = {n: values[:, self._names[n], None] for n in self._given}
        initial: dict[str, Array] = {}
        changes = [
            {c.target: c.formula for c in _first(self._experiments[e], main).changes} for e in batch.members
        ]
        worked_out: dict[str, Array] = {}
        for target in sorted({t for table in changes for t in table}, key=lambda t: t in self._species):
            wide = np.empty((vectors, members))
            for k, table in enumerate(changes):
                if target in table:
                    text = table[target].text
                    if text not in worked_out:
                        worked_out[text] = self._worked_out(table[target], values)
                    wide[:, k] = worked_out[text]
                elif target in self._names:
                    wide[:, k] = values[:, self._names[target]]
                else:
                    wide[:, k] = self._defaults[target]
            if target in self._species:
                initial[target] = wide * self._size(target, parameters)
            else:
                parameters[target] = wide
        return parameters, initial

    def _size(self, species: str, parameters: Mapping[str, Array]) -> Array | float:
        """What turns the value of a species' symbol into its amount."""
        s = self._species[species]
        if s.substance_only:
            return 1.0
        if s.compartment in parameters:
            return parameters[s.compartment]
        if s.compartment not in self._defaults:
            message = f"the size of '{s.compartment}' is worked out, so '{species}' cannot be set"
            raise problem("petab.unsupported", message, field=species)
        return self._defaults[s.compartment]

    def _worked_out(self, formula: TableFormula, values: Array) -> Array:
        known: dict[str, Array] = {}
        for name in formula.symbols:
            if name in self._names:
                known[name] = values[:, self._names[name]]
            elif name in self._defaults:
                known[name] = np.full(len(values), self._defaults[name])
            else:
                message = f"'{name}' in a condition depends on the state of the model"
                raise problem("petab.unsupported", message, field=name)
        return np.broadcast_to(formula(known), len(values))

    def _later(self, batch: _Batch, values: Array) -> LaterChanges | None:
        """What later periods set in the members; None when nothing is."""
        plans = [
            [(p.time, c) for p in self._experiments[e].main[1:] for c in p.changes] for e in batch.members
        ]
        longest = max(map(len, plans))
        if not longest:
            return None
        amounts = np.zeros((len(values), len(plans), longest))
        start, _ = self._start(batch, values, main=True)
        for k, plan in enumerate(plans):
            own = {n: a[:, min(k, a.shape[1] - 1)] for n, a in start.items()}
            for j, (_, change) in enumerate(plan):
                size = self._size(change.target, own) if change.target in self._species else 1.0
                amounts[:, k, j] = self._worked_out(change.formula, values) * size
        return LaterChanges(tuple(tuple((t, c.target) for t, c in plan) for plan in plans), amounts)

    def _batched(self) -> tuple[_Batch, ...]:
        groups: dict[tuple[object, ...], list[int]] = {}
        for number, experiment in enumerate(self._experiments):
            if (self._points.experiment == number).any():
                groups.setdefault(self._kind(experiment), []).append(number)
        return tuple(self._batch(members) for members in groups.values())

    def _kind(self, experiment: FitExperiment) -> tuple[object, ...]:
        """Experiments of one kind can be lanes of one call."""

        def odd(period: Period | None) -> tuple[str, ...]:
            """Targets that the model has no plain value for, so that every lane must set them."""
            targets = {c.target for c in period.changes} if period is not None else set()
            return tuple(sorted(t for t in targets if t not in self._defaults and t not in self._names))

        return (
            experiment.before is not None, odd(experiment.before), odd(experiment.main[0]),
            experiment.main[0].time,
        )  # fmt: skip

    def _batch(self, members: list[int]) -> _Batch:
        place = {e: k for k, e in enumerate(members)}
        points = np.flatnonzero(np.isin(self._points.experiment, members))
        times = self._points.time[points]
        start = self._experiments[members[0]].main[0].time
        finite = np.isfinite(times)
        grid = np.unique(np.concatenate([[start], times[finite]])) if finite.any() else np.zeros(0)
        if len(grid) == 1:  # every point lies at the start
            grid = np.array([start, start + 1e-6 * max(1.0, abs(start))])
        when = np.where(finite, np.searchsorted(grid, np.where(finite, times, start)), -1)
        where = np.array([place[int(e)] for e in self._points.experiment[points]], dtype=np.intp)
        return _Batch(tuple(members), start, grid, points, where, when.astype(np.intp))


def _first(experiment: FitExperiment, main: bool) -> Period:
    before = experiment.before
    return experiment.main[0] if main or before is None else before


def _count(outcomes: dict[str, int], result: Result) -> None:
    for code, count in zip(*np.unique(result.outcomes, return_counts=True), strict=True):
        name = Outcome(int(code)).name
        outcomes[name] = outcomes.get(name, 0) + int(count)
