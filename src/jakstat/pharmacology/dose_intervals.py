"""What a curve does between doses: its peak, the time of it, its trough and its area, off no grid of display.

Rates change at once only at known times (a dose, the end of an infusion, a lag, the gallbladder opening).
Between two of these the curve is smooth, and its own points, dense where it begins, tell its turning point.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.curves import smooth_peak
from jakstat.engine.doses import Dose, dose_instants
from jakstat.errors import problem
from jakstat.limits import LIMITS

__all__ = ["IntervalReadings", "interval_readings", "interval_times", "turns"]

_FIRST_H, _RATIO = 0.01, 1.15  # points behind a turn: the first, and how far apart the next ones lie
_COARSE, _FINE = 16, 60  # at least so many points between two turns; and in the first and last stretch
_BEFORE_H = 1e-6  # a trough is read so long before the next dose
_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class IntervalReadings:
    """Readings of every interval, shape (subjects, intervals) each.

    ``peak`` and ``trough`` in the unit of the curve, ``peak_time`` in hours after the dose, ``area`` in the
    unit of the curve times hours; ``rises`` where the highest value is the last one that was run.
    """

    peak: Floats
    peak_time: Floats
    trough: Floats
    area: Floats
    rises: NDArray[np.bool_]


def turns(tables: Iterable[Sequence[Dose]], until_h: float) -> Floats:
    """Times in [0, until) at which the doses change a rate or an amount at once.

    Examples
    --------
    >>> turns([[Dose(0.0, "Drug", 5.0, duration=1.0, interval=12.0, count=2)]], 24.0).tolist()
    [0.0, 1.0, 12.0, 13.0]
    """
    found = {0.0} | {i.time for table in tables for i in dose_instants(table, start=0.0) if i.time < until_h}
    return np.array(sorted(found))


def interval_times(changes: Floats, marks: Floats, until_h: float) -> Floats:
    """Times at which the curve is asked for: dense behind every turn, and just before every mark.

    Parameters
    ----------
    changes : array
        Of :func:`turns`.
    marks : array
        Where intervals begin and end.
    until_h : float

    Raises
    ------
    InputError
        ``dose.count``: there are too many.

    Examples
    --------
    >>> times = interval_times(np.array([0.0]), np.array([0.0]), 24.0)
    >>> float(times[0]), float(times[1]), float(times[-1]), bool(np.diff(times).max() <= 0.5)
    (0.0, 0.01, 24.0, True)
    """
    edges = np.unique([*changes, *marks[marks < until_h], until_h])
    pieces = [edges]
    for k, (start, end) in enumerate(itertools.pairwise(edges)):
        pieces.append(start + _ladder(end - start, _FINE if k in (0, len(edges) - 2) else _COARSE))
    before = marks[marks > 2 * _BEFORE_H] - _BEFORE_H
    times = np.unique(np.concatenate([*pieces, before[before < until_h]]))
    if len(times) > LIMITS.time_points:
        message = f"{len(marks)} doses need {len(times)} times"
        raise problem("dose.count", message, field="--days", hint="ask for fewer days")
    return times


def _ladder(span: float, least: int) -> Floats:
    """Offsets within a stretch: in geometric steps up to the longest step, then in steps of that."""
    step = span / least
    first = min(_FIRST_H, step)
    count = int(max(np.log(step / (first * (_RATIO - 1.0))), 0.0) / np.log(_RATIO)) + 1
    near = first * _RATIO ** np.arange(count)
    offsets = np.concatenate([near, np.arange(near[-1] + step, span, step)])
    return offsets[offsets < span * (1.0 - _NEAR)]


def interval_readings(
    times: Floats, curves: Floats, areas: Floats, edges: Floats, starts: Floats, ends: Floats
) -> IntervalReadings:
    """Peak, time of it, trough and area of every dosing interval.

    Parameters
    ----------
    times : array, shape (T,)
        Of :func:`interval_times`; more may stand between them.
    curves, areas : array, shape (subjects, T)
        The curve, and its integral from time 0.
    edges : array
        Times at which the curve may have a kink; it is smooth between two of them.
    starts, ends : array, shape (intervals,)
        Both are among the times.

    Examples
    --------
    >>> t = interval_times(np.array([0.0]), np.array([0.0]), 24.0)
    >>> bateman, area = np.exp(-t / 4) - np.exp(-t), 4 - 4 * np.exp(-t / 4) - 1 + np.exp(-t)
    >>> zero, end = np.array([0.0]), np.array([24.0])
    >>> found = interval_readings(t, bateman[None], area[None], zero, zero, end)
    >>> round(float(found.peak_time[0, 0]), 4), round(4 / 3 * float(np.log(4.0)), 4)
    (1.8484, 1.8484)
    """
    shape = (len(curves), len(starts))
    peak, when, trough, area = (np.full(shape, np.nan) for _ in range(4))
    rises = np.zeros(shape, dtype=bool)
    for k, (start, end) in enumerate(zip(starts, ends, strict=True)):
        low, high = (int(n) for n in np.searchsorted(times, (start, end)))
        part = curves[:, low:high]
        peak[:, k], reached = smooth_peak(times[low:high], part, edges)
        when[:, k] = reached - start
        trough[:, k], area[:, k] = curves[:, high - 1], areas[:, high] - areas[:, low]
        rises[:, k] = part.argmax(axis=1) == high - low - 1
    return IntervalReadings(peak, when, trough, area, rises)
