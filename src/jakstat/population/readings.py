"""What a trial reports of an arm: medians of survival and progression, responders, shares at visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.patients.recist import Response
from jakstat.population.arms import ArmOutcomes
from jakstat.population.survival import (
    HazardRatio,
    SurvivalCurve,
    censored_at,
    hazard_ratio,
)
from jakstat.units import convert

__all__ = ["ArmReadings", "arm_readings", "ratio_of_deaths", "ratio_of_progressions"]


@dataclass(frozen=True, slots=True)
class ArmReadings:
    """One arm.

    Parameters
    ----------
    survival, progression, progression_free : float
        Medians in months; infinite when half was not reached.
    alive_12 : float
        Share alive at 12 months.
    progressed : array (visits,)
        One less the Kaplan-Meier curve of time to progression at each of the first visits.
    partial : float
        Share with a partial or complete response as the best one.
    died_before : float
        Share that died before progression: censored in time to progression.
    """

    survival: float
    progression: float
    progression_free: float
    alive_12: float
    progressed: Floats
    partial: float
    died_before: float


def arm_readings(arms: Sequence[ArmOutcomes], follow_up_h: float, visits_h: Floats) -> ArmReadings:
    """Readings over the replicates of an arm.

    Parameters
    ----------
    arms : sequence of ArmOutcomes
        Replicates of the same patients.
    follow_up_h : float
        How long patients are followed.
    visits_h : array
        Visits at which the share that has progressed is told.
    """
    month = convert(1.0, "month", "h")
    death = np.concatenate([a.death for a in arms])
    time = np.concatenate([a.progression.time for a in arms])
    happened = np.concatenate([a.progression.happened for a in arms])
    free = np.concatenate([a.progression_free.time for a in arms])
    ended = np.concatenate([a.progression_free.happened for a in arms])
    best = np.concatenate([a.best for a in arms])
    progression = SurvivalCurve.of(time, happened)
    return ArmReadings(
        SurvivalCurve.of(*censored_at(death, follow_up_h)).median / month,
        progression.median / month,
        SurvivalCurve.of(free, ended).median / month,
        float((death > 12 * month).mean()),
        progression.share_by(visits_h),
        float((best >= Response.PR).mean()),
        float((~happened & np.isfinite(death)).mean()),
    )


def ratio_of_deaths(
    treated: Sequence[ArmOutcomes], control: Sequence[ArmOutcomes], follow_up_h: float
) -> HazardRatio:
    """Ratio of the hazards of death, treated over control; its interval is that of so many patients."""
    times = [np.concatenate([a.death for a in arms]) for arms in (treated, control)]
    time, happened = censored_at(np.concatenate(times), follow_up_h)
    return hazard_ratio(time, happened, np.repeat([1.0, 0.0], [len(t) for t in times]))


def ratio_of_progressions(treated: Sequence[ArmOutcomes], control: Sequence[ArmOutcomes]) -> HazardRatio:
    """Ratio of the hazards of progression, treated over control."""
    both = (treated, control)
    time = np.concatenate([a.progression.time for arms in both for a in arms])
    happened = np.concatenate([a.progression.happened for arms in both for a in arms])
    sizes = [sum(len(a.death) for a in arms) for arms in both]
    return hazard_ratio(np.maximum(time, 1.0), happened, np.repeat([1.0, 0.0], sizes))
