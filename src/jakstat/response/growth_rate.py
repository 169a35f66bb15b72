"""Growth-rate inhibition metrics of measured counts: GR50, GRmax, GRinf, h_GR, GEC50 and GR_AOC.

GR(c) = GRinf + (1 - GRinf) / (1 + (c / GEC50)^h_GR); GR50 is where this curve is 0.5, GRmax the GR value at
the highest dose, GR_AOC the mean of 1 - GR over the logarithm of the doses (Hafner 2016,
doi:10.1038/nmeth.3853; the words and formulas as in the vignette of the R package GRmetrics).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.response.curve_models import MODELS, DoseMeans, Limbs, SigmoidFits, fit_flat, fit_model
from jakstat.response.curve_profiles import (
    DoseInterval,
    absolute_dose,
    absolute_intervals,
    half_intervals,
)

with needs("analysis"):
    from scipy.stats import f as f_distribution

__all__ = ["GrowthMetrics", "area_over_curve", "growth_metrics"]

_HALF_GROWTH = 0.5


@dataclass(frozen=True)
class GrowthMetrics:
    """GR metrics of n curves, (n,) each; doses in the unit of each curve.

    ``p`` is that of the F test of the curve against one mean; where it tells no effect of the dose, GR50 and
    GEC50 say nothing.
    """

    fits: SigmoidFits
    GR50: Floats
    GR50_interval: DoseInterval
    GEC50_interval: DoseInterval
    GRmax: Floats
    GR_AOC: Floats
    p: Floats


def growth_metrics(points: DoseMeans, level: float = 0.95) -> GrowthMetrics:
    """Metrics of curves of GR values.

    Parameters
    ----------
    points : DoseMeans
        GR values of the wells, by dose.
    level : float
        Confidence of the intervals.

    Examples
    --------
    >>> dose = np.repeat([1.0, 10.0, 100.0, 1000.0, 10000.0], 2)
    >>> read = -0.2 + 1.2 / (1.0 + (dose / 50.0) ** 1.1)
    >>> found = growth_metrics(DoseMeans.of([(dose, read)]))
    >>> [round(float(x[0]), 3) for x in (found.fits.end, found.fits.slope, found.fits.half, found.GR50)]
    [-0.2, 1.1, 50.0, 36.824]
    """
    n = len(points.mean)
    limbs = Limbs(np.ones(n), np.full(n, np.nan))
    fits = fit_model(points, limbs, MODELS["hill3u"])
    half = np.full(n, _HALF_GROWTH)
    weights = np.ones((1, n))
    flat = fit_flat(points).rss
    left = points.count - MODELS["hill3u"].count
    with np.errstate(divide="ignore", invalid="ignore"):
        more = MODELS["hill3u"].count - 1
        F = (flat - fits.rss) / more / (fits.rss / np.where(left > 0, left, np.nan))
    highest = np.where(points.used, points.dose, -np.inf).argmax(axis=1)
    return GrowthMetrics(
        fits=fits,
        GR50=absolute_dose(fits, half),
        GR50_interval=absolute_intervals(points, limbs, [fits], weights, half, level),
        GEC50_interval=half_intervals(points, limbs, [fits], weights, level),
        GRmax=points.mean[np.arange(n), highest],
        GR_AOC=np.array([area_over_curve(*_given(points, k)) for k in range(n)]),
        p=np.asarray(f_distribution.sf(F, more, left)),
    )


def _given(points: DoseMeans, row: int) -> tuple[Floats, Floats]:
    chosen = points.used[row] & (points.dose[row] > 0)
    return points.dose[row][chosen], points.mean[row][chosen]


def area_over_curve(dose: Floats, value: Floats) -> float:
    """Mean of 1 - GR over the logarithm of rising doses (m,), by trapezoids; NaN of a single dose.

    Examples
    --------
    >>> area_over_curve(np.array([1.0, 10.0, 100.0]), np.array([1.0, 0.5, 0.0]))
    0.5
    """
    if len(dose) < 2:
        return float("nan")
    x = np.log10(dose)
    return float(np.trapezoid(1.0 - value, x) / (x[-1] - x[0]))
