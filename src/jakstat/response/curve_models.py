"""Curves of 1 to 5 parameters over the dose, fitted to measured wells: many curves at once.

``y(d) = end + (start - end) (1 + (2^(1/s) - 1) (d/EC50)^h)^-s``: ``start`` is the response without drug,
``end`` that to an endless dose, ``EC50`` the dose half way between both, ``h`` the slope, ``s`` the asymmetry
(1 in all but the five-parameter curve, doi:10.1016/j.ab.2005.04.035). Start and end enter linearly, so only
the others are searched and these two follow from them (variable projection, doi:10.1137/0710036).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.experiment.batched_fit import fit_many

__all__ = [
    "MODELS",
    "REACH",
    "CurveModel",
    "DoseMeans",
    "Limbs",
    "SigmoidFits",
    "fit_flat",
    "fit_model",
    "least_squares",
    "limb_shares",
    "search_box",
    "shape_of",
    "sigmoid",
]

REACH = float(np.log(1e3))
"""How far beyond the doses an EC50 is looked for: three decades."""
SLOPES = (float(np.log(0.1)), float(np.log(20.0)))
ASYMMETRIES = (float(np.log(0.1)), float(np.log(10.0)))
_TRIED_HALVES = 25
_TRIED_SLOPES = (0.3, 0.7, 1.0, 1.6, 2.5, 5.0, 12.0)
_TRIED_ASYMMETRIES = (0.25, 1.0, 4.0)
_TINY = 1e-300


@dataclass(frozen=True)
class CurveModel:
    """One form of curve: what is fitted (``free``), and what is not and why (``fixed``)."""

    name: str
    free: tuple[str, ...]
    fixed: str
    known_start: bool = False
    known_end: bool = False

    @property
    def count(self) -> int:
        """Parameters that are fitted, without the spread of the wells."""
        return len(self.free)

    @property
    def shape(self) -> tuple[str, ...]:
        """Those of them that are searched: not start and end."""
        return tuple(name for name in self.free if name not in ("start", "end"))


MODELS = {
    m.name: m
    for m in (
        CurveModel("flat", ("start",), "no effect of the dose"),
        CurveModel("hill2", ("EC50", "slope"), "start, end", True, True),
        CurveModel("hill3", ("start", "EC50", "slope"), "end", False, True),
        CurveModel("hill3u", ("end", "EC50", "slope"), "start", True, False),
        CurveModel("hill3s", ("start", "end", "EC50"), "slope 1"),
        CurveModel("hill4", ("start", "end", "EC50", "slope"), "nothing"),
        CurveModel("hill5", ("start", "end", "EC50", "slope", "asymmetry"), "nothing"),
    )
}
"""The models by name, from few to many parameters; ``hill3u`` is so called in drc (LL.3u)."""


@dataclass(frozen=True)
class DoseMeans:
    """Wells of n curves by dose: means (n, m) with their numbers of wells, and the spread within doses.

    ``wells`` is 0 where a curve has fewer doses than others. A least-squares fit needs no more of the wells
    than this: the sum of squares is that about the means plus ``within``.
    """

    dose: Floats
    mean: Floats
    wells: Floats
    within: Floats
    scatter: Floats

    @classmethod
    def of(cls, curves: list[tuple[Floats, Floats]]) -> DoseMeans:
        """From doses and responses of each curve's wells.

        Examples
        --------
        >>> found = DoseMeans.of([(np.array([1.0, 1.0, 2.0]), np.array([4.0, 6.0, 3.0]))])
        >>> found.mean.tolist(), found.wells.tolist(), found.within.tolist()
        ([[5.0, 3.0]], [[2.0, 1.0]], [2.0])
        """
        levels = [np.unique(dose) for dose, _ in curves]
        shape = len(curves), max((len(x) for x in levels), default=1)
        dose, mean, wells, scatter = (np.full(shape, 1.0), np.zeros(shape), np.zeros(shape), np.zeros(shape))
        within = np.zeros(len(curves))
        for k, ((given, read), doses) in enumerate(zip(curves, levels, strict=True)):
            place = np.searchsorted(doses, given)
            count = np.bincount(place).astype(float)
            level = np.bincount(place, weights=read) / count
            squares = np.bincount(place, weights=(read - level[place]) ** 2)
            here = slice(len(doses))
            dose[k, here], mean[k, here], wells[k, here] = doses, level, count
            with np.errstate(divide="ignore", invalid="ignore"):
                scatter[k, here] = np.sqrt(np.where(count > 1, squares / (count - 1.0), np.nan))
            within[k] = squares.sum()
        return cls(dose, mean, wells, within, scatter)

    @property
    def used(self) -> NDArray[np.bool_]:
        """Where there is a well, (n, m)."""
        return np.asarray(self.wells > 0)

    @property
    def count(self) -> Floats:
        """Wells of each curve, (n,)."""
        return np.asarray(self.wells.sum(axis=1))

    @property
    def ends(self) -> tuple[Floats, Floats]:
        """The lowest dose above 0 and the highest one of each curve, (n,) each."""
        given = self.used & (self.dose > 0)
        return (
            np.where(given, self.dose, np.inf).min(axis=1),
            np.where(given, self.dose, -np.inf).max(axis=1),
        )

    def rows(self, chosen: NDArray[np.int64]) -> DoseMeans:
        """Some of the curves, one or several times each."""
        return DoseMeans(
            self.dose[chosen],
            self.mean[chosen],
            self.wells[chosen],
            self.within[chosen],
            self.scatter[chosen],
        )


@dataclass(frozen=True)
class Limbs:
    """Fixed start and end of each curve (n,), NaN where they are fitted."""

    start: Floats
    end: Floats

    def of_model(self, model: CurveModel) -> Limbs:
        """Those that a model holds fixed."""
        nan = np.full(len(self.start), np.nan)
        return Limbs(self.start if model.known_start else nan, self.end if model.known_end else nan)

    def rows(self, chosen: NDArray[np.int64]) -> Limbs:
        """Those of some curves."""
        return Limbs(self.start[chosen], self.end[chosen])


@dataclass(frozen=True)
class SigmoidFits:
    """One model fitted to n curves, arrays (n,) each; NaN throughout where it cannot be fitted.

    ``rss`` is the sum of squares about the curve over all wells.
    """

    model: CurveModel
    start: Floats
    end: Floats
    half: Floats
    slope: Floats
    asymmetry: Floats
    rss: Floats

    def at(self, dose: Floats, row: int = 0) -> Floats:
        """The curve of one row at doses (m,)."""
        p = (getattr(self, name)[row] for name in ("start", "end", "half", "slope", "asymmetry"))
        return sigmoid(np.asarray(dose, dtype=float), *(float(x) for x in p))

    def rows(self, chosen: NDArray[np.int64]) -> SigmoidFits:
        """Some of the fits."""
        kept = (getattr(self, n)[chosen] for n in ("start", "end", "half", "slope", "asymmetry", "rss"))
        return SigmoidFits(self.model, *kept)


def sigmoid(
    dose: Floats, start: float, end: float, half: float, slope: float, asymmetry: float = 1.0
) -> Floats:
    """One curve at doses (m,); 0 is the response without drug.

    Examples
    --------
    >>> sigmoid(np.array([0.0, 2.0, 6.0]), 100.0, 0.0, 2.0, 1.0).tolist()
    [100.0, 50.0, 25.0]
    >>> round(float(sigmoid(np.array([2.0]), 100.0, 0.0, 2.0, 1.0, 3.0)[0]), 9)
    50.0
    """
    if not np.isfinite(half):
        return np.full(np.shape(dose), float(start))
    log = np.array([np.log(half)]), np.array([np.log(slope)]), np.array([np.log(asymmetry)])
    fallen, left = limb_shares(np.asarray(dose, dtype=float)[None, :], *log)
    return np.asarray((start * left + end * fallen)[0])


def limb_shares(dose: Floats, half: Floats, slope: Floats, asymmetry: Floats) -> tuple[Floats, Floats]:
    """How far (r, m) each dose takes the response from start to end, and what is left, to full precision.

    ``half``, ``slope`` and ``asymmetry`` (r,) are logarithms.
    """
    s = np.exp(asymmetry)[:, None]
    with np.errstate(divide="ignore"):
        x = np.exp(slope)[:, None] * (np.log(dose) - half[:, None])
    x = x + np.log(np.expm1(np.log(2.0) / s))
    grown = np.logaddexp(0.0, np.clip(x, -690.0, 690.0))
    fallen = np.where(dose > 0, -np.expm1(-s * grown), 0.0)
    return fallen, np.where(dose > 0, np.exp(-s * grown), 1.0)


def least_squares(fallen: Floats, left: Floats, y: Floats, w: Floats, limbs: Limbs) -> tuple[Floats, Floats]:
    """The best start and end (r,) of curves whose shapes are given; fixed ones stay.

    Parameters
    ----------
    fallen, left : array (r, m)
        As :func:`limb_shares` gives them.
    y, w : array (r, m)
        Means and their weights.
    limbs : Limbs
    """
    total = w.sum(axis=1)
    # of the two complements the smaller one has kept its digits
    high = (w * fallen).sum(axis=1) > 0.5 * total
    basis = np.where(high[:, None], left, fallen)
    middle = (w * basis).sum(axis=1) / total
    level = (w * y).sum(axis=1) / total
    off = basis - middle[:, None]
    change = (w * off * y).sum(axis=1) / np.maximum((w * off**2).sum(axis=1), _TINY)
    at_none = level - change * middle
    start = np.where(high, at_none + change, at_none)
    end = np.where(high, at_none, at_none + change)
    with np.errstate(invalid="ignore"):
        above = (w * left * (y - limbs.end[:, None])).sum(axis=1)
        start = np.where(np.isfinite(limbs.end), limbs.end + above / _size(w, left), start)
        below = (w * fallen * (y - limbs.start[:, None])).sum(axis=1)
        end = np.where(np.isfinite(limbs.start), limbs.start + below / _size(w, fallen), end)
    both = np.isfinite(limbs.start) & np.isfinite(limbs.end)
    start = np.where(np.isfinite(limbs.start), limbs.start, start)
    end = np.where(both | (np.isfinite(limbs.end) & ~np.isfinite(limbs.start)), limbs.end, end)
    return start, end


def _size(w: Floats, basis: Floats) -> Floats:
    return np.asarray(np.maximum((w * basis**2).sum(axis=1), _TINY))


def fit_flat(points: DoseMeans) -> SigmoidFits:
    """The mean of all wells of each curve."""
    n = len(points.mean)
    level = (points.wells * points.mean).sum(axis=1) / points.count
    rss = points.within + (points.wells * (points.mean - level[:, None]) ** 2).sum(axis=1)
    nan = np.full(n, np.nan)
    return SigmoidFits(MODELS["flat"], level, level, nan, nan, nan, rss)


def fit_model(points: DoseMeans, limbs: Limbs, model: CurveModel, held: Floats | None = None) -> SigmoidFits:
    """Least squares of one model to every curve.

    Parameters
    ----------
    points : DoseMeans
    limbs : Limbs
        Of every curve; those that the model does not hold fixed are passed over.
    model : CurveModel
    held : array (n,), optional
        Logarithm of the EC50, which then is not searched: a point of its profile.

    Returns
    -------
    SigmoidFits

    Examples
    --------
    >>> d = np.array([0.0, 1.0, 3.0, 10.0, 30.0, 100.0])
    >>> points = DoseMeans.of([(d, sigmoid(d, 100.0, 10.0, 8.0, 1.5))])
    >>> found = fit_model(points, Limbs(np.array([np.nan]), np.array([np.nan])), MODELS["hill4"])
    >>> [round(float(x[0]), 4) for x in (found.start, found.end, found.half, found.slope)]
    [100.0, 10.0, 8.0, 1.5]
    """
    if model.name == "flat":
        return fit_flat(points)
    kept = limbs.of_model(model)
    shift, scale = _range(points)
    y = (points.mean - shift[:, None]) / scale[:, None]
    kept = Limbs((kept.start - shift) / scale, (kept.end - shift) / scale)
    root = np.sqrt(points.wells)
    low, high = search_box(points, model, held)

    def shares(p: Floats, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        return limb_shares(points.dose[rows], *shape_of(p, model))

    def predicted(p: Floats, rows: NDArray[np.int64]) -> Floats:
        fallen, left = shares(p, rows)
        start, end = least_squares(fallen, left, y[rows], points.wells[rows], kept.rows(rows))
        return np.asarray(root[rows] * (start[:, None] * left + end[:, None] * fallen))

    begin = _first_guess(points, y, kept, model, held)
    # a point of a profile need not be as exact as the fit itself
    most, least_step = (300, 1e-11) if held is None else (60, 1e-7)
    found = fit_many(predicted, root * y, begin, low, high, iterations=most, tolerance=least_step)
    rows = np.arange(len(y))
    fallen, left = shares(found.values, rows)
    start, end = least_squares(fallen, left, y, points.wells, kept)
    half, slope, asymmetry = (np.exp(x) for x in shape_of(found.values, model))
    rss = points.within + found.cost * scale**2
    fixed = limbs.of_model(model)
    start = np.where(np.isfinite(fixed.start), fixed.start, shift + scale * start)
    end = np.where(np.isfinite(fixed.end), fixed.end, shift + scale * end)
    return SigmoidFits(model, start, end, half, slope, asymmetry, rss)


def _range(points: DoseMeans) -> tuple[Floats, Floats]:
    """Lowest mean and distance to the highest, by which responses become shares that the fit can judge."""
    low = np.where(points.used, points.mean, np.inf).min(axis=1)
    scale = np.where(points.used, points.mean, -np.inf).max(axis=1) - low
    return low, np.where(scale > 0, scale, 1.0)


def search_box(points: DoseMeans, model: CurveModel, held: Floats | None) -> tuple[Floats, Floats]:
    """What is searched: logarithms of EC50 (or as it is held), slope and asymmetry, (n, k) each."""
    least, most = points.ends
    first, last = np.log(least) - REACH, np.log(most) + REACH
    ends = {
        "EC50": (first, last) if held is None else (held, held),
        "slope": tuple(np.full(len(least), x) for x in SLOPES),
        "asymmetry": tuple(np.full(len(least), x) for x in ASYMMETRIES),
    }
    return (
        np.stack([ends[name][0] for name in model.shape], axis=1),
        np.stack([ends[name][1] for name in model.shape], axis=1),
    )


def shape_of(p: Floats, model: CurveModel) -> tuple[Floats, Floats, Floats]:
    """Logarithms of EC50, slope and asymmetry (r,), of which a model may search only some."""
    zero = np.zeros(len(p))
    place = {name: k for k, name in enumerate(model.shape)}
    slope, asymmetry = (p[:, place[n]] if n in place else zero for n in ("slope", "asymmetry"))
    return p[:, place["EC50"]], slope, asymmetry


def _first_guess(points: DoseMeans, y: Floats, kept: Limbs, model: CurveModel, held: Floats | None) -> Floats:
    """The best of a grid of shapes, each with its best start and end, (n, k)."""
    least, most = points.ends
    n = len(y)
    slopes = np.log(_TRIED_SLOPES) if "slope" in model.free else np.zeros(1)
    bends = np.log(_TRIED_ASYMMETRIES) if "asymmetry" in model.free else np.zeros(1)
    places = np.linspace(0.0, 1.0, _TRIED_HALVES) if held is None else np.zeros(1)
    grid = np.stack(np.meshgrid(places, slopes, bends, indexing="ij"), axis=-1).reshape(-1, 3)
    best = np.full(n, np.inf)
    chosen = np.zeros((n, 3))
    first, last = np.log(least / 10.0), np.log(most * 10.0)
    for place, slope, bend in grid:
        half = first + place * (last - first) if held is None else held
        shape = np.stack([half, np.full(n, slope), np.full(n, bend)], axis=1)
        fallen, left = limb_shares(points.dose, *shape.T)
        start, end = least_squares(fallen, left, y, points.wells, kept)
        off = start[:, None] * left + end[:, None] * fallen - y
        cost = (points.wells * off**2).sum(axis=1)
        better = cost < best
        best[better], chosen[better] = cost[better], shape[better]
    place = {"EC50": 0, "slope": 1, "asymmetry": 2}
    return chosen[:, [place[name] for name in model.shape]]
