"""From the course of an arm to the rows of the tables: what is seen of each patient while he is followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import Outcome
from jakstat.patients.answer import Output
from jakstat.patients.recist import EventTimes, Response, best_responses, times_to_event
from jakstat.population.cohort import Cohort
from jakstat.trial.arm_courses import EARLY_H, ArmCourse
from jakstat.trial.deaths import ArmDeaths
from jakstat.trial.design import RuleAct, TrialDesign

__all__ = [
    "ArmFate",
    "Columns",
    "arm_failures",
    "arm_fate",
    "arm_patient_rows",
    "arm_visit_rows",
    "recurrence_free",
]

Columns = dict[str, Any]
_WORDS = np.array([r.name for r in Response])


@dataclass(frozen=True, slots=True)
class ArmFate:
    """How long each patient of an arm lives and is seen.

    Parameters
    ----------
    death : array (patients,)
        h; infinite where he lives at the end.
    followed : array (patients,)
        Where he is censored.
    by_tumour : bool array (patients,)
    """

    death: Floats
    followed: Floats
    by_tumour: NDArray[np.bool_]

    @property
    def seen(self) -> Floats:
        """When he is last seen."""
        return np.minimum(self.death, self.followed)

    @property
    def dies(self) -> Floats:
        """Deaths that are seen; infinite for none."""
        return np.where(self.death <= self.followed, self.death, np.inf)

    def unseen(self, visits: Floats) -> NDArray[np.bool_]:
        """Whether a patient is not seen at a visit, (patients, visits)."""
        later = visits[None, :] > self.followed[:, None]
        return np.asarray(later | (visits[None, :] >= self.death[:, None]))


def arm_fate(deaths: ArmDeaths, followed: Floats) -> ArmFate:
    """The fate under the options of the main result."""
    return ArmFate(deaths.time, followed, deaths.by_tumour)


def recurrence_free(design: TrialDesign, course: ArmCourse, fate: ArmFate) -> EventTimes | None:
    """Time from the operation to recurrence or death; None without an operation."""
    start = design.resected_h
    if start is None:
        return None
    visits = course.follow_up.visits
    behind = visits > start
    states = np.where(fate.unseen(visits), Response.NE, course.follow_up.recurrence)[:, behind]
    times = np.concatenate([[0.0], visits[behind] - start])
    return times_to_event(states, times, fate.dies - start, death_counts=True)


def arm_patient_rows(
    design: TrialDesign, patients: Cohort, course: ArmCourse, fate: ArmFate, biomarkers: Mapping[str, Output]
) -> Columns:
    """The columns of an arm that its course and fate set, each (patients,)."""
    follow_up, visits = course.follow_up, course.follow_up.visits
    responses = np.where(fate.unseen(visits), Response.NE, follow_up.responses)[:, 1:]
    found: Columns = {"alive_h": fate.followed, "OS_h": fate.seen, "OS_event": np.isfinite(fate.dies)}
    causes = np.where(fate.by_tumour, "tumour", "liver")
    found["cause"] = np.where(np.isfinite(fate.dies), causes, "")
    if design.resected_h is None:
        free = times_to_event(responses, visits, fate.dies, death_counts=True)
        alone = times_to_event(responses, visits, fate.dies)
    else:
        states = np.where(fate.unseen(visits), Response.NE, follow_up.recurrence)[:, 1:]
        free = times_to_event(states, visits, fate.dies, death_counts=True)
        alone = times_to_event(states, visits, fate.dies)
    for name, event in (("PFS", free), ("TTP", alone)):
        found |= {f"{name}_h": event.time, f"{name}_event": event.happened, f"{name}_left_h": event.after}
    recurred = recurrence_free(design, course, fate)
    nothing, never = np.full(patients.count, np.nan), np.zeros(patients.count, dtype=bool)
    found["RFS_h"] = nothing if recurred is None else recurred.time
    found["RFS_event"] = never if recurred is None else recurred.happened
    best = best_responses(responses, visits)
    first = np.where(responses >= Response.PR, visits[None, 1:], np.inf).min(axis=1, initial=np.inf)
    responds = (best >= Response.PR) & np.isfinite(first)
    found["DoR_h"] = np.where(responds, free.time - np.where(responds, first, 0.0), np.nan)
    found["DoR_event"] = responds & free.happened
    found["best"] = _WORDS[best]
    return found | _treatment_columns(course, fate) | _biomarker_columns(course, fate, biomarkers)


def _treatment_columns(course: ArmCourse, fate: ArmFate) -> Columns:
    """Adverse events and changes of treatment before the patient is lost from sight."""
    seen, count = fate.seen, len(fate.death)
    toxic, drug = np.full(count, np.inf), np.full(count, "", dtype=object)
    for event in sorted(course.follow_up.toxicities, key=lambda e: e.time, reverse=True):
        if event.time < seen[event.lane]:
            toxic[event.lane], drug[event.lane] = event.time, event.drug
    factors: list[dict[str, float]] = [{} for _ in range(count)]
    line, switched = np.full(count, "", dtype=object), np.full(count, np.inf)
    for change in course.follow_up.changes:
        if change.time >= seen[change.lane]:
            continue
        if change.do is RuleAct.REDUCE:
            own = factors[change.lane]
            own |= {d: own.get(d, 1.0) * change.factor for d in change.drugs}
        elif change.do is RuleAct.SWITCH:
            line[change.lane], switched[change.lane] = change.to, change.time
    stopped = [course.follow_up.is_off(lane, float(np.nextafter(seen[lane], 0.0))) for lane in range(count)]
    return {
        "toxicity_h": toxic,
        "toxicity_drug": drug,
        "reduced": np.array([min(own.values(), default=1.0) for own in factors]),
        "stopped_h": np.array(stopped),
        "switched_to": line,
        "switched_h": switched,
    }


def _biomarker_columns(course: ArmCourse, fate: ArmFate, biomarkers: Mapping[str, Output]) -> Columns:
    times = course.run.times
    early = int(np.searchsorted(times, min(EARLY_H, times[-1])))
    found: Columns = {}
    for name, output in biomarkers.items():
        values = course.run.values[output.symbol]
        ratio = values[:, early] / np.where(values[:, 0] > 0.0, values[:, 0], np.nan)
        found[f"{name}_first"] = output.told(values[:, 0])
        found[f"{name}_change_6w"] = np.where(times[early] < fate.seen, ratio, np.nan)
    return found


def arm_visit_rows(course: ArmCourse, fate: ArmFate, biomarkers: Mapping[str, Output]) -> Columns:
    """The rows of visits, patient by patient."""
    follow_up, visits = course.follow_up, course.follow_up.visits
    unseen = fate.unseen(visits)
    at = np.searchsorted(course.run.times, visits)
    words = np.where(unseen | (visits == 0.0)[None, :], "", _WORDS[follow_up.responses])
    shape = unseen.shape
    found: Columns = {
        "place": np.broadcast_to(np.arange(shape[0])[:, None], shape),
        "visit_h": np.broadcast_to(visits, shape),
        "sum_read": np.where(unseen, np.nan, follow_up.read),
        "response": words,
        "dead": visits[None, :] >= fate.dies[:, None],
        "left": visits[None, :] > fate.followed[:, None],
    }
    for name, output in biomarkers.items():
        found[name] = np.where(unseen, np.nan, output.told(course.run.values[output.symbol][:, at]))
    return {name: np.ravel(values) for name, values in found.items()}


def arm_failures(course: ArmCourse) -> NDArray[np.object_]:
    """Why each patient could not be simulated; empty where he could."""
    names = ["" if o == int(Outcome.OK) else Outcome(int(o)).name for o in course.run.outcomes]
    return np.array(names, dtype=object)
