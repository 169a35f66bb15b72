"""How the directions of a lane lie in the vectors of the step loop (:mod:`~.driver_tangent`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.compile.layout import DIRECTION_BLOCK
from jakstat.engine.compile.tangent import TangentKernels

__all__ = ["DirectionLayout"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DirectionLayout:
    """``directions`` of a model with so many states and inputs, in vectors of ``width``.

    Examples
    --------
    >>> layout = DirectionLayout(17, 4, states=3, inputs=2)
    >>> layout.vectors, layout.blocks, layout.rest, layout.size
    (5, 2, 1, 9)
    """

    directions: int
    width: int
    states: int
    inputs: int

    @property
    def vectors(self) -> int:
        """Vectors of directions of a lane; what is left of the last is filled up with zeros."""
        return -(-self.directions // self.width)

    @property
    def blocks(self) -> int:
        """How many blocks they are moved in."""
        return -(-self.vectors // DIRECTION_BLOCK)

    @property
    def rest(self) -> int:
        """Vectors in the last block."""
        return self.vectors - DIRECTION_BLOCK * (self.blocks - 1)

    @property
    def size(self) -> int:
        """What a vector of directions takes: new and old states, inputs, and the unit."""
        return 2 * self.states + self.inputs + 1

    def _parts(self) -> Iterator[tuple[int, int, slice]]:
        """Vectors of each block, where it begins in a lane, and its directions."""
        for first in range(0, self.vectors, DIRECTION_BLOCK):
            count = min(DIRECTION_BLOCK, self.vectors - first)
            directions = slice(first * self.width, (first + count) * self.width)
            yield count, first * self.size * self.width, directions

    def padded(self, array: Floats) -> Floats:
        """Directions on the last axis, filled up with zeros."""
        wide = np.zeros((*array.shape[:-1], self.vectors * self.width))
        wide[..., : self.directions] = array
        return wide

    def packed(self, states: Floats, inputs: Floats, unit: Floats) -> Floats:
        """One row per lane from states (lanes, D, n), inputs (lanes, D, inputs) and units (lanes, D)."""
        lanes, n, width = len(states), self.states, self.width
        rows = np.zeros((lanes, self.vectors * self.size * width))
        states, inputs = (self.padded(a.transpose(0, 2, 1)) for a in (states, inputs))
        unit = self.padded(unit)
        for count, begin, part in self._parts():
            at = begin + n * count * width
            rows[:, at : (at := at + n * count * width)] = states[:, :, part].reshape(lanes, -1)
            by_input = inputs[:, :, part].reshape(lanes, self.inputs, count, width)
            moved = by_input.transpose(0, 2, 1, 3).reshape(lanes, -1)
            rows[:, at : (at := at + moved.shape[1])] = moved
            rows[:, at : at + count * width] = unit[:, part]
        return rows

    def unpacked(self, rows: Floats) -> tuple[Floats, Floats]:
        """The states and inputs of rows."""
        lanes, n, width = len(rows), self.states, self.width
        states = np.empty((lanes, n, self.vectors * width))
        inputs = np.empty((lanes, self.inputs, self.vectors * width))
        for count, begin, part in self._parts():
            at = begin + n * count * width
            old = rows[:, at : (at := at + n * count * width)]
            states[:, :, part] = old.reshape(lanes, n, count * width)
            moved = rows[:, at : at + self.inputs * count * width]
            by_input = moved.reshape(lanes, count, self.inputs, width).transpose(0, 2, 1, 3)
            inputs[:, :, part] = by_input.reshape(lanes, self.inputs, count * width)
        states, inputs = (a[:, :, : self.directions].transpose(0, 2, 1) for a in (states, inputs))
        return states, inputs

    def forcing(self, moved: NDArray[np.bool_], kernels: TangentKernels) -> tuple[Integers, ...]:
        """What B p' adds up for inputs that are ``moved`` (lanes, D, inputs).

        Where the products of each block of each lane begin, and for each product the entry of the matrices,
        the place of the input's derivative in its block, and the place of what it is added to.
        """
        lane, direction, column = np.nonzero(moved)
        ends = np.array(kernels.ends)
        counts = ends[column + 1] - ends[column]
        last = np.cumsum(counts)
        entry = np.arange(counts.sum()) + np.repeat(ends[column] - last + counts, counts)
        lane, direction, column = (np.repeat(a, counts) for a in (lane, direction, column))
        vector, element = np.divmod(direction, self.width)
        block, vector = np.divmod(vector, DIRECTION_BLOCK)
        count = np.where(block == self.blocks - 1, self.rest, DIRECTION_BLOCK)
        source = (vector * self.inputs + column) * self.width + element
        target = (np.array(kernels.rows, np.int64)[entry] * count + vector) * self.width + element
        begin = np.searchsorted(lane * self.blocks + block, np.arange(len(moved) * self.blocks + 1))
        return tuple(np.append(a, 0).astype(np.int64) for a in (begin, entry + kernels.first, source, target))
