"""How far a ratio of hazards depends on the model: the same patients under other vectors and options.

A few patients go through every arm again with each vector. Deaths are not drawn but expected, and all else is
drawn as before, so what differs is the model. It is told over the model as it is, and says nothing of trials,
which have other patients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import Outcome, problem
from jakstat.limits import check_count
from jakstat.population.cohort import Cohort
from jakstat.population.outcome_numbers import BURDENS, ERAS
from jakstat.population.outcomes import cumulated
from jakstat.population.two_groups import expected_ratio, two_group_ratio
from jakstat.store import json_ready
from jakstat.trial.arm_courses import ArmCourse, arm_course
from jakstat.trial.arm_rows import arm_fate, arm_patient_rows
from jakstat.trial.assignment import eligible_patients, enrolment
from jakstat.trial.deaths import death_hazards, deaths_by_option, trial_constants
from jakstat.trial.design import TrialArm, TrialDesign
from jakstat.trial.intervals import LEVEL

__all__ = ["MOST_VECTORS", "ArmRatios", "few_patients", "model_interval", "rerun_ratios"]

_PATIENTS = 32
_OTHERS = ("PFS", "TTP", "RFS")
_OF = "the same patients under other parameter vectors and structural options, over the model as it is"
MOST_VECTORS = 100
"""Parameter vectors that can be asked for."""

Course = Callable[[TrialArm], ArmCourse]


@dataclass(frozen=True, slots=True)
class ArmRatios:
    """Logarithms of ratios of hazards over the control, of some patients under one set of numbers.

    Parameters
    ----------
    options : mapping of (str, str) to mapping of str to float
        Of death, by burden and era and by arm: of endlessly many deaths of these patients.
    others : mapping of str to mapping of str to float
        Of the other endpoints by arm, as drawn.
    failed : int
        Patients who could not be simulated in every arm.
    alive : mapping of str to array (times,)
        Share alive by arm, under the options of the main result.
    followed : array (times,)
        Share of patients followed.
    """

    options: Mapping[tuple[str, str], Mapping[str, float]]
    others: Mapping[str, Mapping[str, float]]
    failed: int
    alive: Mapping[str, Floats]
    followed: Floats

    def alone(self, base: ArmRatios, control: str) -> float:
        """Logarithm of the ratio of hazards of the control over that of another run of its patients."""
        return expected_ratio(np.stack([base.alive[control], self.alive[control]]), self.followed)


def few_patients(design: TrialDesign, patients: Cohort, count: int = _PATIENTS) -> Cohort:
    """The first patients that the design lets in.

    Raises
    ------
    InputError
        ``trial.nobody``.
    """
    inside = np.flatnonzero(eligible_patients(design, patients))[:count]
    if not len(inside):
        raise problem("trial.nobody", "no patient is let in", hint="more patients, or a wider eligibility")
    return patients.take(inside)


def rerun_ratios(
    design: TrialDesign,
    patients: Cohort,
    *,
    vector: int = 0,
    changes: Mapping[str, float] | None = None,
    arms: Sequence[TrialArm] | None = None,
) -> ArmRatios:
    """Patients through every arm with other numbers of the document.

    Parameters
    ----------
    design : TrialDesign
    patients : Cohort
    vector : int
        Number of a parameter vector; 0 for the model as it is.
    changes : mapping of str to float, optional
        Numbers of the document on top of it.
    arms : sequence of TrialArm, optional
        All when not given; the control is the first of the design.
    """
    constants = trial_constants(design, design.burden, design.era)
    residual = design.residual[0] if design.resected_h is not None else ""
    wanted = design.arms if arms is None else arms
    courses = {
        arm.name: arm_course(
            design, arm, patients, constants, (), residual=residual, vector=vector, changes=changes
        )
        for arm in wanted
    }
    well = np.all([c.run.outcomes == int(Outcome.OK) for c in courses.values()], axis=0)
    followed = enrolment(design, patients).followed
    weights = patients.weights * well
    weights = weights / max(weights.sum(), 1e-300)
    times = next(iter(courses.values())).run.times
    seen = np.asarray(weights @ (followed[:, None] > times[None, :]))
    alive = {
        option: {name: _alive(design, patients, c, option, weights) for name, c in courses.items()}
        for option in ((burden, era) for burden in BURDENS for era in ERAS)
    }
    control = design.arms[0].name
    options = {
        option: {n: expected_ratio(np.stack([of[control], of[n]]), seen) for n in of if n != control}
        for option, of in alive.items()
    }
    others = _drawn_ratios(design, patients, courses, followed, well)
    return ArmRatios(options, others, int((~well).sum()), alive[design.burden, design.era], seen)


def _alive(
    design: TrialDesign, patients: Cohort, course: ArmCourse, option: tuple[str, str], weights: Floats
) -> Floats:
    """Share of the patients who are alive at each time, before any is drawn."""
    hazard, _ = death_hazards(design, patients, course, *option)
    surviving = np.exp(-cumulated(hazard, course.run.times))
    return np.asarray(weights @ np.where(weights[:, None] > 0.0, surviving, 0.0))


def _drawn_ratios(
    design: TrialDesign,
    patients: Cohort,
    courses: Mapping[str, ArmCourse],
    followed: Floats,
    well: NDArray[np.bool_],
) -> dict[str, dict[str, float]]:
    rows = {}
    for name, course in courses.items():
        found = deaths_by_option(design, patients, course)
        deaths = next(d for d in found if (d.burden, d.era) == (design.burden, design.era))
        rows[name] = arm_patient_rows(design, patients, course, arm_fate(deaths, followed), {})
    control = next(iter(courses))
    ratios: dict[str, dict[str, float]] = {}
    for end in (e for e in _OTHERS if e in design.endpoints):
        own = well & np.isfinite(rows[control][f"{end}_h"])
        if not own.any():
            continue
        ratios[end] = {}
        for name in (n for n in courses if n != control):
            both = [rows[control], rows[name]]
            time, event = (np.concatenate([r[f"{end}_{k}"][own] for r in both]) for k in ("h", "event"))
            group = np.repeat([0.0, 1.0], int(own.sum()))
            ratios[end][name] = two_group_ratio(time, event, group).log
    return ratios


def model_interval(
    design: TrialDesign,
    patients: Cohort,
    *,
    vectors: int = 16,
    count: int = _PATIENTS,
    rerun: Callable[..., ArmRatios] = rerun_ratios,
    told: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """The interval of a ratio of hazards over parameter vectors and structural options.

    Parameters
    ----------
    design : TrialDesign
    patients : Cohort
    vectors : int
        How many, beside the model as it is.
    count : int
        How many patients go through them.
    rerun : callable
        Gives the ratios under one vector.
    told : callable, optional
        Called with how many vectors are done, and of how many.

    Returns
    -------
    dict
        ``endpoints`` by name and arm: ``low``, ``high`` as factors on the ratio of the model as it is
        (``relative``), and ``each``, the ratios themselves.

    Raises
    ------
    InputError
        ``count.range``, ``trial.nobody``.
    """
    check_count(vectors, most=MOST_VECTORS, field="--vectors")
    few = few_patients(design, patients, count)
    found = []
    for k in range(vectors + 1):
        found.append(rerun(design, few, vector=k))
        if told is not None:
            told(k + 1, vectors + 1)
    main = (design.burden, design.era)
    ends: dict[str, Any] = {"OS": {}}
    for arm in design.arms[1:]:
        base = found[0].options[main][arm.name]
        rows = [
            {"vector": k, "burden": o[0], "era": o[1], "log": one.options[o][arm.name]}
            for k, one in enumerate(found)
            for o in one.options
        ]
        ends["OS"][arm.name] = _interval(rows, base, vectors, few.count, "expected")
        for end in found[0].others:
            drawn = [{"vector": k, "log": one.others[end][arm.name]} for k, one in enumerate(found)]
            own = _interval(drawn, float(drawn[0]["log"]), vectors, few.count, "the same draws in every arm")
            ends.setdefault(end, {})[arm.name] = own
    failed = [one.failed for one in found]
    return dict(json_ready({"vectors": vectors, "patients": few.count, "failed": failed, "endpoints": ends}))


def _interval(
    rows: Sequence[Mapping[str, Any]], base: float, vectors: int, patients: int, deaths: str
) -> dict[str, Any]:
    """Limits of the ratios over that of the model as it is."""
    edge = 0.5 * (1.0 - LEVEL)
    relative = np.array([row["log"] for row in rows]) - base
    known = relative[np.isfinite(relative)]
    low, high = np.exp(np.quantile(known, [edge, 1.0 - edge])) if len(known) else (np.nan, np.nan)
    names = [key for key in rows[0] if key != "log"]
    each = [{**{k: r[k] for k in names}, "hazard_ratio": float(np.exp(r["log"]))} for r in rows]
    return {
        "relative": {"low": float(low), "high": float(high)},
        "level": LEVEL,
        "vectors": vectors,
        "patients": patients,
        "events": deaths,
        "of": _OF,
        "each": each,
    }
