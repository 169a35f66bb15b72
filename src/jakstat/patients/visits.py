"""What visits read of a course: RECIST before an operation, recurrence after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from jakstat.arrays import Floats
from jakstat.errors import problem
from jakstat.limits import LIMITS
from jakstat.patients.recist import (
    EventTimes,
    Response,
    Responses,
    best_responses,
    lesion_diameters,
    noisy_sums,
    overall_responses,
    sphere_diameter,
    sphere_volume,
    sums_of_diameters,
    target_responses,
    times_to_event,
    visit_conventions,
)

__all__ = ["VisitReadings", "progressed_now", "read_visits", "visit_times"]


@dataclass(frozen=True, slots=True)
class VisitReadings:
    """Readings of every lane.

    Parameters
    ----------
    times : array, shape (visits,)
        Hours, the baseline first.
    sums, read : array, shape (lanes, visits)
        Sum of diameters in mm as it is, and as it was read; after an operation that of one focus.
    responses : int array, shape (lanes, visits)
        A :class:`~jakstat.patients.recist.Response` each; NE at the baseline and after an operation.
    best : int array, shape (lanes,)
    progression : EventTimes
    recurrence : EventTimes or None
        After an operation, from then on: the first visit at which a focus is large enough to be found.
    """

    times: Floats
    sums: Floats
    read: Floats
    responses: Responses
    best: Responses
    progression: EventTimes
    recurrence: EventTimes | None


def visit_times(every_h: float, until_h: float) -> Floats:
    """The baseline at 0, and a visit every so many hours until the end.

    Raises
    ------
    InputError
        ``time.span``, ``time.count``.

    Examples
    --------
    >>> visit_times(1008.0, 3000.0).tolist()
    [0.0, 1008.0, 2016.0]
    """
    if every_h <= 0.0:
        raise problem("time.span", "visits every 0 h", field="--visits", hint="e.g. 6w")
    if until_h / every_h > LIMITS.series_points:
        hint = f"at most {LIMITS.series_points} visits"
        raise problem("time.count", f"visits every {every_h:g} h are too many", field="--visits", hint=hint)
    return np.asarray(np.arange(int(until_h / every_h * (1.0 + 1e-12)) + 1) * every_h, dtype=float)


def read_visits(
    times: Floats,
    volume: Floats,
    lesions: Floats,
    names: Sequence[str | int],
    *,
    cv: float,
    seed: int,
    resected_h: float = np.inf,
    new_lesion: ArrayLike = np.inf,
    death: ArrayLike = np.inf,
) -> VisitReadings:
    """Read a course at its visits.

    Parameters
    ----------
    times : array, shape (visits,)
    volume : array, shape (lanes, visits)
        Of the tumour, in mL.
    lesions : array, shape (lanes, lesions)
        Diameters at baseline in mm; NaN where there are fewer.
    names : sequence of str or int
        Who each lane is: lanes of one patient share his readings' noise.
    cv : float
        Of one reading.
    seed : int
    resected_h : float
        When the tumour was taken out; infinite for never.
    new_lesion, death : array_like, shape (lanes,)
        Hours; infinite for never.

    Examples
    --------
    >>> weeks, lesion = np.array([0.0, 1008.0, 2016.0]), np.array([[50.0]])
    >>> grown = float(sphere_volume(50.0)) * np.array([[1.0, 1.5, 2.0]])
    >>> found = read_visits(weeks, grown, lesion, [0], cv=0.0, seed=1)
    >>> [Response(r).name for r in found.responses[0]], float(found.progression.time[0])
    (['NE', 'SD', 'PD'], 2016.0)
    """
    before = times < resected_h
    several = sums_of_diameters(lesion_diameters(lesions, volume / volume[:, :1]))
    single = sums_of_diameters(sphere_diameter(volume)[:, None, :])  # what is left is one focus
    sums = np.where(before[None, :], several, single)
    read = noisy_sums(sums, cv, seed=seed, patients=names)
    kept = np.where(before[None, :], read, np.nan)
    overall = overall_responses(target_responses(kept), times, new_lesion)
    overall = np.where(before[None, 1:], overall, Response.NE)
    responses = np.concatenate([np.full((len(read), 1), Response.NE), overall], axis=1)
    return VisitReadings(
        times=times,
        sums=sums,
        read=read,
        responses=responses,
        best=best_responses(overall, times),
        progression=times_to_event(overall, times, death),
        recurrence=_recurrence(times, volume, resected_h, death) if np.isfinite(resected_h) else None,
    )


def _recurrence(times: Floats, volume: Floats, resected_h: float, death: ArrayLike) -> EventTimes:
    """Time from the operation to the visit at which the largest focus can be found."""
    after = times > resected_h
    found = volume[:, after] >= float(sphere_volume(visit_conventions()["detection"].value))
    states = np.where(np.isnan(volume[:, after]), Response.NE, np.where(found, Response.PD, Response.SD))
    shifted = np.asarray(death, dtype=float) - resected_h
    return times_to_event(states, np.concatenate([[0.0], times[after] - resected_h]), shifted)


def progressed_now(
    times: Floats, volume: Floats, lesions: Floats, names: Sequence[str | int], *, cv: float, seed: int
) -> Floats:
    """Whether the last visit shows progression, as the reader of :func:`read_visits` would find it.

    Examples
    --------
    >>> progressed_now(np.array([0.0, 9.0]), np.array([[1.0, 1.8]]), np.array([[50.0]]), [0], cv=0.0, seed=1)
    array([ True])
    """
    found = read_visits(times, volume, lesions, names, cv=cv, seed=seed)
    return np.asarray(found.responses[:, -1] == Response.PD)
