"""Curves of a user's fit with their bands, and which measurement would tell a number best.

The band of a curve is the range of its predictions over the vectors whose cost lies within the rise of a
95 % interval: profile-wise prediction intervals (doi:10.1371/journal.pcbi.1011515), of vectors along the
profiles and others on the ellipsoid of the expected information.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from jakstat.calibration.lanes import Points, Wiring
from jakstat.calibration.objective import Objective
from jakstat.calibration.own_situations import LaidOut
from jakstat.calibration.profile import Profile
from jakstat.experiment.readouts import Readout
from jakstat.streams import stream

__all__ = ["CourseBands", "Telling", "allowed_vectors", "along", "course_bands", "telling"]

Array = npt.NDArray[np.float64]
_DRAWS = 64
_MOST_PROFILED = 40
_NEAR_BOUND = 1e-9


def allowed_vectors(
    objective: Objective, best: Array, profiles: Sequence[Profile], *, rise: float, seed: int
) -> Array:
    """Vectors (V, K) that the data allow, the best one first.

    Parameters
    ----------
    objective : Objective
    best : array, shape (K,)
    profiles : sequence of Profile
    rise : float
        How much the cost may lie above the least.
    seed : int
    """
    walked = [p.vectors[np.isfinite(p.cost)] for p in profiles]
    tried = [best[None], *walked, _on_ellipsoid(objective, best, rise, seed)]
    vectors = np.unique(np.concatenate(tried), axis=0)
    cost = objective.evaluate(vectors).cost
    least = float(np.nanmin(cost))
    good = vectors[np.isfinite(cost) & (cost <= least + rise)]
    others = good[np.any(np.abs(good - best) > _NEAR_BOUND, axis=1)]
    return np.concatenate([best[None], others])


def _on_ellipsoid(objective: Objective, best: Array, rise: float, seed: int) -> Array:
    """Draws on the surface where the cost has risen, as far as its curvature tells."""
    random = stream(seed, "fit", "bands")
    value, axes = np.linalg.eigh(objective.local(best).hessian)
    span = objective.high - objective.low
    # along an axis of which the data say nothing the range is as far as it goes
    reach = np.minimum(np.sqrt(2 * rise / np.maximum(value, 1e-12)), float(np.max(span)))
    way = random.normal(size=(_DRAWS, len(best)))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    return np.asarray(np.clip(best + (way * reach) @ axes.T, objective.low, objective.high))


@dataclass(frozen=True)
class CourseBands:
    """Curves over time with their bands.

    Parameters
    ----------
    times : array, shape (T,)
        Hours.
    values : mapping of readout to array, shape (V, S, T)
        Of every allowed vector (the best first) in every situation, in the readout's unit.
    """

    times: Array
    values: Mapping[str, Array]

    def at(self, readout: str, situation: int, time: float) -> Array:
        """Values (V,) at one of the times."""
        return np.asarray(self.values[readout][:, situation, int(np.argmin(np.abs(self.times - time)))])


def course_bands(
    objective: Objective, laid: LaidOut, vectors: Array, readouts: Sequence[Readout], times: Array
) -> CourseBands:
    """The model's courses of vectors (V, K) in every situation; NaN where a lane failed.

    Parameters
    ----------
    times : array, shape (T,)
        Hours, increasing.
    """
    count = len(laid.experiments)
    starts = [e.main[0].time for e in laid.experiments]
    grid = np.unique(np.concatenate([times, [max(0.0, *starts)]]))
    points = Points(np.repeat(np.arange(count), len(grid)), np.tile(grid, count))
    symbols = {r.symbol: np.ones(count * len(grid), dtype=bool) for r in readouts}
    problem = replace(objective.problem, experiments=laid.experiments)
    run = Wiring(problem, points, symbols, objective.solving).run(objective.table(vectors))
    shape = (len(vectors), count, len(grid))
    return CourseBands(grid, {r.name: run.values[r.symbol].reshape(shape) * r.scale for r in readouts})


@dataclass(frozen=True, slots=True)
class Telling:
    """A measurement that would tell a number that the data leave open.

    Parameters
    ----------
    readout : str
    situation : int
    time_h : float
    absolute : bool
        Whether it must be counted (in the readout's unit); otherwise ratios do.
    spread : float
        Range of its predictions among the vectors that the data allow, in units of the noise of the table.
    """

    readout: str
    situation: int
    time_h: float
    absolute: bool
    spread: float


def telling(bands: CourseBands, noise: float) -> Telling | None:
    """The measurement whose prediction differs most along a profile; None when none differs by its noise.

    Parameters
    ----------
    bands : CourseBands
        Of the vectors along the profile, the best first.
    noise : float
        Standard deviation of one value, as a share of the largest of its readout.

    Notes
    -----
    Every readout is taken as measured anew in arbitrary units: each vector's curves are laid on the best
    one's with a scale and a background of their own, and what is left is compared with the noise. Only where
    no ratio tells anything are counts looked at.
    """
    for absolute in (False, True):
        found: Telling | None = None
        for name, values in bands.values.items():
            spread = _spread(values, absolute=absolute) / noise
            if not np.isfinite(spread).any():
                continue
            place = int(np.nanargmax(spread))
            situation, time = np.unravel_index(place, spread.shape)
            here = float(spread[situation, time])
            if here >= 1.0 and (found is None or here > found.spread):
                found = Telling(name, int(situation), float(bands.times[time]), absolute, here)
        if found is not None:
            return found
    return None


def _spread(values: Array, *, absolute: bool) -> Array:
    """Range over vectors (S, T) as a share of the largest value of the best vector's curves."""
    best = values[0]
    if not np.isfinite(best).all():
        return np.full(best.shape, math.nan)
    values = values[np.isfinite(values).all(axis=(1, 2))]
    size = float(np.max(np.abs(best)))
    if size <= 0 or (not absolute and float(np.ptp(best)) <= 1e-6 * size):  # ratios need a course that moves
        return np.full(best.shape, math.nan)
    laid = values if absolute else np.stack([_laid_on(v, best) for v in values])
    return np.asarray(np.ptp(laid, axis=0) / size)


def _laid_on(values: Array, best: Array) -> Array:
    """Curves with the scale and background that bring them closest to others."""
    design = np.stack([values.ravel(), np.ones(values.size)], axis=1)
    found, *_ = np.linalg.lstsq(design, best.ravel(), rcond=None)
    return np.asarray((design @ found).reshape(values.shape))


def along(profile: Profile, best: Array, *, rise: float) -> Array:
    """Vectors (V, K) along a profile that the data allow, the best first."""
    least = float(np.nanmin(profile.cost))
    good = np.isfinite(profile.cost) & (profile.cost <= least + 1.5 * rise)
    chosen = profile.vectors[good]
    step = max(1, math.ceil(len(chosen) / _MOST_PROFILED))
    return np.concatenate([best[None], chosen[::step]])
