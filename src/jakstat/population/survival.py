"""Survival of groups of patients, by lifelines: medians, shares and hazard ratios.

The median of lifelines (Davidson-Pilon 2019, doi:10.21105/joss.01317) is the first time at which the curve is
at one half or below; other programs take the middle of a flat stretch at exactly one half.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from jakstat.arrays import Floats
from jakstat.errors import problem

__all__ = ["HazardRatio", "SurvivalCurve", "censored_at", "hazard_ratio"]


@dataclass(frozen=True, slots=True)
class HazardRatio:
    """A ratio of hazards with its interval of 95 %."""

    value: float
    low: float
    high: float


def censored_at(time: ArrayLike, end: float) -> tuple[Floats, Floats]:
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
    """

    times: Floats
    surviving: Floats

    @classmethod
    def of(cls, time: ArrayLike, happened: ArrayLike) -> SurvivalCurve:
        """The curve of patients followed to an event, or to where they are lost from sight.

        Examples
        --------
        >>> SurvivalCurve.of([1.0, 2.0, 3.0, 4.0], [1, 0, 1, 1]).surviving.round(3).tolist()
        [1.0, 0.75, 0.75, 0.375, 0.0]
        """
        from lifelines import KaplanMeierFitter

        table = KaplanMeierFitter().fit(np.asarray(time, dtype=float), happened).survival_function_
        return cls(table.index.to_numpy(dtype=float), table.to_numpy(dtype=float)[:, 0])

    @property
    def median(self) -> float:
        """First time at which the curve is at one half or below; infinite when it does not come there.

        Examples
        --------
        >>> SurvivalCurve.of([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 1]).median
        2.0
        """
        below = np.flatnonzero(self.surviving <= 0.5)
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
    from lifelines import CoxPHFitter
    from pandas import DataFrame

    table = DataFrame({"time": np.asarray(time, dtype=float), "event": happened, "x": covariate})
    if float(table["event"].sum()) < 2 or float(table["x"].std()) == 0.0:
        raise problem("survival.events", "a hazard ratio needs two events and two values of the covariate")
    fitted = CoxPHFitter().fit(table, "time", "event")
    low, high = np.exp(fitted.confidence_intervals_.to_numpy()[0])
    return HazardRatio(float(np.exp(fitted.params_["x"])), float(low), float(high))
