"""Several tests at once: p-values that keep the chance of a single false alarm where one test has it."""

from __future__ import annotations

import math
from collections.abc import Iterable

__all__ = ["SIGNIFICANT", "holm"]

SIGNIFICANT = 0.05
"""A test with this p-value or less, corrected for the others, counts."""


def holm(chances: Iterable[float]) -> tuple[float, ...]:
    """P-values corrected by Holm's step-down procedure; NaN is no test and stays.

    Parameters
    ----------
    chances : iterable of float
        The p-value of each test.

    Notes
    -----
    S. Holm, Scandinavian Journal of Statistics 6 (1979) 65-70: with the k-th smallest of m p-values (k from
    0), the corrected one is the largest of (m - j) p_(j) over j <= k, and at most 1.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03, 0.005])
    (0.03, 0.06, 0.06, 0.02)
    >>> holm([0.02, float("nan")])
    (0.02, nan)
    """
    given = tuple(chances)
    tested = sorted((p, place) for place, p in enumerate(given) if not math.isnan(p))
    found = dict(enumerate(given))
    least = 0.0
    for k, (p, place) in enumerate(tested):
        least = max(least, min(1.0, (len(tested) - k) * p))
        found[place] = least
    return tuple(found[place] for place in range(len(given)))
