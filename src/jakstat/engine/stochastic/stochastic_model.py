"""A network as a stochastic process: particle numbers, firings and their propensities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.batched.dose_table import DoseTable
from jakstat.engine.batched.ensemble import LaneResults, map_lanes
from jakstat.engine.batched.fast import FastSolver, Lanes
from jakstat.engine.batched.fast_result import choose, labelled
from jakstat.engine.compile.method import Method
from jakstat.engine.network.dependencies import Roles
from jakstat.engine.network.network import Network
from jakstat.engine.request import Request
from jakstat.engine.result import Result
from jakstat.engine.stochastic.compiled_walk import compile_walk, walk_exactly
from jakstat.engine.stochastic.jump_paths import Walk, leaping
from jakstat.engine.tolerance import Tolerance
from jakstat.errors import InputError, Problem

__all__ = ["STOCHASTIC", "check_stochastic", "simulate_paths"]

STOCHASTIC = ("ssa", "tau")


def check_stochastic(network: Network, time_dependent: bool) -> None:
    """Refuse what has no meaning as a jump process.

    Raises
    ------
    InputError
        ``stochastic.events``, ``.rate_rules``, ``.time`` or ``.stoichiometry``.
    """
    hint = "use simulate"
    problems = []
    if network.events:
        problems.append(Problem("stochastic.events", "the model has events", hint=hint))
    if network.rate_rules:
        problems.append(Problem("stochastic.rate_rules", "the model has rate rules", hint=hint))
    if time_dependent:
        problems.append(Problem("stochastic.time", "rates depend on the time itself", hint=hint))
    references = [s for r in network.reactions for s in (*r.reactants, *r.products)]
    if any(not s.constant and s.id is not None for s in references):
        problems.append(Problem("stochastic.stoichiometry", "a stoichiometry varies", hint=hint))
    if problems:
        raise InputError(problems)


def _changes(network: Network, states: Sequence[str], reactions: Sequence[str]) -> Floats:
    """Change of each state's amount per unit of extent, shape (reactions, states)."""
    place = {name: i for i, name in enumerate(states)}
    change = np.zeros((len(reactions), len(states)))
    number = {name: i for i, name in enumerate(reactions)}
    for reaction in network.reactions:
        if reaction.id not in number:
            continue
        for sign, references in ((-1.0, reaction.reactants), (1.0, reaction.products)):
            for reference in references:
                if reference.species in place:
                    amount = 1.0 if reference.stoichiometry is None else reference.stoichiometry
                    change[number[reaction.id], place[reference.species]] += sign * amount
    return change


def simulate_paths(
    solver: FastSolver, roles: Roles, method: Method, times: Floats, asked: Request, names: Sequence[str],
    *, kind: str, seed: int, first: int, per_amount: float, max_steps: int,
) -> Result:  # fmt: skip
    """Sample paths of all lanes; ``per_amount`` is the number of particles in one unit of amount."""
    network, kernels = solver.network, solver.kernels
    start = solver.begin(method, asked.parameters, asked.initial, asked.lanes, float(times[0]))
    reactions = [r.id for r in network.reactions if r.rate is not None]
    laws = tuple(("value", r) for r in reactions)
    # one exact path by itself takes half the time without vectors; its numbers are the same, bit for bit
    alone = kind != "tau" and asked.lanes == 1
    machine = replace(solver.machine, width=1) if alone else solver.machine
    rates = solver.outputs(laws, machine=machine)
    drive, needed = solver.drive(method), list(rates.needed)

    def propensities(particles: Floats, lanes: NDArray[np.int64]) -> Floats:
        amounts = np.ascontiguousarray(particles[:, needed]) / per_amount
        sizes = (len(needed), kernels.inputs, rates.count)
        found = map_lanes(drive, rates.address, sizes, amounts, start.inputs[lanes], 0.0, rates.scratch)
        return found * per_amount

    particles = np.round(start.states * per_amount)
    changes = _changes(network, kernels.state_names, reactions)
    walk = Walk(particles, changes, times, propensities, seed, max_steps, first)
    if kind == "tau":
        paths = leaping(walk)
    else:
        code = compile_walk(machine, solver.cache)
        paths = walk_exactly(code, rates, start.inputs, per_amount, walk)
    none = DoseTable.empty(asked.lanes)
    choice = choose(solver, roles, tuple(names), solver.moved(none))
    out = solver.outputs(choice.columns)
    flat = (paths.states.reshape(asked.lanes * len(times), kernels.states) / per_amount)[:, list(out.needed)]
    inputs = np.repeat(start.inputs, len(times), axis=0)
    sizes = (len(out.needed), kernels.inputs, out.count)
    rows = map_lanes(drive, out.address, sizes, flat, inputs, 0.0, out.scratch)
    run = LaneResults(
        rows.reshape(asked.lanes, len(times), out.count),
        paths.outcomes,
        paths.steps,
        np.full(asked.lanes, float(times[-1])),
        paths.states[:, -1] / per_amount,
        np.zeros((1, 1)),
        paths.steps,
        np.fmin.reduce(rows, axis=0, initial=0.0),
        paths.states.max(axis=1, initial=0.0) / per_amount,
    )
    lanes = Lanes(solver, start.inputs, start.states)
    return labelled(solver, roles, method, choice, lanes, run, times, Tolerance(1.0, 1.0))
