"""Readings of every parameter vector under every level of a protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.errors import Outcome
from jakstat.experiment.growth_assays import DeathSwitch
from jakstat.experiment.lanes import Bench, lane_pieces
from jakstat.experiment.reading import Reading

__all__ = ["LaneReadings", "read_lanes"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LaneReadings:
    """Numbers (readings, vectors, levels), NaN where the simulation failed, and how many failed."""

    numbers: Floats
    failed: int


def read_lanes(
    bench: Bench,
    vectors: Mapping[str, Floats],
    readings: Sequence[Reading],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> LaneReadings:
    """Run a protocol over parameter vectors and keep one number per reading, vector and level.

    Parameters
    ----------
    bench : Bench
        Observes what the readings see.
    vectors : mapping of id to array (vectors,)
        Empty for the table's own values.
    readings : sequence of Reading
    progress : callable, optional
        Is told how many simulations of how many are done.

    Returns
    -------
    LaneReadings

    Examples
    --------
    >>> from jakstat.experiment.reading import parse_reading
    >>> from jakstat.experiment.describe import make_protocol
    >>> from jakstat.experiment.lanes import prepare
    >>> p = make_protocol("hepg2", stimuli="IL6=1,10ng/ml", observe="pSTAT3", until="20min", parts="core")
    >>> bench = prepare(p)
    >>> low, high = read_lanes(bench, {}, [parse_reading("20min")]).numbers[0, 0]
    >>> bool(low < high)
    True
    """
    rows = {row.id: row.value for row in bench.cell.assembly.parameters}
    found, failed = [], 0
    for piece in lane_pieces(bench, vectors, progress=progress):
        switch = _switch({**rows, **{k: v[piece.vector][:, None] for k, v in vectors.items()}})
        found.append(np.stack([r.numbers(piece.times, piece.values, switch) for r in readings]))
        failed += int(np.sum(piece.outcomes != int(Outcome.OK)))
    numbers = np.concatenate(found, axis=1)
    return LaneReadings(numbers.reshape(len(readings), -1, bench.plan.lanes), failed)


def _switch(values: Mapping[str, Floats | float]) -> DeathSwitch | None:
    return DeathSwitch.of(values) if {"kapoptosis", "hill_apoptosis"} <= values.keys() else None
