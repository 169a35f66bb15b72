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

__all__ = ["HazardRatio", "censored_at", "hazard_ratio", "median_time", "share_with_event"]


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


def median_time(time: ArrayLike, happened: ArrayLike) -> float:
    """Median of the Kaplan-Meier curve (doi:10.1080/01621459.1958.10501452); infinite when it is not reached.

    Examples
    --------
    >>> median_time([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 1])
    2.0
    """
    from lifelines import KaplanMeierFitter

    return float(KaplanMeierFitter().fit(np.asarray(time, dtype=float), happened).median_survival_time_)


def share_with_event(time: ArrayLike, happened: ArrayLike, at: float) -> float:
    """One less the Kaplan-Meier curve at a time.

    Examples
    --------
    >>> round(share_with_event([1.0, 2.0, 3.0, 4.0], [1, 0, 1, 1], 3.5), 3)
    0.625
    """
    from lifelines import KaplanMeierFitter

    return 1.0 - float(KaplanMeierFitter().fit(np.asarray(time, dtype=float), happened).predict(at))


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
