"""From the model's curves to simulated measurements: observable and noise formulas on arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from jakstat.calibration.formula import TableFormula, in_shape
from jakstat.calibration.lanes import Curves, CurveSlopes
from jakstat.calibration.problem import FitObservable, FitProblem, Measurement

__all__ = ["Moving", "PointReadout", "PointSlopes"]

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.intp]


@dataclass(frozen=True)
class _Group:
    """Points with the same observable.

    What fills its placeholders is a formula, the same for all points, or a column of the table of
    parameters and written numbers for each point.
    """

    points: Whole
    observable: FitObservable
    filled: Mapping[str, TableFormula | Whole]

    @cached_property
    def symbols(self) -> frozenset[str]:
        """Ids that are needed from outside."""
        o = self.observable
        named = (o.formula.symbols | o.noise.symbols) - {*self.filled, o.id}
        return named.union(*(f.symbols for f in self.filled.values() if isinstance(f, TableFormula)))


class PointReadout:
    """Simulated values and noise of all points of a problem.

    Parameters
    ----------
    problem : FitProblem
    """

    def __init__(self, problem: FitProblem) -> None:
        self._column = {p.id: i for i, p in enumerate(problem.parameters)}
        self._numbers: list[float] = []
        network = problem.model.network
        of_model = {p.id for p in network.parameters} | {s.id for s in network.species}
        of_model |= {c.id for c in network.compartments} | {r.id for r in network.reactions}
        self._of_model = frozenset(of_model)
        self._groups = self._grouped(problem)
        self._time = np.array([m.time for m in problem.measurements])
        self.outputs: dict[str, npt.NDArray[np.bool_]] = {}
        """Quantities of the model that the formulas need, and the points that need each, shape (N,)."""
        for group in self._groups:
            for name in sorted(group.symbols & of_model):
                here = self.outputs.setdefault(name, np.zeros(len(self._time), dtype=bool))
                here[group.points] = True

    def _grouped(self, problem: FitProblem) -> tuple[_Group, ...]:
        """Points by observable, and by what is more than an id or a number in its placeholders."""
        groups: dict[tuple[object, ...], tuple[list[int], list[list[int]]]] = {}
        places: dict[float, int] = {}
        for i, m in enumerate(problem.measurements):
            columns = [self._placed(f, places) for f in (*m.overrides, *m.noise_overrides)]
            texts = (c if isinstance(c, str) else "" for c in columns)
            points, table = groups.setdefault((m.observable, *texts), ([], []))
            points.append(i)
            table.append([-1 if isinstance(c, str) else c for c in columns])
        self._numbers = list(places)
        return tuple(
            _group(problem, problem.measurements[points[0]], points, table)
            for points, table in groups.values()
        )

    def _placed(self, formula: TableFormula, places: dict[float, int]) -> int | str:
        """The column of a parameter or of a written number; the text of any other formula."""
        number = formula.number
        if number is not None and number == number:
            return len(self._column) + places.setdefault(number, len(places))
        if formula.plain and formula.text not in self._of_model and formula.text in self._column:
            return self._column[formula.text]
        return formula.text

    def __call__(self, values: Array, curves: Curves) -> tuple[Array, Array]:
        """Simulated values and noise, shape (V, N) each.

        Parameters
        ----------
        values : array, shape (V, P)
            All parameters of the problem.
        curves : Curves
        """
        shape = (len(values), len(self._time))
        simulated, sigma = np.full(shape, math.nan), np.full(shape, math.nan)
        table = np.column_stack([values, np.broadcast_to(self._numbers, (len(values), len(self._numbers)))])
        for group in self._groups:
            known = self._known(group, values, curves)
            outside = dict(known)
            for name, content in group.filled.items():
                known[name] = content(outside) if isinstance(content, TableFormula) else table[:, content]
            o = group.observable
            known[o.id] = o.formula(known)
            simulated[:, group.points], sigma[:, group.points] = known[o.id], o.noise(known)
        return simulated, sigma

    def _known(self, group: _Group, values: Array, curves: Curves) -> dict[str, Array]:
        known: dict[str, Array] = {}
        for name in group.symbols:
            if name in curves.values:
                known[name] = curves.values[name][:, group.points]
            elif name == "time":
                known[name] = self._time[group.points]
            else:
                known[name] = values[:, self._column[name], None]
        return known

    def slopes(self, values: Array, curves: Curves, moving: Moving) -> PointSlopes:
        """Simulated values and noise of one vector, and how fast they move.

        Parameters
        ----------
        values, curves
            As when called, of one vector.
        moving : Moving
            What moves in K directions.
        """
        count, width = len(self._time), moving.count + 1  # the last place takes what does not move
        read = np.full((2, count), math.nan)
        table = np.append(values[0], self._numbers)
        spare = len(self._numbers)
        number = np.append(moving.number, np.full(spare, moving.count))
        factor = np.append(moving.factor, np.zeros(spare))
        curved = frozenset[str]().union(*(part.outputs for part in moving.curves))
        by_curve: tuple[dict[str, Array], ...] = ({}, {})
        places, rates = [np.zeros(0, dtype=np.intp)], [np.zeros(0)]
        for group in self._groups:
            known = {k: np.atleast_2d(v)[0] for k, v in self._known(group, values, curves).items()}
            o, points = group.observable, group.points
            partials: dict[str, dict[str, Array]] = {}
            columns: dict[str, Whole | int] = {n: self._column[n] for n in known if n in self._column}
            for name, content in group.filled.items():
                if isinstance(content, TableFormula):
                    known[name], partials[name] = content.partials(known)
                else:
                    known[name], columns[name] = table[content], content
            known[o.id], partials[o.id] = o.formula.partials(known)
            noise, by_noise = o.noise.partials(known)
            read[0, points], read[1, points] = known[o.id], noise
            for side, chain in enumerate((partials[o.id], by_noise)):
                left = list(chain.items())
                while left:
                    name, weight = left.pop()
                    if name in partials:
                        left.extend((n, w * weight) for n, w in partials[name].items())
                    elif name in curved:
                        by_curve[side].setdefault(name, np.zeros(count))[points] += weight
                    elif name in columns:
                        at = columns[name]
                        places.append((side * count + points) * width + number[at])
                        rates.append(in_shape(weight * factor[at], points.shape))
        found = np.zeros((2, count, width))
        np.add.at(found.reshape(-1), np.concatenate(places), np.concatenate(rates))
        for target, weights in zip(found, by_curve, strict=True):
            moving.add_curves(target, weights)
        return PointSlopes(read[0], read[1], found[0, :, :-1], found[1, :, :-1])


@dataclass(frozen=True)
class PointSlopes:
    """Simulated values and noise of all points, shape (N,) each, and their derivatives, shape (N, K) each."""

    simulated: Array
    sigma: Array
    slope: Array
    widening: Array


@dataclass(frozen=True)
class Moving:
    """Parameters and curves that move in K directions.

    Parameters
    ----------
    count : int
        K.
    number : int array, shape (P,)
        The direction that each parameter of the problem moves in; K if none.
    factor : array, shape (P,)
        How fast it moves there.
    curves : sequence of CurveSlopes
        How fast the curves move in D of the directions.
    curve_rows : int array, shape (D,)
        Numbers of those directions.
    """

    count: int
    number: Whole
    factor: Array
    curves: Sequence[CurveSlopes]
    curve_rows: Whole

    def add_curves(self, found: Array, weights: Mapping[str, Array]) -> None:
        """Add what the curves bring to the slopes (N, K + 1) of something that has ``weights`` by curve."""
        directions = np.append(self.curve_rows, self.count)
        for part in self.curves if weights else ():
            total = np.zeros(part.place.shape)
            for name, (at, slopes) in part.outputs.items():
                if name in weights:
                    total[at] += weights[name][part.points[at], None] * slopes
            found[part.points[:, None], directions[part.place]] += total


def _group(problem: FitProblem, first: Measurement, points: list[int], table: list[list[int]]) -> _Group:
    o = problem.observables[first.observable]
    names, formulas = (*o.placeholders, *o.noise_placeholders), (*first.overrides, *first.noise_overrides)
    columns = np.array(table, dtype=np.intp).reshape(len(points), len(formulas)).T
    filled: dict[str, TableFormula | Whole] = {
        name: formula if column[0] < 0 else column
        for name, formula, column in zip(names, formulas, columns, strict=True)
    }
    return _Group(np.array(points, dtype=np.intp), o, filled)
