"""Steady states: integration into the neighbourhood, Newton's method to the point, and checks of it.

A lane is integrated in stretches of growing length. Where it has nearly come to rest, Newton's method solves
rates = 0 together with the conserved totals; the point is kept only if it lies close to where the
integration stands (so that another steady state is never jumped to), holds its totals and is
nowhere negative. Lanes that never get there are told so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.engine.network.conservation import Laws

__all__ = ["Point", "newton", "settle"]

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rates = Callable[[Reals, NDArray[np.int64]], Reals]
"""Rates of change (rows, states) of states (rows, states) of the lanes with those numbers."""

STRETCHES = (1e-3, 1e-2, 1e-1, 1.0)
ITERATIONS = 25
NEAR = 0.05


@dataclass(frozen=True, slots=True)
class Point:
    """Where Newton's method ended, and in which rows it converged."""

    states: Reals
    converged: Flags


def _jacobian(rates: Rates, y: Reals, lanes: NDArray[np.int64], scale: Reals) -> Reals:
    """Central differences, all rows at once: shape (rows, states, states)."""
    count = y.shape[1]
    jacobian = np.empty((len(y), count, count))
    for j in range(count):
        step = 1e-6 * np.maximum(np.abs(y[:, j]), scale[:, j])
        up, down = y.copy(), y.copy()
        up[:, j] += step
        down[:, j] -= step
        jacobian[:, :, j] = (rates(up, lanes) - rates(down, lanes)) / (up[:, j] - down[:, j])[:, None]
    return jacobian


def newton(
    rates: Rates,
    start: Reals,
    lanes: NDArray[np.int64],
    laws: Laws,
    totals: Reals,
    *,
    rtol: float,
    atol: float,
) -> Point:
    """Solve rates = 0 on the conserved totals, from ``start`` (rows, states)."""
    y = start.copy()
    dependent = list(laws.dependent)
    scale = np.maximum(np.abs(start).max(axis=1, keepdims=True) * 1e-6, atol) * np.ones_like(start)
    converged = np.zeros(len(y), dtype=bool)
    with np.errstate(all="ignore"):
        for _ in range(ITERATIONS):
            matrix = _jacobian(rates, y, lanes, scale)
            right = -rates(y, lanes)
            if dependent:
                matrix[:, dependent, :] = laws.weights
                right[:, dependent] = totals - y @ laws.weights.T
            move = _solved(matrix, right)
            y = y + np.where(converged[:, None], 0.0, move)
            small = (np.abs(move) <= rtol * np.abs(y) + atol).all(axis=1)
            converged |= small & np.isfinite(y).all(axis=1)
            if converged.all():
                break
    return Point(y, converged)


def _solved(matrix: Reals, right: Reals) -> Reals:
    """Solutions row by row after equilibration; NaN where a matrix is singular."""
    size = np.abs(matrix).max(axis=2, keepdims=True)
    size = np.where(np.isfinite(size) & (size > 0), size, 1.0)
    answer = np.full_like(right, math.nan)
    for k in range(len(matrix)):
        if np.isfinite(matrix[k]).all() and np.isfinite(right[k]).all():
            try:
                answer[k] = np.linalg.solve(matrix[k] / size[k], right[k] / size[k, :, 0])
            except np.linalg.LinAlgError:
                continue
    return answer


def _sound(point: Point, here: Reals, laws: Laws, totals: Reals, atol: float) -> Flags:
    """Points that are near, on their totals and not negative; tiny negative rounding is set to zero."""
    y = point.states
    rounding = (y < 0) & (y >= -atol)
    y[rounding] = 0.0
    reach = np.abs(here).max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        near = (np.abs(y - here) <= NEAR * np.abs(here) + 1e-3 * NEAR * reach + atol).all(axis=1)
        size = np.abs(y) @ np.abs(laws.weights).T + atol
        kept = (np.abs(y @ laws.weights.T - totals) <= 1e-9 * size + 10 * atol).all(axis=1)
        positive = ((y >= 0) | (here < 0)).all(axis=1)
    return np.asarray(point.converged & near & kept & positive)


def settle(
    advance: Callable[[Reals, NDArray[np.int64], float, float], tuple[Reals, Flags]],
    rates: Rates,
    start: Reals,
    laws: Laws,
    *,
    horizon: float,
    rtol: float,
    atol: float,
) -> tuple[Reals, Flags, Flags]:
    """Steady states of all lanes.

    Parameters
    ----------
    advance : callable
        Integrates states of some lanes from one time to another; the new states, and which rows went well.
    rates : callable
        Rates of change.
    start : array, shape (lanes, states)
        Where the lanes start.
    laws : Laws
        Conservation laws of the network.
    horizon : float
        Longest time to integrate.
    rtol, atol : float
        How well the point is to be known.

    Returns
    -------
    states : array, shape (lanes, states)
    steady : bool array, shape (lanes,)
        Lanes that came to rest.
    failed : bool array, shape (lanes,)
        Lanes whose integration failed.
    """
    states = start.copy()
    totals = start @ laws.weights.T
    steady = np.zeros(len(start), dtype=bool)
    failed = np.zeros(len(start), dtype=bool)
    before = 0.0
    for share in STRETCHES:
        going = np.flatnonzero(~steady & ~failed)
        if not len(going):
            break
        states[going], good = advance(states[going], going, before, share * horizon)
        failed[going[~good]] = True
        going, before = going[good], share * horizon
        if not len(going):
            break
        here = states[going]
        point = newton(rates, here, going, laws, totals[going], rtol=rtol, atol=atol)
        sound = _sound(point, here, laws, totals[going], atol)
        states[going[sound]] = point.states[sound]
        steady[going[sound]] = True
    return states, steady, failed
