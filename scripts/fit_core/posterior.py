"""Samples of the posterior of the core: the vectors that the product ships.

The density is that of the fit: points, backgrounds and walls as likelihood, the pull towards the
sourced values as prior, the ends of the ranges as its support. Chains start at draws of the normal
approximation around the shipped minimum, and stay in its basin (docs/decisions/0012).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jakstat.calibration.ensemble_file import write_ensemble
from jakstat.calibration.sample import Sample, sample
from jakstat.identity import content_key
from jakstat.store import manifest
from jakstat.streams import stream
from scripts.fit_core.optimise import costs_at, jacobian
from scripts.fit_core.start import Free

__all__ = ["CorePosterior", "draw_posterior", "write_posterior"]

Array = npt.NDArray[np.float64]

_SOURCES = ("sobotta2017", "zeilfelder2025")
_WALKERS = 24
_NARROW = 0.3
"""Share of the normal approximation's width that the first walkers take."""
_ADAPTATIONS = (600, 1000, 1400)
"""Sweeps of the stages that learn the covariance; their vectors are thrown away."""


@dataclass(frozen=True)
class _Costs:
    """Minus log-density of each vector (V,)."""

    cost: Array


class CorePosterior:
    """Minus log-density of vectors (V, K), for the sampler."""

    def __init__(self, free: Free) -> None:
        self.names = free.keys
        self._free = free

    def evaluate(self, x: Array) -> _Costs:
        """Half the sum of squares of each vector; infinite where a run failed."""
        cost = np.array([0.5 * found.total for found in costs_at(self._free, list(x))])
        return _Costs(np.where(np.isfinite(cost), cost, np.inf))


def _normal(free: Free, centre: Array) -> Array:
    """Covariance (K, K) of the normal approximation at ``centre``; no direction is wider than its range."""
    slopes = jacobian(free, centre)
    values, vectors = np.linalg.eigh(slopes.T @ slopes)
    return np.asarray(vectors @ np.diag(1 / np.maximum(values, 1.0)) @ vectors.T)


def _inside(free: Free, x: Array) -> Array:
    """Vectors (V, K) mirrored at the ends of the ranges."""
    x = np.where(x < free.low, 2 * free.low - x, x)
    x = np.where(x > free.high, 2 * free.high - x, x)
    return np.asarray(np.clip(x, free.low, free.high))


def draw_posterior(
    free: Free,
    centre: Array,
    *,
    vectors: int,
    sweeps: int,
    seed: int,
    progress: Callable[[int], None],
    earlier: Array | None = None,
) -> Sample:
    """Sample around ``centre`` (K,), the shipped minimum on the natural logarithm.

    The covariance of the steps is learnt in stages, each of which starts where the last one ended.
    With ``earlier`` vectors (V, K) of the same numbers, it is theirs, and the chains start from them.
    """
    target, bounds = CorePosterior(free), (free.low, free.high)
    if earlier is not None:
        return sample(
            target, earlier[:_WALKERS], bounds, vectors=vectors, seed=seed, walkers=_WALKERS,
            sweeps=sweeps, spread=1e-4, covariance=np.cov(earlier.T), progress=progress,
        )  # fmt: skip
    centre = np.clip(centre, free.low + 1e-6, free.high - 1e-6)
    covariance = _normal(free, centre)
    draws = stream(seed, "core-posterior", "start").normal(size=(_WALKERS, len(centre)))
    points = _inside(free, centre + _NARROW * draws @ np.linalg.cholesky(covariance).T)
    for stage, length in enumerate(_ADAPTATIONS):
        found = sample(
            target, points, bounds, vectors=_WALKERS * length // 2, seed=seed + stage + 1, walkers=_WALKERS,
            sweeps=length, spread=1e-4, covariance=covariance, progress=progress,
        )  # fmt: skip
        covariance = np.cov(found.vectors.T) + 1e-8 * np.eye(len(centre))
        points = found.vectors[:_WALKERS]
        print(f"stage {stage + 1}: acceptance {found.acceptance:.3f}", flush=True)
    return sample(
        target, points, bounds, vectors=vectors, seed=seed, walkers=_WALKERS, sweeps=sweeps, spread=1e-4,
        covariance=covariance, progress=progress,
    )  # fmt: skip


def write_posterior(found: Sample, free: Free, path: Path, *, seed: int) -> None:
    """Write the ensemble file with what it was made from."""
    made = manifest(
        "ensemble",
        {
            "ranges_key": content_key([free.keys, free.low.tolist(), free.high.tolist()]),
            "seed": seed,
            "sweeps": found.sweeps,
            "walkers": found.walkers,
            "acceptance": round(found.acceptance, 4),
            "largest_r_hat": round(float(np.max(found.r_hat)), 4),
            "least_effective_size": round(float(np.min(found.effective)), 1),
        },
        sources=_SOURCES,
    )
    write_ensemble(found, ("log",) * len(free.keys), made, path, replace=True)
