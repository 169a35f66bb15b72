"""RECIST 1.1 on simulated tumours: from volumes to sums of diameters, responses, and times to events.

Eisenhauer et al. 2009, doi:10.1016/j.ejca.2008.10.026; the conventions are rows of ``recist.csv``. Every
function takes arrays of (patients, visits) and keeps no state; the first visit is the baseline.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jakstat.arrays import Floats
from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.streams import stream
from jakstat.units import convert

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Criteria",
    "EventTimes",
    "Response",
    "best_responses",
    "criteria",
    "lesion_diameters",
    "noisy_sums",
    "overall_responses",
    "sphere_diameter",
    "sphere_volume",
    "sums_of_diameters",
    "target_responses",
    "times_to_event",
    "visit_conventions",
]

_NEAR = 1e-9  # so much of a sum is the rounding of a computer, not growth
_ML_PER_MM3 = 1e-3


class Response(IntEnum):
    """What a visit, or a whole course, says of a tumour; from the worst to the best."""

    NE = 0
    PD = 1
    SD = 2
    PR = 3
    CR = 4


Responses = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Criteria:
    """The conventions in force.

    Parameters
    ----------
    progression_share, response_share : float
        Rise over the smallest sum, fall from the first one.
    progression_rise, too_small, vanished : float
        mm.
    confirmation_h, least_stable_h : float
        Hours.
    """

    progression_share: float
    progression_rise: float
    response_share: float
    confirmation_h: float
    least_stable_h: float
    too_small: float
    vanished: float


@lru_cache(maxsize=1)
def visit_conventions() -> Mapping[str, Row]:
    """The rows of ``recist.csv``.

    Examples
    --------
    >>> visit_conventions()["progression_rise"].unit
    'mm'
    """
    text = files("jakstat.patients").joinpath("recist.csv").read_text(encoding="utf-8")
    return MappingProxyType({row.id: row for row in read_table(text, file="patients/recist.csv")})


@lru_cache(maxsize=1)
def criteria() -> Criteria:
    """The criteria of the table.

    Examples
    --------
    >>> criteria().progression_share, criteria().confirmation_h
    (0.2, 672.0)
    """
    rows = visit_conventions()
    plain = {key: rows[key].value for key in Criteria.__dataclass_fields__ if key in rows}
    hours = {
        f"{key}_h": convert(rows[key].value, rows[key].unit, "h") for key in ("confirmation", "least_stable")
    }
    return Criteria(**plain, **hours)


def sphere_volume(diameter: ArrayLike) -> Floats:
    """Volume in mL of a sphere of a diameter in mm.

    Examples
    --------
    >>> float(sphere_volume(10.0).round(4))
    0.5236
    """
    return np.asarray(math.pi / 6.0 * np.asarray(diameter, dtype=float) ** 3 * _ML_PER_MM3)


def sphere_diameter(volume: ArrayLike) -> Floats:
    """Diameter in mm of a sphere of a volume in mL.

    Examples
    --------
    >>> float(sphere_diameter(sphere_volume(37.0)).round(9))
    37.0
    """
    return np.asarray(np.cbrt(6.0 / math.pi * np.asarray(volume, dtype=float) / _ML_PER_MM3))


def lesion_diameters(first: ArrayLike, growth: ArrayLike) -> Floats:
    """Diameters of lesions that all grow as the whole tumour does.

    Parameters
    ----------
    first : array_like, shape (patients, lesions)
        mm at baseline; NaN where a patient has fewer lesions.
    growth : array_like, shape (patients, visits)
        Volume of the tumour over that at baseline.

    Returns
    -------
    array, shape (patients, lesions, visits)

    Examples
    --------
    >>> lesion_diameters([[40.0, 20.0]], [[1.0, 8.0]])[0].tolist()
    [[40.0, 80.0], [20.0, 40.0]]
    """
    lesions, ratio = np.asarray(first, dtype=float), np.asarray(growth, dtype=float)
    return np.asarray(lesions[:, :, None] * np.cbrt(ratio)[:, None, :])


def sums_of_diameters(diameters: ArrayLike, rules: Criteria | None = None) -> Floats:
    """Sums of the diameters of target lesions, as they would be written down.

    A lesion too small to be measured counts ``too_small``; one below ``vanished`` is gone and counts nothing.

    Parameters
    ----------
    diameters : array_like, shape (patients, lesions, visits)
        mm; NaN in all visits where there is no lesion.

    Returns
    -------
    array, shape (patients, visits)
        NaN where a lesion that is there at another visit is not known.

    Examples
    --------
    >>> sums_of_diameters([[[30.0, 15.0, 4.0, 1.0], [12.0, 6.0, 3.0, 3.0]]])[0].tolist()
    [42.0, 21.0, 10.0, 5.0]
    """
    rule, each = rules or criteria(), np.asarray(diameters, dtype=float)
    read = np.where(each < rule.too_small, np.where(each < rule.vanished, 0.0, rule.too_small), each)
    absent = np.isnan(each).all(axis=2, keepdims=True)
    return np.asarray(np.where(absent, 0.0, read).sum(axis=1) + np.where(absent.all(axis=1), np.nan, 0.0))


def noisy_sums(sums: ArrayLike, cv: float, *, seed: int, patients: Sequence[int | str]) -> Floats:
    """Sums as a reader finds them: each off by a log-normal factor of its own.

    Parameters
    ----------
    sums : array_like, shape (patients, visits)
    cv : float
        Coefficient of variation of one reading; 0 reads exactly.
    seed : int
    patients : sequence of int or str
        Which patient each row is; a patient's readings are the same whoever else is there, and the first
        visits the same however many follow.

    Examples
    --------
    >>> one = noisy_sums([[50.0, 60.0]], 0.04, seed=1, patients=[7])
    >>> two = noisy_sums([[9.0] * 3, [50.0, 60.0, 70.0]], 0.04, seed=1, patients=[3, 7])
    >>> bool((one[0] == two[1, :2]).all())
    True
    """
    exact = np.asarray(sums, dtype=float)
    sigma = math.sqrt(math.log1p(cv * cv))
    if sigma == 0.0:
        return exact
    draws = [stream(seed, "patient", who, "reading").standard_normal(exact.shape[1]) for who in patients]
    return np.asarray(exact * np.exp(sigma * np.array(draws) - 0.5 * sigma * sigma))


def target_responses(sums: ArrayLike, rules: Criteria | None = None) -> Responses:
    """Response of the target lesions at each visit after the baseline.

    Progression is a rise over the smallest sum so far, the baseline included, by a share and by so many
    millimetres; partial response a fall from the baseline; complete response no lesion left.

    Parameters
    ----------
    sums : array_like, shape (patients, visits)
        mm; the first is the baseline; NaN was not read.

    Returns
    -------
    int array, shape (patients, visits - 1)
        :class:`Response` each.

    Examples
    --------
    >>> found = target_responses([[100.0, 70.0, 50.0, 56.0, 60.0, 0.0]])
    >>> [Response(r).name for r in found[0]]
    ['PR', 'PR', 'PR', 'PD', 'CR']
    """
    rule, read = rules or criteria(), np.asarray(sums, dtype=float)
    first = read[:, :1]
    nadir = np.fmin.accumulate(read, axis=1)[:, :-1]
    now = read[:, 1:]
    slack = _NEAR * first
    rises = (now >= nadir * (1.0 + rule.progression_share) - slack) & (
        now - nadir >= rule.progression_rise - slack
    )
    falls = now <= first * (1.0 - rule.response_share) + slack
    found = np.where(rises, Response.PD, np.where(falls, Response.PR, Response.SD))
    found = np.where((now == 0.0) & ~rises, Response.CR, found)
    unread = np.isnan(now) | np.isnan(first)
    return np.asarray(np.where(unread, Response.NE, found), dtype=np.int64)


def overall_responses(targets: ArrayLike, times: ArrayLike, new_lesion: ArrayLike = np.inf) -> Responses:
    """Overall response at each visit: that of the target lesions, or progression once a new lesion is seen.

    Parameters
    ----------
    targets : array_like, shape (patients, visits - 1)
        Of :func:`target_responses`.
    times : array_like, shape (visits,)
        Hours, the baseline first.
    new_lesion : array_like, shape (patients,)
        When a new lesion can be seen; infinite for never.

    Examples
    --------
    >>> found = overall_responses([[Response.PR, Response.PR]], [0.0, 1000.0, 2000.0], [1500.0])
    >>> [Response(r).name for r in found[0]]
    ['PR', 'PD']
    """
    found, visits = np.asarray(targets, dtype=np.int64), np.asarray(times, dtype=float)[1:]
    seen = visits[None, :] >= np.broadcast_to(np.asarray(new_lesion, dtype=float), len(found))[:, None]
    return np.asarray(np.where(seen, Response.PD, found), dtype=np.int64)


def best_responses(
    responses: ArrayLike, times: ArrayLike, rules: Criteria | None = None, *, confirmed: bool = True
) -> Responses:
    """Best overall response of each patient, up to the first progression.

    Parameters
    ----------
    responses : array_like, shape (patients, visits - 1)
        Of :func:`overall_responses`.
    times : array_like, shape (visits,)
        Hours, the baseline first.
    confirmed : bool
        Whether a response counts only when the readings that follow, to the first one at least the span of
        confirmation later, are as good; what is not confirmed counts as stable disease.

    Examples
    --------
    >>> weeks = [0.0, 1008.0, 2016.0, 3024.0]
    >>> rows = [[Response.PR, Response.PR, Response.PD], [Response.PR, Response.SD, Response.PD]]
    >>> [Response(r).name for r in best_responses(rows, weeks)]
    ['PR', 'SD']
    """
    rule, each = rules or criteria(), np.asarray(responses, dtype=np.int64)
    first, visits = float(np.asarray(times)[0]), np.asarray(times, dtype=float)[1:]
    return np.array([_best(row, visits, first, rule, confirmed=confirmed) for row in each], dtype=np.int64)


def _best(row: Responses, visits: Floats, first: float, rule: Criteria, *, confirmed: bool) -> int:
    progressed = np.flatnonzero(row == Response.PD)
    last = int(progressed[0]) if len(progressed) else len(row)
    best = Response.NE
    for k in range(last):
        found = Response(int(row[k]))
        if found > Response.SD and confirmed:
            found = _confirmed(found, row[k + 1 : last], visits[k + 1 : last] - visits[k], rule)
        if found == Response.SD and visits[k] - first < rule.least_stable_h * (1.0 - _NEAR):
            continue
        best = max(best, found)
    return int(Response.PD if best == Response.NE and len(progressed) else best)


def _confirmed(found: Response, later: Responses, waited: Floats, rule: Criteria) -> Response:
    """What is left of a response by the readings that follow it."""
    worst = found
    for response, span in zip(later, waited, strict=True):
        if response == Response.NE:
            continue
        worst = min(worst, Response(int(response)))
        if span >= rule.confirmation_h * (1.0 - _NEAR):
            return worst
    return Response.SD


@dataclass(frozen=True, slots=True)
class EventTimes:
    """When something happened to each patient, as it is known from visits.

    Parameters
    ----------
    time : array, shape (patients,)
        Hours from the baseline to the event, or to where the patient is lost from sight.
    happened : bool array, shape (patients,)
    after : array, shape (patients,)
        Hours to the last visit without the event: it happened between the two.
    """

    time: Floats
    happened: NDArray[np.bool_]
    after: Floats


def times_to_event(
    responses: ArrayLike, times: ArrayLike, death: ArrayLike = np.inf, *, death_counts: bool = False
) -> EventTimes:
    """Time to progression, or progression-free survival where death counts.

    Progression is dated at the visit that shows it. Without it a patient is followed to the last visit that
    could be read; in time to progression so is one who dies before (informative: give the share that died
    beside it).

    Parameters
    ----------
    responses : array_like, shape (patients, visits - 1)
    times : array_like, shape (visits,)
        Hours, the baseline first.
    death : array_like, shape (patients,)
        Hours; infinite for none.
    death_counts : bool
        Whether death is an event.

    Examples
    --------
    >>> seen = [[Response.SD, Response.PD], [Response.SD, Response.SD]]
    >>> found = times_to_event(seen, [0.0, 6.0, 12.0], [np.inf, 9.0])
    >>> found.time.tolist(), found.happened.tolist(), found.after.tolist()
    ([12.0, 6.0], [True, False], [6.0, 6.0])
    >>> times_to_event(seen, [0.0, 6.0, 12.0], [np.inf, 9.0], death_counts=True).time.tolist()
    [12.0, 9.0]
    """
    each, all_times = np.asarray(responses, dtype=np.int64), np.asarray(times, dtype=float)
    visits = all_times[1:] - all_times[0]
    dies = np.broadcast_to(np.asarray(death, dtype=float), len(each)) - all_times[0]
    alive = visits[None, :] < dies[:, None]
    progressed = np.where((each == Response.PD) & alive, visits[None, :], np.inf).min(axis=1, initial=np.inf)
    free = (each > Response.PD) & alive & (visits[None, :] < progressed[:, None])
    after = np.where(free, visits[None, :], 0.0).max(axis=1, initial=0.0)
    died = np.isfinite(dies) & death_counts & ~np.isfinite(progressed)
    time = np.where(np.isfinite(progressed), progressed, np.where(died, dies, after))
    return EventTimes(time, np.isfinite(progressed) | died, after)
