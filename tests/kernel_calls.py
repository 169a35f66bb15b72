"""Calling one compiled program on plain lists, lane by lane."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence

import numpy as np

from jakstat.engine.compile.emit_llvm import emit_kernel
from jakstat.engine.compile.kernels import module_text
from jakstat.engine.compile.machine import Machine, compile_object, load_object
from jakstat.engine.compile.program import Operation

ARRAYS = ("t", "y", "c", "out", "aux", "scratch")


def aligned(rows: int, width: int) -> np.ndarray:
    raw = np.zeros(rows * width + 8)
    offset = (-raw.ctypes.data % 64) // 8
    return raw[offset : offset + rows * width].reshape(rows, width)


class Compiled:
    """One program, compiled."""

    def __init__(self, program: Sequence[Operation], machine: Machine) -> None:
        kernel = emit_kernel("k", program, machine.width)
        self.library = load_object(
            compile_object(module_text([kernel], [program], machine.width), machine), machine
        )
        self.function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 6)(self.library.address("k"))
        self.width, self.scratch = machine.width, kernel.scratch

    def __call__(self, arrays: Mapping[str, np.ndarray], sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
        """Run on arrays of shape (places, width); the arrays afterwards."""
        blocks = {name: aligned(sizes.get(name, 0) + 1, self.width) for name in ARRAYS}
        blocks["scratch"] = aligned(self.scratch + 1, self.width)
        for name, values in arrays.items():
            if len(blocks[name]) < len(values):
                blocks[name] = aligned(len(values), self.width)
            blocks[name][: len(values)] = values
        self.function(*(blocks[name].ctypes.data for name in ARRAYS))
        return blocks


def call_rows(program: Sequence[Operation], rows: np.ndarray, outputs: int, machine: Machine) -> np.ndarray:
    """Apply a program to every row of ``y`` values; what it stores in ``out``, shape (rows, outputs)."""
    kernel, width = Compiled(program, machine), machine.width
    result = np.empty((len(rows), outputs))
    for start in range(0, len(rows), width):
        part = rows[start : start + width]
        y = np.zeros((rows.shape[1], width))
        y[:, : len(part)] = part.T
        result[start : start + width] = kernel({"y": y}, {"out": outputs})["out"][:outputs, : len(part)].T
    return result
