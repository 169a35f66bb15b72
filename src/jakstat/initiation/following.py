"""Tumours from few cells to a size: cell by cell while they are small, by expected numbers beyond.

What is many stands in the table (``single_cells``): of so many stem-like cells the chance that all die out is
nothing, and their sum strays little from what is expected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.initiation.branching import dies_out
from jakstat.initiation.foci import initiation_rows
from jakstat.initiation.lineage import Lineage
from jakstat.initiation.lineage_paths import numbers_after

__all__ = ["Following"]

_ROUNDS = 12
_GRID = 65


@dataclass(frozen=True, slots=True)
class Following:
    """Tumours over the legs of their time, in hours of the lineage.

    Parameters
    ----------
    seed : int
    first : int
        Number of the first tumour.
    goal : float
        Cells at which a tumour is seen.
    """

    seed: int
    first: int
    goal: float

    def leg(
        self, name: str, lineage: Lineage, start: Floats, length: Floats
    ) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Follow every tumour through a leg.

        Parameters
        ----------
        name : str
            Of the leg; legs draw apart.
        lineage : Lineage
        start : array (tumours, 3)
            S, P and D.
        length : array (tumours,)
            Hours of the lineage; infinite for the last leg.

        Returns
        -------
        hours : array (tumours,)
            When each is seen; infinite where it is not in this leg.
        end : array (tumours, 3)
            Numbers at the end.
        failed : array of bool (tumours,)

        Examples
        --------
        >>> from jakstat.initiation.lineage import Lineage
        >>> many = np.array([[4e6, 2.8e7, 7e7]])
        >>> hours, _, _ = Following(1, 0, 5e8).leg("only", Lineage.of_table(), many, np.array([np.inf]))
        >>> bool(abs(hours[0] * Lineage.of_table().growth / np.log(5e8 / 1.02e8) - 1) < 0.05)
        True
        """
        now, passed, failed = self._cell_by_cell(name, lineage, start, length)
        hours, end = _seen(lineage, now, length - passed, self.goal)
        return hours + passed, end, failed

    def _cell_by_cell(
        self, name: str, lineage: Lineage, start: Floats, length: Floats
    ) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Numbers once they are many or the leg is over, and the hours until then."""
        few = initiation_rows()["single_cells"].value
        growth, chance = float(lineage.growth), float(dies_out(lineage)[0])
        now, passed, failed = start.copy(), np.zeros(len(start)), np.zeros(len(start), dtype=bool)
        for turn in range(_ROUNDS):
            left = length - passed
            alive = now[:, :2].sum(axis=1) > 0
            stem = np.maximum(now[:, 0], 1.0)
            shrinks = np.isfinite(left) & (
                _expected(lineage, now, np.where(np.isfinite(left), left, 0.0))[:, 0] < few
            )
            small = alive & ((now[:, 0] < few) | shrinks) & (left > 0) & ~failed
            if not small.any():
                break
            # until survivors have enough cells on average
            reach = np.log(few * -np.expm1(stem * np.log(min(chance, 1.0 - 1e-12))) / stem)
            span = np.maximum(reach, 0.1) / growth if growth > 0 else np.full(len(stem), np.inf)
            span = np.where(shrinks, left, np.minimum(span, left))
            span = np.where(small & np.isfinite(span), span, 0.0)
            begun = np.where(small[:, np.newaxis], now, 0.0)
            found, outcomes = numbers_after(
                lineage.faster(span), 1.0, begun, seed=self.seed, leg=f"{name}-{turn}", first=self.first
            )
            failed |= outcomes != 0
            now = np.where(small[:, np.newaxis], np.nan_to_num(found), now)
            passed = passed + span
        return now, passed, failed


def _modes(lineage: Lineage, start: Floats) -> tuple[Floats, Floats]:
    """Rates (3,) and amounts (patients, 3, 3): expected numbers are sums of amounts[:, k] exp(rate_k t)."""
    rates, right = np.linalg.eig(lineage.means)
    left = np.linalg.inv(right)
    amounts = (start @ right)[:, :, np.newaxis] * left
    return np.asarray(rates.real), np.asarray(amounts.real)


def _expected(lineage: Lineage, start: Floats, hours: Floats) -> Floats:
    """Expected numbers (patients, 3) after some hours each."""
    rates, amounts = _modes(lineage, start)
    return np.asarray(
        (amounts * np.exp(np.minimum(hours[:, np.newaxis] * rates, 600.0))[..., np.newaxis]).sum(axis=1)
    )


def _seen(lineage: Lineage, start: Floats, length: Floats, cells: float) -> tuple[Floats, Floats]:
    """When the expected number of cells reaches a size, and the numbers at the end of the leg."""
    goal = np.log(cells)
    rates, amounts = _modes(lineage, start)
    ends = np.isfinite(length)
    hours = np.where(ends, length, _late(lineage, start, goal))[:, np.newaxis] * np.linspace(0.0, 1.0, _GRID)
    growing = np.exp(np.minimum(hours[..., np.newaxis] * rates, 600.0))
    expected = (amounts.sum(axis=2)[:, np.newaxis, :] * growing).sum(axis=2)
    size = np.log(np.maximum(expected, 1e-9))
    above = size >= goal
    rows, place = np.arange(len(start)), np.maximum(above.argmax(axis=1), 1)
    before, after = size[rows, place - 1], size[rows, place]
    share = np.clip((goal - before) / np.maximum(after - before, 1e-9), 0.0, 1.0)
    when = hours[rows, place - 1] + share * (hours[rows, place] - hours[rows, place - 1])
    end = np.where(
        ends[:, np.newaxis], np.round(_expected(lineage, start, np.where(ends, length, 0.0))), start
    )
    return np.where(above.any(axis=1), when, np.inf), end


def _late(lineage: Lineage, start: Floats, goal: float) -> Floats:
    """An hour by which a focus that grows has passed the size."""
    growth, worth = float(lineage.growth), start @ lineage.worth
    if growth <= 0:
        return np.zeros(len(start))
    left = np.where(worth > 0, goal - np.log(np.maximum(worth, 1e-9)), 0.0)
    return np.asarray(np.where(worth > 0, (np.maximum(left, 0.0) + 5.0) / growth, 0.0))
