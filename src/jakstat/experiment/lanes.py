"""The one runner of lanes: cells of a context rest, meet a plan, and are read.

A lane is one parameter vector under one level of a protocol. Every vector rests once, unless the levels
differ in what is in force before the cells come to rest; then every level rests. Lanes run in pieces that are
read and forgotten, so that memory does not grow with trajectories. A lane that finds no rest, or whose run
fails, is NaN and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.biology import context
from jakstat.engine.batched.summaries import piece_lanes
from jakstat.engine.result import with_undefined
from jakstat.errors import Outcome, problem
from jakstat.experiment.growth_assays import DeathSwitch
from jakstat.experiment.plan import Plan, make_plan, protocol_parts
from jakstat.experiment.protocol import Protocol
from jakstat.experiment.reading import Reading
from jakstat.experiment.readouts import DEFAULT_READOUTS, Readout, find_readouts
from jakstat.experiment.resting import Loaded, loaded_cell, resting_state, solved_with_fallback
from jakstat.limits import LIMITS

__all__ = [
    "RELATIVE",
    "Bench",
    "LanePiece",
    "Reader",
    "VectorRun",
    "bench_for",
    "lane_pieces",
    "read_lanes",
    "run_vectors",
]

Reader = Callable[[Floats, Floats], Floats]
"""From times (T,) and values (lanes, T) to readings (lanes, k)."""
Progress = Callable[[int, int], None] | None

RELATIVE = 1e-6
"""Tolerances of a run, where a caller does not ask for less."""


@dataclass(frozen=True)
class Bench:
    """A protocol with the model it runs on, its plan and its readouts."""

    protocol: Protocol
    cell: Loaded
    plan: Plan
    read: tuple[Readout, ...]


@dataclass(frozen=True)
class LanePiece:
    """Some lanes, run; the levels of a vector stand side by side.

    Parameters
    ----------
    vector : array (n,)
        The parameter vector of each.
    times : array (T,)
        Hours.
    values : mapping of readout to array (n, T)
        In the readout's unit; NaN in failed lanes.
    outcomes : int array (n,)
        An :class:`~jakstat.errors.Outcome` each.
    """

    vector: NDArray[np.intp]
    times: Floats
    values: Mapping[str, Floats]
    outcomes: NDArray[np.int64]


@dataclass(frozen=True)
class VectorRun:
    """What the lanes gave.

    Parameters
    ----------
    values : mapping of readout to array (vectors, levels, k)
        Readings in the readout's unit; NaN in failed lanes.
    outcomes : int array (vectors, levels)
        An :class:`~jakstat.errors.Outcome` each.
    """

    values: Mapping[str, Floats]
    outcomes: NDArray[np.int64]

    @property
    def ok(self) -> NDArray[np.bool_]:
        """Which lanes reached the end, shape (vectors, levels)."""
        return np.asarray(self.outcomes == int(Outcome.OK))


def bench_for(protocol: Protocol) -> Bench:
    """The model, the plan and the readouts of a protocol.

    Raises
    ------
    InputError
        Unknown names; doses that cannot be used.

    Examples
    --------
    >>> bench_for(Protocol("hepg2", parts=("core",))).plan.lanes
    1
    """
    context(protocol.context)  # refuses an unknown cell before anything is built
    cell = loaded_cell(protocol.context, protocol_parts(protocol))
    read = find_readouts(protocol.observe or DEFAULT_READOUTS, cell)
    return Bench(protocol, cell, make_plan(protocol, cell.assembly, cell.model.network), read)


def lane_pieces(
    bench: Bench,
    vectors: Mapping[str, Floats],
    *,
    rtol: float = RELATIVE,
    threads: int = 1,
    progress: Progress = None,
) -> Iterator[LanePiece]:
    """Run every parameter vector under every level of a protocol, a piece at a time.

    Parameters
    ----------
    bench : Bench
    vectors : mapping of id to array (vectors,)
        Values in the model's units, in force from before the cells come to rest; what the plan sets is not
        varied. Empty for the table's own values.
    rtol : float
    threads : int
        Threads of the solver; they change no number.
    progress : callable, optional
        Is told how many lanes of how many are done.

    Raises
    ------
    InputError
        ``lanes.too-many``.

    Examples
    --------
    >>> bench = bench_for(Protocol("hepg2", observe=("pSTAT3",), until=1.0, parts=("core",)))
    >>> [piece.values["pSTAT3"].shape for piece in lane_pieces(bench, {})]
    [(1, 241)]
    """
    total = max((len(v) for v in vectors.values()), default=1) * bench.plan.lanes
    if total > LIMITS.run_lanes:
        message, hint = f"{total} simulations are too many", f"at most {LIMITS.run_lanes}"
        raise problem("lanes.too-many", message, hint=hint)
    size = piece_lanes(len(bench.plan.times) * (len(bench.read) + 1))
    for first in range(0, total, size):
        lanes = np.arange(first, min(total, first + size))
        yield _piece(bench, vectors, lanes, total, rtol, threads)
        if progress is not None:
            progress(int(lanes[-1]) + 1, total)


def _piece(
    bench: Bench,
    vectors: Mapping[str, Floats],
    lanes: NDArray[np.intp],
    total: int,
    rtol: float,
    threads: int,
) -> LanePiece:
    plan, model = bench.plan, bench.cell.model
    vector, level = np.divmod(lanes, plan.lanes)
    values = {k: v[vector] for k, v in vectors.items()}
    values |= {k: np.broadcast_to(v, plan.lanes)[level] for k, v in plan.parameters.items()}
    # levels that differ only in what is given later share one steady state
    alike = all(len(v) == 1 for v in plan.parameters.values())
    _, first, rest_of = np.unique(vector if alike else lanes, return_index=True, return_inverse=True)
    rest = resting_state(
        bench.cell, {k: v[first] for k, v in values.items()}, lanes=total // plan.lanes if alike else total
    )
    run = solved_with_fallback(
        lambda method: model.simulate(
            plan.times,
            values or None,
            {k: v[rest_of] for k, v in rest.amounts.items()},
            plan.doses[0] if plan.lanes == 1 else [plan.doses[i] for i in level],
            sorted({r.symbol for r in bench.read}),
            rtol=rtol,
            method=method,
            threads=threads,
        ),
        lanes=total,
    )
    rested = rest.outcomes[rest_of]
    outcomes = np.where(rested != int(Outcome.OK), rested, run.outcomes)
    bad = outcomes[:, None] != int(Outcome.OK)
    read = {
        r.name: np.where(bad, np.nan, np.asarray(run.value(r.symbol), dtype=float) * r.scale)
        for r in bench.read
    }
    return LanePiece(vector, plan.times, read, with_undefined(outcomes, read.values()))


def run_vectors(
    bench: Bench,
    vectors: Mapping[str, Floats],
    reader: Reader = lambda _, values: values,
    *,
    rtol: float = RELATIVE,
    threads: int = 1,
    progress: Progress = None,
) -> VectorRun:
    """What ``reader`` reads of every parameter vector under every level; options as :func:`lane_pieces`.

    Parameters
    ----------
    reader : callable
        What is read of each trajectory; the trajectory itself when not given.

    Examples
    --------
    >>> bench = bench_for(Protocol("hepg2", observe=("pSTAT3",), until=1.0, parts=("core",)))
    >>> run = run_vectors(bench, {"kcat_STAT3": np.array([1e4, 1e5])}, lambda t, x: x[:, -1:])
    >>> run.values["pSTAT3"].shape
    (2, 1, 1)
    """
    read: dict[str, list[Floats]] = {r.name: [] for r in bench.read}
    outcomes = []
    for piece in lane_pieces(bench, vectors, rtol=rtol, threads=threads, progress=progress):
        bad = ~np.isin(piece.outcomes, (int(Outcome.OK), int(Outcome.UNDEFINED_VALUE)))[:, None]
        for name, values in piece.values.items():
            read[name].append(np.where(bad, np.nan, reader(piece.times, values)))
        outcomes.append(piece.outcomes)
    levels = bench.plan.lanes
    ended = np.concatenate(outcomes)
    shape = (len(ended) // levels, levels, -1)
    return VectorRun(
        {name: np.concatenate(found).reshape(shape) for name, found in read.items()},
        ended.reshape(shape[:2]),
    )


def read_lanes(
    bench: Bench,
    vectors: Mapping[str, Floats],
    readings: Sequence[Reading],
    *,
    progress: Progress = None,
) -> tuple[Floats, int]:
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
    numbers : array (readings, vectors, levels)
        NaN where the simulation failed.
    failed : int
        How many failed.

    Examples
    --------
    >>> from jakstat.experiment.reading import parse_reading
    >>> from jakstat.experiment.describe import make_protocol
    >>> p = make_protocol("hepg2", stimuli="IL6=1,10ng/ml", observe="pSTAT3", until="20min", parts="core")
    >>> bench = bench_for(p)
    >>> low, high = read_lanes(bench, {}, [parse_reading("20min")])[0][0, 0]
    >>> bool(low < high)
    True
    """
    rows = {row.id: row.value for row in bench.cell.assembly.parameters}
    found, failed = [], 0
    for piece in lane_pieces(bench, vectors, progress=progress):
        switch = DeathSwitch.of({**rows, **{k: v[piece.vector][:, None] for k, v in vectors.items()}})
        found.append(np.stack([r.numbers(piece.times, piece.values, switch) for r in readings]))
        failed += int(np.sum(piece.outcomes != int(Outcome.OK)))
    numbers = np.concatenate(found, axis=1)
    return numbers.reshape(len(readings), -1, bench.plan.lanes), failed
