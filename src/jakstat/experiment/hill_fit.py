"""Hill curves over the dose; many are fitted at once, with a known or a fitted response at dose 0.

Hill curves: doi:10.1111/j.1476-5381.2008.00024.x.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.experiment.batched_fit import fit_many

__all__ = ["FEWEST_DOSES", "FLAT", "NEAR", "HillCurves", "HillSlopes", "fit_hill", "hill", "hill_slopes"]

FEWEST_DOSES = 4
"""Fewer doses than this do not carry a Hill curve."""
FLAT = 0.01
"""A drug whose plateau is less than this share of the full effect is said to have no effect of its own."""
NEAR = 0.2
"""A plateau is seen when a dose comes this near to it, as a share of the way between both."""
_REACH = float(np.log(1e3))
_SLOPES = (float(np.log(0.2)), float(np.log(10.0)))
_ON_BOUND = 1e-9
_TRIED_HALVES, _TRIED_SLOPES = 24, (0.5, 1.0, 1.6, 2.5, 5.0)


@dataclass(frozen=True)
class HillCurves:
    """Curves ``bottom + (top - bottom) d^slope / (half^slope + d^slope)``, arrays (n,) each.

    ``half`` is in the unit of the doses; ``misfit`` (n,) is the largest distance of a point from its curve.
    """

    bottom: Floats
    top: Floats
    half: Floats
    slope: Floats
    misfit: Floats

    def effect(self, dose: Floats) -> Floats:
        """Effects (n, m) at doses (m,), or at doses (n, m) of their own."""
        share = _share(np.asarray(dose, dtype=float), np.log(self.half), self.slope)
        return np.asarray(self.bottom[:, None] + (self.top - self.bottom)[:, None] * share)

    def share(self, dose: Floats) -> Floats:
        """How far (n, m) doses (m,) take the effect from the bottom to the plateau."""
        return _share(np.asarray(dose, dtype=float), np.log(self.half), self.slope)

    def sees_plateau(self, highest: float) -> NDArray[np.bool_]:
        """Whether the highest dose comes near the plateau of each curve (n,), and shows that it does.

        A slope at the end of what is searched means that one dose alone made the step.
        """
        near = self.share(np.array([highest]))[:, 0] >= 1.0 - NEAR
        told: NDArray[np.bool_] = near & (self.slope < 0.999 * np.exp(_SLOPES[1]))
        return told

    def row(self, k: int) -> HillCurves:
        """Number ``k`` alone."""
        return HillCurves(*(getattr(self, f.name)[k : k + 1] for f in fields(self)))

    @property
    def flat(self) -> NDArray[np.bool_]:
        """Which drugs have no effect of their own, (n,)."""
        return np.asarray(~(np.abs(self.top - self.bottom) > FLAT))


def hill(dose: Floats, bottom: float, top: float, half: float, slope: float) -> Floats:
    """One Hill curve (m,); ``slope`` > 0, and ``bottom`` is the response at dose 0.

    Examples
    --------
    >>> hill(np.array([0.0, 2.0]), 1.0, 3.0, 2.0, 1.0).tolist()
    [1.0, 2.0]
    """
    given = (np.array([float(x)]) for x in (bottom, top, half, slope, 0.0))
    return np.asarray(HillCurves(*given).effect(dose)[0])


def _share(dose: Floats, log_half: Floats, slope: Floats) -> Floats:
    """Occupancy (n, m); 0 at dose 0."""
    with np.errstate(divide="ignore"):
        x = slope[:, None] * (np.log(dose) - log_half[:, None])
    return np.asarray(np.where(dose > 0, 1.0 / (1.0 + np.exp(-np.clip(x, -700.0, 700.0))), 0.0))


def fit_hill(dose: Floats, effect: Floats, bottom: Floats | float | None = 0.0) -> HillCurves:
    """Fit a Hill curve to each row.

    Parameters
    ----------
    dose : array (m,) or (n, m)
        Doses, not negative, shared or of each row.
    effect : array (n, m)
        Effects; NaN is left out.
    bottom : float, array (n,) or None
        Effect at dose 0; None fits it too.

    Returns
    -------
    HillCurves
        NaN in rows with fewer than four usable points, and in flat ones whose bottom is fitted. The plateau
        is kept within the full effect (1) or 5 % beyond the largest effect seen, as doses that do not reach
        it say little about it; with a fitted bottom both lie within the range of the effects on either side
        of it.

    Examples
    --------
    >>> d = np.geomspace(1.0, 1000.0, 8)
    >>> found = fit_hill(d, (0.9 * d**1.5 / (30.0**1.5 + d**1.5))[None, :])
    >>> [round(float(x[0]), 4) for x in (found.top, found.half, found.slope)]
    [0.9, 30.0, 1.5]
    """
    y = np.atleast_2d(np.asarray(effect, dtype=float))
    every = np.broadcast_to(np.asarray(dose, dtype=float), y.shape)
    n = len(y)
    base = np.full(n, np.nan) if bottom is None else np.broadcast_to(np.asarray(bottom, float), n).copy()
    usable = np.isfinite(y)
    enough = (usable.sum(axis=1) >= FEWEST_DOSES) & (every > 0).any(axis=1)
    shift, scale = np.zeros(n), np.ones(n)
    if bottom is None:
        # effects become shares of their range, for which the fit has its tolerances
        shift = np.where(usable, y, np.inf).min(axis=1)
        scale = np.where(usable, y, -np.inf).max(axis=1) - shift
        enough &= scale > 0
    else:
        enough &= np.isfinite(base)
    columns = np.full((n, 5), np.nan)
    columns[:, 0] = base
    if enough.any():
        rows = (y[enough] - shift[enough, None]) / scale[enough, None]
        found = _fitted(every[enough], rows, None if bottom is None else base[enough])
        found[:, [0, 1]] = shift[enough, None] + scale[enough, None] * found[:, [0, 1]]
        found[:, 4] *= scale[enough]
        columns[enough] = found
    return HillCurves(*columns.T)


def _fitted(dose: Floats, y: Floats, bottom: Floats | None) -> Floats:
    """Bottom, top, half, slope and misfit (n, 5) of rows that can be fitted."""
    low, high = _box(dose, y, known_bottom=bottom is not None)
    start = _first_guess(dose, y, bottom, low[:, 0], high[:, 0])[:, : low.shape[1]]

    def model(p: Floats, rows: NDArray[np.int64]) -> Floats:
        begin = p[:, 3] if bottom is None else bottom[rows]
        share = _share(dose[rows], p[:, 1], np.exp(p[:, 2]))
        return np.asarray(begin[:, None] + (p[:, 0] - begin)[:, None] * share)

    found = fit_many(model, y, start, low, high)
    gap = np.nanmax(np.abs(model(found.values, np.arange(len(y))) - y), axis=1)
    begin = found.values[:, 3] if bottom is None else bottom
    top, half, slope = found.values[:, 0], np.exp(found.values[:, 1]), np.exp(found.values[:, 2])
    return np.stack([begin, top, half, slope, gap], axis=1)


def _box(dose: Floats, y: Floats, *, known_bottom: bool) -> tuple[Floats, Floats]:
    """Bounds of plateau, log half, log slope and, when it is fitted, bottom: (n, 3) or (n, 4) each."""
    ones = np.ones(len(y))
    largest = np.maximum(1.0, 1.05 * np.nanmax(np.abs(y), axis=1))
    lowest, highest = (-largest, largest) if known_bottom else (-ones, 2.0 * ones)
    least, most = np.where(dose > 0, dose, np.inf).min(axis=1), dose.max(axis=1)
    low = [lowest, np.log(least) - _REACH, _SLOPES[0] * ones]
    high = [highest, np.log(most) + _REACH, _SLOPES[1] * ones]
    if not known_bottom:
        low, high = [*low, lowest], [*high, highest]
    return np.stack(low, axis=1), np.stack(high, axis=1)


@dataclass(frozen=True)
class HillSlopes:
    """How fitted curves move with their points; 0 where nothing is fitted.

    Parameters
    ----------
    parameters : array (n, 3, m)
        Change of plateau, log half and log slope with each point.
    curve : array (n, m, m)
        Change of the curve at each dose with each point.
    with_bottom : array (n, m)
        Change of the curve at each dose with its known bottom.
    """

    parameters: Floats
    curve: Floats
    with_bottom: Floats


def hill_slopes(curves: HillCurves, dose: Floats, effect: Floats) -> HillSlopes:
    """Slopes of :func:`fit_hill` with a known bottom, by Gauss and Newton's linear form of the fit.

    A parameter on its bound is held there.

    Parameters
    ----------
    curves : HillCurves
        What :func:`fit_hill` found for these points.
    dose : array (m,) or (n, m)
    effect : array (n, m)

    Examples
    --------
    >>> d = np.geomspace(1.0, 1000.0, 8)
    >>> y = (0.9 * d**1.5 / (30.0**1.5 + d**1.5))[None, :]
    >>> found = hill_slopes(fit_hill(d, y), d, y)
    >>> round(float(np.trace(found.curve[0])), 6)  # three parameters
    3.0
    """
    y = np.atleast_2d(np.asarray(effect, dtype=float))
    given = np.broadcast_to(np.asarray(dose, dtype=float), y.shape)
    fitted = np.isfinite(curves.half)
    use = np.isfinite(y) & fitted[:, None]
    share = np.where(fitted[:, None], curves.share(given), 0.0)
    bend = share * (1.0 - share) * np.where(fitted, curves.slope * (curves.top - curves.bottom), 0.0)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(bend != 0, np.log(given) - np.log(curves.half)[:, None], 0.0)
    jacobian = np.stack([share, -bend, bend * steps], axis=2)
    safe = np.where(use, y, 0.0)
    low, high = _box(given, safe, known_bottom=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        place = np.stack([curves.top, np.log(curves.half), np.log(curves.slope)], axis=1)
    held = (place <= low + _ON_BOUND) | (place >= high - _ON_BOUND)
    jacobian = np.where(held[:, None, :], 0.0, jacobian)
    felt = np.where(use[:, :, None], jacobian, 0.0)
    inverse = np.linalg.pinv(felt, rcond=1e-7)
    return HillSlopes(
        inverse,
        jacobian @ inverse,
        (1.0 - share) - np.einsum("nmk,nkp,np->nm", jacobian, inverse, 1.0 - share),
    )


def _first_guess(dose: Floats, y: Floats, bottom: Floats | None, lowest: Floats, highest: Floats) -> Floats:
    """The best of a grid of half-maximal doses and slopes, each with its best plateau and bottom (n, 4)."""
    least, most = np.where(dose > 0, dose, np.inf).min(axis=1), dose.max(axis=1)
    first, last = np.log(least / 10.0), np.log(most * 10.0)
    places = np.repeat(np.linspace(0.0, 1.0, _TRIED_HALVES), len(_TRIED_SLOPES))
    halves = first[:, None] + places * (last - first)[:, None]
    slopes = np.tile(_TRIED_SLOPES, _TRIED_HALVES)
    with np.errstate(over="ignore", divide="ignore"):
        shapes = 1.0 / (1.0 + np.exp(-slopes[:, None] * (np.log(dose)[:, None, :] - halves[:, :, None])))
    use = np.isfinite(y).astype(float)
    filled = np.where(use > 0, y, 0.0)
    if bottom is None:
        count = use.sum(axis=1)
        centre, level = np.einsum("ngm,nm->ng", shapes, use) / count[:, None], filled.sum(axis=1) / count
    else:
        centre, level = np.zeros((len(y), len(slopes))), bottom
    varied = (shapes - centre[:, :, None]) * use[:, None, :]
    rise = (filled - level[:, None]) * use
    above, below = np.einsum("ngm,nm->ng", varied, rise), np.sum(varied**2, axis=2)
    ends = (lowest - level)[:, None], (highest - level)[:, None]
    span = np.clip(above / np.maximum(below, 1e-300), *ends)
    cost = np.sum(rise**2, axis=1)[:, None] - 2.0 * span * above + span**2 * below
    best = np.argmin(cost, axis=1)
    rows = np.arange(len(y))
    begin = level - span[rows, best] * centre[rows, best]
    return np.stack([begin + span[rows, best], halves[rows, best], np.log(slopes[best]), begin], axis=1)
