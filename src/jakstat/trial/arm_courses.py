"""The course of an arm: legs from visit to visit, with the rules of the trial carried out at each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from jakstat.arrays import Floats
from jakstat.patients.bodies import ABSOLUTE_OF_PATIENTS, Body, SettledLanes, body_of, course
from jakstat.patients.legs import LegRun, Stop
from jakstat.patients.patient_record import make_patient
from jakstat.patients.recist import sphere_volume
from jakstat.patients.regrowth import LINEAGE_REACTIONS, sampled_behind
from jakstat.population.cohort import Cohort
from jakstat.population.cohort_lanes import cohort_treatment, settled_cohort
from jakstat.population.outcome_numbers import OutcomeNumbers
from jakstat.population.parameter_vectors import parameter_vector
from jakstat.trial.design import Occasion, TrialArm, TrialDesign
from jakstat.trial.follow_up import ArmFollowUp, LineDoses, lines_of_arm
from jakstat.trial.occult import OccultFoci, occult_foci_of

__all__ = ["EARLY_H", "ArmCourse", "arm_course", "trial_body", "trial_times"]

EARLY_H = 1008.0
"""Six weeks: when the early change of a biomarker is read."""
_WEEK = 168.0
_CELLS = ("Stem", "Progenitor", "Differentiated")


@dataclass(frozen=True, slots=True)
class ArmCourse:
    """What became of the tumours of an arm.

    Parameters
    ----------
    arm : TrialArm
    run : LegRun
        Values by symbol of the document.
    growth : array (patients, times)
        Volume over that at the first visit; what grows again after an operation counts from there.
    follow_up : ArmFollowUp
        Readings, adverse events and changes of treatment.
    """

    arm: TrialArm
    run: LegRun
    growth: Floats
    follow_up: ArmFollowUp


@lru_cache(maxsize=4)
def _cell(disease: str) -> str:
    return make_patient({"disease": disease}).cell


def trial_body(disease: str, drugs: Sequence[str] = ()) -> Body:
    """The document that patients of a disease share, with the drugs of an arm.

    Each arm has a document of its own, so that another arm changes no number of this one.
    """
    return body_of(_cell(disease), disease, tuple(sorted(set(drugs))))


def trial_times(design: TrialDesign) -> Floats:
    """When courses are read: every week, at visits, where rules say so, and behind an operation."""
    until = design.until_h
    marks = [0.0, EARLY_H, until, *design.visits_h, *_rule_times(design)]
    if design.resected_h is not None:
        marks += [design.resected_h, *sampled_behind(design.resected_h)]
    found = np.unique([*np.arange(0.0, until, _WEEK), *marks])
    return np.asarray(found[found <= until])


def _rule_times(design: TrialDesign) -> list[float]:
    lines = [*(arm.line for arm in design.arms), *design.lines]
    return [rule.at_h for line in lines for rule in line.rules if rule.on is Occasion.TIME]


def arm_course(
    design: TrialDesign,
    arm: TrialArm,
    patients: Cohort,
    constants: OutcomeNumbers,
    outputs: Sequence[str],
    *,
    residual: str = "",
    vector: int | None = None,
    changes: Mapping[str, float] | None = None,
) -> ArmCourse:
    """Run patients through an arm, to the end whether they live or die.

    Death rests on options of hazard that the course knows nothing of, so it is told apart from it.

    Parameters
    ----------
    design : TrialDesign
    arm : TrialArm
    patients : Cohort
    constants : OutcomeNumbers
    outputs : sequence of str
        Symbols of the document.
    residual : str
        What an operation leaves behind, of :data:`jakstat.trial.occult.RESIDUALS`.
    vector : int, optional
        Number of a parameter vector (:func:`jakstat.population.parameter_vectors.parameter_vector`).
    changes : mapping of str to float, optional
        Numbers of the document on top of it, the same in every patient; others are passed over.
    """
    lines = lines_of_arm(design, arm)
    body = trial_body(design.disease, [p.drug.id for line in lines for p in line.prescriptions])
    given_numbers = parameter_vector(body, vector or 0) | dict(changes or {})
    settled = settled_cohort(patients, body, changes=given_numbers)
    numbers: dict[str, Floats] = {}
    given = []
    for line in lines:
        tables, own = cohort_treatment(
            patients, body, line.prescriptions, design.until_h, changes=given_numbers, even=design.mean_rate
        )
        given.append(LineDoses(line, tables))
        numbers = own | numbers
    foci = occult_foci_of(patients, residual) if residual else None
    follow_up = ArmFollowUp(design, patients, given, constants, foci)
    settled = _operated_at_start(design, settled, foci)
    names = {*outputs, "tumour_volume", "albumin", *(f"{drug}_AUC" for drug in follow_up.drugs)}
    if foci is not None:
        names |= {*_CELLS, *LINEAGE_REACTIONS}
    run = course(
        body, settled, given[0].tables, trial_times(design), sorted(names),
        drug_numbers=numbers, stops=_stops(design, follow_up, foci),
        atol=ABSOLUTE_OF_PATIENTS if foci is None else None,
    )  # fmt: skip
    follow_up.see(run.times, run.values)
    return ArmCourse(arm, run, _growth(design, patients, run, follow_up), follow_up)


def _operated_at_start(design: TrialDesign, settled: SettledLanes, foci: OccultFoci | None) -> SettledLanes:
    """Patients whose tumour is taken out at the first visit."""
    if foci is None or design.resected_h != 0.0:
        return settled
    states = {**settled.states, **foci.left(settled.states)}
    numbers = {**settled.numbers, "pace": settled.numbers["pace"] * foci.speed}
    return replace(settled, states=states, numbers=numbers)


def _stops(design: TrialDesign, follow_up: ArmFollowUp, foci: OccultFoci | None) -> list[Stop]:
    """Visits, times of rules, and the operation."""
    times = {t for t in (*design.visits_h, *_rule_times(design)) if 0.0 < t < design.until_h}
    found = {t: Stop(t, doses=follow_up.decide, numbers=follow_up.first_doses) for t in times}
    if foci is not None and design.resected_h:
        speed = foci.speed
        found[design.resected_h] = Stop(
            design.resected_h,
            states=foci.left,
            numbers=lambda now: {"pace": now["pace"] * speed, **follow_up.first_doses(now)},
            doses=follow_up.decide,
        )
    return [found[t] for t in sorted(found)]


def _growth(design: TrialDesign, patients: Cohort, run: LegRun, follow_up: ArmFollowUp) -> Floats:
    volume = run.values["tumour_volume"]
    if follow_up.foci is None:
        return np.asarray(volume / volume[:, :1])
    assert design.resected_h is not None
    start = np.nansum(sphere_volume(patients.lesions), axis=1)
    grows = follow_up.foci.grows(follow_up.chance)[:, None]
    behind = (run.times >= design.resected_h)[None, :]
    return np.asarray(np.where(behind & ~grows, 0.0, volume) / start[:, None])
