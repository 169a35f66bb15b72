"""Profile likelihoods, what they say in words, and which measurement would help most.

A parameter is moved away from its best value in steps; at each step all others are fitted again
(doi:10.1093/bioinformatics/btp358). It is identified where the cost rises by more than half the 95 %
quantile of chi-squared with one degree of freedom on both sides before a bound is reached.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from jakstat.calibration.fittable import Fittable
from jakstat.calibration.optimise import Search, search
from jakstat.errors import problem as fault

__all__ = ["RISE", "Helpful", "Profile", "profile", "profiles"]

Array = npt.NDArray[np.float64]
Verdict = Literal["identified", "one-sided", "flat", "failed"]

RISE = 0.5 * 3.841458820694124
"""Half the 95 % quantile of chi-squared with one degree of freedom."""


@dataclass(frozen=True)
class Helpful:
    """The measurement whose prediction differs most along a profile.

    Parameters
    ----------
    observable, experiment : str
    time : float
        In the model's time unit; infinity is the steady state.
    spread : float
        Range of the predictions along the profile, in units of the noise of one measurement.
    """

    observable: str
    experiment: str
    time: float
    spread: float


@dataclass(frozen=True)
class Profile:
    """A profile likelihood.

    Parameters
    ----------
    name : str
    value : array, shape (M,)
        Values of the parameter, increasing, on the scale of the search.
    cost : array, shape (M,)
        The least cost at each; NaN where the fit failed.
    vectors : array, shape (M, K)
    best : float
        The value the profile began at.
    interval : tuple of float
        Where the cost crosses the threshold; minus or plus infinity where it does not.
    verdict : {"identified", "one-sided", "flat", "failed"}
    sentence : str
        The verdict in words.
    helpful : Helpful or None
    """

    name: str
    value: Array
    cost: Array
    vectors: Array
    best: float
    interval: tuple[float, float]
    verdict: Verdict
    sentence: str
    helpful: Helpful | None


def profiles(
    objective: Fittable,
    best: Array,
    *,
    names: Iterable[str] | None = None,
    steps: int = 12,
    limits: Search | None = None,
    progress: Callable[[int], None] | None = None,
    rise: float = RISE,
) -> tuple[Profile, ...]:
    """Profiles of several parameters (all when not named); arguments as :func:`profile`.

    Raises
    ------
    InputError
        ``fit.parameter``.
    """
    found = []
    for done, name in enumerate(tuple(objective.names if names is None else names), start=1):
        found.append(profile(objective, best, name, steps=steps, limits=limits, rise=rise))
        if progress is not None:
            progress(done)
    return tuple(found)


def profile(
    objective: Fittable,
    best: Array,
    name: str,
    *,
    steps: int = 12,
    limits: Search | None = None,
    rise: float = RISE,
) -> Profile:
    """The profile likelihood of one parameter.

    Parameters
    ----------
    objective : Fittable
    best : array, shape (K,)
        The fitted point, on the scale of the search.
    name : str
        The parameter.
    steps : int
        Most steps to either side.
    limits : Search, optional
        Of the fit at each step.
    rise : float
        How much the cost rises at the ends of the interval.

    Returns
    -------
    Profile

    Raises
    ------
    InputError
        ``fit.parameter`` when there is no such parameter.
    """
    if name not in objective.names:
        raise fault("fit.parameter", f"'{name[:60]}' is not fitted", field=name[:60])
    k = objective.names.index(name)
    x = np.clip(np.asarray(best, dtype=np.float64), objective.low, objective.high)
    rule = limits or Search(iterations=40, cost_change=1e-3)
    start = objective.local(x)
    if not math.isfinite(start.cost):
        blank = np.array([x[k]])
        return Profile(name, blank, np.array([math.nan]), x[None], float(x[k]), (-math.inf, math.inf),
                       "failed", f"{name}: failed; the model fails at the best fit", None)  # fmt: skip
    first = _first_step(start.hessian, k, objective, x, rise)
    below = _walk(objective, x, start.cost, k, -first, steps, rule, rise)
    above = _walk(objective, x, start.cost, k, first, steps, rule, rise)
    points = [*reversed(below), (x, start.cost), *above]
    value = np.array([p[0][k] for p in points])
    cost = np.array([p[1] for p in points])
    vectors = np.array([p[0] for p in points])
    return _judged(objective, name, k, float(x[k]), (value, cost, vectors), rise)


def _first_step(hessian: Array, k: int, objective: Fittable, x: Array, rise: float) -> float:
    """A step that should raise the cost by a third of the threshold, from the curvature."""
    others = np.delete(np.arange(len(x)), k)
    curve = hessian[k, k]
    if len(others):
        left = hessian[np.ix_(others, others)]
        curve -= hessian[k, others] @ np.linalg.pinv(left, rcond=1e-10, hermitian=True) @ hessian[others, k]
    span = objective.high[k] - objective.low[k]
    span = span if math.isfinite(span) else max(1.0, abs(x[k]))
    step = math.sqrt(2 * rise / 3 / curve) if curve > 1e-12 else 0.1 * span
    return float(np.clip(step, 1e-4 * span, 0.1 * span))


def _walk(
    objective: Fittable, x: Array, cost: float, k: int, step: float, steps: int, rule: Search, rise: float
) -> list[tuple[Array, float]]:
    """Points to one side until the cost has risen enough, a bound is met, or the steps are used up."""
    found: list[tuple[Array, float]] = []
    here, last = x.copy(), cost
    bound = objective.high[k] if step > 0 else objective.low[k]
    for _ in range(steps):
        if here[k] == bound:
            break
        there = here.copy()
        there[k] = min(here[k] + step, bound) if step > 0 else max(here[k] + step, bound)
        ended = search(objective, there, limits=rule, fixed=(k,))
        found.append((ended.x, ended.cost))
        more = ended.cost - last
        if not math.isfinite(ended.cost):
            break
        if ended.cost - cost > 2 * rise:  # too far: a shorter step from the same place
            step *= 0.4
            continue
        if ended.cost - cost > rise:
            break
        here, last = ended.x, ended.cost
        step *= 2.0 if more < rise / 8 else (0.6 if more > rise / 2 else 1.2)
    return sorted(found, key=lambda point: abs(point[0][k] - x[k]))


def _judged(
    objective: Fittable, name: str, k: int, best: float, walked: tuple[Array, Array, Array], rise: float
) -> Profile:
    value, cost, vectors = walked
    least = float(np.nanmin(cost))
    middle = int(np.nanargmin(cost))
    low = _crossing(value[: middle + 1][::-1], cost[: middle + 1][::-1], least, rise)
    high = _crossing(value[middle:], cost[middle:], least, rise)
    low = -math.inf if math.isnan(low) else low
    high = math.inf if math.isnan(high) else high
    broken = (not math.isfinite(cost[0]) and low == -math.inf) or (
        not math.isfinite(cost[-1]) and high == math.inf
    )
    verdict: Verdict
    if broken:
        verdict = "failed"
    elif math.isfinite(low) and math.isfinite(high):
        verdict = "identified"
    elif math.isfinite(low) or math.isfinite(high):
        verdict = "one-sided"
    else:
        verdict = "flat"
    helpful = _helpful(objective, vectors, cost, least + 1.5 * rise)
    sentence = _sentence(objective, name, k, verdict, (low, high), helpful)
    return Profile(name, value, cost, vectors, best, (low, high), verdict, sentence, helpful)


def _crossing(value: Array, cost: Array, least: float, rise: float) -> float:
    """Where the cost first crosses the threshold, walking outwards; NaN when it does not.

    Between two points the root of the rise is taken as straight: near its least value the cost is a parabola.
    """
    level = least + rise
    for i in range(1, len(value)):
        if math.isfinite(cost[i]) and cost[i] > level:
            below, above = (math.sqrt(max(c - least, 0.0)) for c in (cost[i - 1], cost[i]))
            share = (math.sqrt(rise) - below) / (above - below)
            return float(value[i - 1] + share * (value[i] - value[i - 1]))
    return math.nan


def _helpful(objective: Fittable, vectors: Array, cost: Array, level: float) -> Helpful | None:
    """The measured point whose prediction differs most among vectors that the data allow."""
    allowed = np.flatnonzero(np.isfinite(cost) & (cost <= level))
    if len(allowed) < 2:
        allowed = np.flatnonzero(np.isfinite(cost))
    if len(allowed) < 2:
        return None
    with np.errstate(all="ignore"):
        spread = np.ptp(objective.predictions(vectors[allowed]), axis=0)
    if not np.isfinite(spread).any():
        return None
    point = int(np.nanargmax(np.where(np.isfinite(spread), spread, -1.0)))
    return Helpful(*objective.point(point), float(spread[point]))


def _sentence(
    objective: Fittable,
    name: str,
    k: int,
    verdict: Verdict,
    interval: tuple[float, float],
    helpful: Helpful | None,
) -> str:
    low, high = interval
    said = {
        "identified": f"identified; 95 % interval {objective.told(k, low)} to {objective.told(k, high)}"
        if verdict == "identified"
        else "",
        "one-sided": "one-sided; "
        + (f"above {objective.told(k, low)}" if math.isfinite(low) else f"below {objective.told(k, high)}")
        if verdict == "one-sided"
        else "",
        "flat": "flat; the data say nothing about it within its bounds",
        "failed": "failed; the fit along the profile broke off",
    }[verdict]
    more = ""
    if helpful is not None and verdict != "identified":
        time = "at steady state" if math.isinf(helpful.time) else f"at {helpful.time:g}"
        where = f" in {helpful.experiment}" if helpful.experiment else ""
        more = f"; {helpful.observable} {time}{where} would fix it best"
        if helpful.spread < 0.1:
            more = "; no measurement of this kind would fix it"
    return f"{name}: {said}{more}"
