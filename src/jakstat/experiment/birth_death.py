"""How many descendants one cell has: the linear birth-death process with rates that change in time.

Kendall 1948 (doi:10.1214/aoms/1177730285): with division rate b(t) and death rate d(t) the number of
descendants at t is 0 with probability 1 - e^(-r)/W and else geometric, P(N >= n | N > 0) = (1 - 1/W)^(n-1),
where r = integral of d - b and W = e^(-r) (1 + integral of e^r d).
"""

from __future__ import annotations

import numpy as np

from jakstat.arrays import Floats
from jakstat.errors import problem

__all__ = ["probability_of_at_least"]


def probability_of_at_least(times: Floats, division: Floats, death: Floats, *, count: float) -> Floats:
    """Probability that one cell has at least ``count`` living descendants at the last time.

    Parameters
    ----------
    times : array (T,)
        Hours, rising; integrals are taken by the trapezoid rule between them.
    division, death : array (..., T)
        Rates per cell, 1/h, not negative. NaN gives NaN.
    count : float
        At least 1.

    Returns
    -------
    array (...)
        0 to 1.

    Raises
    ------
    InputError
        ``assay.threshold``.

    Notes
    -----
    Kendall 1948, doi:10.1214/aoms/1177730285.

    Examples
    --------
    >>> t = np.linspace(0.0, 10.0, 2001)
    >>> alive = probability_of_at_least(t, np.full(2001, 0.3), np.full(2001, 0.1), count=1)
    >>> grown = np.exp(0.2 * 10.0)
    >>> bool(abs(alive - 0.2 * grown / (0.3 * grown - 0.1)) < 1e-6)
    True
    """
    if not count >= 1:
        raise problem("assay.threshold", f"a threshold of {count:g} cells", hint="give 1 or more")
    loss = _integral(times, np.asarray(death) - division)
    deaths = _integral(times, np.exp(loss) * death)[..., -1]
    alive = 1.0 / (1.0 + deaths)
    more = -np.expm1(loss[..., -1] + np.log(alive))  # 1 - 1/W
    return np.asarray(alive * np.clip(more, 0.0, 1.0) ** (count - 1.0))


def _integral(times: Floats, values: Floats) -> Floats:
    """From the first time to each, (..., T)."""
    pieces = np.diff(times) * (values[..., 1:] + values[..., :-1]) / 2.0
    start = np.zeros((*np.shape(values)[:-1], 1))
    return np.concatenate([start, np.cumsum(pieces, axis=-1)], axis=-1)
