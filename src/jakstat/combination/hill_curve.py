"""The effect of one drug over its dose as a Hill curve; many curves are fitted at once.

Hill curves: doi:10.1111/j.1476-5381.2008.00024.x.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from jakstat.combination.batched_fit import fit_many

__all__ = ["FEWEST_DOSES", "FLAT", "HillCurves", "fit_hill"]

Floats = NDArray[np.float64]

FEWEST_DOSES = 4
"""Fewer doses above 0 than this do not carry a Hill curve of three parameters."""
FLAT = 0.01
"""A drug whose plateau is less than this share of the full effect is said to have no effect of its own."""
_REACH = float(np.log(1e3))
_SLOPES = (float(np.log(0.2)), float(np.log(10.0)))
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

    def row(self, k: int) -> HillCurves:
        """Number ``k`` alone."""
        return HillCurves(*(getattr(self, f.name)[k : k + 1] for f in fields(self)))

    @property
    def flat(self) -> NDArray[np.bool_]:
        """Which drugs have no effect of their own, (n,)."""
        return np.asarray(~(np.abs(self.top - self.bottom) > FLAT))


def _share(dose: Floats, log_half: Floats, slope: Floats) -> Floats:
    """Occupancy (n, m); 0 at dose 0."""
    with np.errstate(divide="ignore"):
        x = slope[:, None] * (np.log(dose) - log_half[:, None])
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -700.0, 700.0))))


def fit_hill(dose: Floats, effect: Floats, bottom: Floats | float = 0.0) -> HillCurves:
    """Fit a Hill curve from a known effect at dose 0 to each row.

    Parameters
    ----------
    dose : array (m,) or (n, m)
        Doses above 0, shared or of each row.
    effect : array (n, m)
        Effects; NaN is left out.
    bottom : float or array (n,)
        Effect at dose 0.

    Returns
    -------
    HillCurves
        NaN in rows with fewer than four usable points. The plateau is kept within the full effect (1) or
        5 % beyond the largest effect seen, as doses that do not reach it say little about it.

    Examples
    --------
    >>> d = np.geomspace(1.0, 1000.0, 8)
    >>> found = fit_hill(d, (0.9 * d**1.5 / (30.0**1.5 + d**1.5))[None, :])
    >>> [round(float(x[0]), 4) for x in (found.top, found.half, found.slope)]
    [0.9, 30.0, 1.5]
    """
    y = np.atleast_2d(np.asarray(effect, dtype=float))
    every = np.broadcast_to(np.asarray(dose, dtype=float), y.shape)
    base = np.broadcast_to(np.asarray(bottom, dtype=float), len(y)).copy()
    enough = (np.isfinite(y).sum(axis=1) >= FEWEST_DOSES) & np.isfinite(base)
    nothing = np.full(len(y), np.nan)
    if not enough.any():
        return HillCurves(base, nothing, nothing, nothing, nothing)
    y, start_bottom, given = y[enough], base[enough], every[enough]
    largest = np.maximum(1.0, 1.05 * np.nanmax(np.abs(y), axis=1))
    first, last = np.log(given.min(axis=1)), np.log(given.max(axis=1))
    low = np.stack([-largest, first - _REACH, np.full(len(y), _SLOPES[0])], axis=1)
    high = np.stack([largest, last + _REACH, np.full(len(y), _SLOPES[1])], axis=1)

    def model(p: Floats, rows: NDArray[np.int64]) -> Floats:
        begin = start_bottom[rows]
        return np.asarray(
            begin[:, None] + (p[:, 0] - begin)[:, None] * _share(given[rows], p[:, 1], np.exp(p[:, 2]))
        )

    found = fit_many(model, y, _first_guess(given, y, start_bottom, largest), low, high)
    gap = np.nanmax(np.abs(model(found.values, np.arange(len(y))) - y), axis=1)
    made = []
    for values in (found.values[:, 0], np.exp(found.values[:, 1]), np.exp(found.values[:, 2]), gap):
        column = nothing.copy()
        column[enough] = values
        made.append(column)
    return HillCurves(base, *made)


def _first_guess(dose: Floats, y: Floats, bottom: Floats, largest: Floats) -> Floats:
    """The best of a grid of half-maximal doses and slopes, each with its best plateau."""
    lowest, highest = np.log(dose.min(axis=1) / 10.0), np.log(dose.max(axis=1) * 10.0)
    places = np.repeat(np.linspace(0.0, 1.0, _TRIED_HALVES), len(_TRIED_SLOPES))
    halves = lowest[:, None] + places * (highest - lowest)[:, None]
    slopes = np.tile(_TRIED_SLOPES, _TRIED_HALVES)
    with np.errstate(over="ignore"):
        shapes = 1.0 / (1.0 + np.exp(-slopes[:, None] * (np.log(dose)[:, None, :] - halves[:, :, None])))
    use = np.isfinite(y)
    rise = np.where(use, y - bottom[:, None], 0.0)
    above = np.einsum("ngm,nm->ng", shapes, rise)
    below = np.einsum("ngm,nm->ng", shapes**2, use.astype(float))
    span = np.clip(above / below, (-largest - bottom)[:, None], (largest - bottom)[:, None])
    cost = np.sum(rise**2, axis=1)[:, None] - 2.0 * span * above + span**2 * below
    best = np.argmin(cost, axis=1)
    rows = np.arange(len(y))
    chosen = [halves[rows, best], np.log(slopes[best])]
    return np.stack([bottom + span[rows, best], *chosen], axis=1)
