"""One protocol over many parameter vectors: every vector rests, then meets every level of the protocol.

Lanes are run in pieces and read at once, so that memory does not grow with trajectories.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.biology import context
from jakstat.errors import Outcome, problem
from jakstat.experiment.plan import Plan, make_plan
from jakstat.experiment.protocol import Protocol
from jakstat.experiment.readouts import DEFAULT_READOUTS, Readout, find_readouts
from jakstat.experiment.resting import Loaded, brought_to_rest, loaded, solved
from jakstat.experiment.run import protocol_parts
from jakstat.limits import LIMITS

__all__ = ["Bench", "Reader", "VectorRun", "prepare", "run_vectors"]

Floats = NDArray[np.float64]
Reader = Callable[[Floats, Floats], Floats]
"""From times (T,) and values (lanes, T) to readings (lanes, k)."""

_PIECE = 4096


@dataclass(frozen=True)
class Bench:
    """A protocol with the model it runs on, its plan and its readouts."""

    protocol: Protocol
    cell: Loaded
    plan: Plan
    read: tuple[Readout, ...]


@dataclass(frozen=True)
class VectorRun:
    """What the vectors gave.

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


def prepare(protocol: Protocol) -> Bench:
    """The model, the plan and the readouts of a protocol.

    Raises
    ------
    InputError
        Unknown names; doses that cannot be used.

    Examples
    --------
    >>> prepare(Protocol("hepg2")).plan.lanes
    1
    """
    context(protocol.context)  # refuses an unknown cell before anything is built
    cell = loaded(protocol.context, protocol_parts(protocol))
    read = find_readouts(protocol.observe or DEFAULT_READOUTS, cell)
    return Bench(protocol, cell, make_plan(protocol, cell.assembly, cell.model.network), read)


def run_vectors(
    bench: Bench,
    vectors: Mapping[str, Floats],
    reader: Reader,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> VectorRun:
    """Run every parameter vector under every level of a protocol.

    Parameters
    ----------
    bench : Bench
    vectors : mapping of id to array (vectors,)
        Values in the model's units, in force from before the cells come to rest.
    reader : callable
        What is read of each trajectory.
    rtol, atol : float
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
    >>> bench = prepare(Protocol("hepg2", observe=("pSTAT3",), until=1.0))
    >>> run = run_vectors(bench, {"kcat_STAT3": np.array([1e4, 1e5])}, lambda t, x: x[:, -1:])
    >>> run.values["pSTAT3"].shape
    (2, 1, 1)
    """
    count, levels = max((len(v) for v in vectors.values()), default=1), bench.plan.lanes
    if count * levels > LIMITS.run_lanes:
        message, hint = f"{count * levels} simulations are too many", f"at most {LIMITS.run_lanes}"
        raise problem("lanes.too-many", message, hint=hint)
    step = max(1, _PIECE // levels)
    pieces = []
    for first in range(0, count, step):
        part = {k: v[first : first + step] for k, v in vectors.items()}
        pieces.append(_piece(bench, part, min(step, count - first), reader, (rtol, atol), threads))
        if progress is not None:
            progress(min(count, first + step) * levels, count * levels)
    names = [r.name for r in bench.read]
    values = {n: np.concatenate([p.values[n] for p in pieces]) for n in names}
    return VectorRun(values, np.concatenate([p.outcomes for p in pieces]))


def _piece(
    bench: Bench,
    part: Mapping[str, Floats],
    count: int,
    reader: Reader,
    tolerances: tuple[float, float],
    threads: int,
) -> VectorRun:
    plan, model = bench.plan, bench.cell.model
    levels = plan.lanes
    lanes = count * levels
    wide = {k: np.repeat(v, levels) for k, v in part.items()}
    wide |= {k: np.tile(np.broadcast_to(v, levels), count) for k, v in plan.parameters.items()}
    # levels that differ only in what is given later share one steady state
    alike = all(len(v) == 1 for v in plan.parameters.values())
    resting = {k: v[::levels] for k, v in wide.items()} if alike else wide
    rest = brought_to_rest(model, resting, lanes=lanes)
    times = levels if alike else 1
    amounts = {k: np.repeat(v, times) for k, v in rest.final().items()}
    rested = np.repeat(np.asarray(rest.outcomes, dtype=np.int64), times)
    if len(rested) == 1:
        rested = np.repeat(rested, lanes)
    doses: Sequence[object] = list(plan.doses) * count if levels > 1 else plan.doses[0]
    run = solved(
        lambda method: model.simulate(
            plan.times,
            wide or None,
            amounts,
            doses,  # type: ignore[arg-type]
            sorted({r.symbol for r in bench.read}),
            rtol=tolerances[0],
            atol=tolerances[1],
            method=method,
            threads=threads,
        ),
        lanes=lanes,
    )
    ran = np.asarray(run.outcomes, dtype=np.int64)
    outcomes = np.where(rested != int(Outcome.OK), rested, ran)
    bad = outcomes != int(Outcome.OK)
    values = {}
    for r in bench.read:
        read = reader(plan.times, np.asarray(run.value(r.symbol), dtype=float) * r.scale)
        values[r.name] = np.where(bad[:, None], np.nan, read).reshape(count, levels, -1)
    return VectorRun(values, outcomes.reshape(count, levels))
