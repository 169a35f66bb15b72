"""The null models on measured matrices: excess with intervals that come from the replicates.

An interval is the linear form of how a number moves with the means of its wells, times the noise of these;
for a number of a fit the fit moves too. `tests/verify/test_own_matrices.py` counts how often it covers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.combination.bliss import bliss_slopes
from jakstat.combination.hsa import hsa_slopes
from jakstat.combination.loewe import Loewe, loewe_slopes
from jakstat.combination.musyc import fit_musyc
from jakstat.combination.null_models import Excesses, excesses
from jakstat.combination.well_noise import WellNoise, well_noise
from jakstat.combination.zip_delta import ZipCurves, zip_slopes
from jakstat.experiment.hill_fit import FEWEST_DOSES, HillSlopes, hill_slopes

__all__ = ["ExcessBand", "MeasuredExcess", "measured_excess"]


@dataclass(frozen=True)
class ExcessBand:
    """The intervals of one model's excess, as half widths.

    Parameters
    ----------
    each, together : array (n, a - 1, b - 1)
        95 % for each mixture by itself; for all mixtures of a matrix at once.
    mean, of_mean : array (n,)
        Mean excess over the mixtures for which the model says anything, and 95 % of it.
    """

    each: Floats
    together: Floats
    mean: Floats
    of_mean: Floats


@dataclass(frozen=True)
class MeasuredExcess:
    """What the null models make of n measured matrices of one size.

    Parameters
    ----------
    effect : array (n, a, b)
        Means of the wells.
    found : Excesses
    noise : WellNoise
    bands : dict of ExcessBand
        By model.
    from_curves : array (n,) of bool
        Where no mixture has a second well: the noise is the scatter about ZIP's curves.
    """

    effect: Floats
    found: Excesses
    noise: WellNoise
    bands: dict[str, ExcessBand]
    from_curves: NDArray[np.bool_]


def measured_excess(
    dose_a: Floats,
    dose_b: Floats,
    wells: Floats,
    *,
    plates: bool = False,
    sd: float | None = None,
) -> MeasuredExcess:
    """Score measured matrices of one size.

    Parameters
    ----------
    dose_a, dose_b : array (n, a), (n, b)
        Doses; the first of each is 0.
    wells : array (n, r, a, b)
        Effect of each well, 0 without drugs and 1 for the full effect; NaN where there is none.
    plates : bool
        Whether replicate k of all mixtures is one plate, so that its wells share a factor.
    sd : float, optional
        Standard deviation of one well, where it is known from elsewhere.

    Examples
    --------
    >>> d = np.concatenate([[0.0], np.geomspace(1.0, 1000.0, 7)])
    >>> y = d / (30.0 + d)
    >>> e = y[:, None] + y[None, :] - y[:, None] * y[None, :]
    >>> wells = e + np.random.default_rng(1).normal(0.0, 0.03, (1, 3, 8, 8))
    >>> band = measured_excess(d[None], d[None], wells).bands["bliss"]
    >>> bool(abs(band.mean[0]) < band.of_mean[0] < 0.03)
    True
    """
    there = np.isfinite(wells)
    count = there.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        effect = np.where(there, wells, 0.0).sum(axis=1) / count
    found = excesses(dose_a, dose_b, effect, musyc=False)
    given = None if sd is None else np.full(len(wells), sd)
    noise = well_noise(wells, plates=plates, sd=given)
    single = np.isnan(noise.well_sd)
    if single.any():
        assert found.zip_curves is not None
        scatter, freedom = _scatter(found.zip_curves, effect)
        by_curves = well_noise(wells, plates=False, sd=scatter)
        by_curves = replace(by_curves, freedom=np.where(np.isfinite(scatter), freedom, np.nan))
        noise = WellNoise(
            *(
                np.where(single.reshape(-1, *(1,) * (old.ndim - 1)), new, old)
                for old, new in zip(vars(noise).values(), vars(by_curves).values(), strict=True)
            )
        )
    alone = (
        hill_slopes(found.first, dose_a[:, 1:], effect[:, 1:, 0]),
        hill_slopes(found.second, dose_b[:, 1:], effect[:, 0, 1:]),
    )
    slopes = _slopes(dose_a, dose_b, effect, found, alone)
    found = _without_inert(dose_a, dose_b, found, alone, noise)
    surface = fit_musyc(dose_a, dose_b, effect, found.first, found.second, noise=noise)
    bands = {name: _band(found.by_model(name), of_name, noise) for name, of_name in slopes.items()}
    return MeasuredExcess(effect, replace(found, musyc=surface), noise, bands, single & (sd is None))


def _without_inert(
    dose_a: Floats,
    dose_b: Floats,
    found: Excesses,
    alone: tuple[HillSlopes, HillSlopes],
    noise: WellNoise,
) -> Excesses:
    """A drug alone whose curve nowhere differs from 0 by more than its noise has no effect of its own.

    Its plateau is then a number of the noise, which Loewe and MuSyC would rest on.
    """
    n, a, b = noise.variance.shape
    inert = []
    for k, (dose, curve) in enumerate(((dose_a, found.first), (dose_b, found.second))):
        moves = np.zeros((n, dose.shape[1] - 1, a, b))
        along = moves[..., 1:, 0] if k == 0 else moves[..., 0, 1:]
        along[:] = alone[k].curve
        half = noise.half_width(moves, together=dose.shape[1] - 1)
        with np.errstate(invalid="ignore"):
            seen = np.logical_or(np.abs(curve.effect(dose[:, 1:])) > half, ~np.isfinite(half))
        inert.append(np.asarray(~seen.any(axis=1)))
    both = (inert[0] | inert[1])[:, None, None]
    return replace(
        found,
        first=replace(found.first, top=np.where(inert[0], 0.0, found.first.top)),
        second=replace(found.second, top=np.where(inert[1], 0.0, found.second.top)),
        loewe=np.where(both, np.nan, found.loewe),
        index=np.where(both, np.nan, found.index),
    )


def _slopes(
    dose_a: Floats,
    dose_b: Floats,
    effect: Floats,
    found: Excesses,
    alone: tuple[HillSlopes, HillSlopes],
) -> dict[str, Floats]:
    curves, (alone_a, alone_b) = found.zip_curves, alone
    assert curves is not None
    additive = Loewe(found.loewe, found.index)
    return {
        "bliss": bliss_slopes(effect),
        "hsa": hsa_slopes(effect),
        "loewe": loewe_slopes(
            dose_a, dose_b, effect, additive, (found.first, alone_a.parameters),
            (found.second, alone_b.parameters),
        ),
        "zip": zip_slopes(curves, effect, alone_a.curve, alone_b.curve),
    }  # fmt: skip


def _band(excess: Floats, slopes: Floats, noise: WellNoise) -> ExcessBand:
    """The band of an excess (n, a - 1, b - 1) that moves by ``slopes`` (n, a - 1, b - 1, a, b)."""
    known = np.isfinite(excess)
    safe = np.where(np.isfinite(slopes) & known[..., None, None], slopes, 0.0)
    count = known.sum(axis=(1, 2))
    each = np.where(known, noise.half_width(safe), np.nan)
    together = np.where(known, noise.half_width(safe, together=max(int(count.max()), 1)), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, excess, 0.0).sum(axis=(1, 2)) / count
        of_mean = noise.half_width(safe.sum(axis=(1, 2)) / np.maximum(count, 1)[:, None, None])
    return ExcessBand(each, together, mean, np.where(count > 0, of_mean, np.nan))


def _scatter(curves: ZipCurves, effect: Floats) -> tuple[Floats, Floats]:
    """Standard deviation of one well about ZIP's curves (n,), and its degrees of freedom."""
    inner = effect[:, 1:, 1:]
    apart = inner[None] - curves.fitted()
    known = np.isfinite(apart)
    squares = np.where(known, apart, 0.0) ** 2
    parameters = FEWEST_DOSES - 1
    over_a = np.maximum(known[0].sum(axis=1) - parameters, 0).sum(axis=1)
    over_b = np.maximum(known[1].sum(axis=2) - parameters, 0).sum(axis=1)
    freedom = (over_a + over_b).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt(squares.sum(axis=(0, 2, 3)) / freedom)
    return np.where(freedom > 0, sd, np.nan), 0.5 * freedom
