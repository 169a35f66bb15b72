"""What is told of a cohort: a JSON document, and a row for each patient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from jakstat.population.cohort import Cohort
from jakstat.population.cohort_file import cohort_manifest
from jakstat.population.cohort_making import CohortPlan, MadeCohort
from jakstat.population.first_visit import plausibility_rows
from jakstat.population.margins import population_rows, populations_listed
from jakstat.population.patient_numbers import AETIOLOGY, patient_numbers
from jakstat.population.weighting import MatchedNumber, effective_sample_size, weighted_quantiles
from jakstat.store import NOTICE, json_ready

__all__ = [
    "cohort_document",
    "cohort_question",
    "listed_document",
    "patient_rows",
    "stored_document",
    "unit_of_number",
]

_QUARTILES = (0.25, 0.5, 0.75)


def cohort_question(plan: CohortPlan, count: int, seed: int) -> dict[str, Any]:
    """The population as it was understood.

    Examples
    --------
    >>> from jakstat.population.cohort_making import plan_of_shipped
    >>> cohort_question(plan_of_shipped("keynote240"), 100, 1)["asked"]
    '100 patients of keynote240 (after sorafenib, all regions (KEYNOTE-240)), seed 1'
    """
    people = plan.people
    about = populations_listed()[people.like]["about"]
    name = people.name if people.name == people.like else f"{people.name}, like {people.like}"
    only = [one.told(unit_of_number(one.number)) for one in plan.only]
    asked = f"{count} patients of {name} ({about}), seed {seed}"
    asked += f", drawn as {people.sampling}" if people.sampling != "independent" else ""
    asked += f"; only {' and '.join(only)}" if only else ""
    return {
        "population": people.name,
        "like": people.like,
        "about": about,
        "disease": people.disease,
        "sampling": people.sampling,
        "patients": count,
        "seed": seed,
        "only": only,
        "plausible": plan.plausible,
        "weights": {"least": plan.bounds[0], "most": plan.bounds[1]},
        "vectors": plan.vectors,
        "changed": list(_changed(plan)),
        "asked": asked,
    }


def unit_of_number(number: str) -> str:
    """Unit of a number of patients; empty for a word.

    Examples
    --------
    >>> unit_of_number("IL6"), unit_of_number("aetiology")
    ('pg/ml', '')
    """
    return "" if number == AETIOLOGY else patient_numbers()[number].unit


def _changed(plan: CohortPlan) -> Iterator[dict[str, Any]]:
    people, before = plan.people, population_rows(plan.people.like)
    for key, row in {**people.rows, **people.correlations}.items():
        if people.name != people.like and row.key[:1] == (people.name,):
            was = before[key].value if key in before else None
            yield {"id": key, "value": row.value, "was": was, "unit": row.unit, "source": row.source}


def cohort_document(made: MadeCohort, count: int) -> dict[str, Any]:
    """A cohort without its patients, as ``docs/json.md`` has it.

    Examples
    --------
    >>> from jakstat.population.cohort_making import make_cohort, plan_of_shipped
    >>> found = cohort_document(make_cohort(plan_of_shipped("sharp"), 8, seed=1), 8)
    >>> found["patients"], found["drawn"], found["removed"]
    (8, 8, [])
    """
    patients = made.patients
    rules = [asdict(row) for row in plausibility_rows().values()] if made.plan.plausible else []
    return {
        "question": cohort_question(made.plan, count, patients.seed),
        "patients": patients.count,
        "drawn": made.drawn,
        "turned_away": made.turned_away,
        "removed": [json_ready(asdict(one)) for one in made.removed],
        "rules": [{k: v for k, v in rule.items() if k != "key"} for rule in rules],
        "match": [_match(one) for one in made.match],
        **_patients_document(patients),
        "grades": dict(Counter(row.grade for row in made.plan.people.rows.values())),
        "manifest": cohort_manifest(made, count),
        "notice": NOTICE,
    }


def stored_document(patients: Cohort) -> dict[str, Any]:
    """What a cohort file says of its patients.

    Examples
    --------
    >>> from jakstat.population.cohort import cohort
    >>> stored_document(cohort("sharp", 8, seed=1))["asked"]
    '8 patients of sharp, seed 1'
    """
    name = patients.name or patients.population
    return {
        "asked": f"{patients.count} patients of {name}, seed {patients.seed}",
        "population": name,
        "like": patients.population,
        "disease": patients.disease,
        "seed": patients.seed,
        "vectors": patients.vectors,
        "patients": patients.count,
        **_patients_document(patients),
        "notice": NOTICE,
    }


def _patients_document(patients: Cohort) -> dict[str, Any]:
    low, middle, high = np.quantile(patients.weights, (0.0, 0.5, 1.0))
    return {
        "effective_sample_size": effective_sample_size(patients.weights),
        "weights": {"low": float(low), "median": float(middle), "high": float(high)},
        "aetiology": [_group(patients, word) for word in sorted(set(patients.aetiology.tolist()))],
        "numbers": [json_ready(_summary(patients, name)) for name in _names(patients)],
    }


def _match(one: MatchedNumber) -> dict[str, Any]:
    row, number = one.observed.row, one.observed.of.number
    return {
        "number": number,
        "what": one.observed.of.told(unit_of_number(number)),
        "reading": one.observed.reading,
        "unit": row.unit,
        "wanted": row.value,
        "low": row.low,
        "high": row.high,
        "unweighted": json_ready(one.unweighted),
        "weighted": json_ready(one.weighted),
        "met": one.met,
        "grade": row.grade,
        "source": row.source,
        "note": row.note,
    }


def _group(patients: Cohort, word: str) -> dict[str, Any]:
    member = (patients.aetiology == word).astype(float)
    share = float((member * patients.weights).sum() / patients.weights.sum())
    return {"name": word, "unweighted": float(member.mean()), "weighted": share}


def _names(patients: Cohort) -> list[str]:
    return [*patients.numbers, *patients.first_visit]


def _summary(patients: Cohort, name: str) -> dict[str, Any]:
    one, values, weights = patient_numbers()[name], patients.number(name), patients.weights
    assert values is not None
    found: dict[str, Any] = {"name": name, "stage": one.stage, "unit": one.unit, "about": one.about}
    if one.kind == "flag":
        return {**found, "share": float((values * weights).sum() / weights.sum())}
    low, middle, high = weighted_quantiles(values, weights, _QUARTILES).tolist()
    return {**found, "q25": low, "median": middle, "q75": high}


def patient_rows(patients: Cohort) -> Iterator[Mapping[str, Any]]:
    """A row for each patient, units behind the names.

    Examples
    --------
    >>> from jakstat.population.cohort import cohort
    >>> row = next(iter(patient_rows(cohort("sharp", 1, seed=1))))
    >>> row["patient"], round(row["age_year"], 1), "ECOG" in row
    (0, 68.9, True)
    """
    heads = {}
    for name in _names(patients):
        unit = patient_numbers()[name].unit.replace("/", "_per_").replace("*", "_").replace("^", "")
        heads[name] = name if unit == "dimensionless" else f"{name}_{unit}"
    for place, who in enumerate(patients.ids):
        row: dict[str, Any] = {"patient": who, AETIOLOGY: str(patients.aetiology[place])}
        row["prevalence_weight"] = float(patients.weights[place])
        for name, head in heads.items():
            values = patients.number(name)
            row[head] = None if values is None else float(values[place])
        for k in range(patients.lesions.shape[1]):
            row[f"lesion_{k + 1}_mm"] = float(patients.lesions[place, k])
        yield row


def listed_document() -> dict[str, Any]:
    """The shipped populations, with how many of their numbers were measured.

    Examples
    --------
    >>> [one["population"] for one in listed_document()["populations"]][0]
    'sharp'
    """
    found = []
    for name, row in populations_listed().items():
        grades = dict(Counter(r.grade for r in population_rows(name).values()))
        found.append({"population": name, "disease": row["disease"], "about": row["about"], "grades": grades})
    return {"populations": found, "notice": NOTICE}
