"""What surrounds steady states: conserved totals, eigenvalues, scattered starts.

The Jacobian at a steady state is reduced by the conservation laws (doi:10.1038/npg.els.0003435),
because along a conserved total nothing can relax.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.batched.steady_state import ROUNDING
from jakstat.engine.batched.vector_field import VectorField
from jakstat.engine.network.conservation import Laws
from jakstat.extras import needs
from jakstat.streams import stream

with needs("analysis"):
    from scipy import linalg

__all__ = [
    "Mode",
    "distinct",
    "modes",
    "on_totals",
    "reduced",
    "residual",
    "scattered",
]

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Mode:
    """One way in which a small disturbance dies out or grows.

    Parameters
    ----------
    rate : complex
        Eigenvalue, 1/h; the real part is negative when the disturbance dies out.
    states : tuple of str
        The states that take part most (largest product of left and right eigenvector).
    """

    rate: complex
    states: tuple[str, ...]


def residual(field: VectorField, states: Floats) -> Floats:
    """The largest rate of change over the size of its state, 1/h, shape (lanes,)."""
    size = np.abs(states) + 1e-9 * np.abs(states).max(axis=1, keepdims=True) + np.finfo(float).tiny
    return np.asarray((np.abs(field.rates(states)) / size).max(axis=1))


def reduced(field: VectorField, states: Floats) -> tuple[Floats, list[int]]:
    """The Jacobian on the conserved totals, shape (lanes, m, m), and the m independent states."""
    laws, matrix = field.laws, field.jacobian(states)
    dependent = list(laws.dependent)
    free = [i for i in range(matrix.shape[1]) if i not in set(dependent)]
    inner = matrix[:, free][:, :, free]
    if dependent:
        # W_d y_d + W_f y_f = total, so dy_d = -W_d^-1 W_f dy_f: the chain rule on the conserved totals
        follow = -np.linalg.solve(laws.weights[:, dependent], laws.weights[:, free])
        inner = inner + matrix[:, free][:, :, dependent] @ follow
    return np.asarray(inner), free


def modes(field: VectorField, state: Floats, *, lane: int = 0) -> tuple[Mode, ...]:
    """The modes of one lane at one state (states,), slowest or growing first."""
    inner, free = reduced(field.lane(lane), state[None, :])
    if not free:
        return ()
    rates, left, right = linalg.eig(inner[0], left=True, right=True)
    # participation of state i in mode k: |l_ik r_ik| (recalled: participation factors of power systems)
    share = np.abs(left.conj() * right)
    found = []
    for k in np.argsort(-rates.real, kind="stable"):
        top = np.argsort(-share[:, k], kind="stable")[:3]
        names = tuple(field.names[free[i]] for i in top if share[i, k] > 0.1 * share[:, k].max())
        found.append(Mode(complex(rates[k]), names))
    return tuple(found)


def on_totals(states: Floats, laws: Laws, totals: Floats, *, rounds: int = 500) -> tuple[Floats, Flags]:
    """Positive states (lanes, states) scaled in turn until every conserved total is met.

    Each round takes the shortest way in the sense of relative entropy (iterative scaling,
    doi:10.1214/aoms/1177692379); what is left is met through the state that each law gives from the others.

    Returns
    -------
    states : array
    met : bool array, shape (lanes,)
    """
    y, weights = np.array(states, dtype=float), laws.weights
    for _ in range(rounds):
        worst = 0.0
        for weight, total in zip(weights, totals.T, strict=True):
            y, moved = _towards(y, weight, total)
            worst = max(worst, moved)
        if worst < 1e-13:
            break
    if len(weights):
        dependent = list(laws.dependent)
        gap = totals - y @ weights.T
        y[:, dependent] += np.linalg.solve(weights[:, dependent], gap.T).T
    reach = np.abs(y).max(axis=1, keepdims=True)
    y[(y < 0) & (y >= -ROUNDING * reach)] = 0.0
    met = (y >= 0).all(axis=1) & (
        np.abs(y @ weights.T - totals) <= 1e-6 * (np.abs(y) @ np.abs(weights).T) + 1e-12
    ).all(axis=1)
    return y, np.asarray(met)


def _towards(y: Floats, weight: Floats, total: Floats) -> tuple[Floats, float]:
    """States multiplied by exp(theta * weight) towards one total, and the largest theta that was needed."""
    now = y @ weight
    if (weight >= 0).all() or (weight <= 0).all():
        empty = total == 0  # nothing of it is there
        y = np.where(empty[:, None] & (weight != 0), 0.0, y)
        now = y @ weight
    with np.errstate(all="ignore"):
        ratio = np.where(now * total > 0, total / np.where(now != 0, now, 1.0), 1.0)
        slope = y @ weight**2
        step = np.where(slope > 0, (total - now) / np.where(slope > 0, slope, 1.0), 0.0)
    alike = len({float(w) for w in weight if w}) == 1
    theta = np.log(ratio) / np.abs(weight).max() if alike else np.clip(step, -1.0, 1.0)
    theta = theta * (np.sign(weight[weight != 0][0]) if alike else 1.0)
    return np.asarray(y * np.exp(np.outer(theta, weight))), float(np.abs(theta).max(initial=0.0))


def scattered(field: VectorField, centre: Floats, *, count: int, seed: int, decades: float = 2.0) -> Floats:
    """Random states with the conserved totals of ``field``, for a search of further steady states.

    Every state of ``centre`` (states,) is multiplied by a factor drawn log-uniformly within
    ``decades`` on both sides (a state of 0 is drawn about a hundredth of the largest one), then the totals
    are restored.

    Returns
    -------
    array, shape (found, states)
        ``found`` is ``count`` less those draws whose totals could not be met.
    """
    draws = stream(seed, "analysis", "starts")
    floor = 0.01 * max(float(np.abs(centre).max(initial=0.0)), 1e-6)
    base = np.where(centre > 0, centre, floor)
    states = base * 10.0 ** draws.uniform(-decades, decades, (count, len(centre)))
    states, met = on_totals(states, field.laws, np.repeat(field.totals[:1], count, axis=0))
    return np.asarray(states[met])


def distinct(states: Floats, *, rtol: float = 1e-4) -> list[list[int]]:
    """Rows grouped by steady state: those that differ in no state by more than ``rtol``."""
    groups: list[list[int]] = []
    for i, row in enumerate(states):
        for group in groups:
            other = states[group[0]]
            size = np.maximum(np.abs(row), np.abs(other)) + 1e-6 * np.abs(other).max(initial=0.0)
            if bool((np.abs(row - other) <= rtol * size + 1e-12).all()):
                group.append(i)
                break
        else:
            groups.append([i])
    return groups
