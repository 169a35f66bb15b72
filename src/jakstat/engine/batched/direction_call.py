"""What the compiled step loop is given to carry derivatives along, and where it writes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.compile.kernels import ModelKernels
from jakstat.engine.compile.method import Rosenbrock
from jakstat.engine.compile.tangent import DirectionKernel, TangentKernels

__all__ = ["DirectionCall"]

_BY_LANE = ("states", "inputs", "unit", "rows", "ends")


class ContextBlock(Protocol):
    """The context block of a call: places by name."""

    def array(self, name: str, array: NDArray[Any]) -> None:
        """Put the address of an array, and keep the array."""

    def number(self, name: str, value: int) -> None:
        """Put a whole number."""

    def real(self, name: str, value: float) -> None:
        """Put a real."""


@dataclass(frozen=True, slots=True)
class DirectionCall:
    """Derivatives in D directions.

    Parameters
    ----------
    kernels, outputs
        Of the model, and of the values that are read.
    states : array, shape (lanes, D, states)
        Derivatives of the states at the start.
    inputs : array, shape (lanes, D, inputs)
    doses : array, shape (rows, D)
        Derivatives of the values in the rows of the table of doses.
    unit : array, shape (lanes, D)
        What the absolute tolerance is multiplied with: one over the size of a change along the direction.
    looser : float
        As in :class:`~jakstat.engine.directions.Directions`.
    rows : array, shape (lanes, times, D, outputs)
        Written by the loop.
    ends : array, shape (lanes, D, states)
        Written by the loop: derivatives of the last states.
    """

    kernels: TangentKernels
    outputs: DirectionKernel
    states: Floats
    inputs: Floats
    doses: Floats
    unit: Floats
    looser: float
    rows: Floats
    ends: Floats

    def of(self, lanes: NDArray[np.intp]) -> DirectionCall:
        """The same for some of the lanes."""
        return replace(self, **{name: getattr(self, name)[lanes] for name in _BY_LANE})

    def put(self, lanes: NDArray[np.intp], others: DirectionCall) -> None:
        """Take over what was written for some of the lanes."""
        self.rows[lanes] = others.rows
        self.ends[lanes] = others.ends

    def attach(self, block: ContextBlock, kernels: ModelKernels, method: Rosenbrock) -> dict[str, int]:
        """Fill in a context block; the vectors of workspace by name that one group of lanes needs."""
        for name in ("fixed", "slope", "bend", "push"):
            block.number("k_" + name, self.kernels.library.address(name))
        block.number("k_along", self.outputs.library.address("along"))
        named = {
            "d_y": self.states, "d_p": self.inputs, "d_dose": self.doses, "d_unit": self.unit,
            "d_row": self.rows, "d_end": self.ends,
        }  # fmt: skip
        for name, array in named.items():
            if not (array.flags.c_contiguous and array.dtype == np.float64):
                raise ValueError(f"array {name} has the wrong form")
            block.array(name, array if array.size else np.zeros(1))
        needed, count, n = len(self.outputs.needed), self.states.shape[1], kernels.states
        block.array("d_need", np.array([*self.outputs.needed, 0], np.int64))
        size = 2 * n + kernels.inputs + 1
        moving, columns = self._moving(kernels.inputs)
        wholes = {
            "d_moving": moving,
            "d_column": columns,
            "d_entry": self.kernels.ends,
            "d_line": self.kernels.rows,
        }
        for name, row in wholes.items():
            block.array(name, np.array([*row, 0], np.int64))
        sizes = {"ndir": count, "d_size": size, "d_matrices": self.kernels.matrices, "d_nneed": needed,
                 "d_nout": self.outputs.count, "d_first": self.kernels.first}  # fmt: skip
        for name, value in sizes.items():
            block.number(name, value)
        block.real("d_looser", self.looser)
        return {
            "d_block": count * size, "d_fixed": self.kernels.constants,
            "d_matrix": method.stages * self.kernels.matrices, "d_time": 2, "d_state": 3 * n, "d_sum": n,
            "d_rate": n, "d_stage": method.stages * n, "d_given": 2 * needed, "d_out": self.outputs.count,
            "d_scratch": max(self.kernels.scratch, self.outputs.scratch),
        }  # fmt: skip

    def _moving(self, inputs: int) -> tuple[list[int], list[int]]:
        """Where each direction's inputs that move in any lane begin in a list, and the list."""
        moved = (self.inputs != 0).any(axis=0)
        if self.doses.any():
            moved[:] = True
        begin, columns = [0], list[int]()
        for row in moved:
            columns.extend(np.flatnonzero(row).tolist())
            begin.append(len(columns))
        assert moved.shape[1] == inputs
        return begin, columns
