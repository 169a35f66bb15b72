"""Prevalence weights: as close to equal as can be, so that a cohort shows what was observed.

Of all weights between two bounds that meet the targets those with the least relative entropy are taken
(calibration of Deville and Saerndal 1992, doi:10.1080/01621459.1992.10475217; entropy balancing of
Hainmueller 2012, doi:10.1093/pan/mpr025). The dual problem is convex and smooth, with one number for each
target; where targets cannot all be met, a penalty on these numbers finds weights that come near to all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.knowledge.parameter_table import read_table
from jakstat.population.cohort import Cohort
from jakstat.population.observed import ObservedNumber

with needs("trial"):
    from scipy.optimize import brentq, minimize

__all__ = [
    "MatchedNumber",
    "balanced",
    "effective_sample_size",
    "matched_weights",
    "weight_bounds",
    "weighted_quantiles",
]

_PENALTIES = (1e-7, 1e-3)  # the second where the first is not solved: the targets are too far away
_STEPS = 120
_FLAT = 1e-7  # of the dual's slope: by how much an average may be off, in its spread
_PLACES = 9  # of a weight: what lies beyond depends on the machine
_ROUNDING = 1e-12  # of a sum of weights
_NEAR = 1e-3  # of the value wanted, or of its spread


@dataclass(frozen=True, slots=True)
class MatchedNumber:
    """What was wanted of a cohort, and what it shows.

    Parameters
    ----------
    observed : ObservedNumber
    unweighted, weighted : float
        NaN when the patients do not have the number.
    met : bool
    """

    observed: ObservedNumber
    unweighted: float
    weighted: float
    met: bool


@lru_cache(maxsize=1)
def weight_bounds() -> tuple[float, float]:
    """The least and the most that a patient may weigh.

    Examples
    --------
    >>> weight_bounds()
    (0.2, 5.0)
    """
    text = files("jakstat.population").joinpath("weight_bounds.csv").read_text(encoding="utf-8")
    rows = {row.id: row.value for row in read_table(text, file="population/weight_bounds.csv")}
    return rows["least"], rows["most"]


def effective_sample_size(weights: Floats) -> float:
    """How many equal patients would be as precise (Kish 1965, Survey Sampling, section 11.7).

    Examples
    --------
    >>> effective_sample_size(np.array([1.0, 1.0, 1.0])), effective_sample_size(np.array([2.0, 1.0, 0.0]))
    (3.0, 1.8)
    """
    return float(weights.sum() ** 2 / (weights**2).sum())


def _inner(rows: Floats, at: Floats) -> Floats:
    return np.asarray(np.einsum("ij,j->i", rows, at))  # BLAS would round by how many threads there are


def _least_entropy(rows: Floats, low: float, high: float, penalty: float) -> tuple[Floats, bool]:
    """Where the dual is least, and whether it was found; the first column of the rows is 1."""
    ridge = np.concatenate([[0.0], np.full(rows.shape[1] - 1, penalty)])

    def dual(at: Floats) -> tuple[float, Floats]:
        tilt = _inner(rows, at)
        held = np.clip(tilt, low, high)
        weights = np.exp(held)
        area = weights + (tilt - held) * weights
        slope = np.einsum("ij,i->j", rows, weights) / len(rows) - np.eye(len(at))[0] + ridge * at
        return float(area.mean() - at[0] + 0.5 * np.sum(ridge * at**2)), np.asarray(slope)

    def curvature(at: Floats) -> Floats:
        tilt = _inner(rows, at)
        free = np.exp(tilt) * ((tilt > low) & (tilt < high))
        found = np.einsum("ij,i,ik->jk", rows, free, rows) / len(rows)
        return np.asarray(found + np.diag(ridge + 1e-12))

    found = minimize(
        dual, np.zeros(rows.shape[1]), jac=True, hess=curvature, method="trust-exact",
        options={"gtol": 1e-10, "maxiter": _STEPS},
    )  # fmt: skip
    return np.asarray(found.x), bool(np.abs(dual(found.x)[1]).max() < _FLAT)


def balanced(values: Floats, wanted: Floats, least: float, most: float) -> Floats:
    """Weights with a mean of 1 under which the averages of some values are those wanted.

    Parameters
    ----------
    values : array (patients, targets)
    wanted : array (targets,)
    least, most : float
        Bounds of a weight.

    Returns
    -------
    array (patients,)

    Examples
    --------
    >>> sick = np.array([[1.0], [0.0], [0.0], [0.0]])
    >>> balanced(sick, np.array([0.4]), 0.1, 10.0).round(6).tolist()
    [1.6, 0.8, 0.8, 0.8]
    """
    spread = values.std(axis=0)
    usable = spread > 0.0
    scaled = (values[:, usable] - wanted[usable]) / spread[usable]
    low, high = np.log(least), np.log(most)
    rows = np.concatenate([np.ones((len(values), 1)), scaled], axis=1)
    solved = np.zeros(rows.shape[1])
    for penalty in _PENALTIES:
        solved, done = _least_entropy(rows, low, high, penalty)
        if done:
            break
    tilt = _inner(rows, solved)

    def excess(shift: float) -> float:
        return float(np.exp(np.clip(tilt + shift, low, high)).mean() - 1.0)

    reach = float(np.abs(tilt).max()) + high - low + 1.0
    shift = brentq(excess, -reach, reach, xtol=1e-14)  # a mean of 1 also where targets cannot be met
    return np.asarray(np.round(np.exp(np.clip(tilt + shift, low, high)), _PLACES))


def matched_weights(
    patients: Cohort, observed: Sequence[ObservedNumber], bounds: tuple[float, float]
) -> tuple[Floats, tuple[MatchedNumber, ...]]:
    """Weights of patients, and how well what was observed is met.

    Examples
    --------
    >>> from jakstat.population.cohort import cohort
    >>> from jakstat.population.margins import shipped_population
    >>> from jakstat.population.observed import observed_of
    >>> targets = [o for o in observed_of(shipped_population("sharp")) if o.of.number == "ECOG"]
    >>> weights, (match,) = matched_weights(cohort("sharp", 50, seed=1), targets, (0.2, 5.0))
    >>> match.unweighted, round(match.weighted, 6), match.met
    (0.4, 0.46, True)
    """
    columns = {one.key: one.values(patients) for one in observed}
    usable = [one for one in observed if columns[one.key] is not None]
    weights = np.ones(patients.count)
    if usable:
        table = np.array([columns[one.key] for one in usable], dtype=float).T
        finite = np.where(np.isfinite(table), table, 0.0)
        weights = balanced(finite, np.array([one.row.value for one in usable]), *bounds)
    return weights, tuple(_matched(one, columns[one.key], weights) for one in observed)


def _matched(one: ObservedNumber, values: Floats | None, weights: Floats) -> MatchedNumber:
    if values is None:
        return MatchedNumber(one, float("nan"), float("nan"), met=False)
    got, plain = float((weights * values).sum() / weights.sum()), float(values.mean())
    near = _NEAR * max(float(values.std()), abs(one.row.value))
    return MatchedNumber(one, plain, got, met=abs(got - one.row.value) <= near)


def weighted_quantiles(values: Floats, weights: Floats | None, shares: Sequence[float]) -> Floats:
    """Quantiles of a sample whose members count by weights; NaN of nothing.

    Examples
    --------
    >>> weighted_quantiles(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 6.0]), [0.5]).tolist()
    [3.0]
    """
    known = np.isfinite(values)
    if not known.any():
        return np.full(len(shares), np.nan)
    if weights is None:
        return np.asarray(np.quantile(values[known], shares))
    order = np.argsort(values[known], kind="stable")
    sums = np.cumsum(weights[known][order])
    place = np.searchsorted(sums, (np.asarray(shares) - _ROUNDING) * sums[-1])
    return np.asarray(values[known][order][np.minimum(place, len(order) - 1)])
