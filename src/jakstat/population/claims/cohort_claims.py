"""Claims about many patients, put to cohorts: means, ranks, shares and trials, with whole cohorts as lanes.

Each lane is another cohort. Where tumours are followed, the numbers of the tumour's parts are those of the
lane too, as in :mod:`jakstat.population.claims.course_runs`; those of the drug stay as trials fitted them
together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology.draws import draw_vectors
from jakstat.evidence.verdicts import Finding, judged
from jakstat.extras import needs
from jakstat.patients.bodies import body_of
from jakstat.patients.treatment import parse_prescriptions
from jakstat.population.arms import ArmOutcomes, TumourCourse, follow_arm
from jakstat.population.claims.course_runs import drawn_numbers
from jakstat.population.cohort import Cohort, cohort
from jakstat.population.cohort_lanes import cohort_course, settled_cohort
from jakstat.population.histology import HEPATOCELLULAR, histology_rows, liver_cancers
from jakstat.population.outcome_numbers import outcome_numbers
from jakstat.population.readings import arm_readings, ratio_of_deaths
from jakstat.population.survival import censored_at, hazard_ratio
from jakstat.population.trial_behaviours import FOLLOWED_H, VISITS_H, tumour_course, untreated_course

with needs("trial"):
    from scipy.stats import spearmanr

__all__ = ["DRAWN_AS_SAID", "cohort_findings"]

_PATIENTS = 200
_POPULATION = "sharp"
_HEALTHY_IL6 = 2.6
"""pg/ml, of the healthy of one cohort (claim C064)."""
_HIGH_AFP = 20.0
"""ng/ml: the usual bound of AFP as a marker."""
_DRUG = "sorafenib"
_REGIMEN = "sorafenib 400 mg PO BID"
_REPLICATES = 4
_MOST_COHORTS = 32
"""Cohorts beyond which one more says little: each is followed for two years under three treatments."""
_WIDE = 2.0
"""Wide spread between tumours in how they answer to the drug, over that of the table."""
_ANSWERS = ("TKI_kill", "TKI_block")


@dataclass(frozen=True, slots=True)
class _CohortClaim:
    id: str
    readout: str
    expect: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    reading: str = "200 patients"


_CLAIMS = (
    _CohortClaim(
        "C004", "liver cancers that are hepatocellular", "value", 0.75, 0.9, "fraction", "1000 patients"
    ),
    _CohortClaim("C021", "IL6_serum", "up", unit="pg/ml"),
    _CohortClaim("C052", "rank correlation of IL-6 and tumour size", "value", 0.05, 1.0),
    _CohortClaim("C190", "share with AFP above 20 ng/ml", "value", 0.4, 0.65),
    _CohortClaim("C022", "hazard of death with IL-6 above the median over that below", "up", unit="ratio"),
    _CohortClaim("C314", "responses to sorafenib where answers spread twice as far", "down", unit="fraction"),
    _CohortClaim("C315", "hazard of death on sorafenib over placebo", "value", 0.6, 0.95, "ratio"),
)
_FOLLOWED = frozenset({"C022", "C314", "C315"})
DRAWN_AS_SAID = frozenset({"C004"})
"""Claims whose number is a margin that patients are drawn by: encoded, whatever comes out."""
_LIVER_CANCERS = 1000


def cohort_findings(
    wanted: Collection[str], *, lanes: int, seed: int, progress: Callable[[str], None] = lambda _: None
) -> Mapping[str, list[Finding]]:
    """Findings on claims about cohorts, by claim; each lane is another cohort of 200, 32 at most.

    Examples
    --------
    >>> [f.verdict for f in cohort_findings({"C021"}, lanes=4, seed=1)["C021"]]
    ['supported']
    """
    rows = [e for e in _CLAIMS if e.id in wanted]
    found: dict[str, list[Finding]] = {}
    values: dict[str, list[tuple[float, float]]] = {e.id: [] for e in rows}
    lanes = min(lanes, _MOST_COHORTS)
    for lane in range(lanes if rows else 0):
        progress(f"cohort {lane + 1} of {lanes}: {_PATIENTS} patients")
        people = cohort(_POPULATION, _PATIENTS, seed=seed + lane)
        courses = _Followed(people, lane, lanes, seed) if _FOLLOWED & values.keys() else None
        for key, each in values.items():
            if key in DRAWN_AS_SAID:
                each.append(_hepatocellular(lane, lanes, seed))
            elif courses is None or key not in _FOLLOWED:
                each.append(_drawn(key, people))
            else:
                each.append(courses.read(key))
    for e in rows:
        control, perturbed = np.array(values[e.id]).T
        found[e.id] = [judged(e, None if e.expect == "value" else control, perturbed, unit=e.unit)]
    return found


def _drawn(claim: str, people: Cohort) -> tuple[float, float]:
    """Control and value of a claim on patients as they are drawn."""
    numbers = people.numbers
    if claim == "C021":
        return _HEALTHY_IL6, float(np.mean(numbers["IL6"]))
    if claim == "C052":
        size = np.nansum(people.lesions**3, axis=1)
        return np.nan, float(spearmanr(numbers["IL6"], size).statistic)
    return np.nan, float(np.mean(numbers["AFP"] > _HIGH_AFP))


def _hepatocellular(lane: int, lanes: int, seed: int) -> tuple[float, float]:
    """The share of hepatocellular carcinoma among primary liver cancers of a lane; it has no control."""
    row = histology_rows()[HEPATOCELLULAR]
    share = float(draw_vectors([row], lanes=lanes, seed=seed)[row.id][lane])
    kinds = liver_cancers(seed + lane, range(_LIVER_CANCERS), share)
    return np.nan, float(np.mean(kinds == HEPATOCELLULAR))


@lru_cache(maxsize=1)
def _numbers(lanes: int, seed: int) -> Mapping[str, Floats]:
    drawn = drawn_numbers(body_of("hepg2", "hcc", (_DRUG,)), (_DRUG,), lanes=lanes, seed=seed)
    return {key: v for key, v in drawn.items() if _DRUG not in key}


class _Followed:
    """A cohort under the numbers of its lane: followed without treatment, and with the drug when asked."""

    def __init__(self, people: Cohort, lane: int, lanes: int, seed: int) -> None:
        self.people, self.body = people, body_of("hepg2", "hcc", (_DRUG,))
        changes = {key: float(v[lane]) for key, v in _numbers(lanes, seed).items()}
        self.settled = settled_cohort(people, self.body, changes=changes)
        self.free, _ = untreated_course(people, self.body, self.settled)

    def read(self, claim: str) -> tuple[float, float]:
        """Control and value of a claim."""
        if claim == "C022":
            return 1.0, self._by_il6()
        if claim == "C315":
            return np.nan, ratio_of_deaths(self._usual, self._arms(self.free), FOLLOWED_H).value
        wide = self._arms(self._treated(_WIDE))
        return _responses(self._usual), _responses(wide)

    @cached_property
    def _usual(self) -> list[ArmOutcomes]:
        """The arm on the drug where tumours differ as the table has it."""
        return self._arms(self._treated(1.0))

    def _arms(self, course: TumourCourse) -> list[ArmOutcomes]:
        untreated = None if course is self.free else self.free
        return [
            follow_arm(course, self.people, outcome_numbers(), untreated=untreated, replicate=k)
            for k in range(_REPLICATES)
        ]

    def _treated(self, spread: float) -> TumourCourse:
        """The course under the drug where tumours differ by so much more in how they answer."""
        numbers = dict(self.people.numbers)
        numbers |= {name: numbers[name] ** spread for name in _ANSWERS}  # log-normal about 1
        run = cohort_course(
            replace(self.people, numbers=numbers), self.body, self.settled,
            parse_prescriptions([_REGIMEN]), self.free.times, ["tumour_volume", "albumin"], even=True,
        )  # fmt: skip
        return tumour_course(run.values, run.times)

    def _by_il6(self) -> float:
        """Hazard of death of patients whose IL-6 is above the median over that of the others."""
        il6 = self.people.numbers["IL6"]
        high = np.tile((il6 > np.median(il6)).astype(float), _REPLICATES)
        death = np.concatenate([arm.death for arm in self._arms(self.free)])
        return hazard_ratio(*censored_at(death, FOLLOWED_H), high).value


def _responses(arms: list[ArmOutcomes]) -> float:
    """Share of patients with a partial or complete response."""
    return arm_readings(arms, FOLLOWED_H, VISITS_H).partial
