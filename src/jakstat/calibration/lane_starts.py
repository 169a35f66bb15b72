"""What every lane of a fit starts with, and what is set in it later, as the tables of a problem say.

Lanes are parameter vectors times experiments, vectors outermost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from jakstat.calibration.distinct_lanes import LaterChanges
from jakstat.calibration.formula import TableFormula
from jakstat.calibration.problem import FitExperiment, FitProblem, Period
from jakstat.errors import problem as fault

__all__ = ["LaneStarts"]

Array = npt.NDArray[np.float64]
Moves = dict[str, Array]


class LaneStarts:
    """Values of parameters and species at the start, and how fast they move.

    Parameters
    ----------
    problem : FitProblem
    """

    def __init__(self, problem: FitProblem) -> None:
        self._experiments: Sequence[FitExperiment] = problem.experiments
        self._names = {p.id: i for i, p in enumerate(problem.parameters)}
        network = problem.model.network
        self._species = {s.id: s for s in network.species}
        self._sizes = {c.id: c.size for c in network.compartments}
        started = {a.variable for a in network.initial_assignments}
        plain: dict[str, float | None] = {**{p.id: p.value for p in network.parameters}, **self._sizes}
        self._defaults = {k: v for k, v in plain.items() if v is not None and k not in started}
        self._given = [n for n in self._names if n in plain]

    def known(self, name: str) -> bool:
        """Whether a quantity has a value when nothing sets it."""
        return name in self._defaults or name in self._names

    def values(
        self, experiments: Sequence[int], values: Array, *, main: bool
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Parameters and initial amounts of the lanes, each to be broadcast to shape (V, members)."""
        vectors, members = len(values), len(experiments)
        parameters = {n: values[:, self._names[n], None] for n in self._given}
        initial: dict[str, Array] = {}
        changes = self._changes(experiments, main)
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
            raise fault("petab.unsupported", message, field=species)
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
                raise fault("petab.unsupported", message, field=name)
        return np.broadcast_to(formula(known), len(values))

    def later(self, experiments: Sequence[int], values: Array) -> LaterChanges | None:
        """What later periods set in the members; None when nothing is."""
        plans = [[(p.time, c) for p in self._experiments[e].main[1:] for c in p.changes] for e in experiments]
        longest = max(map(len, plans))
        if not longest:
            return None
        amounts = np.zeros((len(values), len(plans), longest))
        start, _ = self.values(experiments, values, main=True)
        for k, plan in enumerate(plans):
            own = {n: a[:, min(k, a.shape[1] - 1)] for n, a in start.items()}
            for j, (_, change) in enumerate(plan):
                size = self._size(change.target, own) if change.target in self._species else 1.0
                amounts[:, k, j] = self._worked_out(change.formula, values) * size
        return LaterChanges(tuple(tuple((t, c.target) for t, c in plan) for plan in plans), amounts)

    def _changes(self, experiments: Sequence[int], main: bool) -> list[dict[str, TableFormula]]:
        return [
            {c.target: c.formula for c in _first(self._experiments[e], main).changes} for e in experiments
        ]

    def moves(
        self,
        experiments: Sequence[int],
        values: Array,
        here: Mapping[str, Array],
        moves: Array,
        *,
        main: bool,
    ) -> tuple[Moves, Moves]:
        """How fast :meth:`values` of one vector move, each of shape (members or 1, K).

        Parameters
        ----------
        here : mapping of str to array
            Parameters of the lanes as :meth:`values` has them.
        moves : array, shape (K, P)
            How fast the parameters of the problem move in each of K directions.
        """
        members, count = len(experiments), len(moves)
        parameters = {n: moves[None, :, self._names[n]] for n in self._given}
        initial: Moves = {}
        changes = self._changes(experiments, main)
        formulas = {f.text: f for table in changes for f in table.values()}
        moving = {text: self._moving(f, values, moves) for text, f in formulas.items()}
        for target in sorted({t for table in changes for t in table}, key=lambda t: t in self._species):
            wide = np.zeros((members, count))
            for k, table in enumerate(changes):
                if target in table:
                    wide[k] = moving[table[target].text][1]
                elif target in self._names:
                    wide[k] = moves[:, self._names[target]]
            if target not in self._species:
                parameters[target] = wide
                continue
            value = np.array(
                [moving[t[target].text][0] if target in t else self._still(target, values) for t in changes]
            )
            initial[target] = wide * np.reshape(self._size(target, here), (-1, 1))
            initial[target] += value[:, None] * self._size_moves(target, parameters)
        return parameters, initial

    def later_moves(
        self, experiments: Sequence[int], values: Array, here: Mapping[str, Array], moves: Array, rates: Moves
    ) -> list[list[Array]]:
        """How fast the amounts of :meth:`later` move: for each member an array (K,) for each change.

        ``rates`` of the parameters at the start are those of :meth:`moves`.
        """
        found: list[list[Array]] = []
        for k, e in enumerate(experiments):
            own = {n: a[0, min(k, a.shape[1] - 1)] for n, a in here.items()}
            row: list[Array] = []
            for change in (c for p in self._experiments[e].main[1:] for c in p.changes):
                value, rate = self._moving(change.formula, values, moves)
                if change.target in self._species:
                    sizes = self._size_moves(change.target, rates)
                    rate = rate * self._size(change.target, own) + value * sizes[min(k, len(sizes) - 1)]
                row.append(rate)
            found.append(row)
        return found

    def _still(self, target: str, values: Array) -> float:
        return float(values[0, self._names[target]]) if target in self._names else self._defaults[target]

    def _size_moves(self, species: str, parameters: Moves) -> Array:
        s = self._species[species]
        return np.zeros((1, 1)) if s.substance_only else parameters.get(s.compartment, np.zeros((1, 1)))

    def _moving(self, formula: TableFormula, values: Array, moves: Array) -> tuple[float, Array]:
        """A formula's value and its rates (K,)."""
        known = {n: np.array(self._still(n, values)) for n in formula.symbols}
        value, slopes = formula.partials(known)
        rate = np.zeros(len(moves))
        for name, slope in slopes.items():
            if name in self._names:
                rate += float(slope) * moves[:, self._names[name]]
        return float(value), rate

    def reaching(self) -> frozenset[str]:
        """Parameters of the problem that reach the model, by their own name or in a change."""
        periods = [p for e in self._experiments for p in e.periods]
        used = frozenset[str]().union(*(c.formula.symbols | {c.target} for p in periods for c in p.changes))
        return frozenset(self._given) | (used & frozenset(self._names))


def _first(experiment: FitExperiment, main: bool) -> Period:
    before = experiment.before
    return experiment.main[0] if main or before is None else before
