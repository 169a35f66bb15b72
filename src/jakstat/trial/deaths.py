"""Death in an arm under every structural option: the same course, other hazards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.population.cohort import Cohort
from jakstat.population.outcome_numbers import BURDENS, ERAS, OutcomeNumbers, outcome_numbers
from jakstat.population.outcomes import cumulated, death_hazard, first_event, prognosis, waiting
from jakstat.streams import stream
from jakstat.trial.arm_courses import ArmCourse
from jakstat.trial.design import TrialDesign

__all__ = ["ArmDeaths", "death_hazards", "deaths_by_option", "deaths_of", "trial_constants"]


@dataclass(frozen=True, slots=True)
class ArmDeaths:
    """When patients die under one pair of options.

    Parameters
    ----------
    burden, era : str
    time : array (patients,)
        h; infinite for one who lives at the end.
    by_tumour : bool array (patients,)
        Whether the tumour causes the death; the liver does otherwise.
    """

    burden: str
    era: str
    time: Floats
    by_tumour: NDArray[np.bool_]


def trial_constants(design: TrialDesign, burden: str, era: str) -> OutcomeNumbers:
    """The hazards of a trial's disease in the year in which it enrols.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> design = SimpleNamespace(disease="hcc", enrolled=2025.0)
    >>> trial_constants(design, "beta_middle", "era_progressed")["death_progressed"]
    0.0
    """
    found = outcome_numbers(burden, era, design.disease)
    return found if np.isnan(design.enrolled) else found.in_year(design.enrolled - found["year"])


def death_hazards(
    design: TrialDesign, patients: Cohort, course: ArmCourse, burden: str, era: str
) -> tuple[Floats, Floats]:
    """Hazards of death, and of death by the tumour alone, under a pair of options; 1/h, (patients, times)."""
    constants = trial_constants(design, burden, era)
    times, albumin = course.run.times, course.run.values["albumin"]
    progressed = times[None, :] >= course.follow_up.progressed_h[:, None]
    brought = prognosis(patients.numbers, patients.aetiology, constants)
    hazard = death_hazard(course.growth, albumin, progressed, brought, constants)
    tumour = death_hazard(course.growth, albumin, progressed, brought, constants.changed(death_liver=0.0))
    return hazard, tumour


def deaths_of(
    design: TrialDesign, patients: Cohort, course: ArmCourse, burden: str, era: str, vital: Floats
) -> ArmDeaths:
    """Death under a pair of options.

    Parameters
    ----------
    vital : array (patients, 2)
        Exponential draws of when, and uniform ones of what of, each patient dies (:func:`deaths_by_option`).
    """
    times = course.run.times
    hazard, tumour = death_hazards(design, patients, course, burden, era)
    time = first_event(cumulated(hazard, times), times, vital[:, 0])
    share = [np.interp(min(t, times[-1]), times, a / b) for t, a, b in zip(time, tumour, hazard, strict=True)]
    return ArmDeaths(burden, era, time, vital[:, 1] < np.array(share))


def deaths_by_option(design: TrialDesign, patients: Cohort, course: ArmCourse) -> Iterator[ArmDeaths]:
    """Death under every pair of options; the same draws under each, and in every arm."""
    seed, ids = design.seed, patients.ids
    what = np.array([stream(seed, "patient", who, "cause").random() for who in ids])
    vital = np.stack([waiting(seed, ids, "death"), what], axis=1)
    for burden in BURDENS:
        for era in ERAS:
            yield deaths_of(design, patients, course, burden, era, vital)
