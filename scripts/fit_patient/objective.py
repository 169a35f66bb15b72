"""How far the model is from the targets: courses once per arm and value, survival on top of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from jakstat.arrays import Floats
from jakstat.patients.bodies import Body, SettledLanes, body_of
from jakstat.patients.treatment import parse_prescriptions
from jakstat.population.arms import TumourCourse
from jakstat.population.cohort import Cohort, cohort
from jakstat.population.cohort_lanes import cohort_course, settled_cohort
from jakstat.population.margins import population_rows
from jakstat.population.trial_behaviours import (
    TwoArms,
    doubling_months,
    half_progressed,
    tumour_course,
    untreated_course,
)

TARGETS = Path(__file__).with_name("targets.csv")
DRUGS = ("sorafenib",)
SPREADS = {"TKI_kill.log_sd": "TKI_kill", "TKI_block.log_sd": "TKI_block"}
"""Spreads of how tumours answer, by the number of a patient drawn with them about a median of 1."""
REGIMEN = "sorafenib 400 mg PO BID"


@dataclass(frozen=True)
class Target:
    """A published number that the fit looks at, and how closely it is to be met."""

    id: str
    value: float
    unit: str
    weight: float
    source: str
    what: str


def targets() -> Mapping[str, Target]:
    """The rows of ``targets.csv``: nothing else is read."""
    with TARGETS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {
        r["id"]: Target(r["id"], float(r["value"]), r["unit"], float(r["weight"]), r["source"], r["what"])
        for r in rows
    }


@dataclass
class Courses:
    """A cohort settled once, with its untreated course and what the drug's numbers have given so far."""

    patients: Cohort
    body: Body
    settled: SettledLanes
    untreated: TumourCourse
    CRP: Floats
    doubling: Floats
    kept: dict[tuple[tuple[str, float], ...], TumourCourse] = field(default_factory=dict)

    def treated(self, changes: Mapping[str, float]) -> TumourCourse:
        """The course under sorafenib with other numbers of the drug."""
        key = tuple(sorted(changes.items()))
        if key not in self.kept:
            run = cohort_course(
                self._spread(changes), self.body, self.settled, parse_prescriptions([REGIMEN]),
                self.untreated.times, ["tumour_volume", "albumin"],
                changes={k: v for k, v in changes.items() if k not in SPREADS}, even=True,
            )  # fmt: skip
            self.kept[key] = tumour_course(run.values, run.times)
        return self.kept[key]

    def _spread(self, changes: Mapping[str, float]) -> Cohort:
        """The same patients with other spreads: a log-normal draw about 1 to the power of their ratio."""
        numbers = dict(self.patients.numbers)
        rows = population_rows(self.patients.population)
        for key, name in SPREADS.items():
            if key in changes:
                numbers[name] = numbers[name] ** (changes[key] / rows[key].value)
        return replace(self.patients, numbers=numbers)


def courses(population: str, count: int, seed: int, weeks: int = 104) -> Courses:
    """Settle a cohort and follow it without treatment."""
    patients, body = cohort(population, count, seed=seed), body_of("hepg2", "hcc", DRUGS)
    settled = settled_cohort(patients, body)
    free, crp = untreated_course(patients, body, settled, weeks)
    return Courses(patients, body, settled, free, crp, doubling_months(free))


def growth_and_blood(run: Courses) -> dict[str, float]:
    """The model's numbers before treatment, by the ids of the targets."""
    return {
        "doubling_below_3": 100.0 * float((run.doubling < 3.0).mean()),
        "doubling_above_9": 100.0 * float((run.doubling > 9.0).mean()),
        "CRP_10": 100.0 * float((run.CRP >= 10.0).mean()),
    }


def trial_numbers(trial: TwoArms) -> dict[str, float]:
    """The model's numbers of a trial, by the ids of the targets."""
    placebo, drug = trial.control, trial.treated
    return {
        "SHARP_OS_placebo": placebo.survival,
        "SHARP_OS_sorafenib": drug.survival,
        "SHARP_OS_ratio": trial.deaths.value,
        "SHARP_TTP_placebo": half_progressed(placebo.progressed),
        "SHARP_TTP_sorafenib": half_progressed(drug.progressed),
        "SHARP_PR_sorafenib": 100.0 * drug.partial,
        "SHARP_alive_12_placebo": 100.0 * placebo.alive_12,
        "SHARP_alive_12_sorafenib": 100.0 * drug.alive_12,
    }


def misfit(model: Mapping[str, float]) -> float:
    """Sum of squares of what the model misses, each over the weight of its target."""
    rows = targets()
    gaps = [(min(value, 1e3) - rows[key].value) / rows[key].weight for key, value in model.items()]
    return float(np.sum(np.square(gaps)))
