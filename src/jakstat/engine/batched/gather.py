"""From the records of single lanes to one result."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from jakstat.engine.network.dependencies import AMOUNT
from jakstat.engine.reference.reference_solver import LaneResult
from jakstat.engine.reference.reference_system import System
from jakstat.engine.result import Failure, Result, Violation
from jakstat.engine.tolerance import Tolerance, idle_tolerance
from jakstat.errors import Outcome

__all__ = ["columns_for", "gather"]


def columns_for(system: System, names: list[str]) -> list[str]:
    """Names to record so that values, amounts and concentrations of ``names`` can be told."""
    columns = list(names)
    for name in names:
        species = system.roles.species.get(name)
        if species is not None:
            columns.append(species.compartment)
            if system.roles.keeps_amount(name):
                columns.append(AMOUNT + name)
    return list(dict.fromkeys(columns))


def gather(
    system: System,
    grid: NDArray[np.float64],
    names: list[str],
    columns: list[str],
    done: list[LaneResult],
    asked: Tolerance,
) -> Result:
    """The result of all lanes; those that failed are masked with NaN."""
    block = np.array([lane.record for lane in done])
    outcomes = np.array([int(lane.outcome) for lane in done], dtype=np.int64)
    block[outcomes != Outcome.OK] = math.nan
    values = {name: block[:, :, i] for i, name in enumerate(columns)}
    species = [system.roles.species[n] for n in names if n in system.roles.species]
    amounts = {}
    for s in species:
        if s.substance_only:
            amounts[s.id] = values[s.id]
        elif AMOUNT + s.id in values:
            amounts[s.id] = values[AMOUNT + s.id]
        else:
            amounts[s.id] = values[s.id] * values[s.compartment]
    last = {
        name: np.array([lane.last.get(name, math.nan) if lane.outcome == 0 else math.nan for lane in done])
        for name in system.roles.lasting()
    }
    return Result(
        times=grid,
        outcomes=outcomes,
        values={n: values[n] for n in names},
        amounts=amounts,
        sizes={s.compartment: values[s.compartment] for s in species},
        homes={s.id: s.compartment for s in species},
        violations=tuple(Violation(i, *lowest) for i, lane in enumerate(done) for lowest in lane.lowest),
        failures=tuple(
            Failure(i, lane.time, lane.outcome, lane.fastest) for i, lane in enumerate(done) if lane.outcome
        ),
        last=last,
        tolerance=_tolerance(system, done, asked),
    )


def _tolerance(system: System, done: list[LaneResult], asked: Tolerance) -> Tolerance:
    """What was asked for, with what the states reached."""
    ran = [lane.largest for lane in done if len(lane.largest)]
    top = np.max(ran, axis=0).tolist() if ran else []
    names = [name.removeprefix(AMOUNT) for name in system.states[: len(top)]]
    largest = dict(zip(names, top, strict=True))
    sizes = {
        s.id: c.size or 1.0
        for s in system.network.species
        for c in system.network.compartments
        if c.id == s.compartment and AMOUNT + s.id in system.states
    }
    beyond = {} if asked.atol is None else idle_tolerance(asked.atol, largest, sizes)
    return replace(asked, largest=largest, beyond=beyond, repeated=sum(lane.repeated for lane in done))
