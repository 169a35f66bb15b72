"""Survival of groups of patients, by lifelines: medians, shares and hazard ratios.

The median is the first time at which the curve is at one half or below, as lifelines (Davidson-Pilon 2019,
doi:10.21105/joss.01317) says; R takes the middle of a flat stretch at exactly one half, told beside it.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jakstat.arrays import Floats
from jakstat.errors import problem
from jakstat.extras import needs

__all__ = [
    "HazardRatio",
    "RestrictedMean",
    "SurvivalCurve",
    "at_risk",
    "censored_at",
    "cumulative_incidence",
    "hazard_ratio",
]


@dataclass(frozen=True, slots=True)
class HazardRatio:
    """A ratio of hazards with its interval of 95 %."""

    value: float
    low: float
    high: float


def censored_at(time: ArrayLike, end: ArrayLike) -> tuple[Floats, Floats]:
    """Times to an event, followed to an end: times, and 1 where the event was seen.

    Examples
    --------
    >>> censored_at([1.0, 5.0, np.inf], 4.0)
    (array([1., 4., 4.]), array([1., 0., 0.]))
    """
    found = np.asarray(time, dtype=float)
    return np.minimum(found, end), (found <= end).astype(float)


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """A curve of Kaplan and Meier (doi:10.1080/01621459.1958.10501452).

    Parameters
    ----------
    times, surviving : array (steps,)
        The share without the event from each time on; the first time is 0.
    low, high : array (steps,)
        Limits of 95 % by the logarithm of minus the logarithm of the share (Kalbfleisch and Prentice,
        doi:10.1002/9781118032985); NaN where nobody is left.
    error : array (steps,)
        Sum of Greenwood up to each time: variance of the share over its square.
    """

    times: Floats
    surviving: Floats
    low: Floats
    high: Floats
    error: Floats

    @classmethod
    def of(cls, time: ArrayLike, happened: ArrayLike, weights: ArrayLike | None = None) -> SurvivalCurve:
        """The curve of patients followed to an event, or to where they are lost from sight.

        Parameters
        ----------
        time, happened : array_like (patients,)
        weights : array_like (patients,), optional
            How much each counts; limits are those of the effective number of patients.

        Examples
        --------
        >>> SurvivalCurve.of([1.0, 2.0, 3.0, 4.0], [1, 0, 1, 1]).surviving.round(3).tolist()
        [1.0, 0.75, 0.75, 0.375, 0.0]
        """
        with needs("trial"):
            from lifelines import KaplanMeierFitter

        when = np.asarray(time, dtype=float)
        if not len(when):
            one = np.ones(1)
            return cls(np.zeros(1), one, one, one, np.zeros(1))
        counts = None if weights is None else _effective(np.asarray(weights, dtype=float))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # weights need not be whole: their sum is the effective number
            fitted = KaplanMeierFitter().fit(when, np.asarray(happened).astype(float), weights=counts)
        limits = fitted.confidence_interval_.to_numpy(dtype=float)
        table = fitted.event_table
        died, at_risk = (table[k].to_numpy(dtype=float) for k in ("observed", "at_risk"))
        with np.errstate(divide="ignore", invalid="ignore"):
            each = np.where(died > 0, died / (at_risk * (at_risk - died)), 0.0)
        share = fitted.survival_function_
        return cls(
            share.index.to_numpy(dtype=float),
            share.to_numpy(dtype=float)[:, 0],
            limits[:, 0],
            limits[:, 1],
            np.cumsum(each),
        )

    @property
    def median(self) -> float:
        """First time at which the curve is at one half or below; infinite when it does not come there.

        Examples
        --------
        >>> SurvivalCurve.of([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1] * 6).median
        3.0
        """
        return self._first_below(self.surviving)

    @property
    def median_middle(self) -> float:
        """The median as R has it: the middle of a flat stretch at exactly one half.

        Examples
        --------
        >>> SurvivalCurve.of([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1] * 6).median_middle
        3.5
        """
        first = self.median
        after = np.flatnonzero(self.surviving < 0.5 - _ROUNDING)
        flat = (
            np.isfinite(first) and abs(self.surviving[np.searchsorted(self.times, first)] - 0.5) <= _ROUNDING
        )
        return 0.5 * (first + float(self.times[after[0]])) if flat and len(after) else first

    @property
    def median_limits(self) -> tuple[float, float]:
        """Limits of 95 % of the median (Brookmeyer and Crowley, doi:10.2307/2530286): where those of the
        curve come to one half.

        Examples
        --------
        >>> SurvivalCurve.of(np.arange(1.0, 21.0), np.ones(20)).median_limits
        (5.0, 15.0)
        """
        return self._first_below(self.low), self._first_below(self.high)

    def _first_below(self, share: Floats) -> float:
        below = np.flatnonzero(share <= 0.5 + _ROUNDING)
        return float(self.times[below[0]]) if len(below) else float("inf")

    def share_by(self, at: ArrayLike) -> Floats:
        """One less the curve at times.

        Examples
        --------
        >>> SurvivalCurve.of([1.0, 2.0, 3.0, 4.0], [1, 0, 1, 1]).share_by([0.5, 3.5]).round(3).tolist()
        [0.0, 0.625]
        """
        place = np.searchsorted(self.times, np.asarray(at, dtype=float), side="right") - 1
        return 1.0 - self.surviving[np.maximum(place, 0)]

    def mean_until(self, end: float) -> RestrictedMean:
        """Mean time without the event up to an end (RMST): the area below the curve.

        Its error is that of Greenwood's sum weighted with the square of the area still to come.

        Examples
        --------
        >>> found = SurvivalCurve.of([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1]).mean_until(4.0)
        >>> found.value, round(found.error, 4)
        (2.5, 0.559)
        """
        inside = self.times < end
        edges = np.append(self.times[inside], end)
        areas = self.surviving[inside] * np.diff(edges)
        left = np.cumsum(areas[::-1])[::-1]  # from each step on
        steps = np.diff(self.error[inside], prepend=0.0)
        with np.errstate(invalid="ignore"):
            each = np.where(left > 0.0, left**2 * steps, 0.0)
        return RestrictedMean(float(areas.sum()), float(np.sqrt(each.sum())))


_ROUNDING = 1e-9
"""A curve is a product of quotients: at one half it is so up to rounding."""


@dataclass(frozen=True, slots=True)
class RestrictedMean:
    """A mean time up to an end, and its standard error."""

    value: float
    error: float


def _effective(weights: Floats) -> Floats:
    """Weights whose sum is the effective number of patients (Kish 1965)."""
    return np.asarray(weights * (weights.sum() / np.maximum((weights**2).sum(), 1e-300)))


def at_risk(time: ArrayLike, at: ArrayLike) -> NDArray[np.int64]:
    """How many patients are still followed at times; one whose time it is counts.

    Examples
    --------
    >>> at_risk([1.0, 2.0, 2.0, 5.0], [0.0, 2.0, 3.0]).tolist()
    [4, 3, 1]
    """
    ordered = np.sort(np.asarray(time, dtype=float))
    place = np.searchsorted(ordered, np.asarray(at, dtype=float), side="left")
    return np.asarray(len(ordered) - place, dtype=np.int64)


def cumulative_incidence(
    time: ArrayLike, cause: ArrayLike, weights: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Share with an event of each cause by each time, while the others compete (Aalen and Johansen 1978).

    Parameters
    ----------
    time : array_like (patients,)
    cause : int array_like (patients,)
        0 for one lost from sight, 1, 2 ... for the causes.
    weights : array_like (patients,), optional

    Returns
    -------
    times : array (steps,)
        The first is 0.
    shares : array (causes, steps)

    Notes
    -----
    Ties count at their time, as in R; lifelines shifts them at random.

    Examples
    --------
    >>> times, shares = cumulative_incidence([1.0, 1.0, 2.0, 2.0, 3.0, 4.0], [1, 2, 1, 0, 2, 1])
    >>> shares[:, -1].round(4).tolist()
    [0.5833, 0.4167]
    """
    when, why = np.asarray(time, dtype=float), np.asarray(cause, dtype=np.int64)
    weight = np.ones(len(when)) if weights is None else np.asarray(weights, dtype=float)
    order = np.argsort(when, kind="stable")
    when, why, weight = when[order], why[order], weight[order]
    at, place = np.unique(when, return_inverse=True)
    causes = range(1, max(int(why.max(initial=0)), 1) + 1)
    died = np.array([np.bincount(place, weight * (why == k), minlength=len(at)) for k in causes])
    followed = np.cumsum(np.bincount(place, weight, minlength=len(at))[::-1])[::-1]
    hazard = died / followed
    before = np.concatenate([[1.0], np.cumprod(1.0 - hazard.sum(axis=0))[:-1]])
    shares = np.cumsum(before * hazard, axis=1)
    return np.append(0.0, at), np.concatenate([np.zeros((len(died), 1)), shares], axis=1)


def hazard_ratio(time: ArrayLike, happened: ArrayLike, covariate: ArrayLike) -> HazardRatio:
    """Ratio of hazards for one more of a covariate, by Cox's partial likelihood with Efron's ties.

    Parameters
    ----------
    time, happened, covariate : array_like (patients,)

    Raises
    ------
    InputError
        ``survival.events``: too few events, or a covariate that is the same in all.

    Notes
    -----
    doi:10.1111/j.2517-6161.1972.tb00899.x, doi:10.1080/01621459.1977.10480613.

    Examples
    --------
    >>> found = hazard_ratio([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1] * 6, [1, 0, 1, 0, 1, 0])
    >>> round(found.value, 3)
    1.881
    """
    with needs("trial"):
        from lifelines import CoxPHFitter
    from pandas import DataFrame

    table = DataFrame({"time": np.asarray(time, dtype=float), "event": happened, "x": covariate})
    if float(table["event"].sum()) < 2 or float(table["x"].std()) == 0.0:
        raise problem("survival.events", "a hazard ratio needs two events and two values of the covariate")
    fitted = CoxPHFitter().fit(table, "time", "event")
    low, high = np.exp(fitted.confidence_intervals_.to_numpy()[0])
    return HazardRatio(float(np.exp(fitted.params_["x"])), float(low), float(high))
