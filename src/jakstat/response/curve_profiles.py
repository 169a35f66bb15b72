"""Profile-likelihood intervals of half-maximal doses, of many curves at once, over one model or several.

How far a dose lies from the best one is ``t = sign (RSS(dose) / RSS - 1)^1/2 (n - p)^1/2``, where RSS(dose)
is that of the best curve with this half-maximal dose; it belongs to the interval when Student's t with n - p
degrees of freedom leaves enough beyond it (Bates and Watts 1988, as ``confint`` of R's ``nls`` does it).
Where a model was chosen from several, an interval of the chosen one alone covers too little: the tails are
averaged by the models' AICc weights (model-averaged tail areas, doi:10.1007/s13253-011-0064-8).
Where the doses do not bound it, an end is open: NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.experiment.batched_fit import fit_many
from jakstat.extras import needs
from jakstat.response.curve_models import (
    REACH,
    DoseMeans,
    Limbs,
    SigmoidFits,
    fit_model,
    limb_shares,
    search_box,
    shape_of,
)

with needs("analysis"):
    from scipy.special import stdtr

__all__ = ["DoseInterval", "absolute_dose", "absolute_intervals", "half_intervals"]

_GRID = 19
_ZOOM = 8
_ROUNDS = 3
_NEAR = (-3.0, -1.5, -0.5, 0.0, 0.5, 1.5, 3.0)
_TRIED_SLOPES = (0.7, 1.5, 4.0)
_LIGHT = 0.03
"""Models with less than this weight (which is shared among the others) are left out of an average."""
_TINY = 1e-300
_FAR = 1e30

Profile = Callable[[Floats, NDArray[np.int64]], Floats]
"""From logarithms of doses (r,) and the numbers of their curves (r,) to sums of squares (r,)."""


@dataclass(frozen=True)
class DoseInterval:
    """An interval of doses for each curve, (n,) each; NaN at an end that the doses do not bound."""

    low: Floats
    high: Floats


@dataclass(frozen=True)
class _Testimony:
    """What one model says: its best logarithm of the dose (n,), its least RSS, degrees of freedom, weight."""

    best: Floats
    rss: Floats
    freedom: Floats
    weight: Floats
    profile: Profile


def half_intervals(
    points: DoseMeans, limbs: Limbs, fits: Sequence[SigmoidFits], weights: Floats, level: float
) -> DoseInterval:
    """Interval of the EC50 of each curve.

    Parameters
    ----------
    points, limbs
        As they were fitted.
    fits : sequence of SigmoidFits
        One for each model.
    weights : array (models, n)
        Of the models, by curve; all 1 for a single model.
    level : float
        Its confidence, e.g. 0.95.

    Returns
    -------
    DoseInterval

    Examples
    --------
    >>> from jakstat.response.curve_models import MODELS
    >>> d = np.repeat([0.0, 1.0, 3.0, 10.0, 30.0, 100.0], 2)
    >>> y = np.array([102.0, 98.0, 90.0, 95.0, 72.0, 70.0, 46.0, 43.0, 20.0, 24.0, 8.0, 12.0])
    >>> points, free = DoseMeans.of([(d, y)]), Limbs(np.array([np.nan]), np.array([np.nan]))
    >>> found = fit_model(points, free, MODELS["hill4"])
    >>> ends = half_intervals(points, free, [found], np.ones((1, 1)), 0.95)
    >>> bool(ends.low[0] < found.half[0] < ends.high[0])
    True
    """

    def told(one: SigmoidFits, weight: Floats) -> _Testimony:
        def profile(log_dose: Floats, rows: NDArray[np.int64]) -> Floats:
            return fit_model(points.rows(rows), limbs.rows(rows), one.model, log_dose).rss

        return _Testimony(np.log(one.half), one.rss, points.count - one.model.count, weight, profile)

    return _region(points, [told(*pair) for pair in zip(fits, weights, strict=True)], level)


def absolute_intervals(
    points: DoseMeans,
    limbs: Limbs,
    fits: Sequence[SigmoidFits],
    weights: Floats,
    half_response: Floats,
    level: float,
) -> DoseInterval:
    """Interval of the dose at which each curve comes down to a given response.

    Parameters
    ----------
    points, limbs, fits, weights, level
        As for :func:`half_intervals`.
    half_response : array (n,)
        That response, a known number; NaN means half of the fitted start.
    """

    def told(one: SigmoidFits, weight: Floats) -> _Testimony:
        def profile(log_dose: Floats, rows: NDArray[np.int64]) -> Floats:
            return _rss_through(
                points.rows(rows), limbs.rows(rows), one.rows(rows), log_dose, half_response[rows]
            )

        # a curve that never comes so low does so beyond all doses, if at all
        best = np.log(np.nan_to_num(absolute_dose(one, half_response), nan=np.inf))
        return _Testimony(best, one.rss, points.count - one.model.count, weight, profile)

    return _region(points, [told(*pair) for pair in zip(fits, weights, strict=True)], level)


def absolute_dose(found: SigmoidFits, half_response: Floats) -> Floats:
    """Where each curve (n,) comes down to a response, or (where that is NaN) to half of its start.

    Examples
    --------
    >>> one = [np.array([x]) for x in (100.0, 20.0, 3.0, 1.0, 1.0, 0.0)]
    >>> from jakstat.response.curve_models import MODELS
    >>> absolute_dose(SigmoidFits(MODELS["hill4"], *one), np.array([50.0])).round(6).tolist()
    [5.0]
    """
    target = np.where(np.isfinite(half_response), half_response, 0.5 * found.start)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = (target - found.end) / (found.start - found.end)
        odds = (left ** (-1.0 / found.asymmetry) - 1.0) / np.expm1(np.log(2.0) / found.asymmetry)
        dose = found.half * odds ** (1.0 / found.slope)
    reached = (found.end < target) & (target < found.start)
    return np.asarray(np.where(reached, dose, np.nan))


def _below(models: Sequence[_Testimony], log_dose: Floats, rows: NDArray[np.int64]) -> Floats:
    """How sure it is (r,) that the half-maximal dose lies below the given one, averaged over the models."""
    told, total = np.zeros(len(rows)), np.zeros(len(rows))
    for one in models:
        some = np.flatnonzero(one.weight[rows] >= _LIGHT)
        if not some.size:
            continue
        here = rows[some]
        with np.errstate(divide="ignore", invalid="ignore"):
            excess = np.maximum(one.profile(log_dose[some], here) - one.rss[here], 0.0)
            size = np.sqrt(excess / np.maximum(one.rss[here], _TINY) * one.freedom[here])
            t = np.sign(log_dose[some] - one.best[here]) * size
            told[some] += one.weight[here] * stdtr(one.freedom[here], t)
        total[some] += one.weight[here]
    return told / np.maximum(total, _TINY)


def _region(points: DoseMeans, models: Sequence[_Testimony], level: float) -> DoseInterval:
    """Where the tails left and right hold half of what the level leaves."""
    least, most = points.ends
    heaviest = np.argmax([one.weight for one in models], axis=0)
    best = np.array([one.best for one in models])[heaviest, np.arange(len(least))]
    first, last = np.log(least) - REACH, np.log(most) + REACH
    begin = np.clip(best, first, last)
    tail = 0.5 * (1.0 - level)
    ends = [_end(models, begin, edge, tail) for edge in (first, last)]
    return DoseInterval(*ends)


def _end(models: Sequence[_Testimony], begin: Floats, edge: Floats, tail: float) -> Floats:
    """Where the tail beyond is as small as it should be, looked for outwards; NaN if nowhere."""
    rising = np.sign(edge - begin)
    rows = np.flatnonzero(rising != 0)
    found = np.full(len(begin), np.nan)

    def beyond(at: Floats, chosen: NDArray[np.int64]) -> Floats:
        told = _below(models, at.ravel(), np.repeat(chosen, at.shape[1])).reshape(at.shape)
        return np.asarray(np.where(rising[chosen, None] > 0, 1.0 - told, told))

    a, b = begin[rows], edge[rows]
    spacing: Floats = np.linspace(0.0, 1.0, _GRID) ** 2
    for turn in range(1 + _ROUNDS):
        at = a[:, None] + spacing * (b - a)[:, None]
        left = beyond(at, rows)
        over = left < tail
        over[:, 0] = False
        if turn:
            over[:, -1] = True
        kept = over.any(axis=1)
        rows, at, left, over = rows[kept], at[kept], left[kept], over[kept]
        if not rows.size:
            return found
        place, here = over.argmax(axis=1), np.arange(len(rows))
        a, b = at[here, place - 1], at[here, place]
        spacing = np.linspace(0.0, 1.0, _ZOOM)
    inner, outer = left[here, place - 1], left[here, place]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip(np.nan_to_num((inner - tail) / (inner - outer), nan=0.5), 0.0, 1.0)
    found[rows] = np.exp(a + share * (b - a))
    return found


def _rss_through(
    points: DoseMeans, limbs: Limbs, found: SigmoidFits, log_dose: Floats, half_response: Floats
) -> Floats:
    """Least sums of squares (r,) of curves that come down to a response at a dose."""
    model = found.model
    kept = limbs.of_model(model)
    low = np.where(points.used, points.mean, np.inf).min(axis=1)
    scale = np.where(points.used, points.mean, -np.inf).max(axis=1) - low
    scale = np.where(scale > 0, scale, 1.0)
    root = np.sqrt(points.wells) / scale[:, None]

    def predicted(p: Floats, rows: NDArray[np.int64]) -> Floats:
        offset, basis = _through(
            points.dose[rows], log_dose[rows], shape_of(p, model), kept.rows(rows), half_response[rows]
        )
        off = points.mean[rows] - offset
        w = points.wells[rows]
        factor = (w * basis * off).sum(axis=1) / np.maximum((w * basis**2).sum(axis=1), _TINY)
        return np.asarray(root[rows] * (offset + factor[:, None] * basis))

    target = root * points.mean
    least, most = search_box(points, model, None)
    begin = np.clip(_tried(found, log_dose, predicted, target), least, most)
    best = fit_many(predicted, target, begin, least, most, iterations=60, tolerance=1e-7)
    return np.asarray(points.within + best.cost * scale**2)


def _tried(found: SigmoidFits, log_dose: Floats, predicted: Profile, target: Floats) -> Floats:
    """The best shapes (r, k) of a few: the fitted one, and some whose middle is near the dose."""
    model = found.model
    own = {"EC50": np.log(found.half), "slope": np.log(found.slope), "asymmetry": np.log(found.asymmetry)}
    shapes = [own]
    for step in _NEAR:
        for slope in _TRIED_SLOPES if "slope" in model.free else (1.0,):
            shapes.append({**own, "EC50": log_dose + step, "slope": np.full(len(log_dose), np.log(slope))})
    rows = np.arange(len(log_dose))
    best, chosen = np.full(len(rows), np.inf), np.zeros((len(rows), len(model.shape)))
    for shape in shapes:
        tried = np.stack([shape[name] for name in model.shape], axis=1)
        cost = np.sum((predicted(tried, rows) - target) ** 2, axis=1)
        better = cost < best
        best[better], chosen[better] = cost[better], tried[better]
    return chosen


def _through(
    dose: Floats, log_dose: Floats, shape: Sequence[Floats], kept: Limbs, half_response: Floats
) -> tuple[Floats, Floats]:
    """Curves that come down to a response at a dose: an offset and what a free factor multiplies, (r, m).

    One of start and end follows from the other and the dose. Where both are fixed the EC50 follows, and
    where one is fixed no factor is left.
    """
    half, slope, bend = shape
    start, end = (x[:, None] for x in (kept.start, kept.end))
    target = half_response[:, None]
    known = np.isfinite(target)
    with np.errstate(all="ignore"):
        goal = np.where(known, target, 0.5 * start)
        both = np.isfinite(start) & np.isfinite(end)
        odds = ((goal - end) / (start - end)) ** (-1.0 / np.exp(bend)[:, None]) - 1.0
        odds = odds / np.expm1(np.log(2.0) / np.exp(bend)[:, None])
        half = np.where(both[:, 0], log_dose - np.log(odds[:, 0]) / np.exp(slope), half)
        fallen, left = limb_shares(dose, half, slope, bend)
        here_fallen, here_left = limb_shares(np.exp(log_dose)[:, None], half, slope, bend)
        basis = np.where(known, fallen - here_fallen, 1.0 - 0.5 * fallen / here_fallen)
        from_start = start + (goal - start) * fallen / here_fallen
        by_half = end * (1.0 - 1.0 / here_left) / (1.0 - 0.5 / here_left)
        raised = np.where(known, end + (target - end) / here_left, by_half)
        offset = np.where(known, target, 0.0)
        offset = np.where(np.isfinite(end), end + (raised - end) * left, offset)
        offset = np.where(np.isfinite(start), from_start, offset)
        offset = np.where(both, start * left + end * fallen, offset)
    basis = np.where(np.isfinite(start) | np.isfinite(end), 0.0, basis)
    return np.nan_to_num(offset, nan=_FAR, posinf=_FAR, neginf=-_FAR), np.nan_to_num(basis)
