"""From rows of the batched solver to a labelled result."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.batched.ensemble import LaneResults
from jakstat.engine.batched.fast import FastSolver, Lanes
from jakstat.engine.compile.method import Method
from jakstat.engine.network.dependencies import Roles
from jakstat.engine.result import Failure, Result, Violation
from jakstat.engine.tolerance import Tolerance, idle_tolerance
from jakstat.errors import Outcome

__all__ = ["Choice", "Lazy", "choose", "labelled"]


class Lazy(Mapping[str, Floats]):
    """Arrays by name, worked out when they are read."""

    def __init__(self, makers: Mapping[str, Callable[[], Floats]]) -> None:
        self._makers = makers

    def __getitem__(self, name: str) -> Floats:
        return self._makers[name]()

    def __contains__(self, name: object) -> bool:
        return name in self._makers  # Mapping's own works the array out

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a run samples: ids asked for, columns to compile, and ids that stay as they start."""

    names: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    fixed: frozenset[str]


def choose(solver: FastSolver, roles: Roles, names: tuple[str, ...], moved: frozenset[int]) -> Choice:
    """The columns needed for ``names``: amounts of species, and whatever else changes.

    ``moved`` are inputs that doses or events change.
    """
    return solver.once(("choice", names, moved), Choice, lambda: _choice(solver, roles, names, moved))


def _choice(solver: FastSolver, roles: Roles, names: tuple[str, ...], moved: frozenset[int]) -> Choice:
    places = solver.places
    columns: dict[tuple[str, str], None] = {}
    fixed = set()

    def ask(kind: str, name: str) -> None:
        array, place = places.get(name, ("", 0))
        if array == "p" and place not in moved:
            fixed.add(name)
        else:
            columns[kind, name] = None

    for name in names:
        species = roles.species.get(name)
        if species is None:
            ask("value", name)
            continue
        ask("amount" if roles.keeps_amount(name) else "value", name)
        ask("value", species.compartment)
    return Choice(names, tuple(columns), frozenset(fixed))


def labelled(
    solver: FastSolver,
    roles: Roles,
    method: Method,
    choice: Choice,
    lanes: Lanes,
    run: LaneResults,
    times: Floats,
    tolerance: Tolerance,
) -> Result:
    """The result of a run; ``lanes`` are the start values it was given."""
    pace = _pace(solver, method, lanes, run, tolerance)
    bad = run.outcomes != int(Outcome.OK)
    place = {column: i for i, column in enumerate(choice.columns)}
    shape = run.outputs.shape[:2]

    def raw(kind: str, name: str) -> Floats:
        if name in choice.fixed:
            column = np.where(bad, math.nan, lanes.column(name))
            return np.broadcast_to(column[:, None], shape)
        return run.outputs[:, :, place[kind, name]]

    def size(name: str) -> Floats:
        return raw("value", name)

    def value(name: str) -> Floats:
        if not roles.keeps_amount(name):
            return raw("value", name)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(raw("amount", name) / size(roles.species[name].compartment))

    def amount(name: str) -> Floats:
        species = roles.species[name]
        if roles.keeps_amount(name):
            return raw("amount", name)
        return (
            raw("value", name) if species.substance_only else raw("value", name) * size(species.compartment)
        )

    species = [roles.species[n] for n in choice.names if n in roles.species]
    return Result(
        times=times,
        outcomes=run.outcomes,
        values=Lazy({n: partial(value, n) for n in choice.names}),
        amounts=Lazy({s.id: partial(amount, s.id) for s in species}),
        sizes=Lazy({s.compartment: partial(size, s.compartment) for s in species}),
        homes={s.id: s.compartment for s in species},
        violations=_violations(roles, choice, run, times, tolerance),
        failures=_failures(solver, run, pace),
        last=_last(solver, roles, lanes, run, bad),
        tolerance=tolerance,
    )


def tolerance_used(solver: FastSolver, lanes: Lanes, run: LaneResults, asked: Tolerance) -> Tolerance:
    """What was asked for, with what the states reached."""
    names, concentrations = solver.kernels.state_names, solver.kernels.by_value
    largest = dict(zip(names, run.largest.max(axis=0, initial=0.0).tolist(), strict=True))
    kept = {n: solver.homes[n] for n in names if n not in concentrations and n in solver.homes}
    places = solver.places
    least = {
        home: float(np.abs(lanes.column(home)).min(initial=math.inf))
        for home in set(kept.values())
        if home in places
    }
    sizes = {n: least[home] for n, home in kept.items() if home in least}
    beyond = {} if asked.atol is None else idle_tolerance(asked.atol, largest, sizes)
    return replace(asked, largest=largest, beyond=beyond, repeated=run.repeated)


def _violations(
    roles: Roles, choice: Choice, run: LaneResults, times: Floats, tolerance: Tolerance
) -> tuple[Violation, ...]:
    """Amounts below minus ten times the absolute tolerance among the sampled species."""
    found = []
    reach = run.largest.max(axis=1, initial=0.0) if len(run.largest) else np.zeros(len(run.outcomes))
    least = tolerance.absolute(np.stack([np.zeros_like(reach), reach], axis=1))[:, 0]
    limits = -10 * least  # what is sampled only makes the tolerance of its lane larger
    nearest = limits[run.outcomes == int(Outcome.OK)].max(initial=-math.inf)
    beyond = np.flatnonzero(~(run.lowest >= nearest)).tolist()
    for i in beyond:
        kind, name = choice.columns[i]
        if kind != "amount" or not roles.terms.get(name):
            continue
        with np.errstate(invalid="ignore"):
            low = np.flatnonzero(np.fmin.reduce(run.outputs[:, :, i], axis=1) < limits)
        for lane in low.tolist():
            track = run.outputs[lane, :, i]
            top = np.array([np.abs(track).max(), reach[lane]])
            limit, when = -10 * float(tolerance.absolute(top)[0]), int(np.nanargmin(track))
            if track[when] < limit:
                found.append(Violation(lane, name, float(times[when]), float(track[when]), limit))
    return tuple(sorted(found, key=lambda v: v.lane))


def _pace(solver: FastSolver, method: Method, lanes: Lanes, run: LaneResults, tolerance: Tolerance) -> Floats:
    """Relative rates of change in failed lanes; tells infinite rates from those that are no numbers."""
    failed = np.flatnonzero(run.outcomes != int(Outcome.OK))
    if not len(failed) or not solver.kernels.states:
        return np.zeros((len(failed), 0))
    states, inputs = run.states[failed], lanes.inputs[failed]
    rates = solver.rates(states, solver.constants(inputs, method), method)
    endless = np.isinf(rates).any(axis=1) & ~np.isnan(rates).any(axis=1)
    odd = run.outcomes[failed] == int(Outcome.NOT_A_NUMBER)
    run.outcomes[failed[endless & odd]] = int(Outcome.INFINITE)
    with np.errstate(all="ignore"):
        pace = np.abs(rates) / (np.abs(states) + tolerance.absolute(run.largest[failed]))
    pace[~np.isfinite(pace)] = math.inf
    return np.asarray(pace)


def _failures(solver: FastSolver, run: LaneResults, pace: Floats) -> tuple[Failure, ...]:
    """Time, outcome and fastest state of every failed lane."""
    failed = np.flatnonzero(run.outcomes != int(Outcome.OK))
    names = solver.kernels.state_names
    return tuple(
        Failure(
            int(lane),
            float(run.time[lane]),
            Outcome(int(run.outcomes[lane])),
            names[int(row.argmax())] if names else "",
        )
        for lane, row in zip(failed, pace, strict=True)
    )


def _last(
    solver: FastSolver, roles: Roles, lanes: Lanes, run: LaneResults, bad: NDArray[np.bool_]
) -> Mapping[str, Floats]:
    inputs = run.inputs if run.inputs.shape == lanes.inputs.shape else lanes.inputs
    ends = Lanes(solver, inputs, run.states)

    def last(name: str) -> Floats:
        return np.asarray(np.where(bad, math.nan, ends.column(name) * ends.size(name)))

    return Lazy({name: partial(last, name) for name in roles.lasting()})
