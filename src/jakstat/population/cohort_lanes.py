"""A cohort in the engine: its numbers as lanes of one document, its doses, and its course."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.biology.states import state
from jakstat.engine.doses import Dose
from jakstat.patients.bodies import Body, SettledLanes, at_first_visit, course
from jakstat.patients.body_numbers import (
    SUBJECTS_OF,
    BodyLanes,
    il6_nanomolar,
    usual_doubling_time,
    usual_of_disease,
)
from jakstat.patients.legs import LegRun
from jakstat.patients.patient_record import default_rows
from jakstat.patients.recist import sphere_volume
from jakstat.patients.treatment import Prescription
from jakstat.pharmacology.body_drugs import body_doses, body_drug, body_numbers
from jakstat.pharmacology.subjects import individual_numbers
from jakstat.population.cohort import Cohort
from jakstat.population.margins import population_rows

__all__ = ["cohort_course", "cohort_doses", "cohort_lanes", "cohort_treatment", "evened", "settled_cohort"]

_SAME = {
    "stem_share": "stem_share_start", "TAM": "TAM_start", "CAF": "CAF_start", "CD8": "CD8_start",
    "albumin": "albumin_start", "bilirubin": "bilirubin_start", "female": "female", "p53_lost": "p53_lost",
    "HBx": "HBX_here", "IL6_liver_ratio": "IL6_liver_ratio", "CRP_reference": "CRP_reference",
    "STAT3_expression": "STAT3_expression", "MAP_sensitivity": "MAP_sensitivity",
}  # fmt: skip
_TKIS = ("sorafenib", "lenvatinib", "regorafenib", "cabozantinib")
_SENSITIVE = {"TKI_kill": "Emax_{}_kill_TKI", "TKI_block": "EC50_{}_vessel_growth_left"}
_CANCER_CELLS = ("S_", "B_")
_IU_PER_LOAD = 1e6
_STAGES = 4.0  # METAVIR


def cohort_lanes(patients: Cohort, body: Body, *, changes: Mapping[str, float] | None = None) -> BodyLanes:
    """The patients as lanes of a document.

    Viruses and a methylated promoter of SOCS3 act in the cancer cells as states of a cell do, by factors on
    numbers; so all patients share a document. The pace of the lineage has a spread of its own: how fast a
    tumour doubles comes out, with the patient's IL-6, immunity and oxygen in it.

    Parameters
    ----------
    patients : Cohort
    body : Body
    changes : mapping of str to float, optional
        Values of parameters of the document, the same in every lane; a state of a patient's cancer cells acts
        on them.
    """
    n = patients.numbers
    found = {there: n[here] for here, there in _SAME.items() if here in n}
    found |= {k: np.full(patients.count, value) for k, value in usual_of_disease(patients.disease).items()}
    injury = {a: default_rows("hcc", a, "C")["other_injury"].value for a in set(patients.aetiology.tolist())}
    found |= {
        "pace": _pace(patients),
        "tumour_volume_start": np.nansum(sphere_volume(patients.lesions), axis=1),
        "IL6_serum_start": n["IL6"] * il6_nanomolar(1.0),
        "fibrosis_start": n["fibrosis"] / _STAGES,
        "HBV_load": n["HBV_DNA"] / _IU_PER_LOAD,
        "HCV_load": n["HCV_RNA"] / _IU_PER_LOAD,
        "antiviral_HBV": n["antiviral"] * (n["HBV_DNA"] > 0),
        "antiviral_HCV": n["antiviral"] * (n["HCV_RNA"] > 0),
        "p53_here": 1.0 - n["p53_lost"],
        "other_injury": np.array([injury[str(a)] for a in patients.aetiology]),
    }  # fmt: skip
    for key, value in (changes or {}).items():
        found[key] = np.full(patients.count, float(value))
    _in_cancer_cells(found, body, "SOCS3_methylated", n["SOCS3_methylated"] > 0)
    _in_cancer_cells(found, body, "HBV", n["HBx"] > 0)
    _in_cancer_cells(found, body, "HCV", patients.aetiology == "HCV")
    return BodyLanes(
        names=patients.ids,
        numbers={k: v for k, v in found.items() if k in body.ids},
        covariates=patients.subjects().covariates,
        population=SUBJECTS_OF[patients.disease],
        lesions=patients.lesions,
        met={"AFP": n["AFP"]} | ({} if patients.disease == "hcc" else {"doubling_time": n["doubling_time"]}),
    )


def _pace(patients: Cohort) -> Floats:
    """Pace of the lineage: as fitted for liver cancer, else the start of a search for the doubling time."""
    plain = usual_doubling_time() / patients.numbers["doubling_time"]
    if patients.disease != "hcc":
        return plain
    rows = population_rows(patients.population)
    return np.asarray(rows["pace.factor"].value * plain ** rows["pace.power"].value)


def _in_cancer_cells(found: dict[str, Floats], body: Body, name: str, there: NDArray[np.bool_]) -> None:
    """Factors of a state of the cell, where a lane has it."""
    for row in state(name).rows:
        if row.key[-1] != "times":
            continue
        for prefix in _CANCER_CELLS:
            key = prefix + row.id
            before = found.get(key, np.full(len(there), body.value(key)))
            found[key] = np.where(there, before * row.value, before)


def settled_cohort(
    patients: Cohort, body: Body, *, changes: Mapping[str, float] | None = None, threads: int = 1
) -> SettledLanes:
    """The patients at their first visit, at rest with their own IL-6, immunity and tumour."""
    return at_first_visit(body, cohort_lanes(patients, body, changes=changes), threads=threads)


def cohort_doses(
    patients: Cohort, prescriptions: Iterable[Prescription], until_h: float
) -> tuple[list[list[Dose]], dict[str, Floats]]:
    """The doses of every patient, and the numbers of the drugs in each, with the spread between subjects.

    Patients who are given the same share one list.

    Examples
    --------
    >>> from jakstat.patients.treatment import parse_prescriptions
    >>> from jakstat.population.cohort import cohort
    >>> rx = parse_prescriptions(["sorafenib 400 mg PO BID"])
    >>> tables, numbers = cohort_doses(cohort("sharp", 2, seed=1), rx, 48.0)
    >>> max(d.amount for d in tables[0]), bool(numbers["sorafenib_CL"][0] != numbers["sorafenib_CL"][1])
    (400.0, True)
    """
    given: list[list[list[Dose]]] = []
    numbers: dict[str, Floats] = {}
    subjects = patients.subjects()
    for one in prescriptions:
        drug, own = body_drug(one.drug.id), individual_numbers(one.drug, subjects)
        numbers.update(body_numbers(drug, subjects))
        numbers[f"{drug.prefix}first_dose"] = np.full(patients.count, one.regimen.starts[0])
        given.append(body_doses(drug, one.regimen, subjects, own, until_h))
    if all(len(found) == 1 for found in given):
        shared = [dose for found in given for dose in found[0]]
        return [shared] * patients.count, numbers
    lanes = range(patients.count)
    return [[d for found in given for d in found[k if len(found) > 1 else 0]] for k in lanes], numbers


def _sensitive(patients: Cohort, body: Body, changes: Mapping[str, float]) -> dict[str, Floats]:
    """How strongly kinase inhibitors act on each tumour."""
    found = {}
    for own, pattern in _SENSITIVE.items():
        for key in (pattern.format(drug) for drug in _TKIS):
            if key in body.ids:
                found[key] = changes.get(key, body.value(key)) * patients.numbers[own]
    return found


def evened(table: Iterable[Dose]) -> list[Dose]:
    """A timetable of repeated doses as infusions at their mean rate; what doses set is held at its largest.

    A drug that is taken for months and leaves slowly acts by its mean level, and a course without 1,460
    starts is ten times as fast. Over three months of sorafenib twice a day volumes differ by 0.2 % at most.

    Examples
    --------
    >>> evened([Dose(0.0, "Depot", 10.0, interval=12.0, count=4)])[0]
    Dose(time=0.0, target='Depot', amount=40.0, action='add', duration=48.0, interval=0.0, count=1)
    """
    found: list[Dose] = []
    held: dict[str, float] = {}
    for dose in table:
        if dose.action == "set":
            held[dose.target] = max(held.get(dose.target, dose.amount), dose.amount)
        elif dose.count > 1:
            total, span = dose.amount * dose.count, dose.interval * dose.count
            found.append(Dose(dose.time, dose.target, total, duration=span))
        else:
            found.append(dose)
    return [Dose(0.0, target, value, action="set") for target, value in held.items()] + found


def cohort_treatment(
    patients: Cohort,
    body: Body,
    prescriptions: Iterable[Prescription],
    until_h: float,
    *,
    changes: Mapping[str, float] | None = None,
    even: bool = False,
) -> tuple[list[list[Dose]], dict[str, Floats]]:
    """The doses of every patient, and every number of the document that the drugs set in him.

    Parameters
    ----------
    patients : Cohort
    body : Body
    prescriptions : iterable of Prescription
    until_h : float
    changes : mapping of str to float, optional
        Other values of the document, those of a parameter vector: each tumour's sensitivity acts on them.
    even : bool
        Whether doses go in at their mean rate (:func:`evened`).
    """
    tables, numbers = cohort_doses(patients, prescriptions, until_h)
    if even:
        smooth = {id(table): evened(table) for table in tables}
        tables = [smooth[id(table)] for table in tables]
    numbers |= _sensitive(patients, body, changes or {})
    return tables, {key: value for key, value in numbers.items() if key in body.ids}


def cohort_course(
    patients: Cohort,
    body: Body,
    settled: SettledLanes,
    prescriptions: Iterable[Prescription],
    times: Floats,
    outputs: Iterable[str],
    *,
    changes: Mapping[str, float] | None = None,
    even: bool = False,
    threads: int = 1,
) -> LegRun:
    """The course of a settled cohort under its drugs.

    Parameters
    ----------
    patients : Cohort
    body : Body
    settled : SettledLanes
    prescriptions : iterable of Prescription
    times : array, shape (T,)
        h, from 0.
    outputs : iterable of str
        Symbols of the document.
    changes : mapping of str to float, optional
        Values of parameters from the first visit on; only how sensitive a tumour is differs between lanes.
    even : bool
        Whether doses go in at their mean rate (:func:`evened`).
    """
    given, until = changes or {}, float(times[-1])
    tables, numbers = cohort_treatment(patients, body, prescriptions, until, changes=given, even=even)
    own = {key: np.full(patients.count, float(value)) for key, value in given.items() if key in body.ids}
    numbers |= {key: value for key, value in own.items() if key not in _sensitive(patients, body, {})}
    return course(body, settled, tables, times, outputs, drug_numbers=numbers, threads=threads)
