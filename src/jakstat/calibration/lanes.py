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
from jakstat.calibration.lane_directions import LaneDirections, spread_moves
from jakstat.calibration.lane_starts import LaneStarts
from jakstat.calibration.problem import FitExperiment, FitProblem, Period
from jakstat.engine.model import Model
from jakstat.engine.result import Result
from jakstat.errors import Outcome
from jakstat.experiment.resting import SOLVERS, solved_with_fallback
from jakstat.limits import LIMITS

__all__ = ["CurveMoves", "CurveSlopes", "Curves", "Points", "Solving", "Wiring"]

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


@dataclass(frozen=True, slots=True)
class CurveSlopes:
    """How fast outputs move at n points, in the D directions that move anything in the lane of each.

    Parameters
    ----------
    points : int array, shape (n,)
    place : int array, shape (n, D)
        Which of the K directions they are; K where a lane has fewer.
    outputs : mapping of str to (int array, array)
        For each output which of the n points need it, shape (m,), and how fast it moves there, (m, D).
    """

    points: Whole
    place: Whole
    outputs: Mapping[str, tuple[Whole, Array]]


@dataclass
class CurveMoves:
    """How fast the values at the points move in K directions.

    Parameters
    ----------
    moves : array, shape (K, P)
    unit : array, shape (K,)
    parts : list of CurveSlopes
        Filled in as lanes are run; what is in none of them does not move.
    why : str
        Why they are not there; empty when they are.
    """

    moves: Array
    unit: Array
    parts: list[CurveSlopes] = field(default_factory=list)
    why: str = ""

    def take(self, result: Result, directions: LaneDirections) -> bool:
        """Whether a result has derivatives that are wanted; notes why it does not have them."""
        if directions.wanted is None or result.sensitivities is None:
            return False
        if not result.sensitivities.exact:
            self.why = result.sensitivities.how
        return result.sensitivities.exact


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
        self._outputs = outputs
        self._solving = solving
        self._starts = LaneStarts(problem)
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

    @property
    def reaching(self) -> frozenset[str]:
        """Parameters of the problem that may change the curves."""
        return self._starts.reaching()

    def run_along(self, values: Array, moves: Array, unit: Array) -> tuple[Curves, CurveMoves]:
        """The model at the points for one vector, and how fast it moves there.

        Parameters
        ----------
        values : array, shape (1, P)
        moves : array, shape (K, P)
            How fast the parameters of the problem move in each of K directions.
        unit : array, shape (K,)
            A usual size of a move.
        """
        points = len(self._points.time)
        found = np.full((len(self._outputs), 1, points), math.nan)
        along = CurveMoves(moves, unit)
        outcomes: dict[str, int] = {}
        ok = np.ones(1, dtype=bool)
        for batch in self._batches:
            ok &= self._run_batch(batch, values, found, outcomes, along)
        found[:, ~ok] = math.nan
        return Curves(dict(zip(self._outputs, found, strict=True)), ok, outcomes), along

    def _run_batch(
        self,
        batch: _Batch,
        values: Array,
        found: Array,
        outcomes: dict[str, int],
        along: CurveMoves | None = None,
    ) -> Bools:
        vectors, members = len(values), len(batch.members)
        state: dict[str, Array] = {}
        moved: dict[str, Array] = {}
        rested = np.ones((vectors, members), dtype=bool)
        if self._experiments[batch.members[0]].before is not None:
            state, rested, moved = self._rested(batch, values, outcomes, along)
            if not rested.any():  # no lane is left to begin with
                return np.zeros(vectors, dtype=bool)
        parameters, initial = self._starts.values(batch.members, values, main=True)
        changed = {c.target for e in batch.members for c in self._experiments[e].main[0].changes}
        initial = {**{k: v for k, v in state.items() if k not in changed}, **initial}
        later = self._starts.later(batch.members, values)
        kept = {k: v for k, v in moved.items() if k not in changed}
        lanes, directions = self._lanes(batch, values, (parameters, initial, later), rested, along, kept)
        good = rested.copy()
        if len(batch.grid):
            result = self._simulated(batch, lanes, directions)
            good &= lanes.spread(result.ok, spoilt=False)
            _count(outcomes, result)
            self._read(batch, lanes, result, batch.when >= 0, found, directions, along)
        if (batch.when < 0).any():
            good &= self._read_steady(batch, lanes, found, outcomes, directions, along)
        return np.asarray(good.all(axis=1))

    def _lanes(
        self, batch: _Batch, values: Array,
        start: tuple[dict[str, Array], dict[str, Array], LaterChanges | None], wanted: Bools,
        along: CurveMoves | None, kept: dict[str, Array], *, main: bool = True,
    ) -> tuple[DistinctLanes, LaneDirections | None]:  # fmt: skip
        """The lanes to run, and the directions in each; ``kept`` is how fast the state at rest moves."""
        if along is None:
            return DistinctLanes.of(*start, wanted), None
        members = batch.members
        found = self._starts.moves(members, values, start[0], along.moves, main=main)
        # what moves alike in all members tells none of them apart
        parts = [v for table in (*found, kept) for v in table.values() if len(v) > 1]
        rates = [spread_moves(t, len(members)) for t in found]
        rates[1] = {**kept, **rates[1]}
        later = (
            self._starts.later_moves(members, values, start[0], along.moves, found[0]) if start[2] else None
        )
        parts += [np.stack([row[j] if j < len(row) else np.zeros(len(along.unit)) for row in later])
                  for j in range(max(map(len, later)))] if later else []  # fmt: skip
        lanes = DistinctLanes.of(*start, wanted, np.hstack(parts) if parts else None)
        return lanes, LaneDirections.of(lanes, rates[0], rates[1], later, along.unit)

    def _read(
        self, batch: _Batch, lanes: DistinctLanes, result: Result, due: Bools, found: Array,
        directions: LaneDirections | None, along: CurveMoves | None,
    ) -> None:  # fmt: skip
        """Values at the points that are ``due`` and need them, and how fast they move."""
        if not lanes.count:
            return
        moves = result.sensitivities if along and directions and along.take(result, directions) else None
        outputs: dict[str, tuple[Whole, Array]] = {}
        for k, (name, used) in enumerate(self._outputs.items()):
            at = np.flatnonzero(due & used[batch.points])
            number, when = lanes.number[:, batch.where[at]], batch.when[at]
            found[k][:, batch.points[at]] = result.value(name)[number, when]
            if moves:
                outputs[name] = at, moves.values[name][number[0], when]
        if outputs and along and directions:
            place = directions.place[lanes.number[0, batch.where]]
            along.parts.append(CurveSlopes(batch.points, place, outputs))

    def _simulated(self, batch: _Batch, lanes: DistinctLanes, directions: LaneDirections | None) -> Result:
        s = self._solving
        return self._solved(lambda method: self._model.simulate(
            batch.grid, lanes.parameters, lanes.initial, lanes.doses, self._outputs, rtol=s.rtol,
            atol=s.atol, method=method, max_steps=s.max_steps, threads=s.threads,
            sensitivities=directions.wanted if directions else None,
        ), lanes)  # fmt: skip

    def _solved(self, run: Callable[[str], Result], lanes: DistinctLanes) -> Result:
        solvers = dict.fromkeys((self._solving.method, SOLVERS[-1]))  # in this order, each once
        return solved_with_fallback(run, lanes=lanes.count, solvers=tuple(solvers))

    def _read_steady(
        self, batch: _Batch, lanes: DistinctLanes, found: Array, outcomes: dict[str, int],
        directions: LaneDirections | None, along: CurveMoves | None,
    ) -> Bools:  # fmt: skip
        result = self._steady(lanes, directions)
        _count(outcomes, result)
        late = batch.when < 0
        self._read(batch, lanes, result, late, found, directions, along)
        # experiments of the batch without such a point need not come to rest
        needed = np.isin(np.arange(len(batch.members)), batch.where[late])
        return np.asarray(lanes.spread(result.ok, spoilt=False) | ~needed)

    def _steady(self, lanes: DistinctLanes, directions: LaneDirections | None) -> Result:
        s = self._solving
        for horizon in (s.horizon, s.horizon * 1e2, s.horizon * 1e4):
            result = self._solved(partial(self._settled, lanes, directions, horizon), lanes)
            if not (result.outcomes == Outcome.NOT_STEADY).any():
                break
        return result

    def _settled(
        self, lanes: DistinctLanes, directions: LaneDirections | None, horizon: float, method: str
    ) -> Result:
        s = self._solving
        return self._model.equilibrate(
            lanes.parameters, lanes.initial, lanes.doses, horizon=horizon, rtol=s.rtol,
            atol=s.atol, method=method, max_steps=s.max_steps,
            sensitivities=directions.wanted if directions else None,
        )  # fmt: skip

    def _rested(
        self, batch: _Batch, values: Array, outcomes: dict[str, int], along: CurveMoves | None
    ) -> tuple[dict[str, Array], Bools, dict[str, Array]]:
        """The states at rest, which lanes have one, and how fast they move, shape (members, K)."""
        everything = np.ones((len(values), len(batch.members)), dtype=bool)
        start = (*self._starts.values(batch.members, values, main=False), None)
        lanes, directions = self._lanes(batch, values, start, everything, along, {}, main=False)
        result = self._steady(lanes, directions)
        _count(outcomes, result)
        moved: dict[str, Array] = {}
        if along is not None and directions is not None and along.take(result, directions):
            assert result.sensitivities is not None
            last = result.sensitivities.last
            moved = {k: directions.unpacked(v)[lanes.number[0]] for k, v in last.items()}
        return {k: lanes.spread(v) for k, v in result.final().items()}, lanes.spread(result.ok), moved

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
            return tuple(sorted(t for t in targets if not self._starts.known(t)))

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


def _count(outcomes: dict[str, int], result: Result) -> None:
    for code, count in zip(*np.unique(result.outcomes, return_counts=True), strict=True):
        name = Outcome(int(code)).name
        outcomes[name] = outcomes.get(name, 0) + int(count)
