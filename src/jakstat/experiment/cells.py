"""Cells that differ: amounts drawn per cell before it comes to rest, then one protocol for all.

The concentration of each protein is log-normal between cells; a share of its variance is common to all
proteins of the pathway. The size of a cell is log-normal too, and a larger cell has more of everything,
in a larger volume and a membrane that grows with the power 2/3. What differs by how much is in
``biology/variability.csv``. Draws are keyed by seed and parameter, so a new part of the model changes no
other draw.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology.variability import KINDS, spread_of, variability
from jakstat.curves import peak, value_at, window
from jakstat.errors import Outcome, problem
from jakstat.experiment.control import control_name, control_of, with_control
from jakstat.experiment.labelled import Labelled
from jakstat.experiment.lanes import Bench, VectorRun, bench_for, run_vectors
from jakstat.experiment.protocol import Protocol
from jakstat.experiment.question import question
from jakstat.knowledge.parameter_table import Row
from jakstat.limits import LIMITS, check_count
from jakstat.store import NOTICE, attributes, manifest
from jakstat.streams import check_seed, stream

__all__ = ["draw_cells", "simulate_cells"]

_VOLUMES, _AREA = ("cytoplasm", "nucleus"), "membrane"
_AREA_POWER = 2.0 / 3.0
"""Cells of one shape."""
_FEWEST = 10


def _log_spread(cv: float) -> float:
    """Standard deviation of the logarithm of a log-normal quantity with this coefficient of variation."""
    return math.sqrt(math.log1p(cv * cv))


def _normal(seed: int, name: str, cells: int) -> Floats:
    return stream(seed, "cells", name).standard_normal(cells)


def draw_cells(rows: Iterable[Row], *, cells: int, seed: int) -> dict[str, Floats]:
    """Values of everything that differs between cells, by parameter, each of shape (cells,).

    Parameters
    ----------
    rows : iterable of Row
        The parameters of a model, in its units.
    cells : int
    seed : int

    Notes
    -----
    Every factor has mean 1. The coefficient of variation of an amount is that of the table: size and
    concentration together make it; where size alone exceeds it, the concentration does not vary.

    Examples
    --------
    >>> row = Row("abundance_STAT3", 810.0, "zmol", 1.0, 1e4, "measured", "someone2001", "")
    >>> drawn = draw_cells([row], cells=20000, seed=1)["abundance_STAT3"]
    >>> round(float(drawn.std() / drawn.mean()), 2)
    0.25
    """
    table = variability()
    size_log = _log_spread(table["size"].value)
    shared = table["shared"].value
    size = np.exp(size_log * _normal(seed, "size", cells) - 0.5 * size_log**2)
    common = _normal(seed, "shared", cells)
    drawn: dict[str, Floats] = {}
    for row in rows:
        spread = spread_of(row.id)
        if row.id in _VOLUMES:
            drawn[row.id] = row.value * size
        elif row.id == _AREA:
            drawn[row.id] = row.value * size**_AREA_POWER
        elif spread is not None and row.value > 0:
            scales = 0.0 if row.id.startswith(KINDS[1]) else 1.0  # an activity is a concentration already
            total = _log_spread(spread.value)
            own = math.sqrt(max(0.0, total**2 - scales * size_log**2))
            z = math.sqrt(shared) * common + math.sqrt(1.0 - shared) * _normal(seed, row.id, cells)
            drawn[row.id] = row.value * np.exp(own * z - 0.5 * own**2) * size**scales
    return drawn


@dataclass(frozen=True, slots=True)
class _CellReading:
    """At rest, then at each asked-for time, or at the peak from time 0 on."""

    at: tuple[float, ...]

    def __call__(self, times: Floats, values: Floats) -> Floats:
        rest = values[:, 0]
        if not self.at:
            return np.column_stack([rest, peak(*window(times, values, 0.0))])
        return np.column_stack([rest, *(value_at(times, values, t) for t in self.at)])


def simulate_cells(
    protocol: Protocol,
    *,
    cells: int = 2000,
    seed: int = 1,
    at: Iterable[float] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Labelled:
    """Readouts of many cells that differ in their amounts of protein, as flow cytometry would see them.

    Parameters
    ----------
    protocol : Protocol
        A dose series gives one distribution per dose.
    cells : int
        10 to 100,000.
    seed : int
    at : sequence of float
        Hours at which the cells are read; each cell's peak when empty.
    progress : callable, optional
        Is told how many simulations of how many are done.

    Returns
    -------
    Labelled
        One variable per readout with dims (dose, reading, cell) and ``units``, and ``<readout>_rest`` with
        dims (dose, cell): before anything is given. With drugs, ``<readout>_control`` is the same cells
        without them. Coordinates ``outcome`` (dose, cell), ``reading`` (text), ``dose_<name>`` (dose). Failed
        cells are NaN; ``failed_cells`` counts failed ``simulations``, those of the control included.

    Raises
    ------
    InputError
        As :func:`jakstat.experiment.simulate`; ``count.range``, ``seed.range``, ``time.span``.

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> p = make_protocol("hepg2", stimuli="IL6=10ng/ml", observe="pSTAT3", until="30min", parts="core")
    >>> found = simulate_cells(p, cells=20, at=[1 / 3])
    >>> dict(found["pSTAT3"].sizes), found.attrs["failed_cells"]
    ({'dose': 1, 'reading': 1, 'cell': 20}, 0)
    """
    check_count(cells, least=_FEWEST, most=LIMITS.lanes, field="--cells")
    check_seed(seed)
    times = tuple(at) or (() if protocol.read_at is None else (protocol.read_at,))
    late = [t for t in times if not protocol.start <= t <= protocol.until]
    if late:
        message = f"the cells are read at {late[0]:g} h, outside {protocol.start:g} to {protocol.until:g} h"
        raise problem("time.span", message, field="--at")
    bench = bench_for(_sampled(protocol, times))
    drawn = draw_cells(bench.cell.rows, cells=cells, seed=seed)
    both = with_control(bench) if control_of(protocol) else bench
    run = run_vectors(both, drawn, _CellReading(times), progress=progress)
    return _labelled(bench, run, times, drawn, cells, seed)


def _sampled(protocol: Protocol, times: tuple[float, ...]) -> Protocol:
    sampling = replace(protocol.sampling, times=(*protocol.sampling.times, *times))
    return replace(protocol, sampling=sampling)


def _labelled(
    bench: Bench,
    run: VectorRun,
    times: tuple[float, ...],
    drawn: Mapping[str, Floats],
    cells: int,
    seed: int,
) -> Labelled:
    plan, assembly = bench.plan, bench.cell.assembly
    used = {s.id: s for name in drawn if (s := spread_of(name)) is not None}
    used |= {name: variability()[name] for name in ("size", "shared")}
    sources = sorted({*assembly.sources, *(row.source for row in used.values())})
    variables: dict[str, tuple[tuple[str, ...], Floats, dict[str, object]]] = {}
    without, outcomes = control_of(bench.protocol), run.outcomes[:, : plan.lanes]
    for r in bench.read:
        attrs: dict[str, object] = {"units": r.unit, "long_name": r.title, "sources": sources}
        read, untreated = np.split(run.values[r.name], [plan.lanes], axis=1)
        variables[r.name] = (("dose", "reading", "cell"), read[:, :, 1:].transpose(1, 2, 0), attrs)
        variables[f"{r.name}_rest"] = (("dose", "cell"), read[:, :, 0].T, attrs)
        if without:
            there = untreated[:, :, 1:].transpose(1, 2, 0)
            variables[control_name(r.name)] = (("dose", "reading", "cell"), there, attrs)
    names = [f"{t * 60:.4g} min" for t in times] or ["peak"]
    coords: dict[str, tuple[Any, ...]] = {
        "reading": ("reading", names),
        "outcome": (("dose", "cell"), [[Outcome(int(c)).name for c in row] for row in outcomes.T]),
    }
    for axis, levels in zip(plan.axes, plan.levels, strict=True):
        coords[f"dose_{axis.name}"] = ("dose", levels, {"units": axis.unit, "kind": axis.kind})
    made = manifest(
        "cells",
        {
            "protocol": bench.protocol,
            "parts": list(assembly.parts),
            "model_key": assembly.model_key,
            "cells": cells,
            "seed": seed,
            "read_at_h": list(times),
            "spreads": [(r.id, r.value, r.grade, r.source) for r in used.values()],
        },
        sources=sources,
    )
    attrs = {
        "context": bench.protocol.context,
        "title": assembly.context.title,
        "question": question(bench.protocol, assembly.parts),
        "readouts": [r.name for r in bench.read],
        "axes": [axis.name for axis in plan.axes],
        "given": bool(bench.protocol.additions),
        "cells": cells,
        "seed": seed,
        "failed_cells": int((~run.ok).sum()),
        "simulations": run.ok.size,
        "spreads": [
            {"id": r.id, "value": r.value, "grade": r.grade, "source": r.source} for r in used.values()
        ],
        "sources": sources,
        "notes": list(plan.notes),
        "manifest": made.to_dict(),
        "notice": NOTICE,
    }
    if without:
        attrs["control"] = list(without)
    return Labelled(variables, coords, attributes(attrs))
