"""Readings of every parameter vector under every level of a protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.errors import Outcome
from jakstat.experiment.growth_assays import DeathSwitch
from jakstat.experiment.reading import Reading
from jakstat.experiment.vectors import Bench, run_vectors

__all__ = ["LaneReadings", "read_lanes"]

Floats = NDArray[np.float64]

_VALUES_AT_ONCE = 4_000_000
"""Numbers of trajectories that are held at once."""


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
    >>> from jakstat.experiment.vectors import prepare
    >>> bench = prepare(make_protocol("hepg2", stimuli="IL6=1,10ng/ml", observe="pSTAT3", until="20min"))
    >>> low, high = read_lanes(bench, {}, [parse_reading("20min")]).numbers[0, 0]
    >>> bool(low < high)
    True
    """
    count, levels = max((len(v) for v in vectors.values()), default=1), bench.plan.lanes
    held = levels * len(bench.plan.times) * len(bench.read)
    step = max(1, _VALUES_AT_ONCE // held)
    rows = {row.id: row.value for row in bench.cell.assembly.parameters}
    pieces, failed = [], 0
    for first in range(0, count, step):
        part = {k: v[first : first + step] for k, v in vectors.items()}
        run = run_vectors(bench, part, lambda _, values: values)
        switch = _switch({**rows, **{k: v[:, None, None] for k, v in part.items()}})
        found = [reading.numbers(bench.plan.times, run.values, switch) for reading in readings]
        pieces.append(np.stack(found))
        failed += int(np.sum(run.outcomes != int(Outcome.OK)))
        if progress is not None:
            progress(min(count, first + step) * levels, count * levels)
    return LaneReadings(np.concatenate(pieces, axis=1), failed)


def _switch(values: Mapping[str, Floats | float]) -> DeathSwitch | None:
    return DeathSwitch.of(values) if {"kapoptosis", "hill_apoptosis"} <= values.keys() else None
