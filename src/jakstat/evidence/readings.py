"""Numbers read off every lane of a condition; NaN where a lane failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from jakstat.evidence.batch import Curves
from jakstat.evidence.claim_experiment import ClaimExperiment, Reading
from jakstat.experiment.dose_series import HalfMaximum, half_maximum

__all__ = ["read", "read_pair"]

Floats = NDArray[np.float64]

_PERCENT = "%"


def _window(time: Floats, values: Floats, first: float, last: float) -> tuple[Floats, Floats]:
    inside = (time >= first - 1e-12) & (time <= last + 1e-12)
    return time[inside], values[:, inside]


def _at(time: Floats, values: Floats, hour: float) -> Floats:
    return np.array([np.interp(hour, time, lane) for lane in values])


def _ratio(over: Floats, under: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(over / under, dtype=float)


def _level(_time: Floats, values: Floats, _times: tuple[float, ...]) -> Floats:
    """The value before anything is given."""
    return values[:, 0]


def _value(time: Floats, values: Floats, times: tuple[float, ...]) -> Floats:
    return _at(time, values, times[0])


def _peak(time: Floats, values: Floats, times: tuple[float, ...]) -> Floats:
    return np.asarray(_window(time, values, *times)[1].max(axis=1))


def _mean(time: Floats, values: Floats, times: tuple[float, ...]) -> Floats:
    t, v = _window(time, values, *times)
    return np.asarray(np.trapezoid(v, t, axis=1) / (t[-1] - t[0]))


def _time_of_peak(time: Floats, values: Floats, times: tuple[float, ...]) -> Floats:
    """Minutes from time 0; NaN in a lane that failed."""
    t, v = _window(time, values, *times)
    found = t[np.argmax(np.nan_to_num(v, nan=-np.inf), axis=1)] * 60.0
    return np.where(np.isfinite(v).all(axis=1), found, np.nan)


def _share_of_peak(time: Floats, values: Floats, times: tuple[float, ...]) -> Floats:
    return _ratio(_at(time, values, times[0]), _window(time, values, 0.0, times[0])[1].max(axis=1))


def _peak_over_start(time: Floats, values: Floats, times: tuple[float, ...]) -> Floats:
    return _ratio(_peak(time, values, times), _at(time, values, 0.0))


def _half_rise(time: Floats, values: Floats, times: tuple[float, ...]) -> Floats:
    """Hours until the rise from the start of the window to its largest value is half done."""
    t, v = _window(time, values, *times)
    found = np.full(len(v), np.nan)
    for lane, row in enumerate(v):
        half = 0.5 * (row[0] + row.max())
        if np.isfinite(half) and row.max() > row[0]:
            i = int(np.argmax(row >= half))
            found[lane] = t[i - 1] + (t[i] - t[i - 1]) * (half - row[i - 1]) / (row[i] - row[i - 1])
    return found


_READINGS: Mapping[str, Callable[[Floats, Floats, tuple[float, ...]], Floats]] = {
    "level": _level,
    "value": _value,
    "peak": _peak,
    "mean": _mean,
    "time_of_peak": _time_of_peak,
    "share_of_peak": _share_of_peak,
    "peak_over_start": _peak_over_start,
    "half_rise": _half_rise,
}


def _one(curves: Curves, readout: str, reading: Reading) -> Floats:
    values = curves.values[readout]
    if reading.name == "ic50":
        return np.array([_halving_dose(curves, _at(curves.time, lane, reading.times[0])) for lane in values])
    if reading.name in ("ec50", "hill"):
        at = reading.times[0]
        fits = [_dose_curve(curves, _at(curves.time, lane, at)) for lane in values]
        return np.array(
            [np.nan if f is None else f.value if reading.name == "ec50" else f.hill for f in fits]
        )
    return _READINGS[reading.name](curves.time, values[:, 0, :], reading.times)


def _dose_curve(curves: Curves, readings: Floats) -> HalfMaximum | None:
    """The curve through the dose series of a lane; None where a level failed."""
    if not np.isfinite(readings).all():
        return None
    return half_maximum(curves.levels, readings, unit=curves.unit)


def _halving_dose(curves: Curves, readings: Floats) -> float:
    """The dose that halves the reading of the lowest dose, as assays of viability count it.

    Linear in the logarithm of the dose between two levels. The highest dose where none halves it (a bound
    from below); NaN where a level failed.
    """
    if not np.isfinite(readings).all():
        return float("nan")
    share = readings / readings[0]
    below = np.flatnonzero(share <= 0.5)
    if below.size == 0:
        return float(curves.levels[-1])
    i = int(below[0])
    part = (share[i - 1] - 0.5) / (share[i - 1] - share[i])
    return float(curves.levels[i - 1] * (curves.levels[i] / curves.levels[i - 1]) ** part)


def read(experiment: ClaimExperiment, curves: Curves) -> Floats:
    """The number of an experiment in every lane (lanes,); a ratio ``A/B`` is taken lane by lane.

    Shares in percent when the experiment's unit is ``%``.
    """
    names = experiment.readouts
    scale = 100.0 if experiment.unit == _PERCENT else 1.0
    first = _one(curves, names[0], experiment.reading)
    if "/" in experiment.readout:
        return np.asarray(scale * _ratio(first, _one(curves, names[1], experiment.reading)))
    return np.asarray(scale * first)


def read_pair(experiment: ClaimExperiment, curves: Curves) -> tuple[Floats, Floats]:
    """The readings of ``A`` and of ``B`` in an order ``A then B``, each (lanes,)."""
    first, second = (_one(curves, name, experiment.reading) for name in experiment.readouts)
    return first, second
