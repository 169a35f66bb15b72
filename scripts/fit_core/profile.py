"""Scale and background of each relative series, found for a given model curve.

A relative series measures ``s * (m + a)`` with an unknown scale s and background a, both above
zero; on log10 the scale is the mean residual, and the background is searched per series.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Profile", "Series", "profile"]

Array = npt.NDArray[np.float64]

_NO_BACKGROUND = -30.0  # natural log of a background that counts as none
_HIGHEST = 1.5
_GRID = np.r_[_NO_BACKGROUND, np.linspace(-9.0, 1.2, 28)]
_STEP, _SHRINK, _ROUNDS = 0.36, 0.5, 10
_USUAL = 0.05  # background as a share of the curve's maximum that costs one unit of chi2
_FLOOR = 1e-14
_NO_MODEL = 10.0  # residual, in log10, where the model gave no number


@dataclass(frozen=True)
class Series:
    """Measured values in the order of the points.

    log10_value, sd (P,): values and noise; group (P,): number of the series; relative (P,): whether
    a scale is free; factor (P,): model unit to measured unit; background (G,): whether a series may
    have one; shape (P,): the course of a background that is not constant.
    """

    log10_value: Array
    sd: Array
    group: npt.NDArray[np.intp]
    relative: npt.NDArray[np.bool_]
    factor: Array
    background: npt.NDArray[np.bool_]
    shape: Array | float = 1.0


@dataclass(frozen=True)
class Profile:
    """residual (P,): weighted, after profiling; penalty (G,): pull of each background towards zero."""

    residual: Array
    penalty: Array


def profile(series: Series, model: Array, *, background_weight: float) -> Profile:
    """Weighted residuals of ``model`` (P,), with each series' best scale and background.

    Parameters
    ----------
    series : Series
    model : array (P,)
        Model value of each point, in the model's unit.
    background_weight : float
        Weight of ``(background / 5 % of the maximum)**2`` in chi2; 0 leaves it free.
    """
    groups = len(series.background)
    if not np.all(np.isfinite(model)):
        return Profile(_NO_MODEL / series.sd, np.zeros(groups))
    g, sd, y = series.group, series.sd, series.log10_value
    curve = np.maximum(model, _FLOOR) * series.factor
    highest = np.zeros(groups)
    np.maximum.at(highest, g, curve)
    share = curve / highest[g]
    counts = np.bincount(g, minlength=groups)

    def misfit(log_a: Array) -> tuple[Array, Array]:
        raw = y - np.log10(share + np.exp(log_a[g]) * series.shape)
        left = raw - (np.bincount(g, raw, groups) / counts)[g]
        chi2 = np.bincount(g, (left / sd) ** 2, groups)
        return chi2 + background_weight * (np.exp(log_a) / _USUAL) ** 2, left

    best_chi2, best = np.full(groups, np.inf), np.full(groups, _NO_BACKGROUND)

    def keep(log_a: Array, margin: float) -> None:
        tried = np.where(series.background, log_a, _NO_BACKGROUND)
        chi2, _ = misfit(tried)
        better = chi2 < best_chi2 - margin
        best_chi2[better], best[better] = chi2[better], tried[better]

    for value in _GRID:
        keep(np.full(groups, value), 1e-12)
    step = np.where(best < _NO_BACKGROUND + 10, 1e-9, _STEP)
    for _ in range(_ROUNDS):
        for sign in (1, -1):
            keep(np.clip(best + sign * step, _NO_BACKGROUND, _HIGHEST), 0.0)
        step = step * _SHRINK
    _, left = misfit(best)
    residual = np.where(series.relative, left, y - np.log10(curve))
    return Profile(residual / sd, np.sqrt(background_weight) * np.exp(best) / _USUAL)
