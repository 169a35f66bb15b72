"""Markov chains for a costly density that is near a normal one, with a cheap density beside it.

Three kinds of move, all of which leave the costly density as it is:

- Crank-Nicolson steps around a normal approximation N(mean, C): a proposal forgets the share
  ``1 - sqrt(1 - b^2)`` of its distance from the mean, and of a density that is that normal one every step
  is taken (doi:10.1214/13-STS421).
- Random-walk steps with the covariance of that normal approximation (doi:10.1214/aoap/1034625254).
- Surrogate transitions: many such steps on the cheap density, whose end is accepted by the change of the
  ratio of both densities (doi:10.1198/106186005X76983; Liu, Monte Carlo Strategies, section 9.4.3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

__all__ = ["Chains", "Density", "Normal", "crank_nicolson", "random_walk", "surrogate_transition"]

Array = npt.NDArray[np.float64]
Density = Callable[[Array], Array]
"""Log-densities (N,) of points (N, K), up to a constant; minus infinity where there is none."""

_LENGTHS = (0.15, 0.25, 0.35, 0.5)
"""Shares b of fresh noise, each taken equally often."""
_STRIDES = (0.3, 0.7, 1.0)
"""Lengths of random-walk steps over the best one for a normal density, each taken equally often."""


@dataclass(frozen=True)
class Normal:
    """A normal density: mean (K,) and a factor (K, K) of its covariance."""

    mean: Array
    factor: Array

    def standard(self, points: Array) -> Array:
        """Points (N, K) in coordinates in which this density is standard normal."""
        return np.asarray(np.linalg.solve(self.factor, (points - self.mean).T).T)

    def points(self, standard: Array) -> Array:
        """The inverse of :meth:`standard`."""
        return np.asarray(self.mean + standard @ self.factor.T)

    @classmethod
    def around(cls, points: Array, before: Normal, trust: float) -> Normal:
        """Mean and covariance of ``points``; of the covariance only the share ``trust`` is theirs."""
        seen = before.standard(points)
        mixed = trust * np.cov(seen.T) + (1 - trust) * np.eye(seen.shape[1])
        return cls(before.points(seen.mean(axis=0)[None])[0], before.factor @ np.linalg.cholesky(mixed))


@dataclass(frozen=True)
class Chains:
    """Where N chains stand: points (N, K), log-densities (N,), and which of the last proposals were taken."""

    points: Array
    log_density: Array
    taken: npt.NDArray[np.bool_]

    @classmethod
    def at(cls, points: Array, density: Density) -> Chains:
        """Chains that have not moved."""
        return cls(points, density(points), np.zeros(len(points), dtype=bool))


def crank_nicolson(chains: Chains, density: Density, normal: Normal, draws: np.random.Generator) -> Chains:
    """One step of every chain."""
    here = normal.standard(chains.points)
    fresh = draws.choice(_LENGTHS, size=(len(here), 1))
    there = np.sqrt(1 - fresh**2) * here + fresh * draws.normal(size=here.shape)
    points = normal.points(there)
    found = density(points)
    gain = found - chains.log_density + 0.5 * ((there**2).sum(axis=1) - (here**2).sum(axis=1))
    return _decided(chains, points, found, gain, draws)


def random_walk(chains: Chains, density: Density, normal: Normal, draws: np.random.Generator) -> Chains:
    """One step of every chain with the covariance of ``normal``."""
    size = chains.points.shape[1]
    lengths = 2.38 / np.sqrt(size) * draws.choice(_STRIDES, size=(len(chains.points), 1))
    points = chains.points + lengths * draws.normal(size=chains.points.shape) @ normal.factor.T
    found = density(points)
    return _decided(chains, points, found, found - chains.log_density, draws)


def surrogate_transition(
    chains: Chains,
    density: Density,
    cheap: Density,
    normal: Normal,
    draws: np.random.Generator,
    *,
    steps: int,
) -> Chains:
    """``steps`` steps of every chain on the cheap density, taken or refused as a whole by the costly one."""
    begun = Chains.at(chains.points, cheap)
    inner = begun
    for _ in range(steps):
        inner = crank_nicolson(inner, cheap, normal, draws)
    found = density(inner.points)
    gain = found - chains.log_density - (inner.log_density - begun.log_density)
    return _decided(chains, inner.points, found, gain, draws)


def _decided(chains: Chains, points: Array, found: Array, gain: Array, draws: np.random.Generator) -> Chains:
    """Metropolis and Hastings: ``gain`` (N,) is the logarithm of the ratio to accept by."""
    taken = np.log(draws.random(len(points))) < gain
    return replace(
        chains,
        points=np.where(taken[:, None], points, chains.points),
        log_density=np.where(taken, found, chains.log_density),
        taken=taken,
    )
