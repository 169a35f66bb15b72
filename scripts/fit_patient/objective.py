"""How far the model is from the targets: courses once per arm and value, survival on top of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from jakstat.arrays import Floats
from jakstat.patients.bodies import Body, SettledLanes, body_of
from jakstat.patients.treatment import parse_prescriptions
from jakstat.population.arms import ArmOutcomes, TumourCourse, follow_arm
from jakstat.population.cohort import Cohort, cohort
from jakstat.population.cohort_lanes import cohort_course, settled_cohort
from jakstat.population.outcome_numbers import OutcomeNumbers
from jakstat.population.readings import ArmReadings, arm_readings, ratio_of_deaths, ratio_of_progressions

TARGETS = Path(__file__).with_name("targets.csv")
MONTH = 730.5
WEEKS = np.arange(0.0, 105.0) * 168.0
FOLLOWED = 18.0 * MONTH
VISITS = np.array([6.0, 12.0, 18.0, 24.0]) * 168.0
SORAFENIB = "sorafenib 400 mg PO BID"
GROWTH_READ = 60.0 * 24.0


@dataclass(frozen=True)
class Target:
    """A published number, how closely it is to be met, and whether the fit may look at it: it may."""

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

    def treated(self, changes: Mapping[str, float], *, even: bool = True) -> TumourCourse:
        """The course under sorafenib with other numbers of the drug."""
        key = (*sorted(changes.items()), ("even", float(even)))
        if key not in self.kept:
            rx = parse_prescriptions([SORAFENIB])
            run = cohort_course(
                self.patients, self.body, self.settled, rx, WEEKS, ["tumour_volume", "albumin"],
                changes=changes, even=even,
            )  # fmt: skip
            self.kept[key] = as_course(run.values, run.times)
        return self.kept[key]


def as_course(values: Mapping[str, Floats], times: Floats) -> TumourCourse:
    """Growth and albumin of a run."""
    volume = values["tumour_volume"]
    return TumourCourse(times, volume / volume[:, :1], values["albumin"])


def courses(population: str, count: int, seed: int, changes: Mapping[str, float] | None = None) -> Courses:
    """Settle a cohort and follow it without treatment."""
    patients = cohort(population, count, seed=seed)
    body = body_of("hepg2", "hcc", ("sorafenib",))
    settled = settled_cohort(patients, body, changes=changes)
    run = cohort_course(patients, body, settled, (), WEEKS, ["tumour_volume", "albumin", "CRP"])
    free = as_course(run.values, run.times)
    log = np.array([np.interp(GROWTH_READ, WEEKS, np.log(g)) for g in free.growth])
    with np.errstate(divide="ignore"):
        doubling = np.where(log > 0, GROWTH_READ * np.log(2.0) / log, np.inf) / MONTH
    return Courses(patients, body, settled, free, run.values["CRP"][:, 0], doubling)


@dataclass(frozen=True)
class Sharp:
    """Both arms of SHARP."""

    placebo: ArmReadings
    sorafenib: ArmReadings
    death_ratio: float
    progression_ratio: float
    by_tumour: float


def sharp(run: Courses, treated: TumourCourse, constants: OutcomeNumbers, replicates: int = 4) -> Sharp:
    """Both arms on the same patients."""
    arms: list[list[ArmOutcomes]] = [[], []]
    for k in range(replicates):
        arms[0].append(follow_arm(run.untreated, run.patients, constants, replicate=k))
        arms[1].append(follow_arm(treated, run.patients, constants, untreated=run.untreated, replicate=k))
    dead = np.mean([1.0 - a.survival[:, -1].mean() for a in arms[0]])
    return Sharp(
        arm_readings(arms[0], FOLLOWED, VISITS),
        arm_readings(arms[1], FOLLOWED, VISITS),
        ratio_of_deaths(arms[1], arms[0], FOLLOWED).value,
        ratio_of_progressions(arms[1], arms[0]).value,
        float(np.mean([a.by_tumour.mean() for a in arms[0]]) / dead),
    )


def crossing(progressed: Floats) -> float:
    """Months at which the share that progressed reaches one half, between the visits, half a visit later.

    The published median is the visit that shows it, so a curve that reaches one half in the middle of the time
    before that visit agrees best.
    """
    share = np.concatenate([[0.0], progressed])
    when = np.concatenate([[0.0], VISITS]) / MONTH
    found = np.interp(0.5, share, when) if share[-1] >= 0.5 else when[-1] * 0.5 / max(share[-1], 1e-3)
    return float(found + 3.0 * 168.0 / MONTH)


def predicted(run: Courses, found: Sharp) -> dict[str, float]:
    """The model's numbers by the ids of the targets."""
    return {
        "doubling_below_3": 100.0 * float((run.doubling < 3.0).mean()),
        "doubling_above_9": 100.0 * float((run.doubling > 9.0).mean()),
        "CRP_10": 100.0 * float((run.CRP >= 10.0).mean()),
        "SHARP_OS_placebo": found.placebo.survival,
        "SHARP_OS_sorafenib": found.sorafenib.survival,
        "SHARP_OS_ratio": found.death_ratio,
        "SHARP_TTP_placebo": crossing(found.placebo.progressed),
        "SHARP_TTP_sorafenib": crossing(found.sorafenib.progressed),
        "SHARP_PR_sorafenib": 100.0 * found.sorafenib.partial,
        "SHARP_alive_12_placebo": 100.0 * found.placebo.alive_12,
        "SHARP_alive_12_sorafenib": 100.0 * found.sorafenib.alive_12,
        "deaths_by_tumour": 100.0 * found.by_tumour,
    }


def misfit(model: Mapping[str, float], which: tuple[str, ...] | None = None) -> float:
    """Sum of squares of what the model misses, each over the weight of its target."""
    rows = targets()
    chosen = which or tuple(rows)
    gaps = [(min(model[k], 1e3) - rows[k].value) / rows[k].weight for k in chosen]
    return float(np.sum(np.square(gaps)))
