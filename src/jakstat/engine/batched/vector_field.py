"""The equations of a network as functions of the state: rates, exact Jacobian, conserved totals, readouts.

Rows are lanes: each has its own inputs (parameters), and its own totals. Methods that look for
roots, branches or eigenvalues need nothing else of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from jakstat.arrays import Floats
from jakstat.engine.batched.ensemble import map_lanes
from jakstat.engine.batched.fast import FastSolver
from jakstat.engine.compile.kernels import OutputKernel
from jakstat.engine.compile.method import Method
from jakstat.engine.network.conservation import Laws, conservation_laws

__all__ = ["VectorField"]

_NUDGE = 2.0**-26
"""Relative step of a difference: half the digits of a double."""


@dataclass(frozen=True)
class VectorField:
    """Rates of change and what belongs to them, for one or many lanes.

    Parameters
    ----------
    solver, method
        The compiled model.
    inputs : array, shape (lanes, inputs)
        Parameters and sizes of every lane.
    start : array, shape (lanes, states)
        The states that the initial values give; they set the conserved totals.
    """

    solver: FastSolver
    method: Method
    inputs: Floats
    start: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of the states."""
        return self.solver.kernels.state_names

    @cached_property
    def laws(self) -> Laws:
        """Conservation laws of the network."""
        return conservation_laws(self.solver.network, self.names)

    @property
    def totals(self) -> Floats:
        """What the laws keep constant, shape (lanes, laws)."""
        return np.asarray(self.start @ self.laws.weights.T)

    @cached_property
    def _constants(self) -> Floats:
        return self.solver.constants(self.inputs, self.method)

    def rates(self, states: Floats) -> Floats:
        """Rates of change of the states, both of shape (lanes, states)."""
        return self.solver.rates(np.ascontiguousarray(states, dtype=np.float64), self._constants, self.method)

    def jacobian(self, states: Floats) -> Floats:
        """Derivatives of the rates by the states, shape (lanes, states, states).

        What its formula leaves undefined, as the slope of a root at 0, is a difference quotient.
        """
        kernel, places = self.solver.slopes
        matrix = np.zeros((len(states), len(self.names), len(self.names)))
        if places:
            rows, columns = np.array(places).T
            matrix[:, rows, columns] = self._mapped(kernel, states)
        odd = ~np.isfinite(matrix)
        for j in np.flatnonzero(odd.any(axis=(0, 1))).tolist():
            matrix[:, :, j] = np.where(odd[:, :, j], self._quotients(states, j), matrix[:, :, j])
        return matrix

    def _quotients(self, states: Floats, column: int) -> Floats:
        """Differences of the rates by one state, over a small step upwards."""
        moved = np.array(states, dtype=np.float64)
        reach = np.abs(moved).max(axis=1)
        moved[:, column] += _NUDGE * np.where(moved[:, column] == 0.0, reach, np.abs(moved[:, column]))
        step = moved[:, column] - states[:, column]
        with np.errstate(all="ignore"):
            return np.asarray((self.rates(moved) - self.rates(states)) / step[:, None])

    def values(self, states: Floats, symbols: Sequence[str]) -> dict[str, Floats]:
        """Values of ids in given states, as their symbols mean them, shape (lanes,) each."""
        kernel = self.solver.outputs(tuple(("value", name) for name in symbols))
        found = self._mapped(kernel, states)
        return {name: found[:, i] for i, name in enumerate(symbols)}

    def amounts(self, states: Floats) -> Mapping[str, Floats]:
        """States by id, shape (lanes,) each: the ``initial`` of a run that starts there."""
        return {name: np.asarray(states[:, i]) for i, name in enumerate(self.names)}

    def lane(self, number: int, count: int = 1) -> VectorField:
        """The field of one lane, repeated for ``count`` rows."""
        rows = np.full(count, number)
        return VectorField(self.solver, self.method, self.inputs[rows], self.start[rows])

    def _mapped(self, kernel: OutputKernel, states: Floats) -> Floats:
        needed = list(kernel.needed)
        source = np.ascontiguousarray(np.asarray(states, dtype=np.float64)[:, needed])
        sizes = (len(needed), self.inputs.shape[1], kernel.count)
        drive = self.solver.drive(self.method)
        return map_lanes(drive, kernel.address, sizes, source, self.inputs, 0.0, kernel.scratch)
