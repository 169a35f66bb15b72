"""Stochastic simulation by tau-leaping, every lane with its own random stream.

Leaps are chosen as by Cao, Gillespie and Petzold (doi:10.1063/1.2159468), reactions that could exhaust a
reactant firing at most once per leap. A lane's numbers depend on the seed and its own number only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import Outcome
from jakstat.streams import stream

__all__ = ["Paths", "Walk", "leaping"]

Integers = NDArray[np.int64]
Propensities = Callable[[Floats, Integers], Floats]
"""Firings per time (rows, reactions) at particle numbers (rows, states) of the lanes with those numbers."""

EPSILON = 0.03
CRITICAL = 10
SMALL_LEAP = 10.0
EXACT_STEPS = 100


@dataclass(frozen=True, slots=True)
class Walk:
    """What is walked: start (lanes, states), change per firing (reactions, states), and the output times.

    ``first`` is the number of the first lane, by which its stream is known.
    """

    start: Floats
    change: Floats
    times: Floats
    propensities: Propensities
    seed: int
    max_steps: int
    first: int = 0


@dataclass(frozen=True, slots=True)
class Paths:
    """Particle numbers at the output times (lanes, times, states), outcomes, and steps taken."""

    states: Floats
    outcomes: Integers
    steps: Integers


def _bad(total: Floats, rates: Floats) -> Integers:
    """Outcome of each row: propensities must be finite and not negative."""
    outcome = np.zeros(len(total), np.int64)
    outcome[(rates < 0).any(axis=1)] = int(Outcome.NEGATIVE_STATE)
    outcome[np.isinf(total)] = int(Outcome.INFINITE)
    outcome[np.isnan(total)] = int(Outcome.NOT_A_NUMBER)
    return outcome


def _leap(x: Floats, rates: Floats, change: Floats, critical: NDArray[np.bool_], order: Floats) -> float:
    """The longest leap that changes no propensity by more than about :data:`EPSILON`."""
    # tau = min_i { max(eps x_i / g_i, 1) / |mu_i|, max(eps x_i / g_i, 1)^2 / sigma_i^2 } over reactions that
    # are not critical (Cao, Gillespie and Petzold 2006, doi:10.1063/1.2159468); g_i = 2, that of second order
    calm = ~critical
    mean = rates[calm] @ change[calm]
    spread = rates[calm] @ (change[calm] ** 2)
    bound = np.maximum(EPSILON * x / order, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        limits = np.concatenate([bound / np.abs(mean), bound**2 / spread])
    limits = limits[np.isfinite(limits)]
    return float(limits.min()) if len(limits) else np.inf


def _critical(x: Floats, change: Floats, rates: Floats) -> NDArray[np.bool_]:
    """Reactions that could use up a reactant within a few firings."""
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(change < 0, np.floor(x / -change), np.inf)
    return np.asarray((left.min(axis=1, initial=np.inf) < CRITICAL) & (rates > 0))


def _jump(
    x: Floats, rates: Floats, walk: Walk, draw: np.random.Generator, left: float
) -> tuple[float, Floats]:
    """One leap: how long it is and the state after it."""
    critical = _critical(x, walk.change, rates)
    tau = min(_leap(x, rates, walk.change, critical, np.full(x.shape, 2.0)), left)
    risky = rates[critical]
    while True:
        wait = draw.exponential() / risky.sum() if risky.sum() > 0 else np.inf
        length = min(tau, wait)
        firings = np.where(critical, 0.0, draw.poisson(np.where(critical, 0.0, rates) * length))
        if wait <= tau:
            chosen = np.flatnonzero(critical)[
                int(np.searchsorted(np.cumsum(risky), draw.random() * risky.sum()))
            ]
            firings[chosen] += 1.0
        new = x + firings @ walk.change
        # a leap that would make a number negative is halved
        if (new >= 0).all() or length < 1e-300:
            return length, new
        tau *= 0.5


def leaping(walk: Walk) -> Paths:
    """Tau-leaping, lane after lane; where leaps would be short, single firings are simulated exactly.

    Returns
    -------
    Paths
        The state held at each output time.
    """
    count = len(walk.start)
    paths = Paths(
        np.full((count, len(walk.times), walk.start.shape[1]), np.nan),
        np.zeros(count, np.int64), np.zeros(count, np.int64),
    )  # fmt: skip
    for lane in range(count):
        paths.outcomes[lane] = _walk_lane(walk, paths, lane)
    paths.states[paths.outcomes != 0] = np.nan
    return paths


def _walk_lane(walk: Walk, paths: Paths, lane: int) -> int:
    draw, number = stream(walk.seed, "tau", walk.first + lane), np.array([lane])
    x, time = walk.start[lane].copy(), float(walk.times[0])
    for row, goal in enumerate(walk.times.tolist()):
        exact_left = 0
        while time < goal:
            rates = walk.propensities(x[None], number)[0]
            total = float(rates.sum())
            bad = int(_bad(np.array([total]), rates[None])[0])
            if bad or paths.steps[lane] >= walk.max_steps:
                return bad or int(Outcome.STEP_LIMIT)
            paths.steps[lane] += 1
            if total == 0.0:
                time = goal
                break
            if not exact_left:
                reach = _leap(x, rates, walk.change, _critical(x, walk.change, rates), np.full(x.shape, 2.0))
                exact_left = EXACT_STEPS if reach < SMALL_LEAP / total else 0
            if exact_left:
                exact_left -= 1
                wait = draw.exponential() / total
                chosen = int(np.searchsorted(np.cumsum(rates), draw.random() * total))
                if time + wait <= goal:
                    x = x + walk.change[min(chosen, len(rates) - 1)]
                # what would happen after the output time is drawn anew from there: waiting has no memory
                time = min(time + wait, goal)
            else:
                length, x = _jump(x, rates, walk, draw, goal - time)
                time = goal if length >= goal - time else time + length
        paths.states[lane, row] = x
    return 0
