"""Model.simulate by the batched solver: which lanes run freely and which a host looks after.

Lanes of a model without events run through the compiled loop in one call. Events are carried
out by the reference solver's own queue: the compiled loop takes each lane to its next trigger or
stop, the host acts, and the lanes go on together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from jakstat.engine.batched.ensemble import DoseTable, LaneResults, Start, run_lanes
from jakstat.engine.batched.fast import METHODS, FastSolver, dose_table
from jakstat.engine.batched.fast_result import choose, labelled, tolerance_used
from jakstat.engine.batched.gather import columns_for, gather
from jakstat.engine.batched.second_run import second_run
from jakstat.engine.compile.layout import DOSE_INPUT, DOSE_INPUT_ADD, WATCH_HIT
from jakstat.engine.compile.method import Rosenbrock
from jakstat.engine.doses import Instant
from jakstat.engine.network.dependencies import AMOUNT
from jakstat.engine.network.network import Network
from jakstat.engine.reference.reference_events import LaneFailure
from jakstat.engine.reference.reference_lane import LaneState
from jakstat.engine.reference.reference_solver import LaneResult, LaneRun, ReferenceSolver, Settings
from jakstat.engine.request import Request, lanes_of
from jakstat.engine.result import Result
from jakstat.errors import Outcome

__all__ = ["BatchedModel"]

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class BatchedModel:
    """The batched solvers of one network, one per set of infused species."""

    network: Network
    key: str
    _solvers: dict[frozenset[str], FastSolver] = field(default_factory=dict, compare=False, repr=False)

    def solver(self, plain: ReferenceSolver) -> FastSolver:
        """The batched solver that has the same states as a reference solver."""
        rated = {a.variable for a in self.network.rate_rules}
        terms = plain.system.roles.terms
        states = {name.removeprefix(AMOUNT) for name in plain.system.states}
        infused = frozenset(s for s in states if s not in rated and not terms.get(s))
        return self._solvers.setdefault(infused, FastSolver(self.network, self.key, infused))

    def simulate(
        self, plain: ReferenceSolver, grid: Reals, asked: Request, instants: Sequence[Sequence[Instant]],
        names: Sequence[str], settings: Settings, threads: int,
    ) -> Result:  # fmt: skip
        """Integrate all lanes of a request; a second time those that meet a NaN."""
        solver = self.solver(plain)
        first = self._simulate(solver, plain, grid, asked, instants, names, settings, threads)
        if Outcome.NOT_A_NUMBER not in first.outcomes or not solver.kernels.states:
            return first
        bases = [] if self.network.events else solver.easier.bases

        def again(lanes: Sequence[int]) -> Result:
            tables = [instants[k] for k in lanes] if len(instants) > 1 else instants
            some, wanted = lanes_of(asked, lanes), [*names, *bases]
            return self._simulate(solver.easier, plain, grid, some, tables, wanted, settings, threads)

        return second_run(first, again, bases, settings.atol or 0.0)

    def _simulate(
        self, solver: FastSolver, plain: ReferenceSolver, grid: Reals, asked: Request,
        instants: Sequence[Sequence[Instant]], names: Sequence[str], settings: Settings, threads: int,
    ) -> Result:  # fmt: skip
        method = METHODS[settings.method]
        if self.network.events:
            return _hosted(solver, plain, grid, asked, instants, names, settings, threads)
        start = solver.begin(method, asked.parameters, asked.initial, asked.lanes, float(grid[0]))
        doses = dose_table(start, instants, method, float(grid[0]), float(grid[-1]))
        if _moves_clocks(solver, doses):
            return _hosted(solver, plain, grid, asked, instants, names, settings, threads)
        roles = plain.system.roles
        choice = choose(solver, roles, names, doses)
        run = solver.run(
            start, method, grid, doses, choice.columns, rtol=settings.rtol, atol=settings.atol,
            max_steps=settings.max_steps, threads=threads,
        )  # fmt: skip
        _name_bad_input(run, asked)
        told = tolerance_used(solver, start, run, settings.tolerance)
        return labelled(solver, roles, method, choice, start, run, grid, told)


def _moves_clocks(solver: FastSolver, doses: DoseTable) -> bool:
    """Whether a dose sets something that a switch in time rests on."""
    sets = np.isin(doses.kind, (DOSE_INPUT, DOSE_INPUT_ADD))
    return bool(solver.kernels.clock_inputs & set(doses.index[sets].tolist()))


def _name_bad_input(run: LaneResults, asked: Request) -> None:
    """Lanes whose values were not finite to begin with failed for that reason."""
    given = [v for table in (asked.parameters, asked.initial) for v in table.values()]
    bad = np.zeros(asked.lanes, dtype=bool)
    for values in given:
        bad |= ~np.isfinite(values)
    run.outcomes[bad] = int(Outcome.BAD_PARAMETER)
    run.outputs[bad] = np.nan


@dataclass(frozen=True, slots=True)
class _Host:
    """What all legs of a hosted run share."""

    solver: FastSolver
    method: Rosenbrock
    grid: Reals
    settings: Settings
    columns: tuple[tuple[str, str], ...]
    threads: int


def _hosted(
    solver: FastSolver,
    plain: ReferenceSolver,
    grid: Reals,
    asked: Request,
    instants: Sequence[Sequence[Instant]],
    names: Sequence[str],
    settings: Settings,
    threads: int,
) -> Result:
    """Run lanes from stop to stop, with doses and events carried out in between."""
    names = list(names)
    columns = columns_for(plain.system, names)
    places = [plain.system.slots[c] for c in columns]
    wanted = tuple(
        ("amount", c.removeprefix(AMOUNT)) if c.startswith(AMOUNT) else ("value", c) for c in columns
    )
    host = _Host(solver, METHODS[settings.method], grid, settings, wanted, threads)
    done: list[LaneResult | None] = [None] * asked.lanes
    runs: dict[int, LaneRun] = {}
    for lane in range(asked.lanes):
        values = [
            {k: float(v[lane]) for k, v in table.items()} for table in (asked.parameters, asked.initial)
        ]
        if not all(math.isfinite(x) for table in values for x in table.values()):
            done[lane] = _spoilt(len(grid), len(places), float(grid[0]))
            continue
        table = instants[lane if len(instants) > 1 else 0] if instants else ()
        state = LaneState(plain.system, values[0], values[1], float(grid[0]))
        runs[lane] = LaneRun(plain, state, grid, places, settings, table)
    failures = _advance(host, runs)
    for lane, run in runs.items():
        done[lane] = run.ended(failures.get(lane, Outcome.OK))
    lanes = [d for d in done if d is not None]
    return gather(plain.system, grid, names, columns, lanes, settings.tolerance)


def _spoilt(times: int, columns: int, start: float) -> LaneResult:
    return LaneResult(Outcome.BAD_PARAMETER, np.full((times, columns), math.nan), start, "", (), {})


def _advance(host: _Host, runs: Mapping[int, LaneRun]) -> dict[int, Outcome]:
    """Take every lane to its end; the outcome of those that fail."""
    failures: dict[int, Outcome] = {}
    going = dict(runs)
    while going:
        stops: dict[int, float] = {}
        for lane, run in list(going.items()):
            stop = _act(host, run)
            if isinstance(stop, Outcome):
                if stop != Outcome.OK:
                    failures[lane] = stop
                del going[lane]
            else:
                stops[lane] = stop
        if going:
            for lane, outcome in _leg(host, going, stops).items():
                failures[lane] = outcome
                del going[lane]
    return failures


def _act(host: _Host, run: LaneRun) -> float | Outcome:
    """Doses, events and outputs of this instant; the next stop, or how the lane ended."""
    end = float(host.grid[-1])
    try:
        with np.errstate(all="ignore"):
            run.arrive()
            while run.time < end:
                stop = run.next_stop(end)
                if host.solver.kernels.states:
                    return stop
                run.without_states(stop)
                run.arrive()
    except LaneFailure as failure:
        return failure.outcome
    return Outcome.OK


def _leg(host: _Host, going: Mapping[int, LaneRun], stops: Mapping[int, float]) -> dict[int, Outcome]:
    """One stretch of all lanes that are still going, in compiled code."""
    lanes, runs = list(going), list(going.values())
    kernels = host.solver.kernels
    start = Start(
        np.array([_stored(run, kernels.input_names) for run in runs]).reshape(len(runs), kernels.inputs),
        np.array([_stored(run, kernels.state_names) for run in runs]).reshape(len(runs), kernels.states),
        np.array([run.time for run in runs]), np.array([stops[lane] for lane in lanes]), np.zeros(len(runs)),
        np.array([run.next_output for run in runs]), _flows(runs, kernels.state_names),
        np.array([run.queue.before for run in runs], dtype=float).reshape(len(runs), -1),
    )  # fmt: skip
    leg = run_lanes(
        host.solver.drive(host.method), kernels, host.solver.outputs(host.columns), start,
        DoseTable.empty(len(runs)), host.grid, rtol=host.settings.rtol, atol=host.settings.atol,
        max_steps=host.settings.max_steps, threads=host.threads, hosted=True,
    )  # fmt: skip
    failures: dict[int, Outcome] = {}
    for row, (lane, run) in enumerate(going.items()):
        outcome = _resume(run, leg, row, kernels.state_names)
        if outcome != Outcome.OK:
            failures[lane] = outcome
    return failures


def _resume(run: LaneRun, leg: LaneResults, row: int, names: Sequence[str]) -> Outcome:
    """Hand a lane's new state back to its host."""
    slots = run.lane.system.slots
    first, last = run.next_output, int(leg.next[row])
    run.record[first:last] = leg.outputs[row, first:last]
    run.next_output = last
    run.time = float(leg.time[row])
    run.steps += int(leg.steps[row])
    for name, value in zip(names, leg.states[row].tolist(), strict=True):
        run.lane.v[slots[run.lane.system.roles.stored_name(name)]] = value
    run.note_lowest()
    for name, top in zip(names, leg.largest[row].tolist(), strict=True):
        place = slots[run.lane.system.roles.stored_name(name)] - 1  # states stand first, behind the time
        run.largest[place] = max(run.largest[place], top)
    outcome = int(leg.outcomes[row])
    if outcome not in (Outcome.OK, WATCH_HIT):
        return Outcome(outcome)
    return Outcome.STEP_LIMIT if run.steps > run.settings.max_steps else Outcome.OK


def _stored(run: LaneRun, names: Sequence[str]) -> list[float]:
    system = run.lane.system
    return [run.lane.v[system.slots[system.roles.stored_name(name)]] for name in names]


def _flows(runs: Sequence[LaneRun], names: Sequence[str]) -> Reals | None:
    """Infusion rates by state, if any lane is being infused."""
    if not any(run.lane.flows for run in runs):
        return None
    order = [runs[0].lane.system.states.index(runs[0].lane.system.roles.stored_name(n)) for n in names]
    return np.array([run.lane.inflow[order] for run in runs])
