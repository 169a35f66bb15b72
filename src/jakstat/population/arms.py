"""One arm of a trial on a cohort: from courses of tumours to progression, response and death at visits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.patients.recist import (
    EventTimes,
    Response,
    best_responses,
    lesion_diameters,
    noisy_sums,
    overall_responses,
    sums_of_diameters,
    target_responses,
    times_to_event,
)
from jakstat.population.cohort import Cohort
from jakstat.population.outcome_numbers import OutcomeNumbers
from jakstat.population.outcomes import (
    cumulated,
    death_hazard,
    first_event,
    new_lesion_times,
    prognosis,
    spliced,
    waiting,
)

__all__ = ["ArmOutcomes", "TumourCourse", "follow_arm"]


@dataclass(frozen=True, slots=True)
class TumourCourse:
    """What the model of the patient says of a cohort under one treatment.

    Parameters
    ----------
    times : array (times,)
        h from the first visit.
    growth : array (patients, times)
        Volume over that at the first visit.
    albumin : array (patients, times)
        g/L.
    """

    times: Floats
    growth: Floats
    albumin: Floats


@dataclass(frozen=True, slots=True)
class ArmOutcomes:
    """What happened to each patient.

    Parameters
    ----------
    death : array (patients,)
        h; infinite for one who lives at the end.
    survival : array (patients, times)
        Chance of being alive, given when the tumour progressed.
    by_tumour : array (patients,)
        Chance of having died of the tumour by the end; the rest of those who died did of the liver.
    progression, progression_free : EventTimes
        Time to progression, and progression-free survival.
    best : int array (patients,)
        Best overall response.
    """

    death: Floats
    survival: Floats
    by_tumour: Floats
    progression: EventTimes
    progression_free: EventTimes
    best: NDArray[np.int64]


def follow_arm(
    course: TumourCourse,
    patients: Cohort,
    constants: OutcomeNumbers,
    *,
    visit_weeks: float = 6.0,
    untreated: TumourCourse | None = None,
    replicate: int = 0,
) -> ArmOutcomes:
    """Read a course at visits, and let new lesions and death come.

    The cheap way, for the fit and its validation: two courses to the end, treated and untreated, give an arm
    with treatment stopped at progression for any number of replicates and options. A trial with rules runs
    in legs from visit to visit instead (:mod:`jakstat.trial.arm_courses`); where the only rule is that one,
    the legs progress at the same visits and the times of death differ by 2 % in most patients.

    Parameters
    ----------
    course : TumourCourse
    patients : Cohort
    constants : OutcomeNumbers
    visit_weeks : float
        Weeks from one reading to the next.
    untreated : TumourCourse, optional
        When given, treatment stops at progression and the tumour goes on as it does without.
    replicate : int
        Another number draws other readings, new lesions and deaths of the same patients.

    Examples
    --------
    >>> from jakstat.population.cohort import cohort
    >>> from jakstat.population.outcome_numbers import outcome_numbers
    >>> few, t = cohort("sharp", 2, seed=1), np.arange(0.0, 105.0) * 168.0
    >>> fast = TumourCourse(t, np.exp([0.0 * t, 2e-3 * t]), np.full((2, 105), 39.0))
    >>> found = follow_arm(fast, few, outcome_numbers().changed(death_tumour=0.0, death_liver=0.0))
    >>> float(found.progression.time[1]) / 168.0
    6.0
    """
    times, seed, ids = course.times, patients.seed, patients.ids
    visits = np.arange(0.0, times[-1] + 1e-9, visit_weeks * 168.0)
    at_visits = np.array(
        [np.exp(np.interp(visits, times, np.log(np.maximum(g, 1e-12)))) for g in course.growth]
    )
    sums = sums_of_diameters(lesion_diameters(patients.lesions, at_visits))
    readers = ids if replicate == 0 else [f"{who}.{replicate}" for who in ids]
    read = noisy_sums(sums, constants["reading_cv"], seed=seed, patients=readers)
    lesion = new_lesion_times(
        course.growth, times, patients.numbers, waiting(seed, ids, "new_lesion", replicate), constants
    )
    responses = overall_responses(target_responses(read), visits, lesion)
    seen = np.where(responses == Response.PD, visits[None, 1:], np.inf).min(axis=1, initial=np.inf)
    growth = course.growth if untreated is None else spliced(course.growth, untreated.growth, times, seen)
    brought = prognosis(patients.numbers, patients.aetiology, constants)
    progressed = times[None, :] >= seen[:, None]
    hazard = death_hazard(growth, course.albumin, progressed, brought, constants)
    tumour = death_hazard(growth, course.albumin, progressed, brought, constants.changed(death_liver=0.0))
    total = cumulated(hazard, times)
    survival = np.exp(-total)
    death = first_event(total, times, waiting(seed, ids, "death", replicate))
    alive = np.where(visits[None, 1:] < death[:, None], responses, Response.NE)
    return ArmOutcomes(
        death,
        survival,
        cumulated(survival * tumour, times)[:, -1],
        times_to_event(responses, visits, death),
        times_to_event(responses, visits, death, death_counts=True),
        best_responses(alive, visits),
    )
