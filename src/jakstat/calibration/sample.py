"""Posterior samples: an ensemble of walkers whose moves are evaluated together as lanes of the engine.

Sampler: emcee (doi:10.1086/670067) with differential-evolution moves (doi:10.1007/s11222-006-8769-1,
doi:10.1007/s11222-008-9104-9), or with random-walk steps of a given covariance
(doi:10.1214/aoap/1034625254), which mix better in many dimensions.

The density is that of the vector on the scale of the search: a parameter
without a prior is uniform on that scale within its bounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from jakstat.calibration.convergence import effective_size, split_r_hat
from jakstat.calibration.problem import FitParameter
from jakstat.errors import problem as fault
from jakstat.extras import needs
from jakstat.limits import check_count
from jakstat.streams import check_seed, stream

__all__ = ["Sample", "check_sample", "sample"]

Array = npt.NDArray[np.float64]
_MOST_HELD = 40_000_000  # numbers of the chains that are kept in memory


class Costs(Protocol):
    """What an evaluation must have."""

    @property
    def cost(self) -> Array:
        """Minus log-density of each vector, shape (V,)."""


_STRIDES = ((1.0, 0.5), (0.5, 0.35), (0.15, 0.15))
"""Lengths of random-walk steps over the best one for a normal density, and how often each is taken."""


class Posterior(Protocol):
    """What can be sampled."""

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters, in the order of the vectors."""

    def evaluate(self, x: Array) -> Costs:
        """Costs of vectors, shape (V, K)."""


@dataclass(frozen=True)
class Sample:
    """An ensemble of parameter vectors.

    Parameters
    ----------
    names : tuple of str
    vectors : array, shape (N, K)
        On the scale of the search.
    cost : array, shape (N,)
        Minus log-posterior of each.
    r_hat, effective : array, shape (K,)
        Split R-hat and effective sample size of each parameter, over the kept part of the chains.
    acceptance : float
        Share of moves that were accepted.
    walkers, sweeps, thinning : int
    converged : bool
        Whether every R-hat is below 1.05 and every effective size above 400.
    """

    names: tuple[str, ...]
    vectors: Array
    cost: Array
    r_hat: Array
    effective: Array
    acceptance: float
    walkers: int
    sweeps: int
    thinning: int

    @property
    def converged(self) -> bool:
        """Whether the figures say that the chains have mixed."""
        return bool(np.all(self.r_hat < 1.05) and np.all(self.effective > 400))


def sample(
    objective: Posterior,
    start: Array,
    bounds: tuple[Array, Array],
    *,
    vectors: int = 500,
    seed: int,
    walkers: int | None = None,
    sweeps: int = 2_000,
    spread: Array | float = 1e-2,
    covariance: Array | None = None,
    progress: Callable[[int], None] | None = None,
) -> Sample:
    """Sample the posterior around a fitted point.

    Parameters
    ----------
    objective : Objective
        Anything with ``names`` and ``evaluate``; all walkers of a half-sweep are one call.
    start : array, shape (K,) or (S, K)
        One or several good points, on the scale of the search.
    bounds : tuple of array, shape (K,) each
        Outside them the density is zero.
    vectors : int
        How many vectors to keep.
    seed : int
    walkers : int, optional
        At least twice the number of parameters, unless ``covariance`` is given; four times when not given.
    sweeps : int
        Moves of every walker; the first half is dropped.
    spread : float or array, shape (K,)
        Standard deviation of the first walkers around the start.
    covariance : array, shape (K, K), optional
        Of the density, as far as it is known; each walker then makes its own random walk with it.
    progress : callable, optional
        Told how many sweeps are done.

    Returns
    -------
    Sample

    Raises
    ------
    InputError
        ``count.range``, ``seed.range``; ``sample.start`` when the start has no finite cost.
    """
    with needs("fit"):
        import emcee

    names = objective.names
    low, high = (np.asarray(b, dtype=np.float64) for b in bounds)
    count = check_sample(
        len(names), vectors=vectors, sweeps=sweeps, walkers=walkers, alone=covariance is not None
    )
    check_seed(seed)

    def log_density(x: Array) -> Array:
        found = np.full(len(x), -math.inf)
        inside = np.flatnonzero(((x >= low) & (x <= high)).all(axis=1))
        if len(inside):
            cost = objective.evaluate(x[inside]).cost + _scale_term(objective, x[inside])
            found[inside] = np.where(np.isfinite(cost), -cost, -math.inf)
        return found

    state = _first_walkers(log_density, np.atleast_2d(start), (low, high), count, seed, spread)
    moves = _moves(covariance)
    sampler = emcee.EnsembleSampler(count, len(names), log_density, moves=moves, vectorize=True)
    key = stream(seed, "sample", "moves").integers(0, 2**32, size=8, dtype=np.uint32)
    sampler.random_state = np.random.RandomState(key).get_state()
    drop, stride = sweeps // 2, max(1, -(-(sweeps - sweeps // 2) * count * len(names) // _MOST_HELD))
    chain: list[Array] = []
    levels: list[Array] = []
    moved, last = 0, state
    for done, now in enumerate(
        sampler.sample(
            state, iterations=sweeps, store=False, skip_initial_state_check=covariance is not None
        ),
        start=1,
    ):
        here = np.array(now.coords)
        moved += int((here != last).any(axis=1).sum())
        last = here
        if done > drop and (done - drop) % stride == 0:
            chain.append(here)
            levels.append(np.array(now.log_prob))
        if progress is not None:
            progress(done)
    acceptance = moved / (sweeps * count)
    return _kept(np.array(chain), np.array(levels), names, vectors, seed, (acceptance, sweeps))


def check_sample(
    parameters: int, *, vectors: int, sweeps: int, walkers: int | None = None, alone: bool = False
) -> int:
    """The number of walkers of a sampling that can be done.

    Parameters
    ----------
    parameters : int
    vectors, sweeps, walkers
        As of :func:`sample`.
    alone : bool
        Whether each walker goes its own way.

    Raises
    ------
    InputError
        ``count.range``.

    Examples
    --------
    >>> check_sample(3, vectors=10, sweeps=100)
    16
    """
    count = max(4 * parameters, 16) if walkers is None else walkers
    check_count(count, least=2 if alone else 2 * parameters, most=100_000, field="walkers")
    check_count(sweeps, least=4, most=10_000_000, field="--sweeps")
    check_count(vectors, most=count * (sweeps - sweeps // 2), field="--sample")
    return count


def _moves(covariance: Array | None) -> list[tuple[Any, float]]:
    """Moves of the sampler with their shares; a random walk takes long and short steps."""
    with needs("fit"):
        from emcee import moves

    if covariance is None:
        return [(moves.DEMove(), 0.8), (moves.DESnookerMove(), 0.1), (moves.StretchMove(), 0.1)]
    best = 2.38**2 / len(covariance)
    return [(moves.GaussianMove(best * covariance * size**2), share) for size, share in _STRIDES]


def _scale_term(objective: Posterior, x: Array) -> Array:
    """Change of variables where a prior is a density of the value, and the search is on a logarithm."""
    outer: tuple[FitParameter, ...] = getattr(getattr(objective, "problem", None), "outer", ())
    total = np.zeros(len(x))
    for k, p in enumerate(outer):
        if p.prior is not None and not p.prior.on_scale and p.scale != "lin":
            total -= x[:, k] * (math.log(10.0) if p.scale == "log10" else 1.0)
    return total


def _first_walkers(
    log_density: Callable[[Array], Array],
    start: Array,
    bounds: tuple[Array, Array],
    count: int,
    seed: int,
    spread: Array | float,
) -> Array:
    low, high = bounds
    if not np.isfinite(log_density(np.clip(start, low, high))).any():
        raise fault(
            "sample.start", "the start has no finite cost", hint="fit first, and sample from the best"
        )
    draws = stream(seed, "sample", "walkers")
    found = np.zeros((0, start.shape[1]))
    for shrink in np.repeat([1.0, 0.3, 0.1, 0.01], 4):
        centre = start[draws.integers(len(start), size=2 * count)]
        tried = centre + shrink * np.asarray(spread) * draws.normal(size=centre.shape)
        # a walker beyond a bound is mirrored, so that walkers at a bound do not coincide
        tried = np.where(tried < low, 2 * low - tried, tried)
        tried = np.clip(np.where(tried > high, 2 * high - tried, tried), low, high)
        found = np.concatenate([found, tried[np.isfinite(log_density(tried))]])
        if len(found) >= count:
            return found[:count]
    raise fault("sample.start", "too few finite costs near the start")


def _kept(
    chain: Array,
    log_density: Array,
    names: tuple[str, ...],
    vectors: int,
    seed: int,
    run: tuple[float, int],
) -> Sample:
    """A fair draw from chains of shape (kept sweeps, walkers, K), and how well they mixed."""
    acceptance, sweeps = run
    flat, cost = chain.reshape(-1, chain.shape[2]), -log_density.reshape(-1)
    by_walker = chain.transpose(2, 1, 0)
    r_hat = np.array([split_r_hat(c) for c in by_walker])
    effective = np.array([effective_size(c) for c in by_walker])
    # at random over sweeps and walkers: an even stride would take the same walkers again and again
    chosen = stream(seed, "sample", "order").permutation(len(flat))[:vectors]
    return Sample(
        names, flat[chosen], cost[chosen], r_hat, effective, acceptance, chain.shape[1], sweeps,
        max(1, len(flat) // vectors),
    )  # fmt: skip
