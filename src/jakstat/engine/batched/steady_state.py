"""Steady states: integration to the neighbourhood, Newton's method to the point, and checks of it.

Newton's method solves rates = 0 together with the conserved totals, with the exact Jacobian. Its matrix is
singular where nothing says how much there is of something that stands still (a soluble receptor without
its ligand, and no law keeps it): the shortest move solves what can be solved and leaves the rest where it is.
A singular matrix is no proof of unrest, nor is its solution one of rest: the rates themselves decide,
measured by what flows through each state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.batched.vector_field import VectorField
from jakstat.engine.network.dependencies import AMOUNT
from jakstat.engine.reference.reference_system import System
from jakstat.engine.result import Failure, Result, Sensitivities
from jakstat.engine.tolerance import Tolerance
from jakstat.errors import Outcome

__all__ = ["Settled", "newton_rows", "polish", "settle", "still"]

Flags = NDArray[np.bool_]

ITERATIONS = 40
BALANCED = 1e-6
"""Largest rate of change at rest, as a share of what flows through the state."""
ROUNDING = 1e-9
"""Negative amounts above minus this share of a lane's largest amount are rounding and become 0."""
NEAR = 0.05
"""How far Newton's method may go from where the integration stands, lest it jumps to another state."""
NEUTRAL = 1e-11
"""Directions in which the scaled matrix is smaller than this share of its largest are not moved along."""
LONG = 0.1
"""A move of more than this share of the amounts may be due to a matrix that is singular but for rounding."""


@dataclass(frozen=True)
class Settled:
    """Where lanes came to rest: states (lanes, states), how each ended, and the field there."""

    field: VectorField
    states: Floats
    outcomes: tuple[Outcome, ...]

    @property
    def ok(self) -> Flags:
        """Lanes that are at a steady state, shape (lanes,)."""
        return np.array([o is Outcome.OK for o in self.outcomes], dtype=bool)

    def value(self, symbol: str) -> Floats:
        """The value of an id, shape (lanes,)."""
        return self.field.values(self.states, [symbol])[symbol]


def newton_rows(matrix: Floats, right: Floats, scale: Floats) -> Floats:
    """The move of each lane: rows of one size, unknowns in units of ``scale``, least norm where singular.

    Parameters
    ----------
    matrix : array, shape (lanes, n, n)
    right, scale : array, shape (lanes, n)

    Examples
    --------
    >>> newton_rows(np.array([[[2.0, 0.0], [0.0, 0.0]]]), np.array([[4.0, 0.0]]), np.ones((1, 2)))
    array([[2., 0.]])
    """
    scaled = matrix * scale[:, None, :]
    size = np.abs(scaled).max(axis=2, keepdims=True, initial=0.0)
    size = np.where(np.isfinite(size) & (size > 0), size, 1.0)
    answer = np.full_like(right, np.nan)
    for k in range(len(matrix)):
        a, b = scaled[k] / size[k], right[k] / size[k, :, 0]
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            continue
        try:
            move = np.linalg.solve(a, b)
            regular = bool((np.abs(move) <= LONG).all())
        except np.linalg.LinAlgError:
            regular = False
        answer[k] = move if regular else np.linalg.lstsq(a, b, rcond=NEUTRAL)[0]
    return answer * scale


def _reach(field: VectorField, states: Floats) -> Floats:
    """The largest amount of each lane, now or at its start: what comes to rest at 0 has no other measure."""
    sizes = [np.abs(table).max(axis=1, keepdims=True, initial=0.0) for table in (states, field.start)]
    return np.asarray(np.maximum(*sizes) + np.finfo(float).tiny)


def _unsigned(field: VectorField, states: Floats) -> Floats:
    """The states without amounts that are negative by rounding, where powers have no value."""
    return np.where((states < 0) & (states >= -ROUNDING * _reach(field, states)), 0.0, states)


def _balanced(field: VectorField, states: Floats) -> Flags:
    """Lanes whose rates cancel, measured by what flows through each state."""
    reach = _reach(field, states)
    with np.errstate(all="ignore"):
        flow = np.einsum("lij,lj->li", np.abs(field.jacobian(states)), np.abs(states))
        rates = np.abs(field.rates(states))
        return np.asarray((rates <= BALANCED * flow + 1e-15 * reach).all(axis=1))


def polish(field: VectorField, states: Floats, *, rtol: float = 1e-11) -> tuple[Floats, Flags]:
    """The steady states nearest to ``states`` by Newton's method on the conserved totals.

    The rates of dependent states give way to the conserved totals (the reduced system of
    doi:10.1038/npg.els.0003435).

    Parameters
    ----------
    field : VectorField
        Its ``totals`` are held.
    states : array, shape (lanes, states)
    rtol : float
        Size of the last move, relative to each state.

    Returns
    -------
    states : array, shape (lanes, states)
    converged : bool array, shape (lanes,)
        False also where an amount came out negative, or the rates do not cancel.
    """
    laws, y = field.laws, np.array(states, dtype=float)
    dependent = list(laws.dependent)
    reach = _reach(field, y)
    done = np.zeros(len(y), dtype=bool)
    with np.errstate(all="ignore"):
        for _ in range(ITERATIONS):
            matrix, right = field.jacobian(y), -field.rates(y)
            if dependent:
                matrix[:, dependent, :] = laws.weights
                right[:, dependent] = field.totals - y @ laws.weights.T
            move = newton_rows(matrix, right, np.maximum(np.abs(y), 1e-6 * reach))
            y = y + np.where(done[:, None], 0.0, move)
            small = (np.abs(move) <= rtol * np.abs(y) + 1e-15 * reach).all(axis=1)
            done |= small & np.isfinite(y).all(axis=1)
            if done.all():
                break
        y = _unsigned(field, y)
    return y, np.asarray(done & _balanced(field, y) & (y >= 0).all(axis=1))


def settle(
    field: VectorField,
    begin: Floats,
    integrate: Callable[[Mapping[str, Floats]], Result],
    system: System,
    *,
    atol: float | None,
) -> Settled:
    """Integrate every lane until it rests, then Newton's method to the point.

    Parameters
    ----------
    field : VectorField
    begin : array, shape (lanes, states)
        Where the lanes start.
    integrate : callable
        Takes first amounts by id to a run with three times: 0, half the horizon, the horizon.
    system : System
        Of the model that is integrated.
    atol : float or None
        Of the integration: what moves by less has not moved.

    Returns
    -------
    Settled
        A lane is at rest where Newton's method ends near the end of its integration, or where it finds no
        point but nothing has moved over the second half and the rates cancel. Others are ``NOT_STEADY``.
    """
    run = integrate(field.amounts(begin))
    last = np.stack([np.asarray(run.final()[name], dtype=float) for name in field.names], axis=1)
    here = _unsigned(field, np.where(np.isfinite(last), last, 0.0))
    point, converged = polish(field, here)
    with np.errstate(invalid="ignore"):
        gap = np.linalg.norm(point - here, axis=1) <= NEAR * np.linalg.norm(here, axis=1) + 1e-12
    found = run.ok & converged & gap
    unmoved = still(run, system, Tolerance(BALANCED, atol)).ok & _balanced(field, here)
    states = np.where(found[:, None], point, np.where(run.ok[:, None], here, np.nan))
    outcomes = tuple(
        Outcome.OK if s else (Outcome.NOT_STEADY if r else Outcome(int(code)))
        for s, r, code in zip(found | unmoved, run.ok, run.outcomes, strict=True)
    )
    return Settled(field, states, outcomes)


def still(run: Result, system: System, tolerance: Tolerance) -> Result:
    """The last of three times of a run, for lanes whose states stay from the second on; others are masked."""
    outcomes = run.outcomes.copy()
    plain = [name.removeprefix(AMOUNT) for name in system.states]
    tracks = np.zeros((len(outcomes), 3, len(plain)))
    for i, name in enumerate(plain):
        tracks[:, :, i] = run.amounts[name] if name in run.amounts else run.values[name]
    with np.errstate(invalid="ignore"):
        slack = tolerance.rtol * np.abs(tracks[:, 2]) + tolerance.absolute(np.abs(tracks).max(axis=1))
        moved = (np.abs(tracks[:, 2] - tracks[:, 1]) > slack).any(axis=1)
    outcomes[moved & (outcomes == Outcome.OK)] = Outcome.NOT_STEADY
    bad = outcomes != Outcome.OK

    def ends(table: Mapping[str, Floats]) -> dict[str, Floats]:
        return {name: np.where(bad[:, None], np.nan, track[:, -1:]) for name, track in table.items()}

    new = [
        Failure(int(i), float(run.times[-1]), Outcome.NOT_STEADY, "")
        for i in np.flatnonzero(outcomes == Outcome.NOT_STEADY)
    ]
    return Result(
        times=run.times[-1:],
        outcomes=outcomes,
        values=ends(run.values),
        amounts=ends(run.amounts),
        sizes=ends(run.sizes),
        homes=run.homes,
        violations=run.violations,
        failures=(*run.failures, *new),
        last={name: np.where(bad, np.nan, value) for name, value in run.last.items()},
        sensitivities=_still_moving(run.sensitivities, bad),
    )


def _still_moving(found: Sensitivities | None, bad: Flags) -> Sensitivities | None:
    """Derivatives at the last time."""
    if found is None:
        return None
    values = {n: np.where(bad[:, None, None], np.nan, v[:, -1:]) for n, v in found.values.items()}
    last = {n: np.where(bad[:, None], np.nan, v) for n, v in found.last.items()}
    return replace(found, values=values, last=last)
