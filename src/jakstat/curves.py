"""What is read of a curve, each reading defined once: times (T,) rise, values are (..., T), answers (...).

A curve that holds a NaN where it is read has no reading: NaN. So has a share of what is not above 0. Between
samples a curve is linear.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jakstat.arrays import Floats

__all__ = [
    "area",
    "half_rise",
    "peak",
    "peak_over_start",
    "share",
    "share_of_peak",
    "smooth_peak",
    "time_mean",
    "time_of_peak",
    "time_of_trough",
    "trough",
    "value_at",
    "window",
]

_SAME = 1e-9
"""Times closer than this are one moment."""
_WINDOW = 7
"""Points of the polynomial through a peak."""


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


def smooth_peak(times: Floats, values: Floats, kinks: ArrayLike = ()) -> tuple[Floats, Floats]:
    """The largest value and when it is reached, off no grid: of the curve's turning point between samples.

    Parameters
    ----------
    times : array (T,)
    values : array (n, T)
    kinks : array
        Times at which the curve may have a corner; it is smooth between two of them.

    Notes
    -----
    That of the polynomial of sixth degree through the seven points about the highest one, all on its side of
    a kink (Lagrange's interpolation).

    Examples
    --------
    >>> t = np.linspace(0.0, 6.0, 31)
    >>> height, when = smooth_peak(t, (np.exp(-t / 4) - np.exp(-t))[None])
    >>> [round(float(x), 4) for x in (when[0], 4 / 3 * np.log(4.0), height[0])]
    [1.8484, 1.8484, 0.4725]
    """
    odd = np.asarray(np.isnan(values).any(axis=1))
    top = np.where(odd[:, None], 0.0, values).argmax(axis=1)
    height, when = np.where(odd, np.nan, peak(times, values)), np.where(odd, np.nan, times[top])
    last = len(times) - 1
    corners = np.searchsorted(times, np.asarray(kinks, dtype=float) - _SAME)
    for piece in itertools.pairwise([0, *np.unique(corners[(corners > 0) & (corners < last)]), last]):
        _turn(times, values, top, piece, height, when)
    return height, when


def _turn(
    times: Floats, curves: Floats, top: NDArray[np.intp], piece: tuple[int, int], peak: Floats, when: Floats
) -> None:
    """Put the turning point of every curve whose highest point lies in a smooth piece in its place."""
    first, last = piece
    if last - first < _WINDOW - 1:
        return
    for place in np.unique(top[(top >= first) & (top <= last)]):
        chosen = np.flatnonzero(top == place)
        begin = min(max(int(place) - _WINDOW // 2, first), last - _WINDOW + 1)
        near = slice(begin, begin + _WINDOW)
        length = times[near][-1] - times[near][0]
        at = (times[near] - times[place]) / length
        terms = np.linalg.solve(np.vander(at, increasing=True), curves[chosen, near].T)
        inside = np.linspace(at[max(place - 1 - begin, 0)], at[min(place + 1 - begin, _WINDOW - 1)], 41)
        best = inside[np.argmax(np.vander(inside, _WINDOW, increasing=True) @ terms, axis=0)]
        for _ in range(3):  # Newton's method on the slope
            slope = sum(n * terms[n] * best ** (n - 1) for n in range(1, _WINDOW))
            bend = sum(n * (n - 1) * terms[n] * best ** (n - 2) for n in range(2, _WINDOW))
            step = np.divide(slope, bend, out=np.zeros_like(best), where=bend < 0)
            best = np.clip(best - step, inside[0], inside[-1])
        height = (np.vander(best, _WINDOW, increasing=True) * terms.T).sum(axis=1)
        higher = height > peak[chosen]
        peak[chosen[higher]] = height[higher]
        when[chosen[higher]] = times[place] + best[higher] * length


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
