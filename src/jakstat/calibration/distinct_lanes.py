"""Lanes that would be the same (a vector in which only a scale or a noise moved) are run once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from jakstat.engine.doses import Dose

__all__ = ["DistinctLanes", "LaterChanges"]

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
_ODD = 0x9E3779B97F4A7C15  # 2**64 over the golden ratio, made odd: consecutive multiples spread evenly


@dataclass(frozen=True)
class LaterChanges:
    """What is set after the start: ``plans`` holds (time, target) by member, ``amounts`` (V, members, most)
    the values, 0 past the end of a plan.
    """

    plans: tuple[tuple[tuple[float, str], ...], ...]
    amounts: Array


@dataclass(frozen=True)
class DistinctLanes:
    """Lanes to run, each different from the others, and which of them each wanted lane is.

    Parameters
    ----------
    parameters, initial : dict of str to array, shape (count,)
    doses : list of list of Dose, or None
    number : int array, shape (V, members)
        Place of each wanted lane among those that are run.
    wanted : bool array, shape (V, members)
        Lanes that could begin at all; the number of others means nothing.
    members : int array, shape (count,)
        A member that each lane that is run belongs to.
    """

    parameters: dict[str, Array]
    initial: dict[str, Array]
    doses: list[list[Dose]] | None
    number: Whole
    wanted: Bools
    members: Whole

    @cached_property
    def count(self) -> int:
        """How many are run."""
        return int(self.number[self.wanted].max(initial=-1)) + 1

    @classmethod
    def of(
        cls,
        parameters: Mapping[str, Array],
        initial: Mapping[str, Array],
        later: LaterChanges | None,
        wanted: Bools,
        moves: Array | None = None,
    ) -> DistinctLanes:
        """The different ones among the ``wanted`` lanes, in the order of their first appearance.

        Lanes whose numbers ``moves`` (members, any) differ are different as well.

        Examples
        --------
        >>> k = np.array([[1.0], [2.0], [1.0]])
        >>> lanes = DistinctLanes.of({"k": k}, {}, None, np.ones((3, 2), dtype=bool))
        >>> lanes.parameters["k"].tolist(), lanes.number.tolist()
        ([1.0, 2.0], [[0, 0], [1, 1], [0, 0]])
        """
        tables = (*parameters.values(), *initial.values())
        columns = np.empty((*wanted.shape, len(tables)))
        for k, table in enumerate(tables):
            columns[:, :, k] = table
        parts = [columns]
        if later:
            plan = [float(later.plans.index(plan)) for plan in later.plans]
            parts += [later.amounts, np.broadcast_to(plan, wanted.shape)[:, :, None]]
        if moves is not None:
            parts.append(np.broadcast_to(moves, (len(wanted), *moves.shape)))
        lanes = np.flatnonzero(wanted)
        first, back = _distinct(np.concatenate(parts, axis=2).reshape(wanted.size, -1)[lanes])
        at = lanes[first]
        vectors, members = np.divmod(at, wanted.shape[1])
        kept = columns[vectors, members].T
        number = np.zeros(wanted.shape, dtype=np.intp)
        number.flat[lanes] = back
        split = len(parameters)
        doses = (
            [_doses(later, later.amounts[v, k], k) for v, k in zip(vectors, members, strict=True)]
            if later
            else None
        )
        return cls(
            dict(zip(parameters, kept[:split], strict=True)),
            dict(zip(initial, kept[split:], strict=True)), doses, number, wanted, members,
        )  # fmt: skip

    def spread(self, array: npt.NDArray[Any], *, spoilt: float = math.nan) -> npt.NDArray[Any]:
        """Numbers of the lanes that were run -> those of the wanted ones, shape (V, members)."""
        if not self.count:
            return np.full(self.wanted.shape, spoilt, dtype=array.dtype)
        return np.asarray(np.where(self.wanted, array[self.number], array.dtype.type(spoilt)))


def _doses(later: LaterChanges, amounts: Array, member: int) -> list[Dose]:
    return [
        Dose(time, target, float(amount), action="set")
        for (time, target), amount in zip(later.plans[member], amounts, strict=False)
    ]


def _distinct(table: Array) -> tuple[Whole, Whole]:
    """Rows that appear first, and the place of each row among them; rows are alike when their bits are."""
    bits = np.ascontiguousarray(table).view(np.uint64)
    with np.errstate(over="ignore"):
        weights = np.arange(1, bits.shape[1] + 1, dtype=np.uint64) * np.uint64(_ODD)
        mixed = bits ^ (bits >> np.uint64(29))
        sums = ((mixed * weights) ^ (mixed >> np.uint64(17))).sum(axis=1, dtype=np.uint64)
    _, first, back = np.unique(sums, return_index=True, return_inverse=True)
    if not np.array_equal(bits, bits[first[back]]):  # two different rows with one sum
        _, first, back = np.unique(bits, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return np.asarray(first[order]), np.asarray(place[back.ravel()])
