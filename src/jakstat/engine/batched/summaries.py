"""Numbers per lane instead of trajectories, so that a million lanes need no more memory than a few thousand.

Lanes are run in pieces; each piece is summarised over the output times and forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from jakstat.arrays import Floats
from jakstat.curves import area, peak, time_mean, time_of_peak, time_of_trough, trough
from jakstat.engine.result import Failure, Result, Violation
from jakstat.engine.tolerance import Tolerance
from jakstat.errors import InputError, Outcome, Problem

__all__ = ["KINDS", "Summary", "in_pieces", "piece_lanes", "read_summaries"]

PIECE_BYTES = 32 * 1024 * 1024
PIECE_LANES = 4096
"""What is held at once of a run in pieces."""


KINDS: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "max": peak,
    "min": trough,
    "time_of_max": time_of_peak,
    "time_of_min": time_of_trough,
    "auc": area,
    "mean": time_mean,
    "final": lambda _times, values: np.asarray(values[..., -1]),
}
"""What a trajectory can be summed up as, from times (T,) and values (lanes, T); the area by trapezoids."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One number per lane: ``kind`` of :data:`KINDS`, of the quantity ``id``."""

    kind: str
    id: str


def read_summaries(reduce: Mapping[str, object]) -> dict[str, Summary]:
    """Check what is asked for: a name for each summary, its kind and its quantity.

    Raises
    ------
    InputError
        ``reduce.kind`` or ``reduce.type``.

    Examples
    --------
    >>> read_summaries({"peak": ("max", "pSTAT3")})
    {'peak': Summary(kind='max', id='pSTAT3')}
    """
    problems = []
    chosen = {}
    for name, pair in reduce.items():
        words = [str(word) for word in pair] if isinstance(pair, tuple | list) else []
        if len(words) != 2:
            problems.append(Problem("reduce.type", f"'{name}' is not a kind and an id", field="reduce"))
        elif words[0] not in KINDS:
            hint = "one of " + ", ".join(KINDS)
            problems.append(Problem("reduce.kind", f"no summary '{words[0]}'", field="reduce", hint=hint))
        else:
            chosen[name] = Summary(words[0], words[1])
    if problems:
        raise InputError(problems)
    return chosen


def piece_lanes(numbers: int, *, most: int | None = None) -> int:
    """Lanes per piece, of so many ``numbers`` each; fixed for a request, so that no result depends on memory.

    Examples
    --------
    >>> piece_lanes(100), piece_lanes(1_000_000)
    (4096, 4)
    """
    return max(1, min(most or PIECE_LANES, PIECE_BYTES // (8 * max(1, numbers))))


def in_pieces(
    run: Callable[[slice], Result], lanes: int, chosen: Mapping[str, Summary], times: Floats
) -> Result:
    """Run lanes piece by piece and keep the summaries only.

    Parameters
    ----------
    run : callable
        The result of a slice of the lanes.
    lanes : int
        How many there are.
    chosen : mapping of str to Summary
        What to keep.
    times : array, shape (T,)
        Output times.
    """
    outcomes = np.zeros(lanes, np.int64)
    kept = {name: np.empty(lanes) for name in chosen}
    failures: list[Failure] = []
    violations: list[Violation] = []
    eased: list[int] = []
    used: Tolerance | None = None
    size = piece_lanes(len(times) * (len({s.id for s in chosen.values()}) + 1))
    for first in range(0, lanes, size):
        part = slice(first, min(first + size, lanes))
        result = run(part)
        outcomes[part] = result.outcomes
        told = result.tolerance
        used = told if used is None or told is None else used.joined(told)
        for name, summary in chosen.items():
            values = KINDS[summary.kind](times, result.value(summary.id))
            kept[name][part] = np.where(result.outcomes == int(Outcome.OK), values, math.nan)
        failures += [replace(f, lane=f.lane + first) for f in result.failures]
        eased += [lane + first for lane in result.eased]
        violations += [replace(v, lane=v.lane + first) for v in result.violations]
    return Result(
        times=times, outcomes=outcomes, values={}, amounts={}, sizes={}, homes={},
        violations=tuple(violations), failures=tuple(failures), summaries=kept,
        eased=tuple(eased),
        tolerance=used,
    )  # fmt: skip
