"""Patients in the engine: the document of their structure, how they settle, and their course under doses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.biology.contexts import Context, context
from jakstat.biology.parts import part_names
from jakstat.biology.patient_assembly import PatientAssembly, assemble_patient
from jakstat.biology.patient_start import patient_model, patient_start
from jakstat.engine.doses import Dose
from jakstat.engine.model import Model
from jakstat.errors import Outcome
from jakstat.patients.body_numbers import BodyLanes
from jakstat.patients.legs import LegRun, Stop, run_legs
from jakstat.patients.options import option_rows
from jakstat.patients.patient_record import Patient
from jakstat.patients.treatment import Prescription
from jakstat.pharmacology.body_drugs import body_doses, body_drug, body_numbers
from jakstat.pharmacology.subjects import individual_numbers

__all__ = [
    "ABSOLUTE_OF_PATIENTS",
    "RELATIVE_OF_PATIENTS",
    "Body",
    "SettledLanes",
    "at_first_visit",
    "body_of",
    "cell_of",
    "course",
    "timetables",
]

RELATIVE_OF_PATIENTS = 1e-4
"""Relative tolerance of a patient's course."""
ABSOLUTE_OF_PATIENTS = 1e-5
"""Absolute tolerance of a patient's course, in the units of his document (zmol, millions of cells, nmol, mg).

With one by state a tumour of 1e6 million cells would set the floor of all, and the engine looks twice.
"""
_HEPATOCYTE = "human_hepatocyte"
_OSTEOSARCOMA = "osteosarcoma"
_LEVELS = {"CRP": "CRP_reference", "AFP": "AFP_per_cell"}
_SLOW = {"albumin": "albumin_start", "bilirubin": "bilirubin_start"}
_ROUNDS = 2
_LN2 = math.log(2.0)


@dataclass(frozen=True, slots=True)
class Body:
    """The structure that patients share: cells, disease and drugs."""

    assembly: PatientAssembly
    model: Model

    @property
    def ids(self) -> frozenset[str]:
        """Ids of its parameters."""
        return frozenset(row.id for row in self.assembly.parameters)

    def value(self, name: str) -> float:
        """A number of the document."""
        return next(row.value for row in self.assembly.parameters if row.id == name)


@dataclass(frozen=True, slots=True)
class SettledLanes:
    """Lanes at their first visit.

    Parameters
    ----------
    numbers, states : mapping of str to array, shape (lanes,)
        Parameters, and the state of everything.
    outcomes : int array, shape (lanes,)
    """

    numbers: Mapping[str, Floats]
    states: Mapping[str, Floats]
    outcomes: NDArray[np.int64]

    def take(self, places: Sequence[int]) -> SettledLanes:
        """Some lanes, in any order and as often as wanted."""
        at = np.asarray(places, dtype=np.intp)
        numbers, states = ({k: v[at] for k, v in table.items()} for table in (self.numbers, self.states))
        return SettledLanes(numbers, states, self.outcomes[at])


def cell_of(one: Patient) -> str:
    """The kind of cell that stands for a patient's tumour, with its states.

    Examples
    --------
    >>> from jakstat.patients.patient_record import make_patient
    >>> cell_of(make_patient({"aetiology": "HBV", "SOCS3_methylated": 1.0}))
    'hepg2+HBV+SOCS3_methylated'
    """
    states = []
    if one.disease == "hcc" and one.numbers["HBx"]:
        states.append("HBV")
    if one.disease == "hcc" and one.aetiology == "HCV":
        states.append("HCV")
    if one.numbers["SOCS3_methylated"]:
        states.append("SOCS3_methylated")
    return "+".join([one.cell, *states])


def body_of(cell: str, disease: str = "hcc", drugs: tuple[str, ...] = ()) -> Body:
    """The document of patients and its compiled model.

    Parameters
    ----------
    cell : str
        Kind of cell with its states.
    disease : str
    drugs : tuple of str
        Names of drugs that some of them are given.

    Raises
    ------
    InputError
        As :func:`jakstat.biology.patient_assembly.assemble_patient`.
    """
    return _body(context(cell), disease, drugs)


@lru_cache(maxsize=16)
def _body(cell: Context, disease: str, drugs: tuple[str, ...]) -> Body:  # a user may replace his own cell
    names = part_names(instances=False, scale="tumour") if disease == _OSTEOSARCOMA else None
    assembly = assemble_patient(cell.name, _HEPATOCYTE, drugs=[body_drug(d) for d in drugs], tumour=names)
    return Body(assembly, patient_model(assembly.sbml))


def at_first_visit(
    body: Body, lanes: BodyLanes, *, rtol: float = RELATIVE_OF_PATIENTS, threads: int = 1
) -> SettledLanes:
    """Lanes at their first visit: cells and surroundings at rest at the patient's IL-6, measured levels met.

    The tumour is held while cells, surroundings and blood settle. CRP and AFP are linear in one number each,
    which is set so that the levels of the first visit are the measured ones; where a doubling time is to be
    met, the pace of the lineage is set by untreated runs.

    Raises
    ------
    InputError
        ``parameter.unknown``; ``patient.rest``.
    """
    numbers = {key: np.asarray(value, dtype=float) for key, value in lanes.numbers.items()}
    start = patient_start(body.assembly, numbers)
    states = dict(start.initial)
    failed = np.isnan(states["CRP"])
    for name in (name for name in _LEVELS if name in lanes.met):
        _meet(name, lanes.met[name], body, numbers, states)
    _unspent(body, lanes.count, numbers, states)
    states = {k: np.where(failed, np.nan, v) for k, v in states.items()}
    outcomes = np.where(failed, int(Outcome.NOT_STEADY), int(Outcome.OK)).astype(np.int64)
    settled = SettledLanes(numbers, states, outcomes)
    wanted = lanes.met.get("doubling_time")
    if wanted is not None and np.isfinite(wanted).any():
        settled = _paced(body, settled, wanted, rtol, threads)
    return settled


def _unspent(body: Body, count: int, numbers: Mapping[str, Floats], states: dict[str, Floats]) -> None:
    """What falls within months and would have begun to while the cells settled is as it was measured."""

    def number(name: str) -> Floats:
        return numbers.get(name, np.full(count, body.value(name)))

    for name, first in _SLOW.items():
        states[name] = number(first) * number("plasma")
    states["reserve"] = np.ones(count)
    states["fibrosis"] = number("fibrosis_start")


def _meet(
    name: str, wanted: Floats, body: Body, numbers: dict[str, Floats], states: dict[str, Floats]
) -> None:
    """Set the number that a level is linear in, and the level itself."""
    number, base = _LEVELS[name], body.value("AFP_normal") if name == "AFP" else 0.0
    plasma = numbers.get("plasma", np.full(len(wanted), body.value("plasma")))
    found = states[name] / plasma
    goal = np.where(np.isnan(wanted), found, wanted)
    factor = np.maximum(goal - base, 0.0) / np.where(found > base, found - base, np.inf)
    numbers[number] = numbers.get(number, np.full(len(found), body.value(number))) * factor
    states[name] = np.maximum(goal, base) * plasma


def _paced(body: Body, settled: SettledLanes, wanted: Floats, rtol: float, threads: int) -> SettledLanes:
    """The pace at which the untreated tumour doubles as it is to."""
    span = option_rows()["growth_read"].value
    numbers = dict(settled.numbers)
    usable = np.isfinite(wanted) & (settled.outcomes == int(Outcome.OK))
    for _ in range(_ROUNDS):
        at = np.flatnonzero(usable)
        if not len(at):
            break
        run = body.model.simulate(
            [0.0, span],
            {k: v[at] for k, v in numbers.items()},
            {k: v[at] for k, v in settled.states.items()},
            outputs=["tumour_volume"],
            rtol=rtol,
            atol=ABSOLUTE_OF_PATIENTS,
            threads=threads,
        )
        volume = run.value("tumour_volume")
        growth = np.log(volume[:, -1] / volume[:, 0]) / span
        factor = np.ones(len(wanted))
        grows = np.isfinite(growth) & (growth > 0.0)
        factor[at[grows]] = _LN2 / (24.0 * wanted[at[grows]]) / growth[grows]
        numbers["pace"] = numbers["pace"] * factor
    return replace(settled, numbers=numbers)


def timetables(
    lanes: BodyLanes, prescriptions: Iterable[Prescription], until_h: float
) -> tuple[list[list[Dose]], Mapping[str, Floats]]:
    """The doses of every lane, and the numbers of the drugs in it.

    Raises
    ------
    InputError
        ``dose.count``, ``covariate.missing``.
    """
    tables: list[list[Dose]] = [[] for _ in range(lanes.count)]
    numbers: dict[str, Floats] = {}
    subjects = lanes.subjects()
    for one in prescriptions:
        drug, own = body_drug(one.drug.id), individual_numbers(one.drug, subjects)
        numbers.update(body_numbers(drug, subjects))
        if "first_dose" in {row.id for row in drug.rows}:
            numbers[f"{drug.prefix}first_dose"] = np.full(lanes.count, one.regimen.starts[0])
        found = body_doses(drug, one.regimen, subjects, own, until_h)
        for lane in range(lanes.count):
            tables[lane] += found[lane if len(found) > 1 else 0]
    return tables, numbers


def course(
    body: Body,
    settled: SettledLanes,
    tables: Sequence[Sequence[Dose]],
    times: Floats,
    outputs: Iterable[str],
    *,
    drug_numbers: Mapping[str, Floats] | None = None,
    stops: Sequence[Stop] = (),
    rtol: float = RELATIVE_OF_PATIENTS,
    atol: float | None = ABSOLUTE_OF_PATIENTS,
    threads: int = 1,
) -> LegRun:
    """The course of settled lanes under their doses, from 0 on.

    Parameters
    ----------
    body : Body
    settled : SettledLanes
    tables : sequence of sequence of Dose
        Of each lane; empty where it is not treated.
    times : array, shape (T,)
        Hours, from 0.
    outputs : iterable of str
        Symbols of the document.
    drug_numbers : mapping of str to array, optional
        Of :func:`timetables`.
    stops : sequence of Stop
        Where something is decided.
    rtol : float
    atol : float or None
        None for one by state, where few cells of a tumour count: it costs more than twice as much.
    threads : int
        They change no number.
    """
    numbers = {**settled.numbers, **(drug_numbers or {})}
    return run_legs(
        body.model, times, numbers, settled.states, tables, outputs, stops,
        outcomes=settled.outcomes, rtol=rtol, atol=atol, threads=threads,
    )  # fmt: skip
