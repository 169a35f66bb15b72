"""What the model says of virtual patients at their first visit, and which of them are not to be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np

from jakstat.arrays import Floats
from jakstat.errors import Outcome
from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.patients.answer import patient_outputs
from jakstat.patients.bodies import Body, body_of
from jakstat.patients.body_numbers import il6_nanomolar
from jakstat.patients.patient_record import make_patient
from jakstat.population.cohort import Cohort
from jakstat.population.cohort_lanes import cohort_course, settled_cohort

__all__ = ["Implausible", "implausible_patients", "plausibility_rows", "usual_body", "with_first_visit"]

_READ = ("pSTAT3_stem", "pSTAT3_bulk", "pSTAT3_hepatocyte", "CRP", "IL6_liver", "IL6_tumour", "volume")
_DAYS = 60.0
_SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Implausible:
    """A patient who is left out, and the rule he breaks.

    Parameters
    ----------
    patient : int
    rule : str
        An id of ``plausibility.csv``; ``settled`` when the model finds no first visit for him.
    value, limit : float
    unit : str
    """

    patient: int
    rule: str
    value: float
    limit: float
    unit: str


@lru_cache(maxsize=1)
def plausibility_rows() -> Mapping[str, Row]:
    """The rules of ``plausibility.csv`` by id: a number of a patient, and its least or most.

    Examples
    --------
    >>> plausibility_rows()["BMI.least"].unit
    'kg/m^2'
    """
    text = files("jakstat.population").joinpath("plausibility.csv").read_text(encoding="utf-8")
    return MappingProxyType({row.id: row for row in read_table(text, file="population/plausibility.csv")})


def usual_body(disease: str) -> Body:
    """The document of the patients of a disease, without drugs.

    Examples
    --------
    >>> usual_body("hcc").assembly.instances["B_"].context
    'hepg2'
    """
    return body_of(make_patient({"disease": disease}).cell, disease)


def with_first_visit(patients: Cohort, *, threads: int = 1) -> Cohort:
    """The same patients with what the model says of them at the first visit, and after 60 untreated days.

    Returns
    -------
    Cohort
        Its ``first_visit`` has the numbers of that stage in ``patient_numbers.csv``; NaN where the model
        comes to no rest.

    Examples
    --------
    >>> from jakstat.population.cohort import cohort
    >>> few = with_first_visit(cohort("sharp", 2, seed=1))
    >>> bool((few.first_visit["pSTAT3_bulk"] > 0).all())
    True
    """
    body, per_nm = usual_body(patients.disease), 1.0 / il6_nanomolar(1.0)
    told = {one.id: one for one in patient_outputs() if one.id in _READ}
    symbols = [*(one.symbol for one in told.values()), "IL6_serum", "albumin"]
    settled = settled_cohort(patients, body, threads=threads)
    times = np.array([0.0, _DAYS * 24.0])
    run = cohort_course(patients, body, settled, (), times, symbols, threads=threads)
    well = np.where((settled.outcomes == int(Outcome.OK)) & (run.outcomes == int(Outcome.OK)), 1.0, np.nan)
    found: dict[str, Floats] = {}
    for name, one in told.items():
        found[name] = run.values[one.symbol][:, 0] * (per_nm if one.unit == "pg/ml" else 1.0) * well
    serum = run.values["IL6_serum"][:, 0] * per_nm * well
    found["IL6_kept"] = serum / patients.numbers["IL6"]
    found["CRP_per_IL6"] = found["CRP"] / serum
    found["growth_60d"] = np.log(np.maximum(run.values["tumour_volume"][:, 1], 1e-300)) - np.log(
        found["volume"]
    )
    with np.errstate(divide="ignore"):
        days = _DAYS * np.log(2.0) / found["growth_60d"]
    found["doubling_60d"] = np.where(found["growth_60d"] <= 0.0, np.inf, days)
    found["albumin_60d"] = run.values["albumin"][:, 1] * well
    return replace(patients, first_visit=MappingProxyType(found))


def implausible_patients(patients: Cohort) -> dict[int, Implausible]:
    """Who is not to be believed, by place, with the first rule that he breaks.

    Examples
    --------
    >>> from jakstat.population.cohort import cohort
    >>> implausible_patients(with_first_visit(cohort("sharp", 4, seed=1)))
    {}
    """
    found: dict[int, Implausible] = {}
    volume = patients.first_visit["volume"]
    for place in np.flatnonzero(np.isnan(volume)):
        found[int(place)] = Implausible(patients.ids[place], _SETTLED, np.nan, np.nan, "")
    for rule, row in plausibility_rows().items():
        name, end = rule.split(".")
        values = patients.number(name)
        if values is None:
            continue
        broken = values < row.value if end == "least" else values > row.value
        for place in np.flatnonzero(broken):
            one = Implausible(patients.ids[place], rule, float(values[place]), row.value, row.unit)
            found.setdefault(int(place), one)
    return dict(sorted(found.items()))
