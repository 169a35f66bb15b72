"""Model.simulate by the batched solver: all lanes of a request in one call of the compiled loop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from jakstat.arrays import Floats
from jakstat.engine.batched.direction_run import carry
from jakstat.engine.batched.ensemble import LaneResults
from jakstat.engine.batched.fast import METHODS, FastSolver, dose_table, in_blocks
from jakstat.engine.batched.fast_result import choose, labelled, tolerance_used
from jakstat.engine.batched.second_run import second_run
from jakstat.engine.compile.method import Rosenbrock
from jakstat.engine.directions import Directions
from jakstat.engine.doses import Instant
from jakstat.engine.network.dependencies import AMOUNT
from jakstat.engine.network.network import Network
from jakstat.engine.reference.reference_solver import ReferenceSolver, Settings
from jakstat.engine.request import Request, lanes_of
from jakstat.engine.result import Result, Sensitivities
from jakstat.errors import Outcome

__all__ = ["BatchedModel"]


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
        if infused not in self._solvers:
            self._solvers[infused] = FastSolver(self.network, self.key, infused)
        return self._solvers[infused]

    def simulate(
        self, plain: ReferenceSolver, grid: Floats, asked: Request, instants: Sequence[Sequence[Instant]],
        names: Sequence[str], settings: Settings, threads: int, along: Directions | None = None,
    ) -> Result:  # fmt: skip
        """Integrate all lanes of a request; a second time those that meet a NaN.

        Derivatives along directions come with it where they can be exact.
        """
        solver = self.solver(plain)
        first = self._simulate(solver, plain, grid, asked, instants, names, settings, threads, along)
        if Outcome.NOT_A_NUMBER not in first.outcomes or not solver.kernels.states:
            return first
        bases = solver.easier.bases

        def again(lanes: Sequence[int]) -> Result:
            tables = [instants[k] for k in lanes] if len(instants) > 1 else instants
            some, wanted = lanes_of(asked, lanes), [*names, *bases]
            return self._simulate(solver.easier, plain, grid, some, tables, wanted, settings, threads)

        found = second_run(first, again, bases, settings.atol or 0.0)
        if along is None or not found.eased:
            return found
        return replace(found, sensitivities=Sensitivities(along.names, {}, how="a lane met a NaN"))

    def _simulate(
        self, solver: FastSolver, plain: ReferenceSolver, grid: Floats, asked: Request,
        instants: Sequence[Sequence[Instant]], names: Sequence[str], settings: Settings, threads: int,
        along: Directions | None = None,
    ) -> Result:  # fmt: skip
        method = METHODS[settings.method]
        start = solver.begin(method, asked.parameters, asked.initial, asked.lanes, float(grid[0]))
        doses = dose_table(start, instants, float(grid[-1]))
        roles = plain.system.roles
        carried = None
        if along and isinstance(method, Rosenbrock):
            carried = carry(start, method, asked, along, doses, grid, names)
        choice = choose(solver, roles, tuple(names), solver.moved(doses))
        run = solver.run(
            start, method, grid, doses, choice.columns, rtol=settings.rtol, atol=settings.atol,
            max_steps=settings.max_steps, threads=threads, directions=carried.call if carried else None,
        )  # fmt: skip
        _name_bad_input(run, asked)
        told = tolerance_used(solver, start, run, settings.tolerance)
        result = labelled(solver, roles, method, choice, start, run, grid, told)
        return replace(result, sensitivities=carried.found(roles, run)) if carried else result


def _name_bad_input(run: LaneResults, asked: Request) -> None:
    """Lanes whose values were not finite to begin with failed for that reason."""
    tables = (asked.parameters, asked.initial)
    with np.errstate(all="ignore"):
        blocks = (rows.ravel() for table in tables for _, rows in in_blocks(table))
        if all(math.isfinite(block.dot(block)) for block in blocks):  # nearly always, and it takes no time
            return
    bad = np.zeros(asked.lanes, dtype=bool)
    for table in tables:
        for _, rows in in_blocks(table):
            bad |= ~np.isfinite(rows).all(axis=0)
    run.outcomes[bad] = int(Outcome.BAD_PARAMETER)
    run.outputs[bad] = np.nan
