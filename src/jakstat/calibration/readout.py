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

__all__ = ["PointReadout"]

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
            known: dict[str, Array] = {}
            for name in group.symbols:
                if name in curves.values:
                    known[name] = curves.values[name][:, group.points]
                elif name == "time":
                    known[name] = self._time[group.points]
                else:
                    known[name] = values[:, self._column[name], None]
            for name, content in group.filled.items():
                outside = {k: v for k, v in known.items() if k not in group.filled}
                known[name] = content(outside) if isinstance(content, TableFormula) else table[:, content]
            o = group.observable
            known[o.id] = o.formula(known)
            simulated[:, group.points], sigma[:, group.points] = known[o.id], o.noise(known)
        return simulated, sigma


def _group(problem: FitProblem, first: Measurement, points: list[int], table: list[list[int]]) -> _Group:
    o = problem.observables[first.observable]
    names, formulas = (*o.placeholders, *o.noise_placeholders), (*first.overrides, *first.noise_overrides)
    columns = np.array(table, dtype=np.intp).reshape(len(points), len(formulas)).T
    filled: dict[str, TableFormula | Whole] = {
        name: formula if column[0] < 0 else column
        for name, formula, column in zip(names, formulas, columns, strict=True)
    }
    return _Group(np.array(points, dtype=np.intp), o, filled)
