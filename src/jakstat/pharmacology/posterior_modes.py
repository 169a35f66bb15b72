"""Most probable draws of individuals, given what was measured in each (empirical Bayes estimates).

Of each individual the sum of squared draws and of -2 log likelihood is made least: the mode of the posterior
under a standard normal prior. The residual error is normal with a standard deviation that follows the
prediction, sd^2 = additive^2 + (proportional f)^2; of a value below the limit of quantification the
probability to lie there is taken (Beal's M3, doi:10.1023/A:1012299115260).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.extras import needs

with needs("analysis"):
    from scipy.special import log_ndtr

__all__ = ["ErrorModel", "PosteriorModes", "posterior_modes", "weighted_draws"]

Predict = Callable[[Floats, NDArray[np.intp]], Floats]
"""From draws (rows, draws) and the individual of each row to predictions (rows, samples)."""

_STEP = 1e-2  # of a draw, for central differences
_SMALL = 1e-6  # of a draw: nothing moves any more
_MOST = 400
_LAMBDA, _UP, _DOWN, _HIGHEST = 1e-3, 8.0, 0.25, 1e10
_PRIOR, _WIDER = 0.25, 1.4  # share of draws from the prior, and how much wider the others are
_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """The residual error: its proportional and its additive part.

    Examples
    --------
    >>> ErrorModel(0.3, 0.4).sd(np.array([1.0])).tolist()
    [0.5]
    """

    proportional: float
    additive: float = 0.0

    def sd(self, predicted: Floats) -> Floats:
        """Standard deviation at predictions."""
        return np.asarray(np.hypot(self.proportional * predicted, self.additive))

    def slope(self, predicted: Floats) -> Floats:
        """Its derivative by the prediction."""
        sd = np.maximum(self.sd(predicted), np.finfo(float).tiny)
        return np.asarray(self.proportional**2 * predicted / sd)


@dataclass(frozen=True, slots=True)
class PosteriorModes:
    """Modes of all individuals.

    Parameters
    ----------
    draws : array, shape (individuals, draws)
        Independent standard normal ones.
    covariance : array, shape (individuals, draws, draws)
        Of the posterior, by the inverse of the expected curvature at its mode.
    predicted : array, shape (individuals, samples)
    objective : array, shape (individuals,)
        -2 log likelihood plus the squares of the draws.
    converged : array of bool, shape (individuals,)
    """

    draws: Floats
    covariance: Floats
    predicted: Floats
    objective: Floats
    converged: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Measured:
    """Values and limits, which of them count, and how."""

    values: Floats
    limits: Floats
    exact: NDArray[np.bool_]
    censored: NDArray[np.bool_]
    error: ErrorModel

    def of(self, rows: NDArray[np.intp]) -> _Measured:
        """Those of some individuals."""
        return _Measured(
            self.values[rows], self.limits[rows], self.exact[rows], self.censored[rows], self.error
        )

    def minus_two_log(self, predicted: Floats) -> Floats:
        """-2 log likelihood of each individual; infinite where a prediction is no number."""
        sd = self.error.sd(predicted)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            each = np.where(
                self.exact, ((self.values - predicted) / sd) ** 2 + 2.0 * np.log(sd) + _LOG_2PI, 0.0
            )
            below = np.where(self.censored, -2.0 * log_ndtr((self.limits - predicted) / sd), 0.0)
        total = (each + below).sum(axis=1)
        return np.asarray(np.where(np.isfinite(total), total, np.inf))

    def curvature(self, predicted: Floats, moves: Floats) -> tuple[Floats, Floats]:
        """Gradient and expected Hessian of it by the draws; ``moves`` is (individuals, draws, samples)."""
        sd, slope = self.error.sd(predicted), self.error.slope(predicted)
        safe = np.where(sd > 0, sd, 1.0)
        rest = np.where(self.exact, self.values - predicted, 0.0)
        first = np.where(self.exact, -2.0 * rest / safe**2 - 2.0 * rest**2 * slope / safe**3, 0.0)
        first = first + np.where(self.exact, 2.0 * slope / safe, 0.0)
        second = np.where(self.exact, 2.0 / safe**2 + 4.0 * slope**2 / safe**2, 0.0)
        at = np.where(self.censored, (self.limits - predicted) / safe, 0.0)
        along = np.where(self.censored, -1.0 / safe - at * slope / safe, 0.0)
        hazard = np.exp(-0.5 * at**2 - 0.5 * _LOG_2PI - log_ndtr(at))
        first = first - 2.0 * np.where(self.censored, hazard * along, 0.0)
        second = second + 2.0 * np.where(self.censored, hazard * (at + hazard) * along**2, 0.0)
        gradient = np.einsum("nks,ns->nk", moves, first)
        hessian = np.einsum("nks,ns,nls->nkl", moves, second, moves)
        return gradient, hessian


def posterior_modes(
    predict: Predict,
    values: Floats,
    error: ErrorModel,
    *,
    draws: int,
    counts: NDArray[np.bool_],
    below: NDArray[np.bool_] | None = None,
    limits: Floats | None = None,
) -> PosteriorModes:
    """The most probable draws of each individual.

    Parameters
    ----------
    predict : callable
        From draws, shape (rows, draws), and the individual of each row to predictions (rows, samples).
    values : array, shape (individuals, samples)
        Measured.
    error : ErrorModel
    draws : int
        How many each individual has.
    counts : array of bool, shape (individuals, samples)
        Which values count.
    below : array of bool, shape (individuals, samples), optional
        Which of them lie below their limit.
    limits : array, shape (individuals, samples), optional

    Notes
    -----
    Levenberg and Marquardt's method on all individuals at once, with the expected curvature of a normal
    density whose spread follows its mean; derivatives by central differences.

    Examples
    --------
    A straight line, y = 2 z + e: the mode is 2 y/(2^2 + sd^2).

    >>> line = lambda z, rows: 2.0 * z
    >>> y, one = np.array([[1.0]]), np.ones((1, 1), dtype=bool)
    >>> found = posterior_modes(line, y, ErrorModel(0.0, 0.5), draws=1, counts=one)
    >>> round(float(found.draws[0, 0]), 6), round(float(found.covariance[0, 0, 0]), 6)
    (0.470588, 0.058824)
    """
    size = len(values)
    data = _measured(values, error, counts, below, limits)
    z = np.zeros((size, draws))
    predicted = predict(z, np.arange(size))
    best = data.minus_two_log(predicted)
    damp, done = np.full(size, _LAMBDA), ~np.isfinite(best)
    for _ in range(_MOST):
        rows = np.flatnonzero(~done)
        if not len(rows):
            break
        moves = _moves(predict, z[rows], rows)
        gradient, hessian = data.of(rows).curvature(predicted[rows], moves)
        gradient, hessian = gradient + 2.0 * z[rows], hessian + 2.0 * np.eye(draws)
        step = _steps(gradient, hessian, damp[rows])
        trial = z[rows] + step
        new = predict(trial, rows)
        objective = data.of(rows).minus_two_log(new) + (trial**2).sum(axis=1)
        good = objective <= best[rows]
        taken, kept = rows[good], rows[~good]
        z[taken], predicted[taken], best[taken] = trial[good], new[good], objective[good]
        damp[taken], damp[kept] = damp[taken] * _DOWN, damp[kept] * _UP
        small = np.abs(step).max(axis=1) < _SMALL if draws else np.ones(len(rows), dtype=bool)
        done[rows] = small | (damp[rows] > _HIGHEST)
    moves = _moves(predict, z, np.arange(size))
    _, hessian = data.curvature(predicted, moves)
    covariance = np.asarray(2.0 * np.linalg.inv(hessian + 2.0 * np.eye(draws)), dtype=np.float64)
    return PosteriorModes(z, covariance, predicted, best, done & np.isfinite(best))


def _measured(
    values: Floats,
    error: ErrorModel,
    counts: NDArray[np.bool_],
    below: NDArray[np.bool_] | None,
    limits: Floats | None,
) -> _Measured:
    low = np.zeros_like(counts) if below is None else below
    bound = np.full(values.shape, np.nan) if limits is None else limits
    return _Measured(np.nan_to_num(values), np.nan_to_num(bound), counts & ~low, counts & low, error)


def weighted_draws(
    predict: Predict,
    modes: PosteriorModes,
    values: Floats,
    error: ErrorModel,
    generator: np.random.Generator,
    *,
    counts: NDArray[np.bool_],
    below: NDArray[np.bool_] | None = None,
    limits: Floats | None = None,
    size: int = 600,
) -> tuple[Floats, Floats]:
    """Draws of each individual, (individuals, size, draws), and their weights under the posterior.

    They come from a mixture of the prior and a widened normal about the mode, and are weighted by importance;
    so an interval holds where the posterior is flat on one side, which the curvature at the mode misses.

    Parameters
    ----------
    predict, values, error, counts, below, limits
        As :func:`posterior_modes` takes them.
    modes : PosteriorModes
    generator : numpy Generator
    size : int
        Draws of each individual.

    Examples
    --------
    >>> line = lambda z, rows: 2.0 * z
    >>> y, one, error = np.array([[1.0]]), np.ones((1, 1), dtype=bool), ErrorModel(0.0, 0.5)
    >>> modes = posterior_modes(line, y, error, draws=1, counts=one)
    >>> z, w = weighted_draws(line, modes, y, error, np.random.default_rng(1), counts=one, size=4000)
    >>> round(float((z[..., 0] * w).sum()), 2)
    0.47
    """
    people, draws = modes.draws.shape
    data = _measured(values, error, counts, below, limits)
    factor = _WIDER * np.linalg.cholesky(modes.covariance)
    raw = generator.standard_normal((people, size, draws))
    own = generator.random((people, size)) >= _PRIOR
    about = modes.draws[:, None, :] + np.einsum("nij,nsj->nsi", factor, raw)
    z = np.where(own[:, :, None], about, raw)
    back = np.linalg.solve(factor[:, None], (z - modes.draws[:, None, :])[..., None])[..., 0]
    scale = np.log(np.abs(np.linalg.det(factor)))
    prior = -0.5 * (z**2).sum(axis=2)
    near = -0.5 * (back**2).sum(axis=2) - scale[:, None]
    mixture = np.logaddexp(np.log(_PRIOR) + prior, np.log(1.0 - _PRIOR) + near)
    rows = np.repeat(np.arange(people), size)
    likely = -0.5 * data.of(rows).minus_two_log(predict(z.reshape(-1, draws), rows)).reshape(people, size)
    logs = likely + prior - mixture
    top = logs.max(axis=1, keepdims=True)
    weights = np.exp(logs - np.where(np.isfinite(top), top, 0.0))
    total = weights.sum(axis=1, keepdims=True)
    return z, np.asarray(weights / np.where(total > 0, total, 1.0))


def _moves(predict: Predict, z: Floats, rows: NDArray[np.intp]) -> Floats:
    """Derivatives of the predictions by each draw, shape (rows, draws, samples)."""
    count = z.shape[1]
    if not count:
        return np.zeros((len(rows), 0, predict(z, rows).shape[1]))
    steps = _STEP * np.eye(count)
    ways = np.concatenate([steps, -steps])
    every = (z[:, None, :] + ways[None, :, :]).reshape(-1, count)
    found = predict(every, np.repeat(rows, 2 * count)).reshape(len(rows), 2 * count, -1)
    return np.nan_to_num((found[:, :count] - found[:, count:]) / (2.0 * _STEP))


def _steps(gradient: Floats, hessian: Floats, damp: Floats) -> Floats:
    """Damped Newton steps; none is longer than two standard deviations."""
    scaled = hessian * (1.0 + damp[:, None, None] * np.eye(hessian.shape[1]))
    step = -np.linalg.solve(scaled, gradient[:, :, None])[:, :, 0]
    longest = np.abs(step).max(axis=1, initial=0.0)
    return np.asarray(step * np.minimum(1.0, 2.0 / np.maximum(longest, 1e-300))[:, None])
