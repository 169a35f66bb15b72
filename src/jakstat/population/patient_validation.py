"""Behaviours that a cohort of virtual patients must show, each with its number and where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.patients.bodies import Body, SettledLanes, body_of
from jakstat.patients.body_numbers import il6_nanomolar
from jakstat.patients.treatment import parse_prescriptions
from jakstat.population.blood_behaviours import (
    founders_behaviour,
    ruxolitinib_behaviours,
    siltuximab_behaviours,
    siltuximab_by_liver_ratio,
)
from jakstat.population.cohort import Cohort, cohort
from jakstat.population.cohort_lanes import cohort_course, settled_cohort
from jakstat.population.outcome_numbers import BURDENS, outcome_numbers
from jakstat.population.recurrence_behaviours import foci_behaviours, infiltrate_behaviours
from jakstat.population.trial_behaviours import (
    doubling_months,
    ruxolitinib_progression,
    siltuximab_alone,
    tumour_course,
    two_arms,
    untreated_course,
)
from jakstat.store import NOTICE

__all__ = ["BehaviourRow", "CohortValidation", "behaviour_rows", "validate_patients"]

_DRUGS = ("ruxolitinib", "siltuximab", "sorafenib")
_WEEKS = np.arange(0.0, 105.0) * 168.0
_REPLICATES = 4
_STEPS = 7
_TRACE = 1e-9


@dataclass(frozen=True, slots=True)
class BehaviourRow:
    """One behaviour.

    Parameters
    ----------
    id, what : str
    origin : str
        ``fitted`` to this number, ``built in`` by an assumption, or ``emerged``.
    counts : bool
        Whether it must hold; others are told beside.
    wanted, low, high : float
        Published or wanted number and its bracket.
    unit, source : str
    model : float or None
    ok : bool
    """

    id: str
    what: str
    origin: str
    counts: bool
    wanted: float
    low: float
    high: float
    unit: str
    source: str
    model: float | None
    ok: bool


@dataclass(frozen=True, slots=True)
class CohortValidation:
    """Every behaviour of a cohort.

    Parameters
    ----------
    patients, seed : int
    rows : tuple of BehaviourRow
    options : tuple of mapping
        SHARP under every option of how death follows the burden, beside each other.
    """

    patients: int
    seed: int
    rows: tuple[BehaviourRow, ...]
    options: tuple[dict[str, float | str], ...]

    @property
    def counted(self) -> tuple[BehaviourRow, ...]:
        """Rows that must hold."""
        return tuple(row for row in self.rows if row.counts)

    @property
    def passed(self) -> int:
        """How many of them hold."""
        return sum(row.ok for row in self.counted)

    @property
    def failed(self) -> int:
        """How many of them do not."""
        return len(self.counted) - self.passed

    def to_document(self) -> dict[str, object]:
        """The validation as JSON-ready fields."""
        return {
            "patients": self.patients,
            "seed": self.seed,
            "rows": [asdict(row) for row in self.rows],
            "options": list(self.options),
            "passed": self.passed,
            "failed": self.failed,
            "manifest": {
                "kind": "patient-validation",
                "sources": sorted({row.source for row in self.rows}),
            },
            "notice": NOTICE,
        }


@lru_cache(maxsize=1)
def behaviour_rows() -> tuple[Row, ...]:
    """The rows of ``behaviours.csv``; the key of each is its origin and whether it counts.

    Examples
    --------
    >>> {row.key[0] for row in behaviour_rows()} == {"fitted", "built in", "emerged"}
    True
    """
    text = files("jakstat.population").joinpath("behaviours.csv").read_text(encoding="utf-8")
    return read_table(text, file="population/behaviours.csv", leading=("origin", "counts"))


def validate_patients(
    patients: int = 200,
    seed: int = 1,
    *,
    on_step: Callable[[int, int], None] | None = None,
) -> CohortValidation:
    """Run a seeded cohort through everything that is asked of it.

    Parameters
    ----------
    patients : int
    seed : int
    on_step : callable, optional
        Called with (steps done, steps in all).
    """
    done = iter(range(1, _STEPS + 1))

    def step() -> None:
        if on_step is not None:
            on_step(next(done), _STEPS)

    group = cohort("sharp", patients, seed=seed)
    body = body_of("hepg2", "hcc", _DRUGS)
    settled = settled_cohort(group, body)
    step()
    found, options = _trials(group, body, settled, step)
    found |= siltuximab_behaviours(group, body, settled) | siltuximab_by_liver_ratio(group, body)
    step()
    found |= ruxolitinib_behaviours(body) | founders_behaviour(body)
    step()
    found |= foci_behaviours(seed)
    step()
    ratios, _ = infiltrate_behaviours(cohort("resected", patients, seed=seed), body)
    found |= ratios
    step()
    return CohortValidation(patients, seed, tuple(_judged(row, found) for row in behaviour_rows()), options)


def _trials(
    group: Cohort, body: Body, settled: SettledLanes, step: Callable[[], None]
) -> tuple[dict[str, float], tuple[dict[str, float | str], ...]]:
    """Growth, both arms of SHARP under every option, and patients on ruxolitinib or on siltuximab alone."""
    free, crp = untreated_course(group, body, settled)
    doubling = doubling_months(free)
    found = {
        "doubling_below_3": 100.0 * float((doubling < 3.0).mean()),
        "doubling_above_9": 100.0 * float((doubling > 9.0).mean()),
        "CRP_10": 100.0 * float((crp >= 10.0).mean()),
        "IL6_without_tumour": _without_tumour(group, body, settled),
    }
    rx = parse_prescriptions(["sorafenib 400 mg PO BID"])
    run = cohort_course(group, body, settled, rx, _WEEKS, ["tumour_volume", "albumin"], even=True)
    drug = tumour_course(run.values, run.times)
    step()
    options: list[dict[str, float | str]] = []
    for burden in BURDENS:
        trial = two_arms(group, free, drug, outcome_numbers(burden), replicates=_REPLICATES)
        numbers = {
            "SHARP_OS_placebo": trial.control.survival,
            "SHARP_OS_sorafenib": trial.treated.survival,
            "SHARP_OS_ratio": trial.deaths.value,
            "SHARP_TTP_ratio": trial.progressions.value,
            "sorafenib_response": 100.0 * trial.treated.partial,
            "deaths_by_tumour": 100.0 * trial.by_tumour,
        }
        options.append({"option": burden, **numbers})
        if burden == "beta_middle":
            found |= numbers
    found["ruxolitinib_progression"] = ruxolitinib_progression(
        group, body, settled, free, outcome_numbers(), replicates=_REPLICATES
    )
    found |= siltuximab_alone(group, body, settled, free, outcome_numbers(), replicates=_REPLICATES)
    step()
    return found, tuple(options)


def _without_tumour(group: Cohort, body: Body, settled: SettledLanes) -> float:
    """Mean fall of serum IL-6 in pg/ml four weeks after the whole tumour is taken out."""
    taken = {name: settled.states[name] * _TRACE for name in ("Stem", "Progenitor", "Differentiated", "Dead")}
    without = SettledLanes(settled.numbers, {**settled.states, **taken}, settled.outcomes)
    held = {"growth_held": 1.0}
    run = cohort_course(group, body, without, (), _WEEKS[:5], ["IL6_serum"], changes=held)
    start = settled.states["IL6_total_serum"] / body.value("plasma")
    return float(np.nanmean(start - run.values["IL6_serum"][:, -1])) / il6_nanomolar(1.0)


def _judged(row: Row, found: dict[str, float]) -> BehaviourRow:
    model = found.get(row.id)
    model = None if model is None or not np.isfinite(model) else float(model)
    ok = model is not None and row.low <= model <= row.high
    origin, counts = row.key
    return BehaviourRow(
        row.id,
        row.note,
        origin,
        counts == "yes",
        row.value,
        row.low,
        row.high,
        row.unit,
        row.source,
        model,
        ok,
    )
