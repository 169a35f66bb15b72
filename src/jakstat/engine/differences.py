"""Derivatives of a run by central differences: the fall-back where they cannot be carried along."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from jakstat.arrays import Floats
from jakstat.engine.directions import Directions
from jakstat.engine.doses import Dose
from jakstat.engine.request import Request
from jakstat.engine.result import Result, Sensitivities

__all__ = ["SHARPER", "by_differences"]

SHARPER = 1e-2
"""Tolerances of the runs that are compared, as a share of those asked for."""
# f' = (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h + O(h^4): Abramowitz and Stegun 25.3.21 (recalled)
_SHIFTS, _WEIGHTS = np.array([1.0, -1.0, 2.0, -2.0]), np.array([8.0, -8.0, -1.0, 1.0]) / 12.0


def by_differences(
    run: Callable[[Request], Result], asked: Request, along: Directions,
    start: Callable[[Mapping[str, Floats], Mapping[str, Floats], int], Mapping[str, Floats]],
    rtol: float, why: str,
) -> Sensitivities:  # fmt: skip
    """Derivatives from runs to either side.

    Parameters
    ----------
    run : callable
        Runs a request at tolerances sharper than ``rtol``.
    asked, along
        The lanes and the directions.
    start : callable
        Values at the start by id, from parameters and initial amounts of so many lanes.
    why : str
        Why there are none that are exact.
    """
    share = (rtol * SHARPER) ** 0.2  # the error of the formula is as large as that of the runs
    step = along.unit * share  # (lanes, D)
    lanes, count = step.shape

    def moved(base: Floats, slope: Floats) -> Floats:
        wide = base[:, None, None] + _SHIFTS[:, None] * (step * slope)[:, None, :]
        return np.asarray(np.broadcast_to(wide, (lanes, 4, count)).ravel())

    still = np.zeros((lanes, count))
    base = start(asked.parameters, asked.initial, lanes)
    table = {k: moved(v, still) for k, v in asked.parameters.items()}
    table |= {k: moved(asked.parameters.get(k, base[k]), v) for k, v in along.parameters.items()}
    first = {k: moved(v, still) for k, v in asked.initial.items()}
    begun = start(table, first, lanes * 4 * count)
    first |= {k: begun[k] + moved(np.zeros(lanes), v) for k, v in along.initial.items()}
    request = Request(lanes * 4 * count, table, first, _moved_doses(asked.doses, along, step))
    result = run(request)

    def slope(values: Floats) -> Floats:
        parts = values.reshape(lanes, 4, count, -1)
        found = np.tensordot(_WEIGHTS, parts, axes=(0, 1)) / step[:, :, None]
        return np.asarray(np.moveaxis(found, 1, 2))

    values = {name: slope(v) for name, v in result.values.items()}
    last = {name: slope(v)[:, 0] for name, v in result.last.items()}
    return Sensitivities(along.names, values, last, how=f"central differences: {why}")


def _moved_doses(doses: Sequence[Sequence[Dose]], along: Directions, step: Floats) -> list[Sequence[Dose]]:
    """A table for each run; one for all where no dose moves."""
    lanes, count = step.shape
    if len(doses) < 2 and not along.doses:
        return list(doses)
    tables: list[Sequence[Dose]] = []
    for lane in range(lanes):
        table = doses[lane if len(doses) > 1 else 0]
        for shift in _SHIFTS:
            for k in range(count):
                if not along.doses:
                    tables.append(table)
                    continue
                moves = (float(shift * step[lane, k] * slope[k]) for slope in along.doses[lane])
                tables.append([replace(d, amount=d.amount + m) for d, m in zip(table, moves, strict=True)])
    return tables
