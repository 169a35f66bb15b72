"""Which numbers of patients go with an outcome: alone, and beside all the others.

Alone by the area under the curve of operating characteristics (Mann and Whitney; DeLong 1988,
doi:10.2307/2531595) or by Spearman's correlation. Beside the others by a ridge regression on standardised
numbers, each importance being what its explained share of variance out of sample loses when that number is
shuffled between patients (Breiman 2001, doi:10.1023/A:1010933404324).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.streams import stream

with needs("trial"):
    from scipy.stats import rankdata

__all__ = ["Features", "area_under_curve", "rank_correlation", "separating", "shuffled_importance"]

_RIDGE = 0.05
"""Of the number of patients."""
_ALIKE = 0.8
_FOLDS = 5
_SHUFFLES = 10
_Z = 1.959963984540054
_FEWEST = 10


@dataclass(frozen=True, slots=True)
class Features:
    """Numbers of patients.

    Parameters
    ----------
    names : tuple of str
    values : array (patients, numbers)
    """

    names: tuple[str, ...]
    values: Floats

    @classmethod
    def of(cls, columns: Mapping[str, Floats]) -> Features:
        """Numbers that differ between patients and are known of all of them."""
        kept = {k: v for k, v in columns.items() if np.isfinite(v).all() and np.ptp(v) > 0.0}
        count = len(next(iter(columns.values()))) if columns else 0
        return cls(tuple(kept), np.stack(list(kept.values()), axis=1) if kept else np.zeros((count, 0)))

    def apart(self) -> tuple[Features, dict[str, str]]:
        """The numbers without those that go with an earlier one nearly always, and which that is.

        Examples
        --------
        >>> x = np.arange(9.0)
        >>> kept, alike = Features.of({"x": x, "its square": x**2, "y": (x - 4.0) ** 2}).apart()
        >>> kept.names, alike
        (('x', 'y'), {'its square': 'x'})
        """
        scores = self.standard
        together = np.abs(scores.T @ scores) / max(len(scores), 1)
        kept: list[int] = []
        alike: dict[str, str] = {}
        for j, name in enumerate(self.names):
            other = next((i for i in kept if together[i, j] > _ALIKE), None)
            if other is None:
                kept.append(j)
            else:
                alike[name] = self.names[other]
        return Features(tuple(self.names[j] for j in kept), self.values[:, kept]), alike

    @property
    def standard(self) -> Floats:
        """Normal scores of the ranks: outliers and units do not count."""
        with needs("trial"):
            from scipy.special import ndtri

        ranks = rankdata(self.values, axis=0)
        scores = np.asarray(ndtri((ranks - 0.5) / len(ranks)))
        return np.asarray((scores - scores.mean(axis=0)) / np.maximum(scores.std(axis=0), 1e-12))


def area_under_curve(values: Floats, positive: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Chance that a positive one has the larger value, with limits of 95 %.

    Examples
    --------
    >>> area_under_curve(np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, False, True, True]))[0]
    1.0
    """
    up, down = values[positive], values[~positive]
    both = rankdata(values)
    above = (both[positive] - rankdata(up)) / len(down)
    below = 1.0 - (both[~positive] - rankdata(down)) / len(up)
    area = float(above.mean())
    spread = above.var(ddof=1) / len(up) + below.var(ddof=1) / len(down)
    half = _Z * float(spread) ** 0.5
    return area, max(area - half, 0.0), min(area + half, 1.0)


def rank_correlation(x: Floats, y: Floats) -> tuple[float, float, float]:
    """Spearman's correlation with limits of 95 % (Bonett and Wright 2000, doi:10.1007/BF02294183).

    Examples
    --------
    >>> rank_correlation(np.arange(8.0), np.arange(8.0) ** 3)[0]
    1.0
    """
    a, b = rankdata(x) - 0.5 * (len(x) + 1), rankdata(y) - 0.5 * (len(y) + 1)
    norm = float(np.sqrt((a @ a) * (b @ b)))
    r = float(a @ b) / norm if norm > 0.0 else 0.0
    if len(x) < 5 or abs(r) >= 1.0:
        return r, r, r
    half = _Z * float(np.sqrt((1.0 + 0.5 * r * r) / (len(x) - 3.0)))
    low, high = np.tanh([np.arctanh(r) - half, np.arctanh(r) + half])
    return r, float(low), float(high)


def _ridge(x: Floats, y: Floats) -> Floats:
    return np.asarray(np.linalg.solve(x.T @ x + _RIDGE * len(y) * np.eye(x.shape[1]), x.T @ (y - y.mean())))


def shuffled_importance(
    features: Features, target: Floats, *, seed: int, name: Sequence[str]
) -> dict[str, Any]:
    """Standardised coefficients, and what shuffling a number costs out of sample.

    Parameters
    ----------
    features : Features
    target : array (patients,)
    seed : int
    name : sequence of str
        Of the streams of draws: one for the folds, one for each number that is shuffled.

    Returns
    -------
    dict
        ``explained`` (share of variance out of sample; below 0 when nothing is explained), ``coefficients``
        and ``importance`` by number.
    """
    x, y = features.standard, (target - target.mean()) / max(float(target.std()), 1e-12)
    fold = stream(seed, "trial", "explain", *name, "folds").permutation(len(y)) % _FOLDS
    lines = [(k, _ridge(x[fold != k], y[fold != k]), float(y[fold != k].mean())) for k in range(_FOLDS)]

    def explained(values: Floats) -> float:
        left = np.concatenate([y[fold == k] - m - values[fold == k] @ line for k, line, m in lines])
        return 1.0 - float(left @ left) / float(((y - y.mean()) ** 2).sum())

    whole = explained(x)
    importance = {}
    for j, feature in enumerate(features.names):
        draws = stream(seed, "trial", "explain", *name, feature)
        lost = []
        for _ in range(_SHUFFLES):
            shuffled = x.copy()
            shuffled[:, j] = draws.permutation(x[:, j])
            lost.append(whole - explained(shuffled))
        importance[feature] = float(np.mean(lost))
    found = dict(zip(features.names, map(float, _ridge(x, y)), strict=True))
    return {"explained": whole, "coefficients": found, "importance": importance}


def separating(features: Features, target: Floats, *, seed: int, name: Sequence[str]) -> dict[str, Any]:
    """Numbers that go with an outcome, the most important first.

    Parameters
    ----------
    features : Features
    target : array (patients,)
        Flags, or a number.
    seed : int
    name : sequence of str

    Returns
    -------
    dict
        ``patients``, ``explained``, ``features`` (``name``, ``alone`` with ``low`` and ``high``,
        ``coefficient``, ``importance``) and ``alike``: numbers left out, by the one they nearly always go
        with. Without features when there are too few patients.
    """
    flags = bool(np.isin(target, (0.0, 1.0)).all())
    few = min(target.sum(), (1 - target).sum()) < _FEWEST if flags else len(target) < 3 * _FEWEST
    told = "area under curve" if flags else "rank correlation"
    found: dict[str, Any] = {"patients": len(target), "alone": told}
    if few or not features.names or np.ptp(target) == 0.0:
        return found | {"explained": None, "features": [], "why": "too few patients, or all alike"}
    apart, alike = features.apart()
    beside = shuffled_importance(apart, target, seed=seed, name=name)
    rows = []
    for j, feature in enumerate(apart.names):
        values = apart.values[:, j]
        alone = area_under_curve(values, target > 0.5) if flags else rank_correlation(values, target)
        rows.append({
            "name": feature, "alone": alone[0], "low": alone[1], "high": alone[2],
            "coefficient": beside["coefficients"][feature], "importance": beside["importance"][feature],
        })  # fmt: skip
    rows.sort(key=lambda row: (-row["importance"], row["name"]))
    return found | {"explained": beside["explained"], "features": rows, "alike": alike}
