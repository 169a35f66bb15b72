"""Samples of the posterior of the core: the vectors that the product ships.

The density is that of the fit: points, backgrounds and walls as likelihood, the pull towards the
sourced values as prior, the ends of the ranges as its support. It is sampled in coordinates in which the
prior is standard normal (:mod:`scripts.fit_core.normal_scale`), in the basin of the shipped minimum:

1. the minimum in these coordinates, and the normal approximation of Gauss and Newton there;
2. a pilot of Crank-Nicolson steps, whose evaluations teach a surrogate: every residual and every wall's
   reading as a quadratic map of the coordinates;
3. surrogate transitions and Crank-Nicolson or random-walk steps in turn
   (:mod:`scripts.fit_core.transitions`).

A gradient costs as much as forty vectors here, by the engine's sensitivities as by differences, since
vectors are lanes; so the slopes are spent once, on the normal approximation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jakstat.calibration.convergence import effective_size, split_r_hat
from jakstat.calibration.sample import Sample
from jakstat.streams import stream
from scripts.fit_core.measurements import CONTEXTS
from scripts.fit_core.normal_scale import NormalScale
from scripts.fit_core.objective import FITTING, problem, simulate
from scripts.fit_core.quadratic_map import SquareSum, features, quadratic_slopes
from scripts.fit_core.start import Free
from scripts.fit_core.transitions import (
    Chains,
    Density,
    Normal,
    crank_nicolson,
    random_walk,
    surrogate_transition,
)
from scripts.fit_core.walls import wall_residuals, walls

__all__ = ["CorePosterior", "Moves", "draw_posterior", "posterior_sample"]

Array = npt.NDArray[np.float64]
Said = Callable[[str], None]

_PARTS = ("fit",)
_CHAINS = 24
_NARROW = 0.7
"""Share of the normal approximation's width that the first chains take."""
_PILOT = (150, 200)
"""Sweeps of the pilot, each part followed by a new normal density."""
_ROUNDS, _TRIALS = 4, 50
"""Rounds of trial transitions, each followed by a new normal density and a new surrogate."""
_TRUST = 0.8
_EACH = 4
"""Every so many transitions a Crank-Nicolson step, unless there are random-walk steps after each."""
_TAUGHT = 9000
"""The surrogate is fitted to so many of the latest evaluations."""
_FAR = 40.0
"""Evaluations so far below the best log-density teach nothing."""
_STEP = 1e-3
_DAMPING = (0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
_CLIMBS, _FLAT, _STIFF = 20, 0.02, 1e6
_TOLD = 50


@dataclass(frozen=True)
class Moves:
    """What a transition is made of.

    Parameters
    ----------
    inner : tuple of int
        Steps on the surrogate between two evaluations, each number taken equally often. The ends of many are
        nearly independent of where they began; where the surrogate is too low only near ends are taken.
    walks : int
        Random-walk steps after it, which free chains from such places.
    """

    inner: tuple[int, ...] = (120,)
    walks: int = 0


class CorePosterior:
    """The log-density over the coordinates; remembers its evaluations for the surrogate."""

    def __init__(self, free: Free) -> None:
        self.free, self.scale = free, NormalScale.of(free, FITTING.pull)
        self._seen: list[tuple[Array, Array, Array]] = []

    def values(self, u: Array) -> Array:
        """Residuals of data and backgrounds, logarithms of wall readings (N, R + W); NaN: the run failed."""
        sets = [self.free.by_context(x) for x in self.scale.logarithms(u)]
        curves = {c: simulate(c, [s[c] for s in sets], _PARTS) for c in CONTEXTS}
        rows = []
        for i in range(len(u)):
            own = {c: curves[c][i] for c in CONTEXTS}
            found = [*problem(*_PARTS).point_residuals(own, FITTING), *(own[c].walls for c in CONTEXTS)]
            failed = not all(
                np.isfinite(c.at_points).all() and np.isfinite(c.walls).all() for c in own.values()
            )
            rows.append(np.full(sum(map(len, found)), np.nan) if failed else np.concatenate(found))
        table = np.array(rows)
        read = table[:, -_readings() :]
        table[:, -_readings() :] = np.log(np.maximum(read, 1e-9))
        return table

    def log_density(self, u: Array) -> Array:
        """Log-densities (N,) of points (N, K)."""
        found = self.values(u)
        value = -0.5 * ((_residuals(found) ** 2).sum(axis=1) + (u**2).sum(axis=1))
        value = np.where(np.isfinite(value), value, -np.inf)
        self._seen.append((u, found.astype(np.float32), value))
        return value

    def surrogate(self, normal: Normal) -> Density:
        """The density that quadratic maps of the latest evaluations give."""
        u, found, value = (np.concatenate(part)[-_TAUGHT:] for part in zip(*self._seen, strict=True))
        near = value > value.max() - _FAR
        v, found = normal.standard(u[near]), found[near].astype(float)
        slopes = quadratic_slopes(v, found)
        points = SquareSum.of(slopes[:, : -_readings()], v)
        readings = slopes[:, -_readings() :]

        def cheap(u: Array) -> Array:
            design = features(normal.standard(u))
            squares = points.at(design) + (_beyond(design @ readings) ** 2).sum(axis=1)
            return np.asarray(-0.5 * (squares + (u**2).sum(axis=1)))

        return cheap

    def forget(self) -> None:
        """Evaluations that the surrogate shall not learn from."""
        self._seen.clear()

    def cost(self, u: Array, log_density: Array) -> Array:
        """Half of the fit's sum of squares (N,) at points whose log-density is known."""
        pull = (self.scale.logarithms(u) - self.scale.centre) / self.scale.width
        return np.asarray(0.5 * ((pull**2).sum(axis=1) - (u**2).sum(axis=1)) - log_density)


def _readings() -> int:
    return sum(len(walls(c)) for c in CONTEXTS)


def _beyond(logged: Array) -> Array:
    """Residuals (N, W) of the walls at logarithms of readings (N, W)."""
    ends = np.cumsum([len(walls(c)) for c in CONTEXTS])[:-1]
    parts = zip(CONTEXTS, np.split(np.exp(logged), ends, axis=1), strict=True)
    return np.concatenate([wall_residuals(c, part) for c, part in parts], axis=1)


def _residuals(values: Array) -> Array:
    return np.concatenate([values[:, : -_readings()], _beyond(values[:, -_readings() :])], axis=1)


def _slopes(target: CorePosterior, u: Array) -> tuple[Array, Array]:
    """Slopes (R, K) of all residuals at ``u`` (K,), the prior's among them, and the residuals (R,)."""
    steps = _STEP * np.eye(len(u))
    at = np.concatenate([u + steps, u - steps, u[None]])
    found = np.concatenate([_residuals(target.values(at)), at], axis=1)
    return (found[: len(u)] - found[len(u) : -1]).T / (2 * _STEP), found[-1]


def _approximation(target: CorePosterior, u: Array, said: Said) -> Normal:
    """Gauss and Newton's normal at the highest log-density near ``u`` (K,), by Levenberg and Marquardt."""
    damping, here = 1.0, float(target.log_density(u[None])[0])
    for _ in range(_CLIMBS):
        slopes, residuals = _slopes(target, u)
        curve, slope = slopes.T @ slopes, slopes.T @ residuals
        tried = np.array(
            [u - np.linalg.solve(curve + damping * d * np.diag(np.diag(curve)), slope) for d in _DAMPING]
        )
        found = target.log_density(tried)
        best = int(found.argmax())
        gain = float(found[best]) - here
        damping = min(damping * (_DAMPING[best] if gain > 0 else 30.0), _STIFF)
        if gain > 0:
            u, here = tried[best], here + gain
        if 0 < gain < _FLAT or damping >= _STIFF:
            break
    slopes, _ = _slopes(target, u)
    said(f"highest log-density {here:.2f}")
    return Normal(u, np.linalg.cholesky(np.linalg.inv(slopes.T @ slopes)))


@dataclass
class _Walk:
    """Chains on the target and what they have been through."""

    target: CorePosterior
    chains: Chains
    normal: Normal
    draws: np.random.Generator
    moves: Moves

    def pilot(self, sweeps: int) -> float:
        """Crank-Nicolson steps, and the normal density of their second half; the share taken."""
        kept, taken = [], 0.0
        for i in range(sweeps):
            self.chains = crank_nicolson(self.chains, self.target.log_density, self.normal, self.draws)
            taken += self.chains.taken.mean() / sweeps
            if i >= sweeps // 2:
                kept.append(self.chains.points)
        self.normal = Normal.around(np.concatenate(kept), self.normal, _TRUST)
        return taken

    def transition(self, cheap: Density, number: int) -> float:
        """A surrogate transition and steps without it; the share of the transitions taken."""
        density = self.target.log_density
        steps = int(self.draws.choice(self.moves.inner)) if len(self.moves.inner) > 1 else self.moves.inner[0]
        self.chains = surrogate_transition(
            self.chains, density, cheap, self.normal, self.draws, steps=steps
        )  # fmt: skip
        taken = float(self.chains.taken.mean())
        for _ in range(self.moves.walks):
            self.chains = random_walk(self.chains, density, self.normal, self.draws)
        if not self.moves.walks and number % _EACH == 0:
            self.chains = crank_nicolson(self.chains, density, self.normal, self.draws)
        return taken

    def rounds(self, said: Said) -> Density:
        """Trial transitions that teach the normal density and the surrogate; the last surrogate."""
        cheap = self.target.surrogate(self.normal)
        kept: list[Array] = []
        for i in range(_ROUNDS):
            share = 0.0
            for n in range(_TRIALS):
                share += self.transition(cheap, n) / _TRIALS
                kept.append(self.chains.points)
            self.normal = Normal.around(np.concatenate(kept[-2 * _TRIALS :]), self.normal, _TRUST)
            cheap = self.target.surrogate(self.normal)
            said(f"round {i + 1}: {share:.3f} of the trial transitions taken")
        return cheap


def _piloted(
    target: CorePosterior, centre: Array, draws: np.random.Generator, moves: Moves, said: Said
) -> _Walk:
    """Chains that start around the highest log-density near ``centre`` (K,)."""
    normal = _approximation(target, np.clip(target.scale.coordinates(centre), -3, 3), said)
    first = normal.points(_NARROW * draws.normal(size=(_CHAINS, len(centre))))
    walk = _Walk(target, Chains.at(first, target.log_density), normal, draws, moves)
    for length in _PILOT:
        said(f"pilot of {length} sweeps: {walk.pilot(length):.3f} of the steps taken")
    return walk


def _resumed(target: CorePosterior, chain: Array, draws: np.random.Generator, moves: Moves) -> _Walk:
    """Chains that start where those of ``chain`` (T, N, K) ended."""
    late = chain[len(chain) // 2 :].reshape(-1, chain.shape[2])
    size = chain.shape[2]
    normal = Normal.around(late, Normal(np.zeros(size), np.eye(size)), 1.0)
    for part in np.array_split(np.unique(late, axis=0), 100):
        target.log_density(part)
    return _Walk(target, Chains.at(chain[-1], target.log_density), normal, draws, moves)


def draw_posterior(
    free: Free,
    centre: Array,
    *,
    sweeps: int,
    minutes: float,
    seed: int,
    said: Said,
    checkpoint: Path,
    earlier: Sequence[Path] = (),
    moves: Moves = Moves(),
) -> None:
    """Sample around ``centre`` (K,), the shipped minimum on the natural logarithm.

    Ends after ``sweeps`` transitions, or ``minutes`` after they began; ``checkpoint`` holds the chains.
    With those of ``earlier`` runs, in their order, chains start where the last of these ended, and the
    second half of them all takes the place of the pilot.
    """
    target = CorePosterior(free)
    draws = stream(seed, "core-posterior", "walk")
    if earlier:
        walk = _resumed(target, _joined(earlier)[0], draws, moves)
    else:
        walk = _piloted(target, centre, draws, moves, said)
    cheap = walk.rounds(said)
    chain: list[Array] = []
    density: list[Array] = []
    until = time.monotonic() + 60 * minutes
    while len(chain) < sweeps and time.monotonic() < until:
        target.forget()
        walk.transition(cheap, len(chain))
        chain.append(walk.chains.points)
        density.append(walk.chains.log_density)
        if len(chain) % _TOLD == 0:
            np.savez(checkpoint, chain=np.array(chain), log_density=np.array(density))
            r_hat, effective = _mixed(np.array(chain))
            said(f"{len(chain)} transitions: R-hat {r_hat.max():.3f}, effective size {effective.min():.0f}")
    np.savez(checkpoint, chain=np.array(chain), log_density=np.array(density))


def _mixed(chain: Array) -> tuple[Array, Array]:
    """R-hat (K,) and effective size (K,) of chains (T, N, K)."""
    by_number = chain.transpose(2, 1, 0)
    return np.array([split_r_hat(c) for c in by_number]), np.array([effective_size(c) for c in by_number])


def _joined(checkpoints: Sequence[Path]) -> tuple[Array, Array]:
    """Chains (T, N, K) of runs that went on from one another, and their log-densities (T, N)."""
    kept = [np.load(checkpoint) for checkpoint in checkpoints]
    return np.concatenate([k["chain"] for k in kept]), np.concatenate([k["log_density"] for k in kept])


def posterior_sample(free: Free, checkpoints: Sequence[Path], *, vectors: int, seed: int) -> Sample:
    """A fair draw from the chains of runs that ended or were stopped, on the natural logarithm."""
    target = CorePosterior(free)
    chain, levels = _joined(checkpoints)
    r_hat, effective = _mixed(chain)
    flat, density = chain.reshape(-1, chain.shape[2]), levels.reshape(-1)
    chosen = stream(seed, "core-posterior", "order").permutation(len(flat))[:vectors]
    u = flat[chosen]
    moved = float((chain[1:] != chain[:-1]).any(axis=2).mean())
    return Sample(
        free.keys, target.scale.logarithms(u), target.cost(u, density[chosen]), r_hat, effective,
        moved, chain.shape[1], chain.shape[0], max(1, len(flat) // vectors),
    )  # fmt: skip
