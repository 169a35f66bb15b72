"""A visual predictive check: percentiles of what was measured beside those of data sets that a model makes.

Each simulated data set has the same subjects, doses, covariates, times and limits of quantification; draws of
subjects and residual errors are its own. In every bin of time the 5th, 50th and 95th percentile of the
measured values stands beside the interval of the same percentile over the simulated sets.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import problem
from jakstat.limits import check_count
from jakstat.pharmacology.observed_model import ObservedDesign
from jakstat.pharmacology.posterior_modes import ErrorModel
from jakstat.streams import stream

__all__ = ["PERCENTILES", "CheckBin", "PredictiveCheck", "model_band", "predictive_check"]

PERCENTILES = (5.0, 50.0, 95.0)
"""Percentiles that are compared."""

_INTERVAL = (0.025, 0.5, 0.975)
_DISTINCT, _MOST_BINS, _FEWEST = 12, 10, 4
_NEAR = 0.05  # of a time: samples nearer to each other share a bin
_CELLS = 3_000_000
_BAND_LANES, _POINTS = 1000, 140


@dataclass(frozen=True, slots=True)
class CheckBin:
    """One bin of time.

    Parameters
    ----------
    low, high, middle : float
        Hours: edges, and the median of the samples in it.
    count, below : int
        Samples, and those below the limit.
    measured : array, shape (3,)
        Percentiles; minus infinity where one lies below the limit.
    simulated : array, shape (3, 3)
        By percentile: 2.5, 50 and 97.5 % of it over the simulated sets; minus infinity as above.
    below_simulated : array, shape (3,)
        The same of the share below the limit.
    """

    low: float
    high: float
    middle: float
    count: int
    below: int
    measured: Floats
    simulated: Floats
    below_simulated: Floats

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Which measured percentiles lie outside the interval of the simulated ones."""
        low, high = self.simulated[:, 0], self.simulated[:, 2]
        return np.asarray((self.measured < low) | (self.measured > high))


@dataclass(frozen=True, slots=True)
class PredictiveCheck:
    """The check of a data set.

    ``hours`` and ``values`` are the samples as they were compared (corrected, where that was asked for);
    ``axis`` says from which dose the time counts.
    """

    bins: tuple[CheckBin, ...]
    sets: int
    seed: int
    corrected: bool
    axis: str
    hours: Floats
    values: Floats
    below: NDArray[np.bool_]

    @property
    def compared(self) -> int:
        """Percentiles that were compared."""
        return int(sum(np.count_nonzero(~np.isnan(b.measured)) for b in self.bins))

    @property
    def outside(self) -> int:
        """Those outside their interval."""
        return int(sum(b.outside.sum() for b in self.bins))


def predictive_check(
    design: ObservedDesign,
    error: ErrorModel,
    *,
    sets: int = 500,
    seed: int = 1,
    bins: Sequence[float] | int | None = None,
    corrected: bool = False,
    since_last: bool = False,
) -> PredictiveCheck:
    """Percentiles of the data beside those of simulated sets.

    Parameters
    ----------
    design : ObservedDesign
    error : ErrorModel
    sets : int
        Simulated data sets.
    seed : int
    bins : sequence of float, or int, optional
        Edges in hours, or how many bins; by the times where there are few, else about equal counts.
    corrected : bool
        Prediction-corrected: each value times the median typical prediction of its bin over its own.
    since_last : bool
        Time from the last dose instead of the first.

    Raises
    ------
    InputError
        ``observed.bins``, ``count.range``, ``observed.empty``.

    Notes
    -----
    Bergstrand, Hooker, Wallin and Karlsson (doi:10.1208/s12248-011-9255-z), with a lower bound of 0. Values
    below the limit count as lying under every measured one; corrected checks leave them out.

    Examples
    --------
    >>> from jakstat.pharmacology.observed_file import read_observed
    >>> from jakstat.pharmacology.observed_model import observed_design
    >>> from jakstat.pharmacology.pk_library import pk_model
    >>> rows = {"ID": [1, 1, 2, 2], "TIME": [1, 6] * 2, "DV": [0.12, 0.05, 0.2, 0.06], "DOSE": [15] * 4}
    >>> design = observed_design(read_observed(rows, drug="ruxolitinib"), pk_model("ruxolitinib"))
    >>> check = predictive_check(design, ErrorModel(0.2), sets=50)
    >>> len(check.bins), check.compared
    (2, 6)
    """
    check_count(sets, most=10_000, field="--sets", least=20)
    low = design.below & design.counts
    used = design.counts & ~(low if corrected else np.zeros_like(low))
    if not used.any():
        raise problem("observed.empty", "no sample can be compared with the model", field="--check",
                      hint="samples behind the first dose with a value")  # fmt: skip
    axis = design.since if since_last else design.hours
    edges = _edges(axis[used], bins)
    place = np.clip(np.searchsorted(edges, axis[used], side="right") - 1, 0, len(edges) - 2)
    rows = np.arange(len(design.ids))
    typical = design.predict(np.zeros((len(rows), len(design.draws))), rows)[used]
    factor = _correction(typical, place) if corrected else np.ones(len(typical))
    simulated = _simulated(design, error, used, sets, seed)
    limits = np.where(np.isfinite(design.limits[used]), design.limits[used], -np.inf)
    if not corrected:
        simulated = np.where(simulated < limits, -np.inf, simulated)
    else:
        simulated = np.where(simulated < limits, np.nan, simulated) * factor
    measured = np.where(low[used], -np.inf, np.nan_to_num(design.values[used]) * factor)
    made = [
        _bin(edges, b, axis[used][place == b], measured[place == b], simulated[:, place == b])
        for b in range(len(edges) - 1)
        if np.any(place == b)
    ]
    return PredictiveCheck(
        tuple(made), sets, seed, corrected, "last" if since_last else "first", axis[used],
        np.where(np.isfinite(measured), measured, np.nan), low[used],
    )  # fmt: skip


def _edges(hours: Floats, bins: Sequence[float] | int | None) -> Floats:
    """Edges of the bins; the last is closed."""
    groups = _near(np.unique(hours))
    if isinstance(bins, int):
        check_count(bins, most=100, field="--bins")
        return _equal(hours, bins)
    if bins is not None:
        given = np.array(list(bins), dtype=float)
        if len(given) < 2 or np.any(np.diff(given) <= 0):
            raise problem(
                "observed.bins", "edges must rise", field="--bins", hint="0,2,6,24 or a number of bins"
            )
        if hours.min() < given[0] or hours.max() > given[-1]:
            said = f"samples from {hours.min():g} to {hours.max():g} h lie outside the edges"
            raise problem("observed.bins", said, field="--bins", hint="begin and end around them")
        return given
    if len(groups) <= _DISTINCT:
        middles = [0.5 * (one[-1] + other[0]) for one, other in itertools.pairwise(groups)]
        return np.array([groups[0][0] - 1e-9, *middles, groups[-1][-1] + 1e-9])
    return _equal(hours, int(min(_MOST_BINS, max(2, len(hours) // (2 * _FEWEST)))))


def _near(times: Floats) -> list[Floats]:
    """Rising times in groups whose neighbours are less than a twentieth apart."""
    apart = np.flatnonzero(times[1:] > (1.0 + _NEAR) * times[:-1]) + 1
    return np.split(times, apart)


def _equal(hours: Floats, bins: int) -> Floats:
    """Edges between bins of about equal counts."""
    inner = np.quantile(hours, np.linspace(0.0, 1.0, bins + 1)[1:-1], method="nearest")
    found = np.unique([hours.min() - 1e-9, *inner, hours.max() + 1e-9])
    return np.asarray(found)


def _correction(typical: Floats, place: NDArray[np.intp]) -> Floats:
    """Median typical prediction of the bin over that of each sample."""
    middle = np.array(
        [np.median(typical[place == b]) if np.any(place == b) else 1.0 for b in range(place.max() + 1)]
    )
    return np.asarray(np.where(typical > 0, middle[place] / np.where(typical > 0, typical, 1.0), 1.0))


def _simulated(
    design: ObservedDesign, error: ErrorModel, used: NDArray[np.bool_], sets: int, seed: int
) -> Floats:
    """Simulated samples, shape (sets, samples)."""
    size, count = len(design.ids), len(design.draws)
    name = ("pk", "check", design.model.id)
    draws = stream(seed, *name, "draws").standard_normal((sets, size, count))
    noise = stream(seed, *name, "error").standard_normal((sets, int(used.sum())))
    each = max(1, _CELLS // (size * used.shape[1] * 20))
    parts = []
    for start in range(0, sets, each):
        some = draws[start : start + each]
        rows = np.tile(np.arange(size), len(some))
        found = design.predict(some.reshape(-1, count), rows).reshape(len(some), size, -1)[:, used]
        parts.append(found + noise[start : start + each] * error.sd(np.nan_to_num(found)))
    return np.concatenate(parts)


def _percentiles(values: Floats) -> Floats:
    """Of each row; minus infinity where one lies below the limit. NaN is nothing."""
    kept = np.where(np.isnan(values), np.inf, values)
    last = np.maximum(np.sum(~np.isnan(values), axis=-1) - 1, 0)
    ordered = np.sort(kept, axis=-1)
    found = np.full((*values.shape[:-1], len(PERCENTILES)), np.nan)
    for k, percent in enumerate(PERCENTILES):
        at = last * percent / 100.0
        down = np.floor(at).astype(int)
        first, second = (
            np.take_along_axis(ordered, place[..., None], axis=-1)[..., 0]
            for place in (down, np.minimum(down + 1, last))
        )
        known = np.isfinite(first)
        step = np.where(known, second - np.where(known, first, 0.0), 0.0)
        nearest = np.where(at - down >= 0.5, second, first)
        found[..., k] = np.where(known, first + (at - down) * step, nearest)
    return np.where(np.isposinf(found), np.nan, found)


def _bin(edges: Floats, b: int, hours: Floats, measured: Floats, simulated: Floats) -> CheckBin:
    told = _percentiles(simulated)
    spans = [np.quantile(c[~np.isnan(c)], _INTERVAL, method="nearest") for c in told.T]
    shares = np.mean(np.isneginf(simulated), axis=1)
    return CheckBin(
        float(edges[b]), float(edges[b + 1]), float(np.median(hours)), len(hours),
        int(np.isneginf(measured).sum()), _percentiles(measured[None, :])[0], np.array(spans),
        np.quantile(shares, _INTERVAL),
    )  # fmt: skip


def model_band(design: ObservedDesign, *, seed: int = 1) -> dict[str, Floats]:
    """The model's band over the subjects' own doses: hours, and 5, 50, 95 % of concentrations without error.

    Examples
    --------
    >>> from jakstat.pharmacology.observed_file import read_observed
    >>> from jakstat.pharmacology.observed_model import observed_design
    >>> from jakstat.pharmacology.pk_library import pk_model
    >>> rows = {"ID": [1, 1], "TIME": [1, 6], "DV": [0.12, 0.05], "DOSE": [15, 15]}
    >>> design = observed_design(read_observed(rows, drug="ruxolitinib"), pk_model("ruxolitinib"))
    >>> sorted(model_band(design))
    ['high', 'hours', 'low', 'median']
    """
    size = len(design.ids)
    sets = max(1, _BAND_LANES // size)
    count = len(design.draws)
    draws = stream(seed, "pk", "band", design.model.id, "draws").standard_normal((sets, size, count))
    longest = max(float(lane.hours.max(initial=1.0)) for lane in design.lanes)
    hours = np.unique(
        np.concatenate([np.linspace(0.0, longest, _POINTS), np.linspace(0.0, 0.1 * longest, 40)])
    )
    found = design.curves(draws.reshape(-1, count), np.tile(np.arange(size), sets), hours)
    every = np.concatenate([values for _, values in found])
    low, median, high = np.nanpercentile(every, PERCENTILES, axis=0)
    return {"hours": hours, "low": low, "median": median, "high": high}
