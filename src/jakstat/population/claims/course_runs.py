"""Courses of the patient behind claims: control and perturbed in one batch, lane by lane the same patient.

Lanes are the default patient with other numbers of the tumour: each drawn within its graded range, keyed by
seed and number (:func:`jakstat.biology.draws.draw_vectors`); the cells are as fitted. What describes a
patient or the usual patient is not drawn, because every number of the parts is told relative to it, and
neither are the rates of the lineage, which hold together by the composition and the pace of the tumour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology.draws import draw_vectors
from jakstat.curves import share
from jakstat.errors import Outcome, problem
from jakstat.evidence.readings import of_curve
from jakstat.patients.bodies import Body, SettledLanes, at_first_visit, body_of, cell_of, course, timetables
from jakstat.patients.body_numbers import BodyLanes, lanes_of_patients
from jakstat.patients.patient_record import make_patient
from jakstat.patients.treatment import parse_prescriptions
from jakstat.population.claims.claim_courses import ClaimCourse, CourseCondition

__all__ = ["CourseValues", "drawn_numbers", "run_course"]

_OF_PATIENTS = ("_usual", "_start", "_reference", "_ratio", "_load", "_here", "_expression", "_osteosarcoma")
_CELLS = ("S_", "B_", "H_")
_LINEAGE = (
    "kdiv_",
    "kdeath_S",
    "kdeath_P",
    "kdeath_D",
    "kmature_P",
    "kreturn_P",
    "share_SS",
    "share_SP",
    "hill_SS",
)
_HOURLY_H = 24.0 * 30.0
_DAILY_H = 24.0


@dataclass(frozen=True, slots=True)
class CourseValues:
    """The reading of an experiment in every lane, of control and perturbed; NaN where a lane failed."""

    control: Floats | None
    perturbed: Floats
    unit: str


def drawn_numbers(body: Body, drugs: Iterable[str], *, lanes: int, seed: int) -> dict[str, Floats]:
    """Numbers of the tumour's parts in every lane; the first lane is the tables themselves.

    Examples
    --------
    >>> from jakstat.patients.bodies import body_of
    >>> numbers = drawn_numbers(body_of("hepg2"), (), lanes=3, seed=1)
    >>> "gain_IL6_MDSC" in numbers, "TAM_start" in numbers
    (True, False)
    """
    skip = (*_CELLS, *_LINEAGE, *(f"{name}_" for name in drugs))
    rows = [
        row
        for row in body.assembly.parameters
        if not row.id.startswith(skip) and not row.id.endswith(_OF_PATIENTS) and row.unit not in ("L", "mL")
    ]
    return draw_vectors(rows, lanes=lanes, seed=seed)


def run_course(experiment: ClaimCourse, *, lanes: int, seed: int, threads: int = 1) -> CourseValues:
    """Run one experiment in all lanes.

    Raises
    ------
    InputError
        ``parameter.unknown``; a drug without a body.

    Examples
    --------
    >>> from jakstat.population.claims.claim_courses import claim_courses
    >>> first = next(e for e in claim_courses() if e.id == "C045")
    >>> found = run_course(first, lanes=2, seed=1)
    >>> bool((found.perturbed > found.control).all())
    True
    """
    conditions = experiment.conditions
    taken = tuple(dict.fromkeys(text for c in conditions for text in c.drugs))
    drugs = tuple(sorted({p.drug.id for p in parse_prescriptions(taken)}))
    found: list[Floats] = []
    unit = ""
    for condition in conditions:
        one = make_patient({"disease": experiment.disease, **dict(condition.patient)})
        states = [name for name in condition.states if name not in cell_of(one).split("+")]
        body = body_of("+".join([cell_of(one), *states]), experiment.disease, drugs)
        values, unit = _read(experiment, condition, body, drugs, lanes, seed, threads)
        found.append(values)
    return CourseValues(found[0] if len(found) > 1 else None, found[-1], experiment.unit or unit)


def _lanes(
    condition: CourseCondition, disease: str, body: Body, drugs: tuple[str, ...], lanes: int, seed: int
) -> BodyLanes:
    given = {"disease": disease, **dict(condition.patient)}
    one = lanes_of_patients([make_patient(given)])
    many = one.take([0] * lanes)
    numbers = {**many.numbers, **drawn_numbers(body, drugs, lanes=lanes, seed=seed)}
    known = {row.id: row.value for row in body.assembly.parameters}
    for name, _ in (*condition.fixed, *condition.factors, *condition.then):
        if name not in known:
            raise problem("parameter.unknown", f"the patient's document has no number {name}", field=name)
    for name, factor in condition.factors:
        numbers[name] = numbers.get(name, np.full(lanes, known[name])) * factor
    for name, value in condition.fixed:
        numbers[name] = np.full(lanes, value)
    nothing = {key: np.full(lanes, np.nan) for key in many.met}
    return replace(many, numbers=numbers, met=nothing)


def _read(
    experiment: ClaimCourse,
    condition: CourseCondition,
    body: Body,
    drugs: tuple[str, ...],
    lanes: int,
    seed: int,
    threads: int,
) -> tuple[Floats, str]:
    people = _lanes(condition, experiment.disease, body, drugs, lanes, seed)
    settled = at_first_visit(body, people, threads=threads)
    states = dict(settled.states)
    for name, left in condition.left:
        if name not in states:
            raise problem("species.unknown", f"the patient's document has no state {name}", field=name)
        states[name] = states[name] * left
    later = {name: np.full(lanes, value) for name, value in condition.then}
    settled = SettledLanes({**settled.numbers, **later}, states, settled.outcomes)
    until = experiment.reading.until
    times = np.unique(
        [*np.arange(0.0, min(until, _HOURLY_H) + 0.5, 1.0), *np.arange(0.0, until, _DAILY_H), until]
    )
    times = times[times <= until]
    tables, numbers = timetables(people, parse_prescriptions(condition.drugs), until)
    known = body.assembly.observables
    symbols = [known[name].symbol if name in known else name for name in experiment.readouts]
    run = course(body, settled, tables, times, symbols, drug_numbers=numbers, threads=threads)
    read = [of_curve(experiment.reading, run.times, run.values[symbol]) for symbol in symbols]
    value = read[0] if len(read) == 1 else share(read[0], read[1])
    value = np.where(run.outcomes == int(Outcome.OK), value, np.nan)
    return value, "1" if len(read) > 1 else _unit(body, experiment.readout)


def _unit(body: Body, name: str) -> str:
    known = body.assembly.observables.get(name)
    return known.unit if known is not None else ""
