"""How a number is read off a run; one plain definition per measure.

Every function takes a run on a fine time grid (10 s or finer up to 12 h). Windows
``(a, b)`` are hours with both ends in; the start of a run is its value at time 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.curves import peak, peak_over_start, share, share_of_peak, time_of_peak, value_at, window
from jakstat.experiment.dose_series import NotHalved, half_maximum, halving_dose

__all__ = ["MEASURES", "Run", "Unmeasured", "measure"]


class Unmeasured(ValueError):
    """A number that cannot be read off a run; says why."""


@dataclass(frozen=True)
class Run:
    """One readout of one protocol.

    Parameters
    ----------
    time : array (times,)
        Hours.
    values : array (lanes, times)
        NaN where a lane failed.
    doses : array (lanes,) or None
        Levels of the series in ``dose_unit``; None for a single simulation.
    """

    time: Floats
    values: Floats
    doses: Floats | None = None
    dose_unit: str = ""

    def at(self, hour: float) -> Floats:
        """Value of every lane (lanes,) at a time."""
        return value_at(self.time, self.values, hour)

    def within(self, first: float, last: float) -> tuple[Floats, Floats]:
        """Times (n,) and values (lanes, n) of a window, both ends in."""
        return window(self.time, self.values, first, last)


Times = tuple[float, ...]

_FEWEST_MAXIMA = 3
"""Maxima from which a period can be read: two distances."""


def _known(numbers: Floats, what: str) -> float:
    """The median over the lanes of a series; the number itself for one lane."""
    if np.isnan(numbers).any():
        raise Unmeasured(f"{what} is zero, so there is no share of it")
    return float(np.median(numbers))


def _time_of_peak(run: Run, times: Times, _: Run | None) -> float:
    """Minutes from time 0 to the largest value in the window."""
    return float(np.median(60.0 * time_of_peak(*run.within(*times))))


def _share_of_peak(run: Run, times: Times, _: Run | None) -> float:
    """Percent: value at t, or median over the window, over the largest value from time 0 to its end."""
    if len(times) == 1:
        found = share_of_peak(run.time, run.values, times[0])
    else:
        late = np.median(run.within(*times)[1], axis=1)
        found = share(late, peak(*run.within(0.0, times[1])))
    return 100.0 * _known(found, "the peak")


def _share_of_start(run: Run, times: Times, _: Run | None) -> float:
    """Percent: value at t over the value at time 0."""
    start = run.at(0.0)
    return 100.0 * _known(share(run.at(times[0]), start), "the value at time 0")


def _peak_over_start(run: Run, times: Times, _: Run | None) -> float:
    """Fold: largest value in the window over the value at time 0."""
    return _known(peak_over_start(run.time, run.values, times[0], times[1]), "the value at time 0")


def _value(run: Run, times: Times, _: Run | None) -> float:
    """The readout at t."""
    return float(np.median(run.at(times[0])))


def _abundance(run: Run, _times: Times, _: Run | None) -> float:
    """The readout in resting cells."""
    return _value(run, (0.0,), None)


def _ec50(run: Run, times: Times, _: Run | None) -> float:
    """The dose half-way between the plateaus of the Hill curve through the readings at t."""
    found = half_maximum(_doses(run), run.at(times[0]), unit=run.dose_unit)
    if not math.isfinite(found.value):
        raise Unmeasured(found.note)
    return found.value


def _ic50(run: Run, times: Times, control: Run | None) -> float:
    """The first dose that halves the reading at t without the drug."""
    if control is None:
        raise Unmeasured("there is no control without the drug")
    shares = share(run.at(times[0]), control.at(times[0]))
    _known(shares, "the reading without drug")
    try:
        return halving_dose(_doses(run), shares, beyond="refuse")
    except NotHalved as reason:
        raise Unmeasured(str(reason)) from None


def _ec50_ratio(run: Run, times: Times, control: Run | None) -> float:
    """Fold: the EC50 of the protocol over the EC50 of the control."""
    if control is None:
        raise Unmeasured("there is no control to compare with")
    return _ec50(run, times, None) / _ec50(control, times, None)


def _mean_ratio(run: Run, times: Times, control: Run | None) -> float:
    """Fold: mean over the window of the protocol's value over the control's at the same time."""
    if control is None:
        raise Unmeasured("there is no control to compare with")
    time, values = run.within(*times)
    base = np.array([np.interp(time, control.time, lane) for lane in control.values])
    return _known(np.mean(share(values, base), axis=1), "the control")


def _period(run: Run, times: Times, _: Run | None) -> float:
    """Minutes: mean distance of successive maxima in the window, those above its mean."""
    time, values = run.within(*times)
    lane = np.median(values, axis=0)
    inner = lane[1:-1]
    top = np.flatnonzero((inner > lane[:-2]) & (inner >= lane[2:]) & (inner > lane.mean())) + 1
    if top.size < _FEWEST_MAXIMA:
        raise Unmeasured(f"there are {top.size} maxima in the window, too few for a period")
    return float(60.0 * np.mean(np.diff(time[top])))


def _doses(run: Run) -> Floats:
    if run.doses is None:
        raise Unmeasured("the protocol is no dose series")
    return run.doses


MEASURES: Mapping[str, Callable[[Run, Times, Run | None], float]] = {
    "time_of_peak": _time_of_peak,
    "share_of_peak": _share_of_peak,
    "share_of_start": _share_of_start,
    "peak_over_start": _peak_over_start,
    "value": _value,
    "abundance": _abundance,
    "ec50": _ec50,
    "ic50": _ic50,
    "ec50_ratio": _ec50_ratio,
    "mean_ratio": _mean_ratio,
    "period": _period,
}
"""Every measure that an observation may name."""


def measure(name: str, run: Run, times: Times, control: Run | None = None) -> float:
    """The number that an observation asks for.

    Parameters
    ----------
    name : str
        One of :data:`MEASURES`.
    run : Run
    times : tuple of float
        Hours: none, a point, or a window.
    control : Run, optional
        What a ratio is taken against, or the run without drug of an IC50.

    Returns
    -------
    float
        In min, %, fold, the series' dose unit, or the readout's unit.

    Raises
    ------
    Unmeasured
        When the run does not give it, with the reason.

    Examples
    --------
    >>> run = Run(np.array([0.0, 1.0, 2.0]), np.array([[1.0, 4.0, 2.0]]))
    >>> measure("time_of_peak", run, (0.0, 2.0)), measure("share_of_peak", run, (2.0,))
    (60.0, 50.0)
    """
    if not np.all(np.isfinite(run.values)):
        raise Unmeasured("the simulation failed")
    if control is not None and not np.all(np.isfinite(control.values)):
        raise Unmeasured("the simulation of the control failed")
    return MEASURES[name](run, times, control)
