"""What is read of a curve, each reading defined once: times (T,) rise, values are (..., T), answers (...).

A curve that holds a NaN where it is read has no reading: NaN. So has a share of what is not above 0. Between
samples a curve is linear.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "area",
    "half_rise",
    "peak",
    "peak_over_start",
    "share",
    "share_of_peak",
    "time_mean",
    "time_of_peak",
    "time_of_trough",
    "trough",
    "value_at",
    "window",
]

Floats = NDArray[np.float64]

_SAME = 1e-9
"""Times closer than this are one moment."""


def window(times: Floats, values: Floats, first: float, last: float = np.inf) -> tuple[Floats, Floats]:
    """The part of curves between two times, both ends in.

    Examples
    --------
    >>> window(np.array([0.0, 1.0, 2.0]), np.array([5.0, 6.0, 7.0]), 1.0)
    (array([1., 2.]), array([6., 7.]))
    """
    inside = (times >= first - _SAME) & (times <= last + _SAME)
    return times[inside], values[..., inside]


def value_at(times: Floats, values: Floats, time: float) -> Floats:
    """The value at a time; that of the nearest end outside.

    Examples
    --------
    >>> value_at(np.array([0.0, 2.0]), np.array([[1.0, 5.0]]), 0.5)
    array([2.])
    """
    found = np.flatnonzero(times == time)
    if found.size:
        return np.asarray(values[..., found[0]])
    return np.apply_along_axis(lambda row: np.interp(time, times, row), -1, values)


def peak(_times: Floats, values: Floats) -> Floats:
    """The largest value."""
    return np.asarray(values.max(axis=-1))


def trough(_times: Floats, values: Floats) -> Floats:
    """The smallest value."""
    return np.asarray(values.min(axis=-1))


def time_of_peak(times: Floats, values: Floats) -> Floats:
    """When the largest value is reached first.

    Examples
    --------
    >>> time_of_peak(np.array([0.0, 1.0, 2.0]), np.array([[1.0, 3.0, 2.0], [np.nan, 0.0, 0.0]]))
    array([ 1., nan])
    """
    odd = np.asarray(np.isnan(values).any(axis=-1))
    return np.where(odd, np.nan, times[np.where(odd[..., None], 0.0, values).argmax(axis=-1)])


def time_of_trough(times: Floats, values: Floats) -> Floats:
    """When the smallest value is reached first."""
    return time_of_peak(times, -values)


def area(times: Floats, values: Floats) -> Floats:
    """The area under the curve, by trapezoids.

    Examples
    --------
    >>> float(area(np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 2.0])))
    5.0
    """
    return np.asarray(np.trapezoid(values, times, axis=-1))


def time_mean(times: Floats, values: Floats) -> Floats:
    """The mean over time; of one sample its value."""
    return area(times, values) / (times[-1] - times[0]) if len(times) > 1 else np.asarray(values[..., 0])


def share(part: Floats, whole: Floats) -> Floats:
    """``part`` over ``whole``; NaN where there is nothing to compare with.

    Examples
    --------
    >>> share(np.array([1.0, 1.0]), np.array([4.0, 0.0]))
    array([0.25,  nan])
    """
    return np.asarray(np.divide(part, np.where(whole > 0, whole, np.nan)))


def share_of_peak(times: Floats, values: Floats, time: float) -> Floats:
    """The value at a time over the largest one since time 0.

    Examples
    --------
    >>> float(share_of_peak(np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, 4.0, 2.0, 9.0]), 2.0))
    0.5
    """
    return share(value_at(times, values, time), peak(*window(times, values, 0.0, time)))


def peak_over_start(
    times: Floats, values: Floats, first: float, last: float, *, start: float = 0.0
) -> Floats:
    """The largest value in a window over the value at ``start``."""
    return share(peak(*window(times, values, first, last)), value_at(times, values, start))


def half_rise(times: Floats, values: Floats) -> Floats:
    """When the rise from the first value to the largest one is half done; NaN where nothing rises.

    Examples
    --------
    >>> half_rise(np.array([0.0, 1.0, 2.0]), np.array([[0.0, 1.0, 4.0], [3.0, 2.0, 1.0]]))
    array([1.33333333,        nan])
    """
    rows = values.reshape(-1, len(times))
    found = np.full(len(rows), np.nan)
    for k, row in enumerate(rows):
        half = 0.5 * (row[0] + row.max())
        if np.isfinite(half) and row.max() > row[0]:
            i = int(np.argmax(row >= half))
            found[k] = times[i - 1] + (times[i] - times[i - 1]) * (half - row[i - 1]) / (row[i] - row[i - 1])
    return found.reshape(values.shape[:-1])
