"""How well an option of foci tells the course of recurrence, and the best numbers of its fitted rows."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from jakstat.initiation.foci import FociOption, foci_option, recurred_by
from scripts.fit_recurrence.patients import Array, Resected

__all__ = ["FITTED", "cost", "fitted"]

FITTED = {
    "large": ("share", "size_median", "size_spread"),
    "few_10": ("size_spread", "doubling_median"),
    "few_100": ("size_spread", "doubling_median"),
    "few_1000": ("size_spread", "doubling_median"),
}
"""What is fitted of each option."""
_LEAST_SPREAD = 0.05


def cost(option: FociOption, patients: Resected) -> float:
    """Minus the log-likelihood: a recurrence lies within half a month, a patient without one stays free.

    Notes
    -----
    Months are whole numbers in the data, so that each stands for an interval.
    """
    ends = np.unique(
        np.concatenate([np.maximum(patients.month - 0.5, 0.0), patients.month + 0.5, patients.month])
    )
    share = dict(zip(ends.tolist(), recurred_by(option, ends).tolist(), strict=True))
    total = 0.0
    for month, recurred in zip(patients.month.tolist(), patients.recurred, strict=True):
        chance = share[month + 0.5] - share[max(month - 0.5, 0.0)] if recurred else 1.0 - share[month]
        total -= np.log(max(chance, 1e-300))
    return total


def fitted(name: str, patients: Resected) -> FociOption:
    """The option with its fitted rows at the largest likelihood (simplex: doi:10.1093/comjnl/7.4.308)."""
    start, names = foci_option(name), FITTED[name]

    def option(x: Array) -> FociOption:
        values = {
            n: float(expit(v)) if n == "share" else float(np.exp(min(v, 25.0)))
            for n, v in zip(names, x, strict=True)
        }
        values["size_spread"] = max(values["size_spread"], _LEAST_SPREAD)
        return FociOption(**{**asdict(start), **values})

    def at(x: Array) -> float:
        return cost(option(x), patients)

    begin = np.array(
        [logit(min(start.share, 0.999)) if n == "share" else np.log(getattr(start, n)) for n in names]
    )
    best = minimize(at, begin, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-5, "maxiter": 2000})
    return option(np.asarray(best.x))
