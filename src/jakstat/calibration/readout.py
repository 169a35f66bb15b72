"""From the model's curves to simulated measurements: observable and noise formulas on arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jakstat.calibration.formula import TableFormula
from jakstat.calibration.lanes import Curves
from jakstat.calibration.problem import FitObservable, FitProblem, Measurement

__all__ = ["Moving", "PointReadout"]

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

    @property
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

    def slopes(self, values: Array, curves: Curves, moving: Moving) -> tuple[Array, Array]:
        """Derivatives of simulated values and noise of one vector, shape (K, N) each.

        Parameters
        ----------
        values, curves
            As when called, of one vector.
        moving : Moving
            What moves in K directions.
        """
        found = np.zeros((2, moving.count + 1, len(self._time)))  # the last row takes what does not move
        table = np.append(values[0], self._numbers)
        spare = len(self._numbers)
        number = np.append(moving.number, np.full(spare, moving.count))
        factor = np.append(moving.factor, np.zeros(spare))
        for group in self._groups:
            known = {k: np.atleast_2d(v)[0] for k, v in self._known(group, values, curves).items()}
            o, points = group.observable, group.points
            partials: dict[str, dict[str, Array]] = {}
            columns: dict[str, Whole | int] = {n: k for n, k in self._column.items() if n in known}
            for name, content in group.filled.items():
                if isinstance(content, TableFormula):
                    known[name], partials[name] = content.partials(known)
                else:
                    known[name], columns[name] = table[content], content
            known[o.id], partials[o.id] = o.formula.partials(known)
            _, noise = o.noise.partials(known)
            for target, chain in ((found[0], partials[o.id]), (found[1], noise)):
                left = list(chain.items())
                while left:
                    name, weight = left.pop()
                    if name in partials:
                        left.extend((n, w * weight) for n, w in partials[name].items())
                    elif name in moving.curves:
                        rows = moving.curve_rows[:, None]
                        target[rows, points] += weight * moving.curves[name][:, points]
                    elif name in columns:
                        at = columns[name]
                        target[number[at], points] += weight * factor[at]
        return found[0, :-1], found[1, :-1]


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
    curves : mapping of str to array, shape (D, N)
        How fast the curves move in D of the directions.
    curve_rows : int array, shape (D,)
        Numbers of those directions.
    """

    count: int
    number: Whole
    factor: Array
    curves: Mapping[str, Array]
    curve_rows: Whole


def _group(problem: FitProblem, first: Measurement, points: list[int], table: list[list[int]]) -> _Group:
    o = problem.observables[first.observable]
    names, formulas = (*o.placeholders, *o.noise_placeholders), (*first.overrides, *first.noise_overrides)
    columns = np.array(table, dtype=np.intp).reshape(len(points), len(formulas)).T
    filled: dict[str, TableFormula | Whole] = {
        name: formula if column[0] < 0 else column
        for name, formula, column in zip(names, formulas, columns, strict=True)
    }
    return _Group(np.array(points, dtype=np.intp), o, filled)
