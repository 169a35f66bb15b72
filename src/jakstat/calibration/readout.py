"""From the model's curves to simulated measurements: observable and noise formulas on arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jakstat.calibration.formula import TableFormula
from jakstat.calibration.lanes import Curves
from jakstat.calibration.problem import FitObservable, FitProblem

__all__ = ["PointReadout"]

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.intp]


@dataclass(frozen=True)
class _Group:
    """Points with the same observable and the same values in its placeholders."""

    points: Whole
    observable: FitObservable
    overrides: tuple[TableFormula, ...]
    noise_overrides: tuple[TableFormula, ...]

    @property
    def symbols(self) -> frozenset[str]:
        """Ids that are needed from outside."""
        o = self.observable
        named = o.formula.symbols | o.noise.symbols
        named -= {*o.placeholders, *o.noise_placeholders, o.id}
        return named.union(*(f.symbols for f in (*self.overrides, *self.noise_overrides)))


class PointReadout:
    """Simulated values and noise of all points of a problem.

    Parameters
    ----------
    problem : FitProblem
    """

    def __init__(self, problem: FitProblem) -> None:
        self._column = {p.id: i for i, p in enumerate(problem.parameters)}
        network = problem.model.network
        of_model = {p.id for p in network.parameters} | {s.id for s in network.species}
        of_model |= {c.id for c in network.compartments} | {r.id for r in network.reactions}
        groups: dict[tuple[object, ...], list[int]] = {}
        for i, m in enumerate(problem.measurements):
            texts = tuple(f.text for f in m.overrides), tuple(f.text for f in m.noise_overrides)
            groups.setdefault((m.observable, *texts), []).append(i)
        self._groups = tuple(
            _Group(
                np.array(points, dtype=np.intp),
                problem.observables[m.observable],
                m.overrides,
                m.noise_overrides,
            )
            for points in groups.values()
            for m in [problem.measurements[points[0]]]
        )
        self._time = np.array([m.time for m in problem.measurements])
        used = (
            frozenset[str]().union(*(g.symbols for g in self._groups)) if self._groups else frozenset[str]()
        )
        self.outputs: tuple[str, ...] = tuple(sorted(used & of_model))
        """Quantities of the model that the formulas need."""

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
        for group in self._groups:
            known: dict[str, Array] = {}
            for name in group.symbols:
                if name in curves.values:
                    known[name] = curves.values[name][:, group.points]
                elif name == "time":
                    known[name] = self._time[group.points]
                else:
                    known[name] = values[:, self._column[name], None]
            simulated[:, group.points], sigma[:, group.points] = _evaluate(group, known)
        return simulated, sigma


def _evaluate(group: _Group, known: Mapping[str, Array]) -> tuple[Array, Array]:
    o = group.observable
    filled = dict(known)
    for names, formulas in ((o.placeholders, group.overrides), (o.noise_placeholders, group.noise_overrides)):
        for name, formula in zip(names, formulas, strict=True):
            filled[name] = formula(known)
    value = o.formula(filled)
    filled[o.id] = value
    return value, o.noise(filled)
