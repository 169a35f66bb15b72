"""Numbers read off every lane of a condition; NaN where a lane failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from jakstat.arrays import Floats
from jakstat.curves import (
    half_rise,
    share,
    smooth_peak,
    time_mean,
    value_at,
    window,
)
from jakstat.errors import problem
from jakstat.evidence.batch import JobCurves
from jakstat.evidence.claim_experiment import ClaimExperiment, ClaimReading
from jakstat.experiment.dose_series import half_maximum, halving_dose

__all__ = ["of_curve", "read", "read_pair"]

_PERCENT = "%"
Times = tuple[float, ...]

_READINGS: Mapping[str, Callable[[Floats, Floats, Times, Times], Floats]] = {
    "level": lambda _time, values, _at, _turns: values[:, 0],
    "value": lambda time, values, at, _: value_at(time, values, at[0]),
    "peak": lambda time, values, at, turns: smooth_peak(*window(time, values, *at), turns)[0],
    "mean": lambda time, values, at, _: time_mean(*window(time, values, *at)),
    "time_of_peak": lambda time, values, at, turns: 60.0 * smooth_peak(*window(time, values, *at), turns)[1],
    "share_of_peak": lambda time, values, at, turns: share(
        value_at(time, values, at[0]), smooth_peak(*window(time, values, 0.0, at[0]), turns)[0]
    ),
    "peak_over_start": lambda time, values, at, turns: share(
        smooth_peak(*window(time, values, *at), turns)[0], value_at(time, values, 0.0)
    ),
    "half_rise": lambda time, values, at, _: half_rise(*window(time, values, *at)),
}
"""From times (T,), values (lanes, T), the times of the reading and those of corners; of a peak in minutes."""


def of_curve(reading: ClaimReading, time: Floats, values: Floats, turns: Times = ()) -> Floats:
    """The reading of one curve in every lane, values (lanes, T); ``turns`` are the times of its corners.

    Raises
    ------
    InputError
        ``reading.unknown``: it is read off a series of doses.

    Examples
    --------
    >>> of_curve(ClaimReading.parse("value(1h)"), np.array([0.0, 2.0]), np.array([[0.0, 4.0]])).tolist()
    [2.0]
    """
    found = _READINGS.get(reading.name)
    if found is None:
        message = f"{reading.name} is not read off one curve"
        raise problem("reading.unknown", message, hint=", ".join(_READINGS))
    return found(time, values, reading.times, turns)


def _one(curves: JobCurves, readout: str, reading: ClaimReading) -> Floats:
    values = curves.values[readout]
    if reading.name not in ("ic50", "ec50", "hill"):
        return of_curve(reading, curves.time, values[:, 0, :], curves.turns)
    readings = value_at(curves.time, values, reading.times[0])
    return np.array([_of_series(reading.name, curves, lane) for lane in readings])


def _of_series(name: str, curves: JobCurves, readings: Floats) -> float:
    """A number of a lane's dose series (levels,); NaN where a level failed.

    The ``ic50`` halves the reading of the lowest dose, as assays of viability count it, and is the highest
    dose where none does.
    """
    if not np.isfinite(readings).all():
        return float("nan")
    if name == "ic50":
        control = readings[np.argmin(curves.levels)]
        return halving_dose(curves.levels, share(readings, control), beyond="bound")
    found = half_maximum(curves.levels, readings, unit=curves.unit)
    return found.value if name == "ec50" else found.hill


def read(experiment: ClaimExperiment, curves: JobCurves) -> Floats:
    """The number of an experiment in every lane (lanes,); a ratio ``A/B`` is taken lane by lane.

    Shares in percent when the experiment's unit is ``%``.
    """
    names = experiment.readouts
    scale = 100.0 if experiment.unit == _PERCENT else 1.0
    first = _one(curves, names[0], experiment.reading)
    if "/" in experiment.readout:
        return np.asarray(scale * share(first, _one(curves, names[1], experiment.reading)))
    return np.asarray(scale * first)


def read_pair(experiment: ClaimExperiment, curves: JobCurves) -> tuple[Floats, Floats]:
    """The readings of ``A`` and of ``B`` in an order ``A then B``, each (lanes,)."""
    first, second = (_one(curves, name, experiment.reading) for name in experiment.readouts)
    return first, second
