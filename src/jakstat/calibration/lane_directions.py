"""Directions of a fit in each lane: only those that move anything in it, packed side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jakstat.calibration.distinct_lanes import DistinctLanes
from jakstat.engine.directions import Directions

__all__ = ["LaneDirections", "spread_moves"]

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.intp]
_LOOSER = 100.0  # a search needs its slopes less exactly than the values, which are integrated to 1e-7


def spread_moves(table: Mapping[str, Array], members: int) -> dict[str, Array]:
    """Rates of all members, shape (members, K) each."""
    return {k: np.broadcast_to(v, (members, v.shape[1])) for k, v in table.items()}


@dataclass(frozen=True)
class LaneDirections:
    """What the engine is asked for, and which of the K directions each of its own is.

    Parameters
    ----------
    wanted : Directions or None
        None when nothing moves in any lane.
    place : int array, shape (lanes, D)
        Number of each lane's directions; K where a lane has fewer.
    count : int
        K.
    """

    wanted: Directions | None
    place: Whole
    count: int

    @classmethod
    def of(
        cls,
        lanes: DistinctLanes,
        parameters: Mapping[str, Array],
        initial: Mapping[str, Array],
        later: Sequence[Sequence[Array]] | None,
        unit: Array,
    ) -> LaneDirections:
        """The directions of the lanes that are run, from the rates (members, K) of what they start with."""
        members, count = lanes.members, len(unit)
        moving = np.zeros((len(members), count), dtype=bool)
        for table in (parameters, initial):
            for rates in table.values():
                moving |= rates[members] != 0
        for k, member in enumerate(members if later else ()):
            for rates in later[member] if later else ():
                moving[k] |= rates != 0
        most = int(moving.sum(axis=1).max(initial=0))
        # the moving ones first, in their order; the rest point past the end
        order = np.argsort(~moving, axis=1, kind="stable")[:, :most]
        place = np.where(np.take_along_axis(moving, order, axis=1), order, count)
        if not most:
            return cls(None, place, count)

        def packed(table: Mapping[str, Array]) -> dict[str, Array]:
            moved = {name: rates for name, rates in table.items() if rates.any()}
            if not moved:
                return {}
            wide = np.zeros((len(moved), len(members), count + 1))
            for k, rates in enumerate(moved.values()):
                wide[k, :, :count] = rates[members]
            return dict(zip(moved, np.take_along_axis(wide, place[None], axis=2), strict=True))

        tables = [packed(t) for t in (parameters, initial)]
        doses: list[list[Array]] = []
        if later and any(rates.any() for row in later for rates in row):
            doses = [[np.append(r, 0.0)[place[k]] for r in later[m]] for k, m in enumerate(members)]
        names = tuple(f"direction {k + 1}" for k in range(most))
        sizes = np.append(unit, 1.0)[place]
        return cls(
            Directions(names, tables[0], tables[1], sizes, doses, differences=False, looser=_LOOSER),
            place,
            count,
        )

    def unpacked(self, array: Array) -> Array:
        """Rates (lanes, D) of the packed directions -> those of all, shape (lanes, K)."""
        found = np.zeros((len(self.place), self.count + 1))
        np.put_along_axis(found, self.place, array, axis=1)
        return found[:, : self.count]
