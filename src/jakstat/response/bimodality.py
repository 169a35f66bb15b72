"""Are there two kinds of cells? Hartigan's dip test of one mode against more, with its p-value.

The dip is the least distance between the empirical distribution function and any distribution function with
one mode (doi:10.1214/aos/1176346577). Its p-value is the share of uniform samples of the same size whose
dip is at least as large; the uniform is the hardest of the unimodal ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jakstat.arrays import Floats
from jakstat.biology.kept import kept
from jakstat.engine.compile.kernel_cache import source_digest
from jakstat.limits import LIMITS, check_count
from jakstat.streams import stream

__all__ = ["Dip", "dip", "dip_test"]

_FEWEST = 4
_MANY = 300
"""Points are left out all at once while there are more; those that remain are walked through."""
_TIED = 0.05
"""With a larger share of repeated values than this no p-value is given."""


@dataclass(frozen=True, slots=True)
class Dip:
    """The result of a dip test.

    Parameters
    ----------
    dip : float
        Distance to the nearest distribution with one mode, 1/(2n) to 1/4.
    p : float
        Share of uniform samples with a dip as large, (1 + exceeding) / (1 + draws).
    low, high : float
        The interval in which the single mode of that nearest distribution lies.
    n : int
        Size of the sample.
    """

    dip: float
    p: float
    low: float
    high: float
    n: int


def _hull(x: Floats, height: Floats, first: int, last: int, side: float) -> list[int]:
    """Corners of the greatest convex (side 1) or least concave (side -1) function along the points."""
    at = np.arange(first, last + 1)
    while len(at) > _MANY:
        # a point on or beyond the line between its neighbours is no corner, whatever becomes of those
        run, rise = np.diff(x[at]), side * np.diff(height[at])
        corner = np.ones(len(at), dtype=bool)
        corner[1:-1] = rise[:-1] * run[1:] < rise[1:] * run[:-1]
        if corner.all():
            break
        at = at[corner]
    corners: list[int] = []
    places, heights = x.tolist(), (side * height).tolist()
    for i in at.tolist():
        while len(corners) > 1:
            a, b = corners[-2], corners[-1]
            rise, further = heights[b] - heights[a], heights[i] - heights[b]
            if rise * (places[i] - places[b]) < further * (places[b] - places[a]):
                break
            corners.pop()
        corners.append(i)
    return corners


def _line(x: Floats, height: Floats, corners: Sequence[int], at: Sequence[int] | NDArray[np.int64]) -> Floats:
    """The broken line through the corners at the points ``at``."""
    places = list(corners)
    return np.asarray(np.interp(x[np.asarray(at)], x[places], height[places]))


def dip(values: ArrayLike) -> tuple[float, float, float]:
    """The dip of a sample, and the modal interval of the nearest unimodal distribution.

    Parameters
    ----------
    values : array_like, shape (n,)
        Finite numbers. Among equal values the dip is an upper bound, since an end of the modal
        interval may carry their jump.

    Returns
    -------
    dip, low, high : float

    Examples
    --------
    >>> round(dip([1.0, 2.0, 3.0, 4.0])[0], 9), round(dip([0.0, 0.0, 1.0, 1.0])[0], 9)
    (0.125, 0.25)
    """
    sample = np.asarray(values, dtype=float)
    n = sample.size
    if n == 0:
        return math.nan, math.nan, math.nan
    x, counts = np.unique(sample, return_counts=True)
    # the empirical function just below and at every value, in steps of 1/n
    over: Floats = np.cumsum(counts).astype(np.float64)
    under: Floats = over - counts.astype(np.float64)
    first, last, worst = 0, len(x) - 1, 1.0
    while first < last:
        convex = _hull(x, under, first, last, 1.0)
        concave = _hull(x, over, first, last, -1.0)
        at_convex = _line(x, over, concave, convex) - under[convex]
        at_concave = over[concave] - _line(x, under, convex, concave)
        a, b = int(np.argmax(at_convex)), int(np.argmax(at_concave))
        if at_convex[a] > at_concave[b]:
            apart, left = float(at_convex[a]), convex[a]
            right = next(i for i in concave if i >= left)
        else:
            apart, right = float(at_concave[b]), concave[b]
            left = next(i for i in reversed(convex) if i <= right)
        if apart <= worst:
            break
        rising, falling = np.arange(first, left + 1), np.arange(right, last + 1)
        # the mode may carry any jump, so its own point does not count where the two ends meet
        rising, falling = (rising[:-1], falling[1:]) if left == right else (rising, falling)
        for gaps in (
            over[rising] - _line(x, under, [c for c in convex if c <= left], rising),
            _line(x, over, [c for c in concave if c >= right], falling) - under[falling],
        ):
            worst = max(worst, float(gaps.max(initial=0.0)))
        if left <= first and right >= last:
            break
        first, last = left, right
    return 0.5 * worst / n, float(x[first]), float(x[last])


@lru_cache(maxsize=32)
def _uniform_dips(n: int, draws: int, seed: int) -> Floats:
    """Sorted dips of uniform samples of size n; they are always the same, so they are kept on disk."""

    def draw() -> list[float]:
        random = stream(seed, "dip", n)
        return sorted(dip(random.random(n))[0] for _ in range(draws))

    said = [n, draws, seed, source_digest(Path(__file__).parent), np.__version__]
    return np.asarray(kept("dips", said, draw))


def dip_test(values: ArrayLike, *, draws: int = 499, seed: int = 1) -> Dip:
    """Hartigan's dip test: is one mode enough?

    Parameters
    ----------
    values : array_like, shape (n,)
        NaN is left out.
    draws : int
        Uniform samples for the p-value, which is thus at least 1 / (draws + 1).
    seed : int

    Returns
    -------
    Dip
        ``p`` is NaN with fewer than four values, or when more than 5 % of them are repeats.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> one, two = rng.normal(size=200), np.concatenate([rng.normal(0, 1, 100), rng.normal(6, 1, 100)])
    >>> dip_test(one).p > 0.05, dip_test(two).p < 0.05
    (True, True)
    """
    check_count(draws, most=LIMITS.lanes, field="draws")
    x = np.asarray(values, dtype=float)
    x = x[np.isfinite(x)]
    if len(x) < _FEWEST:
        return Dip(math.nan, math.nan, math.nan, math.nan, len(x))
    found, low, high = dip(x)
    if len(np.unique(x)) < (1.0 - _TIED) * len(x):
        return Dip(found, math.nan, low, high, len(x))
    null = _uniform_dips(len(x), draws, seed)
    exceeding = int(len(null) - np.searchsorted(null, found * (1 - 1e-12), side="left"))
    return Dip(found, (1 + exceeding) / (1 + draws), low, high, len(x))
