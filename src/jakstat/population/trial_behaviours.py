"""Both arms of SHARP on a cohort, under every option of death, and patients on ruxolitinib or siltuximab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.patients.bodies import Body, SettledLanes
from jakstat.patients.treatment import parse_prescriptions
from jakstat.population.arms import ArmOutcomes, TumourCourse, follow_arm
from jakstat.population.cohort import Cohort
from jakstat.population.cohort_lanes import cohort_course
from jakstat.population.outcome_numbers import OutcomeNumbers
from jakstat.population.readings import (
    ArmReadings,
    arm_readings,
    ratio_of_deaths,
    ratio_of_progressions,
)
from jakstat.population.survival import HazardRatio
from jakstat.units import convert

__all__ = [
    "FOLLOWED_H",
    "VISITS_H",
    "TwoArms",
    "doubling_months",
    "half_progressed",
    "ruxolitinib_progression",
    "siltuximab_alone",
    "tumour_course",
    "two_arms",
    "untreated_course",
]

_WEEK = 168.0
_MONTH = convert(1.0, "month", "h")
_WEEKS = np.arange(0.0, 105.0) * _WEEK
_NAMES = ("tumour_volume", "albumin", "CRP", "IL6_serum")
FOLLOWED_H = 18.0 * _MONTH
"""How long patients of SHARP are followed at most."""
VISITS_H = np.array([6.0, 12.0, 18.0, 24.0, 30.0, 36.0]) * _WEEK
"""Visits at which the share that has progressed is told."""
_GROWTH_READ = 60.0 * 24.0
_RUXOLITINIB_WEEKS = 36
_SILTUXIMAB_WEEKS = 80


@dataclass(frozen=True, slots=True)
class TwoArms:
    """A trial on the same patients in both arms.

    Parameters
    ----------
    control, treated : ArmReadings
    deaths, progressions : HazardRatio
        Treated over control; the intervals are those of independent arms, which same patients are not.
    by_tumour : float
        Share of the deaths of the control arm that the tumour causes.
    """

    control: ArmReadings
    treated: ArmReadings
    deaths: HazardRatio
    progressions: HazardRatio
    by_tumour: float


def tumour_course(values: Mapping[str, Floats], times: Floats) -> TumourCourse:
    """Growth and albumin of a run."""
    volume = values["tumour_volume"]
    return TumourCourse(times, volume / volume[:, :1], values["albumin"])


def untreated_course(
    patients: Cohort, body: Body, settled: SettledLanes, weeks: int = 104
) -> tuple[TumourCourse, Floats]:
    """Some weeks without treatment, and CRP at the first visit."""
    run = cohort_course(patients, body, settled, (), _WEEKS[: weeks + 1], _NAMES)
    return tumour_course(run.values, run.times), run.values["CRP"][:, 0]


def doubling_months(free: TumourCourse) -> Floats:
    """Doubling time that two scans 60 days apart show; infinite where nothing grows.

    Examples
    --------
    >>> t = np.array([0.0, 1440.0, 2880.0])
    >>> float(doubling_months(TumourCourse(t, np.array([[1.0, 2.0, 4.0]]), np.ones((1, 3))))[0].round(3))
    1.971
    """
    log = np.array([np.interp(_GROWTH_READ, free.times, np.log(g)) for g in free.growth])
    with np.errstate(divide="ignore"):
        return np.where(log > 0, _GROWTH_READ * np.log(2.0) / log, np.inf) / _MONTH


def half_progressed(progressed: Floats, visits_h: Floats = VISITS_H) -> float:
    """Month in which half have progressed, on a straight line between visits, half an interval later.

    A published median is the visit that shows it, so the curve agrees best that reaches one half midway
    between that visit and the one before.

    Examples
    --------
    >>> round(half_progressed(np.array([0.25, 0.75]), np.array([1008.0, 2016.0])), 3)
    2.76
    """
    share = np.concatenate([[0.0], progressed])
    when = np.concatenate([[0.0], visits_h]) / _MONTH
    found = np.interp(0.5, share, when) if share[-1] >= 0.5 else 0.5 * when[-1] / max(share[-1], 1e-3)
    return float(found + 0.5 * (when[1] - when[0]))


def two_arms(
    patients: Cohort,
    free: TumourCourse,
    treated: TumourCourse,
    constants: OutcomeNumbers,
    *,
    replicates: int = 1,
) -> TwoArms:
    """A trial of a drug against placebo; treatment stops at the visit that shows progression."""
    each = range(replicates)
    control = [follow_arm(free, patients, constants, replicate=k) for k in each]
    drug = [follow_arm(treated, patients, constants, untreated=free, replicate=k) for k in each]
    return TwoArms(
        arm_readings(control, FOLLOWED_H, VISITS_H),
        arm_readings(drug, FOLLOWED_H, VISITS_H),
        ratio_of_deaths(drug, control, FOLLOWED_H),
        ratio_of_progressions(drug, control),
        _by_tumour(control),
    )


def _by_tumour(arms: Sequence[ArmOutcomes]) -> float:
    dead = float(np.mean([1.0 - a.survival[:, -1].mean() for a in arms]))
    return float(np.mean([a.by_tumour.mean() for a in arms])) / max(dead, 1e-12)


def ruxolitinib_progression(
    patients: Cohort,
    body: Body,
    settled: SettledLanes,
    free: TumourCourse,
    constants: OutcomeNumbers,
    *,
    replicates: int = 4,
) -> float:
    """Change in percent of the time to progression of half by ruxolitinib 20 mg twice a day."""
    times = _WEEKS[: _RUXOLITINIB_WEEKS + 1]
    rx = parse_prescriptions(["ruxolitinib 20 mg PO BID"])
    run = cohort_course(patients, body, settled, rx, times, _NAMES)
    drug = tumour_course(run.values, times)
    found = []
    for one in (drug, _within(free, times)):
        arms = [follow_arm(one, patients, constants, replicate=k) for k in range(replicates)]
        found.append(arm_readings(arms, times[-1], VISITS_H))
    return _later(found[0], found[1])


def siltuximab_alone(
    patients: Cohort,
    body: Body,
    settled: SettledLanes,
    free: TumourCourse,
    constants: OutcomeNumbers,
    *,
    replicates: int = 4,
) -> dict[str, float]:
    """Responses in percent in 18 months of siltuximab alone, and what it changes of progression and death."""
    times = _WEEKS[: _SILTUXIMAB_WEEKS + 1]
    rx = parse_prescriptions(["siltuximab 11 mg/kg IV q3w"])
    run = cohort_course(patients, body, settled, rx, times, _NAMES, even=True)
    drug = tumour_course(run.values, times)
    trial = two_arms(patients, _within(free, times), drug, constants, replicates=replicates)
    return {
        "siltuximab_response_18": 100.0 * trial.treated.partial,
        "siltuximab_progression": _later(trial.treated, trial.control),
        "siltuximab_OS_ratio": trial.deaths.value,
    }


def _within(free: TumourCourse, times: Floats) -> TumourCourse:
    """The first part of a course, to the last of some times."""
    return TumourCourse(times, free.growth[:, : len(times)], free.albumin[:, : len(times)])


def _later(drug: ArmReadings, control: ArmReadings) -> float:
    """Change in percent of the time in which half have progressed."""
    return 100.0 * (half_progressed(drug.progressed) / half_progressed(control.progressed) - 1.0)
