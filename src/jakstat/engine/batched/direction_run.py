"""Exact derivatives of a run: where they start, what doses do to them, and what they come to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from jakstat.arrays import Floats
from jakstat.engine.batched.direction_call import DirectionCall
from jakstat.engine.batched.direction_layout import DirectionLayout
from jakstat.engine.batched.dose_table import DoseTable
from jakstat.engine.batched.ensemble import LaneResults, map_lanes
from jakstat.engine.batched.fast import FastSolver, Lanes, dose_table
from jakstat.engine.batched.fast_result import Lazy
from jakstat.engine.compile.layout import DIRECTION_BLOCK, DOSE_INPUT, DOSE_INPUT_ADD, DOSE_RATE
from jakstat.engine.compile.method import Rosenbrock
from jakstat.engine.directions import Directions
from jakstat.engine.doses import schedules
from jakstat.engine.network.dependencies import Roles
from jakstat.engine.request import Request
from jakstat.engine.result import Sensitivities
from jakstat.errors import Outcome

__all__ = ["CarriedDirections", "carry"]

_ROWS = 20_000  # rows of start values that are held at a time

Begun = tuple[Floats, Floats]
"""Derivatives of states (lanes, D, states) and inputs (lanes, D, inputs) at the start."""


def _begin(
    solver: FastSolver, method: Rosenbrock, asked: Request, along: Directions, lanes: Lanes, time: float
) -> Begun:
    """Derivatives of what every lane starts from."""
    kernels, count = solver.kernels, len(along.names)
    replaced = solver.replaced(asked.parameters)
    start, kernel = solver.start(replaced), solver.start_slopes(replaced)
    raw = solver.raw_values(asked.parameters, asked.lanes)
    column = {name: i for i, name in enumerate(start.raw)}
    size = len(start.raw)
    found = np.empty((asked.lanes, count, kernels.inputs + kernels.states))
    piece = max(1, _ROWS // count)
    for first in range(0, asked.lanes, piece):
        part = slice(first, min(first + piece, asked.lanes))
        source = np.zeros((part.stop - first, count, 2 * size))
        source[:, :, :size] = raw[part, None]
        for name, slope in along.parameters.items():
            source[:, :, size + column[name]] = slope[part]
        rows = source.reshape(-1, 2 * size)
        sizes = (2 * size, 0, kernel.count)
        address = kernel.library.address("along")
        none = np.zeros((len(rows), 0))
        made = map_lanes(
            solver.drive(method, directions=True), address, sizes, rows, none, time, kernel.scratch
        )
        found[part] = made.reshape(part.stop - first, count, -1)
    inputs, states = found[:, :, : kernels.inputs].copy(), found[:, :, kernels.inputs :].copy()
    for name in dict.fromkeys((*asked.initial, *along.initial)):
        slope = along.initial.get(name, np.zeros((asked.lanes, count)))
        array, place = solver.places[name]
        scale, move = _size_along(lanes, inputs, states, name)
        stored = lanes.column(name)[:, None]
        moved = (states if array == "y" else inputs)[:, :, place]
        if name in asked.initial:  # else what moves comes on top of how the value itself does
            moved[:] = (slope - stored * move) / scale
        else:
            moved += slope / scale
    return states, inputs


def _size_along(
    lanes: Lanes, inputs: Floats, states: Floats, name: str
) -> tuple[Floats | float, Floats | float]:
    """What an amount is divided by to give what is stored, and how fast that moves."""
    size = lanes.size(name)
    if isinstance(size, float):
        return size, 0.0
    array, place = lanes.solver.places[lanes.solver.homes[name]]
    return size[:, None], (states if array == "y" else inputs)[:, :, place]


def _why_differences(
    solver: FastSolver, begun: Begun, asked: Request, along: Directions, doses: DoseTable
) -> str:
    """Why derivatives of this run are not exact here; empty if they are."""
    kernels = solver.kernels
    if kernels.watched:
        return "a switch or an event depends on the state"
    if kernels.moved_events:
        return "what an event sets depends on the state"
    moving = [place for place in kernels.steering if begun[1][:, :, place].any()]
    if along.doses:
        moving += sorted(set(kernels.steering) & set(doses.index.tolist()))
    if moving:
        names = ", ".join(sorted({kernels.input_names[place] for place in moving})[:3])
        return f"a switch or an event depends on {names}"
    if along.doses and (doses.kind == DOSE_RATE).any():
        return "the amount of an infusion moves"
    if any(d.target in kernels.by_value for table in asked.doses for d in table):
        return "a dose goes to a species that follows a rate rule"
    return ""


def _dose_slopes(lanes: Lanes, asked: Request, along: Directions, doses: DoseTable, grid: Floats) -> Floats:
    """Derivatives of the values in the table of doses."""
    slopes = np.zeros((len(doses.time), len(along.names)))
    if not along.doses:
        return slopes
    # the same table with the number of each dose as its amount says which dose each row comes from
    numbered = [[replace(d, amount=float(k + 1)) for k, d in enumerate(table)] for table in asked.doses]
    marked = dose_table(lanes, schedules(numbered, start=float(grid[0])), float(grid[-1]))
    if not np.array_equal(marked.time, doses.time):  # what is the same in all lanes was stored once
        raise ValueError("doses whose amounts move must be given lane by lane")
    for lane, table in enumerate(along.doses):
        for row in range(int(marked.first[lane]), int(marked.last[lane])):
            number = int(marked.value[row])
            if number:
                slopes[row] = table[number - 1]
    return slopes


@dataclass(frozen=True, slots=True)
class CarriedDirections:
    """Directions of one run of lanes: what the step loop is given, or why it cannot carry them."""

    lanes: Lanes
    along: Directions
    names: tuple[str, ...]
    call: DirectionCall | None
    reason: str

    def found(self, roles: Roles, run: LaneResults) -> Sensitivities:
        """The derivatives by name, NaN in lanes that failed; none if they were not carried."""
        call = self.call
        if call is None:
            return Sensitivities(self.along.names, {}, how=self.reason)
        bad = run.outcomes != int(Outcome.OK)
        call.rows[bad] = math.nan
        call.ends[bad] = math.nan
        lanes, times, outputs = call.rows.shape[:3]
        rows = call.rows.reshape(lanes, times, outputs, -1)[:, :, :, : len(self.along.names)]
        ends, inputs = call.layout.unpacked(call.ends)
        last_inputs = run.inputs if run.inputs.shape == self.lanes.inputs.shape else self.lanes.inputs
        end = Lanes(self.lanes.solver, last_inputs, run.states)

        def last(name: str) -> Floats:
            array, place = end.solver.places[name]
            moved = (ends if array == "y" else inputs)[:, :, place]
            scale, move = _size_along(end, inputs, ends, name)
            return np.asarray(
                np.where(bad[:, None], math.nan, moved * scale + end.column(name)[:, None] * move)
            )

        values = {name: rows[:, :, k] for k, name in enumerate(self.names)}
        return Sensitivities(
            self.along.names, values, Lazy({name: partial(last, name) for name in roles.lasting()})
        )


def carry(
    lanes: Lanes, method: Rosenbrock, asked: Request, along: Directions, doses: DoseTable, grid: Floats,
    names: Sequence[str],
) -> CarriedDirections:  # fmt: skip
    """Prepare the derivatives of a run."""
    solver = lanes.solver
    states, inputs = _begin(solver, method, asked, along, lanes, float(grid[0]))
    reason = _why_differences(solver, (states, inputs), asked, along, doses)
    if reason:
        return CarriedDirections(lanes, along, tuple(names), None, reason)
    layout = DirectionLayout(len(along.names), solver.machine.width, states.shape[2], inputs.shape[2])
    outputs, moved = solver.output_slopes(tuple(names)), inputs != 0
    if along.doses:
        moved[:, :, doses.index[np.isin(doses.kind, (DOSE_INPUT, DOSE_INPUT_ADD))]] = True
    room = (asked.lanes, len(grid), outputs.count, layout.vectors, layout.width)
    start = layout.packed(states, inputs, 1.0 / along.unit)
    call = DirectionCall(
        layout, solver.tangents, outputs, solver.direction_blocks(min(layout.vectors, DIRECTION_BLOCK)),
        solver.direction_blocks(layout.rest), start, moved, _dose_slopes(lanes, asked, along, doses, grid),
        along.looser, np.full(room, math.nan), np.full_like(start, math.nan),
    )  # fmt: skip
    return CarriedDirections(lanes, along, tuple(names), call, "")
