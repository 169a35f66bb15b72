"""How far the mean of replicate wells may lie from the truth, and what that makes of numbers drawn from it.

The spread between replicates of one mixture is pooled over all mixtures as ``level + growth * viability**2``:
counting noise at the bottom, pipetting and normalisation, which are shares of what is read, at the top.
Replicates that are whole plates also share a factor on viability; its variance between plates is told from
what the wells alone would give (one-way analysis of variance), and its few degrees of freedom are combined
with those of the wells by Satterthwaite's rule, doi:10.2307/3002019.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from jakstat.arrays import Floats
from jakstat.extras import needs

with needs("analysis"):
    from scipy.stats import t as student_t

__all__ = ["WellNoise", "well_noise"]

_ROUNDS = 3
_LEAST = 0.1
"""A fitted variance is not taken below this share of the pooled one."""
_ENOUGH = 20
"""Degrees of freedom from which on the spread may depend on the level."""


@dataclass(frozen=True)
class WellNoise:
    """Noise of the means of n matrices.

    Parameters
    ----------
    variance : array (n, a, b)
        Of each mean, by its own wells.
    freedom : array (n,)
        Degrees of freedom of that; infinite where the noise was given.
    well_sd : array (n,)
        Pooled standard deviation of one well.
    shared : array (n, a, b)
        Change of each mean by one standard deviation of what all wells of a plate share; 0 where nothing is.
    plate_sd : array (n,)
        Standard deviation of a plate's factor on viability; NaN where plates are not told apart.
    shared_weight, shared_freedom : array (n,)
        Mean square between plates over the variance taken from it, and its degrees of freedom.
    """

    variance: Floats
    freedom: Floats
    well_sd: Floats
    shared: Floats
    plate_sd: Floats
    shared_weight: Floats
    shared_freedom: Floats

    def row(self, rows: object) -> WellNoise:
        """Some of the matrices."""
        return WellNoise(*(getattr(self, f.name)[rows] for f in fields(self)))

    def half_width(self, slopes: Floats, *, confidence: float = 0.95, together: int = 1) -> Floats:
        """Half of the interval of numbers that move with the means by ``slopes``.

        Parameters
        ----------
        slopes : array (n, ..., a, b)
        confidence : float
        together : int
            So many numbers shall lie within their intervals at once (Bonferroni).

        Returns
        -------
        array (n, ...)
            NaN where the noise is not known.
        """
        extra = (1,) * (slopes.ndim - 3)

        def spread(given: Floats) -> Floats:
            return given.reshape(len(given), *extra)

        own = np.einsum("n...ab,nab->n...", slopes**2, self.variance)
        all_plates = np.einsum("n...ab,nab->n...", slopes, self.shared) ** 2
        between = all_plates * spread(self.shared_weight)
        with np.errstate(divide="ignore", invalid="ignore"):
            uncertain = own**2 / spread(self.freedom) + between**2 / spread(self.shared_freedom)
            freedom = np.where(uncertain > 0, (own + all_plates) ** 2 / uncertain, np.inf)
        share = 1.0 - (1.0 - confidence) / (2.0 * together)
        return np.asarray(np.sqrt(own + all_plates) * student_t.ppf(share, np.maximum(freedom, 1.0)))


def well_noise(wells: Floats, *, plates: bool, sd: Floats | None = None) -> WellNoise:
    """The noise of replicate wells.

    Parameters
    ----------
    wells : array (n, r, a, b)
        Effects; NaN where there is no well.
    plates : bool
        Whether replicate k of all mixtures is one plate.
    sd : array (n,), optional
        Standard deviation of one well where it is known, or where no mixture has a second well.

    Examples
    --------
    >>> wells = np.random.default_rng(1).normal(0.5, 0.04, (1, 4, 9, 9))
    >>> found = well_noise(wells, plates=False)
    >>> round(float(found.well_sd[0]), 2), float(found.freedom[0])
    (0.04, 243.0)
    """
    n, _, a, b = wells.shape
    there = np.isfinite(wells)
    count = there.sum(axis=1)
    filled = np.where(there, wells, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = filled.sum(axis=1) / count
    viability = np.where(count > 0, 1.0 - mean, 0.0)
    apart = np.where(there, wells - mean[:, None], 0.0)
    factors, spread, known = _plate_factors(apart, there, viability) if plates else _no_plates(wells)
    apart = np.where(there, apart + factors[:, :, None, None] * viability[:, None], 0.0)
    freedom = np.maximum(count - 1, 0).sum(axis=(1, 2)) - np.where(known, spread[1], 0.0)
    squares = np.sum(apart**2, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = np.where(freedom > 0, squares.sum(axis=(1, 2)) / freedom, np.nan)
    variance = _by_level(squares, count, viability, pooled, freedom)
    degrees = freedom.astype(float)
    if sd is not None:
        variance = np.broadcast_to((sd**2)[:, None, None], (n, a, b))
        pooled, degrees = sd**2, np.full(n, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_means = np.where(count > 0, variance / count, 0.0)
        # what wells alone would give between plates, and what is left of the mean square above it
        by_wells = np.einsum("nab,nab->n", viability**2 * variance, np.ones((n, a, b)) * (count > 0))
        by_wells = by_wells / np.sum(viability**2, axis=(1, 2)) ** 2
        left = np.where(known & np.isfinite(by_wells), np.maximum(spread[0] - by_wells, 0.0), 0.0)
        runs = there.any(axis=(2, 3)).sum(axis=1)
        weight = np.where(left > 0, spread[0] / np.where(left > 0, left, 1.0), 0.0)
    shared = -viability * np.sqrt(left / np.maximum(runs, 1))[:, None, None]
    return WellNoise(
        of_means, np.where(np.isfinite(pooled), degrees, np.nan), np.sqrt(pooled), shared,
        np.where(known, np.sqrt(left), np.nan), weight, np.where(known, np.maximum(spread[1], 1.0), 1.0),
    )  # fmt: skip


def _no_plates(wells: Floats) -> tuple[Floats, tuple[Floats, Floats], Floats]:
    n, r = wells.shape[:2]
    return np.zeros((n, r)), (np.zeros(n), np.zeros(n)), np.zeros(n, dtype=bool)


def _plate_factors(
    apart: Floats, there: Floats, viability: Floats
) -> tuple[Floats, tuple[Floats, Floats], Floats]:
    """A factor of each plate on viability, their mean square with its degrees of freedom, and where known."""
    weight = np.where(there, viability[:, None] ** 2, 0.0).sum(axis=(2, 3))
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = -np.einsum("nrab,nab->nr", apart, viability) / weight
    factors = np.where(weight > 0, factors, 0.0)
    runs = there.any(axis=(2, 3)).sum(axis=1)
    degrees = np.maximum(runs - 1, 0).astype(float)
    known = degrees > 0
    square = np.where(known, np.sum(factors**2, axis=1) / np.maximum(degrees, 1.0), 0.0)
    return factors * known[:, None], (square, degrees), known


def _by_level(squares: Floats, count: Floats, viability: Floats, pooled: Floats, freedom: Floats) -> Floats:
    """Variance of one well (n, a, b): level + growth * viability**2, neither below 0."""
    degrees = np.maximum(count - 1, 0).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(degrees > 0, squares / degrees, 0.0)
    x = viability**2
    fitted = np.broadcast_to(pooled[:, None, None], own.shape).copy()
    for _ in range(_ROUNDS):
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = np.where(np.isfinite(fitted) & (fitted > 0), degrees / fitted**2, 0.0)
            s0, s1, s2 = (np.sum(weight * x**k, axis=(1, 2)) for k in (0, 1, 2))
            t0, t1 = np.sum(weight * own, axis=(1, 2)), np.sum(weight * own * x, axis=(1, 2))
            growth = (s0 * t1 - s1 * t0) / (s0 * s2 - s1**2)
            level = (t0 - growth * s1) / s0
            # where one would fall below 0 the other is fitted alone
            level, growth = (
                np.where(growth < 0, t0 / s0, np.where(level < 0, 0.0, level)),
                np.where(growth < 0, 0.0, np.where(level < 0, t1 / s2, growth)),
            )
        made = level[:, None, None] + growth[:, None, None] * x
        made = np.maximum(made, _LEAST * pooled[:, None, None])
        usable = (freedom >= _ENOUGH) & np.isfinite(level) & np.isfinite(growth)
        fitted = np.where(usable[:, None, None], made, pooled[:, None, None])
    return np.asarray(fitted)
