"""The Pareto front of less cost and more benefit."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["pareto_front"]

_DIGITS = 3  # of the cost: what the solvers of two equal doses disagree in is no difference
_DECIMALS = 1  # of the benefit


def pareto_front(cost: ArrayLike, benefit: ArrayLike) -> NDArray[np.bool_]:
    """Which entries no other surpasses: none has as much benefit at less cost, or more at the same.

    Parameters
    ----------
    cost : array_like, shape (n,)
        Less is better; compared to three digits.
    benefit : array_like, shape (n,)
        More is better (percent); compared to a tenth. NaN is never on the front.

    Returns
    -------
    array of bool, shape (n,)

    Notes
    -----
    Miettinen, Nonlinear Multiobjective Optimization (1998), doi:10.1007/978-1-4615-5563-6.

    Examples
    --------
    >>> pareto_front([1.0, 2.0, 2.0, 4.0], [10.0, 30.0, 20.0, 30.0]).tolist()
    [True, True, False, False]
    """
    price = np.array([float(f"{c:.{_DIGITS - 1}e}") for c in np.asarray(cost, dtype=float)])
    gain = np.round(np.asarray(benefit, dtype=float), _DECIMALS)
    usable = np.isfinite(price) & np.isfinite(gain)
    found = usable.copy()
    for k in np.flatnonzero(usable):
        as_good = usable & (price <= price[k]) & (gain >= gain[k])
        found[k] = not (as_good & ((price < price[k]) | (gain > gain[k]))).any()
    return np.asarray(found)
