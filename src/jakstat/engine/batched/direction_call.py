"""What the compiled step loop is given to carry derivatives along, and where it writes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.batched.direction_layout import DirectionLayout
from jakstat.engine.compile.kernels import ModelKernels
from jakstat.engine.compile.layout import DIRECTION_BLOCK
from jakstat.engine.compile.method import Rosenbrock
from jakstat.engine.compile.tangent import BlockKernels, DirectionKernel, TangentKernels

__all__ = ["DirectionCall"]

_BY_LANE = ("start", "moved", "rows", "ends")


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
    """Derivatives in D directions, which lie in ``vectors`` as the layout says.

    Parameters
    ----------
    layout : DirectionLayout
    kernels, outputs
        Of the model, and of the values that are read.
    full, rest
        Kernels of a block, and of the last.
    start : array, shape (lanes, size)
        Derivatives of the states and inputs at the start, and what the absolute tolerance is multiplied with:
        one over the size of a change along the direction.
    moved : bool array, shape (lanes, D, inputs)
        Inputs that may move.
    doses : array, shape (rows, D)
        Derivatives of the values in the rows of the table of doses.
    looser : float
        As in :class:`~jakstat.engine.directions.Directions`.
    rows : array, shape (lanes, times, outputs, vectors, width)
        Written by the loop.
    ends : array, shape (lanes, size)
        Written by the loop: derivatives of the last states and inputs.
    """

    layout: DirectionLayout
    kernels: TangentKernels
    outputs: DirectionKernel
    full: BlockKernels
    rest: BlockKernels
    start: Floats
    moved: NDArray[np.bool_]
    doses: Floats
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
        layout = self.layout
        for name in ("fixed", "slope", "bend"):
            block.number("k_" + name, self.kernels.library.address(name))
        for name in ("push", "solves"):
            block.number("k_" + name, self.full.library.address(name))
            block.number(f"k_{name}_rest", self.rest.library.address(name))
        block.number("k_along", self.outputs.library.address("along"))
        named = {
            "d_start": self.start, "d_dose": layout.padded(self.doses), "d_row": self.rows,
            "d_end": self.ends,
        }  # fmt: skip
        for name, array in named.items():
            if not (array.flags.c_contiguous and array.dtype == np.float64):
                raise ValueError(f"array {name} has the wrong form")
            block.array(name, array if array.size else np.zeros(1))
        needed, n = len(self.outputs.needed), kernels.states
        block.array("d_need", np.array([*self.outputs.needed, 0], np.int64))
        products = layout.forcing(self.moved, self.kernels)
        for name, places in zip(("begin", "entry", "source", "target"), products, strict=True):
            block.array("d_" + name, places)
        sizes = {"d_vectors": layout.vectors, "d_blocks": layout.blocks, "d_rest": layout.rest,
                 "d_size": layout.size, "d_matrices": self.kernels.matrices, "d_nneed": needed,
                 "d_nout": self.outputs.count}  # fmt: skip
        for name, value in sizes.items():
            block.number(name, value)
        block.real("d_looser", self.looser)
        wide = n * min(layout.vectors, DIRECTION_BLOCK)
        scratch = (k.scratch for k in (self.kernels, self.outputs, self.full, self.rest))
        return {
            "d_block": layout.width * layout.vectors * layout.size, "d_fixed": self.kernels.constants,
            "d_matrix": method.stages * self.kernels.matrices, "d_time": 2, "d_state": 3 * n, "d_least": n,
            "d_sum": wide, "d_rate": wide, "d_stage": method.stages * wide, "d_given": 2 * needed,
            "d_input": kernels.inputs, "d_out": self.outputs.count, "d_scratch": max(scratch),
        }  # fmt: skip
