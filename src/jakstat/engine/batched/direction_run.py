"""Exact derivatives of a run: where they start, what doses do to them, and what they come to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from jakstat.arrays import Floats
from jakstat.engine.batched.direction_call import DirectionCall
from jakstat.engine.batched.dose_table import DoseTable
from jakstat.engine.batched.ensemble import LaneResults, map_lanes
from jakstat.engine.batched.fast import FastSolver, Lanes, dose_table
from jakstat.engine.compile.layout import DOSE_INPUT, DOSE_INPUT_ADD, DOSE_RATE
from jakstat.engine.compile.method import Rosenbrock
from jakstat.engine.directions import Directions
from jakstat.engine.doses import schedules
from jakstat.engine.network.dependencies import Roles
from jakstat.engine.request import Request
from jakstat.engine.result import Sensitivities
from jakstat.errors import Outcome

__all__ = ["CarriedDirections", "carry"]

_ROWS = 20_000  # rows of start values that are held at a time
_ALONE = 2.0  # cost of a step without directions, with the matrices that they share, in those of a direction

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
    """Directions of one run of lanes: what the step loop is given, or why it cannot carry them.

    Every lane is run ``shares`` times, side by side, each time with some of its directions, because the step
    loop takes as many lanes at once as the machine has places.
    """

    lanes: Lanes
    along: Directions
    doses: DoseTable
    names: tuple[str, ...]
    call: DirectionCall | None
    reason: str
    shares: int = 1

    def start(self) -> tuple[Lanes, DoseTable]:
        """The lanes that are run, and their doses."""
        k, doses = self.shares, self.doses
        if k == 1:
            return self.lanes, doses
        inputs, states = (np.repeat(a, k, axis=0) for a in (self.lanes.inputs, self.lanes.states))
        first, last = np.repeat(doses.first, k), np.repeat(doses.last, k)
        return replace(self.lanes, inputs=inputs, states=states), replace(doses, first=first, last=last)

    def narrowed(self, run: LaneResults) -> LaneResults:
        """One result for each lane: its shares end alike, to the last bit."""
        if self.shares == 1:
            return run
        by_lane = (f.name for f in fields(run) if f.name not in ("repeated", "lowest"))
        cut = {name: getattr(run, name) for name in by_lane}
        lanes = len(run.outcomes)
        narrow = {n: a[:: self.shares] if len(a) == lanes else a for n, a in cut.items()}
        return replace(run, **narrow, repeated=run.repeated // self.shares)

    def found(self, roles: Roles, run: LaneResults) -> Sensitivities:
        """The derivatives by name, NaN in lanes that failed; none if they were not carried."""
        call = self.call
        if call is None:
            return Sensitivities(self.along.names, {}, how=self.reason)
        bad = run.outcomes != int(Outcome.OK)
        rows, ends = self._joined(call.rows, 2), self._joined(call.ends, 1)
        rows[bad] = math.nan
        ends[bad] = math.nan
        inputs = _last_inputs(
            self._joined(call.inputs, 1),
            call.doses if self.shares == 1 else np.zeros((len(self.doses.time), 1)),
            self.doses,
        )
        last_inputs = run.inputs if run.inputs.shape == self.lanes.inputs.shape else self.lanes.inputs
        end = Lanes(self.lanes.solver, last_inputs, run.states)

        def last(name: str) -> Floats:
            array, place = end.solver.places[name]
            moved = (ends if array == "y" else inputs)[:, :, place]
            scale, move = _size_along(end, inputs, ends, name)
            return np.asarray(
                np.where(bad[:, None], math.nan, moved * scale + end.column(name)[:, None] * move)
            )

        values = {name: rows[:, :, :, k] for k, name in enumerate(self.names)}
        return Sensitivities(self.along.names, values, {name: last(name) for name in roles.lasting()})

    def _joined(self, array: Floats, axis: int) -> Floats:
        """The directions of all shares of a lane one after another."""
        if self.shares == 1:
            return array
        parts = array.reshape(-1, self.shares, *array.shape[1:])
        moved = np.moveaxis(parts, 1, axis)
        shape = (*moved.shape[:axis], -1, *moved.shape[axis + 2 :])
        given = (*[slice(None)] * axis, slice(len(self.along.names)))  # the last share was filled up
        return moved.reshape(shape)[given]


def carry(
    lanes: Lanes, method: Rosenbrock, asked: Request, along: Directions, doses: DoseTable, grid: Floats,
    names: Sequence[str],
) -> CarriedDirections:  # fmt: skip
    """Prepare the derivatives of a run."""
    solver = lanes.solver
    begun = _begin(solver, method, asked, along, lanes, float(grid[0]))
    reason = _why_differences(solver, begun, asked, along, doses)
    if reason:
        return CarriedDirections(lanes, along, doses, tuple(names), None, reason)
    count = len(along.names)
    shares = 1 if along.doses else _shares(asked.lanes, count, solver.machine.width)
    states, inputs, unit = (_split(a, shares) for a in (*begun, 1.0 / along.unit[:, :, None]))
    per = states.shape[1]
    slopes = np.zeros((len(doses.time), per))
    if shares == 1:
        slopes = _dose_slopes(lanes, asked, along, doses, grid)
    call = DirectionCall(
        solver.tangents, solver.output_slopes(tuple(names)), states, inputs,
        slopes,
        np.ascontiguousarray(unit[:, :, 0]), along.looser,
        np.full((len(states), len(grid), per, len(names)), math.nan), np.full_like(states, math.nan),
    )  # fmt: skip
    return CarriedDirections(lanes, along, doses, tuple(names), call, "", shares)


def _shares(lanes: int, directions: int, width: int) -> int:
    """How many times each lane is run: as many as make the work of all groups least."""

    def work(k: int) -> float:
        return math.ceil(lanes * k / width) * (_ALONE + math.ceil(directions / k))

    return min(range(1, min(width, directions) + 1), key=work)


def _split(array: Floats, shares: int) -> Floats:
    """Directions (lanes, D, ...) of a lane dealt out to its shares, the last filled up with zeros."""
    lanes, count = array.shape[:2]
    per = -(-count // shares)
    wide = np.zeros((lanes, shares * per, *array.shape[2:]))
    wide[:, :count] = array
    return np.ascontiguousarray(wide.reshape(lanes * shares, per, *array.shape[2:]))


def _last_inputs(inputs: Floats, slopes: Floats, doses: DoseTable) -> Floats:
    """Derivatives of the inputs after all doses."""
    sets = np.isin(doses.kind, (DOSE_INPUT, DOSE_INPUT_ADD))
    if not sets.any():
        return inputs
    inputs = inputs.copy()
    for lane in range(len(inputs)):
        for row in range(int(doses.first[lane]), int(doses.last[lane])):
            if sets[row]:
                kept = 0.0 if doses.kind[row] == DOSE_INPUT else 1.0
                place = int(doses.index[row])
                inputs[lane, :, place] = kept * inputs[lane, :, place] + slopes[row]
    return inputs
