"""Parameter vectors times experiments as lanes of one call of the engine.

Lanes that would be the same (a vector in which only a scale or a noise moved) are run once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from jakstat.calibration.formula import TableFormula
from jakstat.calibration.problem import FitExperiment, FitProblem, Period
from jakstat.engine.doses import Dose
from jakstat.engine.model import Model
from jakstat.engine.result import Result
from jakstat.errors import Outcome, problem
from jakstat.experiment.resting import SOLVERS, solved_with_fallback
from jakstat.limits import LIMITS

__all__ = ["Curves", "Points", "Solving", "Wiring"]

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.intp]
_HELD = 20_000_000  # numbers of a result that are held at a time


@dataclass(frozen=True, slots=True)
class Solving:
    """Tolerances of the integration.

    Parameters
    ----------
    rtol, atol : float
    method : str
    max_steps : int
    horizon : float
        Time given to reach a steady state, and ten thousand times as much when that is too short;
        in the model's time unit.
    threads : int
    """

    rtol: float = 1e-7
    atol: float = 1e-12
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
    ok : bool array, shape (V,)
        Vectors all of whose lanes reached their end; others hold NaN.
    outcomes : mapping of Outcome name to int
        How many lanes ended how.
    """

    values: Mapping[str, Array]
    ok: npt.NDArray[np.bool_]
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
    outputs : iterable of str
        Quantities of the model to read.
    solving : Solving
    """

    def __init__(self, problem: FitProblem, points: Points, outputs: Iterable[str], solving: Solving) -> None:
        self._model: Model = problem.model
        self._experiments: Sequence[FitExperiment] = problem.experiments
        self._names = {p.id: i for i, p in enumerate(problem.parameters)}
        self._outputs = tuple(outputs)
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
        found = {name: np.full((vectors, points), math.nan) for name in self._outputs}
        ok = np.ones(vectors, dtype=bool)
        outcomes: dict[str, int] = {}
        for batch in self._batches:
            lane = max(1, len(batch.grid)) * max(1, len(self._outputs)) * len(batch.members)
            piece = max(1, min(_HELD // lane, LIMITS.lanes // len(batch.members)))
            for first in range(0, vectors, piece):
                part = slice(first, min(first + piece, vectors))
                ok[part] &= self._run_batch(
                    batch, values[part], {k: v[part] for k, v in found.items()}, outcomes
                )
        for array in found.values():
            array[~ok] = math.nan
        return Curves(found, ok, outcomes)

    def _run_batch(
        self, batch: _Batch, values: Array, found: dict[str, Array], outcomes: dict[str, int]
    ) -> npt.NDArray[np.bool_]:
        vectors, members = len(values), len(batch.members)
        state: dict[str, Array] = {}
        ok = np.ones(vectors * members, dtype=bool)
        if self._experiments[batch.members[0]].before is not None:
            state, ok = self._rested(batch, values, outcomes)
        parameters, initial = self._start(batch, values, main=True)
        changed = {c.target for e in batch.members for c in self._experiments[e].main[0].changes}
        initial = {**{k: v for k, v in state.items() if k not in changed}, **initial}
        doses = self._doses(batch, values)
        lanes = _DistinctLanes.of(parameters, initial, doses, ok)
        good = np.zeros(vectors * members, dtype=bool)
        if len(batch.grid):
            result = self._simulated(batch, lanes)
            good[ok] = lanes.spread(result.ok)
            _count(outcomes, result)
            at = np.flatnonzero(batch.when >= 0)
            for name, array in found.items():
                wide = np.full((vectors * members, len(batch.grid)), math.nan)
                wide[ok] = lanes.spread(result.value(name))
                cube = wide.reshape(vectors, members, -1)
                array[:, batch.points[at]] = cube[:, batch.where[at], batch.when[at]]
        else:
            good[ok] = True
        if (batch.when < 0).any():
            good &= self._read_steady(batch, lanes, ok, found, outcomes)
        return np.asarray(good.reshape(vectors, members).all(axis=1))

    def _simulated(self, batch: _Batch, lanes: _DistinctLanes) -> Result:
        s = self._solving
        return self._solved(lambda method: self._model.simulate(
            batch.grid, lanes.parameters, lanes.initial, lanes.doses or None, self._outputs, rtol=s.rtol,
            atol=s.atol, method=method, max_steps=s.max_steps, threads=s.threads,
        ), lanes)  # fmt: skip

    def _solved(self, run: Callable[[str], Result], lanes: _DistinctLanes) -> Result:
        solvers = dict.fromkeys((self._solving.method, SOLVERS[-1]))  # in this order, each once
        return solved_with_fallback(run, lanes=lanes.count, solvers=tuple(solvers))

    def _read_steady(
        self,
        batch: _Batch,
        lanes: _DistinctLanes,
        ok: npt.NDArray[np.bool_],
        found: dict[str, Array],
        outcomes: dict[str, int],
    ) -> npt.NDArray[np.bool_]:
        result = self._steady(lanes)
        good = np.zeros(len(ok), dtype=bool)
        good[ok] = lanes.spread(result.ok)
        _count(outcomes, result)
        members = len(batch.members)
        at = np.flatnonzero(batch.when < 0)
        for name, array in found.items():
            wide = np.full(len(ok), math.nan)
            wide[ok] = lanes.spread(result.value(name)[:, -1])
            array[:, batch.points[at]] = wide.reshape(-1, members)[:, batch.where[at]]
        # experiments of the batch without such a point need not come to rest
        needed = np.isin(np.arange(members), batch.where[at])
        return good | ~np.tile(needed, len(ok) // members)

    def _steady(self, lanes: _DistinctLanes) -> Result:
        s = self._solving
        for horizon in (s.horizon, s.horizon * 1e2, s.horizon * 1e4):
            result = self._solved(partial(self._settled, lanes, horizon), lanes)
            if not (result.outcomes == Outcome.NOT_STEADY).any():
                break
        return result

    def _settled(self, lanes: _DistinctLanes, horizon: float, method: str) -> Result:
        s = self._solving
        return self._model.equilibrate(
            lanes.parameters, lanes.initial, lanes.doses or None, horizon=horizon, rtol=s.rtol,
            atol=s.atol, method=method, max_steps=s.max_steps,
        )  # fmt: skip

    def _rested(
        self, batch: _Batch, values: Array, outcomes: dict[str, int]
    ) -> tuple[dict[str, Array], npt.NDArray[np.bool_]]:
        parameters, initial = self._start(batch, values, main=False)
        everything = np.ones(len(values) * len(batch.members), dtype=bool)
        lanes = _DistinctLanes.of(parameters, initial, (), everything)
        result = self._steady(lanes)
        _count(outcomes, result)
        return {k: lanes.spread(v) for k, v in result.final().items()}, lanes.spread(result.ok).astype(bool)

    def _start(
        self, batch: _Batch, values: Array, *, main: bool
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Parameters and initial amounts of the lanes, shape (V * members,) each, vectors outermost."""
        vectors, members = len(values), len(batch.members)
        parameters = {n: np.repeat(values[:, self._names[n]], members) for n in self._given}
        initial: dict[str, Array] = {}
        targets = {c.target for e in batch.members for c in _first(self._experiments[e], main).changes}
        for target in sorted(targets, key=lambda t: t in self._species):
            wide = np.empty((vectors, members))
            for k, e in enumerate(batch.members):
                changes = {c.target: c.formula for c in _first(self._experiments[e], main).changes}
                if target in changes:
                    wide[:, k] = self._worked_out(changes[target], values)
                elif target in self._names:
                    wide[:, k] = values[:, self._names[target]]
                else:
                    wide[:, k] = self._defaults[target]
            if target in self._species:
                initial[target] = wide.ravel() * self._size(target, parameters)
            else:
                parameters[target] = wide.ravel()
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

    def _doses(self, batch: _Batch, values: Array) -> list[list[Dose]]:
        """What later periods set, a table per lane; empty when there are none."""
        if not any(len(self._experiments[e].main) > 1 for e in batch.members):
            return []
        tables: list[list[Dose]] = [[] for _ in range(len(values) * len(batch.members))]
        start, _ = self._start(batch, values, main=True)
        for k, e in enumerate(batch.members):
            for period in self._experiments[e].main[1:]:
                for change in period.changes:
                    amounts = np.array(self._worked_out(change.formula, values))
                    if change.target in self._species:
                        own = {n: a.reshape(len(values), -1)[:, k] for n, a in start.items()}
                        amounts = amounts * self._size(change.target, own)
                    for v, amount in enumerate(amounts):
                        dose = Dose(period.time, change.target, float(amount), action="set")
                        tables[v * len(batch.members) + k].append(dose)
        return tables

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


@dataclass(frozen=True)
class _DistinctLanes:
    """Lanes to run, each different from the others, and which of them each wanted lane is."""

    parameters: dict[str, Array]
    initial: dict[str, Array]
    doses: list[list[Dose]]
    back: Whole

    @property
    def count(self) -> int:
        """How many are run."""
        return int(self.back.max(initial=-1)) + 1

    @classmethod
    def of(
        cls,
        parameters: Mapping[str, Array],
        initial: Mapping[str, Array],
        doses: Sequence[list[Dose]],
        ok: npt.NDArray[np.bool_],
    ) -> _DistinctLanes:
        """The different ones among the lanes that are ``ok``; in the order of their first appearance."""
        lanes = np.flatnonzero(ok)
        columns = [np.ascontiguousarray(a)[lanes] for a in (*parameters.values(), *initial.values())]
        table = np.column_stack(columns) if columns else np.zeros((len(lanes), 0))
        first: dict[tuple[bytes, tuple[Dose, ...]], int] = {}
        keep: list[int] = []
        back = np.empty(len(lanes), dtype=np.intp)
        for i, row in enumerate(np.ascontiguousarray(table)):
            key = (row.tobytes(), tuple(doses[lanes[i]]) if doses else ())
            if key not in first:
                first[key] = len(keep)
                keep.append(i)
            back[i] = first[key]
        at = lanes[keep]
        return cls(
            {k: np.asarray(v)[at] for k, v in parameters.items()},
            {k: np.asarray(v)[at] for k, v in initial.items()},
            [list(doses[i]) for i in at] if doses else [],
            back,
        )

    def spread(self, array: npt.NDArray[np.float64] | npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        """Rows of the lanes that were run -> rows of those that were wanted."""
        return np.asarray(np.asarray(array)[self.back])
