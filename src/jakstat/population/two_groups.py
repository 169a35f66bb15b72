"""Two groups of patients compared many times over: Cox's ratio of hazards and the log-rank test.

The same numbers as a regression on one flag, without its tables: a trial is drawn hundreds of times for an
interval, and lifelines takes 50 ms for one. With one flag of two values Efron's partial likelihood (1977,
doi:10.1080/01621459.1977.10480613) is a sum over deaths of log(a + b exp(x)), where a and b are the weights
at risk in the two groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jakstat.arrays import Floats
from jakstat.extras import needs

__all__ = ["LogRank", "TwoGroupRatio", "expected_ratio", "log_rank", "two_group_ratio"]

_STEPS = 60
_STEP = 1.0
_CLOSE = 1e-11


@dataclass(frozen=True, slots=True)
class TwoGroupRatio:
    """Logarithm of a ratio of hazards, second group over first, and its standard error.

    Infinite where all events of the risk sets fall in one group; NaN without an event.
    """

    log: float
    error: float


@dataclass(frozen=True, slots=True)
class LogRank:
    """Observed less expected events of the second group, their variance, and the test of two sides."""

    excess: float
    variance: float

    @property
    def z(self) -> float:
        """Standard normal when the hazards are the same; 0 where nothing can be said."""
        return self.excess / self.variance**0.5 if self.variance > 0 else 0.0

    @property
    def p(self) -> float:
        """Chance of a difference as large or larger when there is none."""
        with needs("trial"):
            from scipy.special import erfc

        return float(erfc(abs(self.z) / 2.0**0.5))


@dataclass(frozen=True, slots=True)
class _Patients:
    """Patients of one stratum, by time."""

    time: Floats
    happened: NDArray[np.bool_]
    group: NDArray[np.bool_]
    weights: Floats


@dataclass(frozen=True, slots=True)
class _Risk:
    """At each time with events: weights at risk and of events by group, and counts of events."""

    at: Floats
    at_risk: Floats
    died: Floats
    deaths: NDArray[np.int64]


def _parts(
    time: ArrayLike,
    happened: ArrayLike,
    group: ArrayLike,
    weights: ArrayLike | None,
    strata: ArrayLike | None,
) -> list[_Patients]:
    t, e = np.asarray(time, dtype=float), np.asarray(happened).astype(bool)
    g = np.asarray(group).astype(bool)
    w = np.ones(len(t)) if weights is None else np.asarray(weights, dtype=float)
    s = np.zeros(len(t)) if strata is None else np.asarray(strata)
    found = []
    for k in np.unique(s):
        own = np.flatnonzero((s == k) & (w > 0.0))  # one who counts nothing makes no tie
        own = own[np.argsort(t[own], kind="stable")]
        found.append(_Patients(t[own], e[own], g[own], w[own]))
    return found or [_Patients(t, e, g, w)]


def _risk(p: _Patients) -> _Risk:
    at = np.unique(p.time[p.happened])
    at_risk, died = np.empty((2, len(at))), np.empty((2, len(at)))
    for k, member in enumerate((~p.group, p.group)):
        at_risk[k] = _sums_from(p.time[member], p.weights[member], at, "left")
        own = member & p.happened
        died[k] = _sums_from(p.time[own], p.weights[own], at, "left")
        died[k] -= _sums_from(p.time[own], p.weights[own], at, "right")
    dead = p.time[p.happened]
    deaths = np.searchsorted(dead, at, side="right") - np.searchsorted(dead, at, side="left")
    return _Risk(at, at_risk, died, deaths.astype(np.int64))


def _sums_from(times: Floats, weights: Floats, at: Floats, side: Literal["left", "right"]) -> Floats:
    """Weights of the ascending times at or past each of some others (``left``), or past it (``right``)."""
    from_here = np.concatenate([np.cumsum(weights[::-1])[::-1], [0.0]])
    return np.asarray(from_here[np.searchsorted(times, at, side=side)])


@dataclass(frozen=True, slots=True)
class _Terms:
    """Terms of the partial likelihood: one for each death, with the weights at risk of both groups."""

    event: NDArray[np.int64]
    gone: Floats
    a: Floats
    b: Floats
    each: Floats

    @classmethod
    def of(cls, risk: _Risk) -> _Terms:
        event = np.repeat(np.arange(len(risk.deaths)), risk.deaths)
        first = np.concatenate([[0], np.cumsum(risk.deaths)[:-1]]).astype(np.int64)
        gone = (np.arange(len(event)) - first[event]) / risk.deaths[event]
        left = risk.at_risk[:, event] - gone * risk.died[:, event]
        each = (risk.died.sum(axis=0) / risk.deaths)[event]  # mean weight of those who die at one time
        return cls(event, gone, left[0], left[1], each)


def two_group_ratio(
    time: ArrayLike,
    happened: ArrayLike,
    group: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> TwoGroupRatio:
    """Cox's ratio of hazards, second group over first, with Efron's ties.

    Parameters
    ----------
    time, happened, group : array_like (patients,)
    weights : array_like (patients,), optional
        How much each counts; the error is then the robust one (Lin and Wei 1989, doi:10.2307/2290085).
    strata : array_like (patients,), optional
        Patients are compared within these only.

    Examples
    --------
    >>> found = two_group_ratio([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1] * 6, [1, 0, 1, 0, 1, 0])
    >>> round(float(np.exp(found.log)), 3)
    1.881
    """
    parts = _parts(time, happened, group, weights, strata)
    risks = [_risk(p) for p in parts]
    terms = [_Terms.of(risk) for risk in risks]
    a, b, each = (np.concatenate([getattr(t, k) for t in terms]) for k in ("a", "b", "each"))
    both = (a > 0) & (b > 0)
    observed = float(sum(r.died[1].sum() for r in risks)) - float(each[~both & (b > 0)].sum())
    a, b, each = a[both], b[both], each[both]
    if not len(a) or observed <= 1e-12 * each.sum() or observed >= (1.0 - 1e-12) * each.sum():
        return TwoGroupRatio(_infinite(observed, float(each.sum())), float("nan"))
    log, information = _newton(a, b, each, observed)
    if weights is None:
        return TwoGroupRatio(log, information**-0.5)
    spread = sum(_squared_scores(p, r, t, log) for p, r, t in zip(parts, risks, terms, strict=True))
    return TwoGroupRatio(log, float(spread) ** 0.5 / information)


def _infinite(observed: float, events: float) -> float:
    if events == 0.0:
        return float("nan")
    return float("-inf") if observed < 0.5 * events else float("inf")


def _newton(a: Floats, b: Floats, each: Floats, observed: float) -> tuple[float, float]:
    """The zero of the score, a falling function of one number that short steps cannot miss, and its slope."""
    log = 0.0
    for _ in range(_STEPS):
        share = b / (a * np.exp(-log) + b)
        information = float((each * share * (1.0 - share)).sum())
        step = (observed - float((each * share).sum())) / information
        log += min(max(step, -_STEP), _STEP)
        if abs(step) < _CLOSE:
            break
    return log, information


def _squared_scores(part: _Patients, risk: _Risk, terms: _Terms, log: float) -> float:
    """Sum of the squares of what each patient adds to the score, ties shared as in Efron's likelihood."""
    if not len(risk.at):
        return 0.0
    ratio, steps = np.exp(log), len(risk.at)
    hazard = terms.each / (terms.a + terms.b * ratio)
    share = terms.b * ratio / (terms.a + terms.b * ratio)
    last = np.searchsorted(risk.at, part.time, side="right")  # times with events that he lived to see
    own = np.minimum(np.searchsorted(risk.at, part.time), steps - 1)
    mean = np.bincount(terms.event, share, steps) / risk.deaths
    score = np.where(part.happened, part.group - mean[own], 0.0)
    for x, factor in ((0.0, 1.0), (1.0, ratio)):
        each = factor * hazard * (x - share)
        whole = np.concatenate([[0.0], np.cumsum(np.bincount(terms.event, each, steps))])
        spared = np.bincount(terms.event, each * terms.gone, steps)  # one who dies then is at risk for less
        found = whole[last] - np.where(part.happened, spared[own], 0.0)
        score = score - np.where(part.group == x, found, 0.0)
    return float(((part.weights * score) ** 2).sum())


def expected_ratio(surviving: Floats, followed: Floats) -> float:
    """Logarithm of Cox's ratio of hazards, second group over first, of endlessly many patients.

    The partial likelihood of what is to be expected: its root is that of the score with every death and every
    patient at risk in their mean number (Struthers and Kalbfleisch 1986, doi:10.1093/biomet/73.2.363).

    Parameters
    ----------
    surviving : array (2, times)
        Share of each group that is alive at ascending times, from 1 on.
    followed : array (times,)
        Share of those alive who are still followed.

    Examples
    --------
    >>> t = np.linspace(0.0, 2.0, 2001)
    >>> round(float(expected_ratio(np.exp(-np.outer([1.0, 0.7], t)), np.ones(2001)) / np.log(0.7)), 3)
    1.0
    """
    died = np.maximum(-np.diff(surviving, axis=1), 0.0) * followed[None, :-1]
    at_risk = 0.5 * (surviving[:, :-1] + surviving[:, 1:]) * followed[None, :-1]
    each, seen = died.sum(axis=0), (died.sum(axis=0) > 0) & (at_risk > 0).all(axis=0)
    observed = float(died[1][seen].sum())
    if not seen.any() or observed == 0.0 or observed == each[seen].sum():
        return _infinite(observed, float(each[seen].sum()))
    return _newton(at_risk[0][seen], at_risk[1][seen], each[seen], observed)[0]


def log_rank(
    time: ArrayLike,
    happened: ArrayLike,
    group: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> LogRank:
    """The log-rank test of two groups (Mantel 1966), within strata when they are given.

    Parameters
    ----------
    time, happened, group : array_like (patients,)
    weights : array_like (patients,), optional
        How many patients each stands for.
    strata : array_like (patients,), optional

    Examples
    --------
    >>> log_rank([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1], [1, 1, 0, 0]).excess.__round__(4)
    1.1667
    """
    excess = variance = 0.0
    for part in _parts(time, happened, group, weights, strata):
        risk = _risk(part)
        n, d = risk.at_risk.sum(axis=0), risk.died.sum(axis=0)
        share = risk.at_risk[1] / n
        left = np.where(n > 1.0, (n - d) / np.maximum(n - 1.0, 1e-12), 0.0)
        excess += float((risk.died[1] - d * share).sum())
        variance += float((d * share * (1.0 - share) * left).sum())
    return LogRank(excess, variance)
