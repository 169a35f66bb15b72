"""One patient under treatment, beside himself untreated, under every structural option."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jakstat.arrays import Floats
from jakstat.calls import one_call
from jakstat.errors import Outcome
from jakstat.experiment.labelled import Labelled
from jakstat.identity import content_key
from jakstat.patients.bodies import (
    ABSOLUTE_OF_PATIENTS,
    RELATIVE_OF_PATIENTS,
    Body,
    at_first_visit,
    body_of,
    cell_of,
    course,
    timetables,
)
from jakstat.patients.body_numbers import BodyLanes, il6_nanomolar, lanes_of_patients
from jakstat.patients.legs import LegRun, Stop, Timetable, dosing_ended
from jakstat.patients.options import LeftBehind, liver_ratios, option_rows
from jakstat.patients.patient_record import Patient
from jakstat.patients.plan import PatientPlan, cells_told, patient_plan
from jakstat.patients.recist import Response, visit_conventions
from jakstat.patients.regrowth import (
    HOURS_OF_DAY,
    LINEAGE_REACTIONS,
    cells_after_operation,
    chance_of_run,
    sampled_behind,
)
from jakstat.patients.visits import VisitReadings, progressed_now, read_visits, visit_times
from jakstat.store import NOTICE, attributes, manifest

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "EARLY_H",
    "Output",
    "body_outputs",
    "follow_patient",
    "patient",
    "patient_outputs",
    "patient_sbml",
]

_SURROUNDINGS = frozenset({"IL6", "CD8", "TAM", "CAF"})
_SAMPLED_DAYS = 120
_DAY = 24.0
EARLY_H = 168.0
"""When the early answer of CRP is read: a week."""
_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Output:
    """Something that a course reports: a symbol of the document, what it is, and where it is drawn."""

    panel: str
    id: str
    symbol: str
    unit: str
    title: str

    def told(self, values: Floats) -> Floats:
        """Values of the document in the unit of the output.

        Examples
        --------
        >>> out = Output("IL6", "IL6_serum", "IL6_serum", "pg/ml", "free IL-6 of serum")
        >>> out.told(np.array([0.001])).round(9).tolist()
        [21.0]
        """
        return values / il6_nanomolar(1.0) if self.unit == "pg/ml" else values


@lru_cache(maxsize=1)
def patient_outputs() -> tuple[Output, ...]:
    """What courses report; the levels of drugs come to that.

    Examples
    --------
    >>> [o.unit for o in patient_outputs() if o.id == "CRP"]
    ['mg/L']
    """
    text = files("jakstat.patients").joinpath("outputs.csv").read_text(encoding="utf-8")
    return tuple(Output(**row) for row in csv.DictReader(text.splitlines()))


@dataclass(frozen=True, slots=True)
class _PatientLane:
    """Whether a lane is treated, and the structural options in force."""

    treated: bool
    ratio: float
    residual: LeftBehind

    def name(self, plan: PatientPlan) -> str:
        words = ["as prescribed" if self.treated else "untreated", f"liver IL-6 x {self.ratio:g}"]
        if len(plan.residual) > 1:
            words.append(f"{cells_told(self.residual.cells)} left")
        return ", ".join(words)


@one_call
def patient(
    given: Mapping[str, Any] | str | Path | Patient | None = None,
    regimen: Iterable[str] | str | None = None,
    until: str = "24mo",
    visits: str = "6w",
    *,
    resect: str | None = None,
    residual: str | None = None,
    stop_at_progression: bool = False,
    noise: float | None = None,
    seed: int = 1,
) -> xr.Dataset:
    """Follow a patient under treatment, and beside him the same patient untreated.

    Parameters
    ----------
    given : mapping, path, Patient or None
        What is known of him, as in a patient file; the default patient fills in the rest.
    regimen : text or sequence of text
        Drugs with their regimens, e.g. ``"sorafenib 400 mg PO BID"``.
    until, visits : str
        How long he is followed, and how often he is seen.
    resect : str, optional
        When the tumour is taken out.
    residual : str, optional
        What stays behind, e.g. ``"1e8 cells"`` or ``"5 mm"``; both sizes of occult foci when not given.
    stop_at_progression : bool
        Whether treatment ends at the visit that shows progression.
    noise : float, optional
        Coefficient of variation of one reading of the sum of diameters.
    seed : int
        Of the readings' noise.

    Returns
    -------
    xarray.Dataset
        Dims ``patient`` (treated and untreated, under each structural option), ``time`` (hours) and
        ``visit``; outputs have ``units``, ``long_name`` and ``sources``. By visit: ``sum_of_diameters``
        as it is, ``sum_read`` and ``response``; by patient ``best_response``, ``time_to_progression``,
        ``progressed``, and after an operation ``time_to_recurrence`` and ``recurred``. A failed lane is NaN.

    Raises
    ------
    InputError
        Every problem of the file, the regimens and the times.

    Notes
    -----
    RECIST 1.1: doi:10.1016/j.ejca.2008.10.026.
    """
    plan = patient_plan(
        given, regimen, until, visits, resect=resect, residual=residual,
        stop_at_progression=stop_at_progression, noise=noise, seed=seed,
    )  # fmt: skip
    return follow_patient(plan).to_dataset()


def follow_patient(plan: PatientPlan) -> Labelled:
    """The answer to a plan; see :func:`patient`."""
    one, drugs = plan.patient, tuple(p.drug.id for p in plan.prescriptions)
    body = body_of(cell_of(one), one.disease, drugs)
    ratios = liver_ratios()
    alone = _own_lane(body, one).take([0] * len(ratios), IL6_liver_ratio=np.array(ratios))
    settled = at_first_visit(body, alone)
    left = plan.residual or (LeftBehind(np.inf),)
    treated = (True, False) if plan.prescriptions else (False,)
    each = [_PatientLane(t, r, f) for r, f, t in itertools.product(ratios, left, treated)]
    places = [ratios.index(lane.ratio) for lane in each]
    lanes = alone.take(places)
    tables, drug_numbers = timetables(lanes, plan.prescriptions, plan.until_h)
    tables = [table if lane.treated else [] for table, lane in zip(tables, each, strict=True)]
    seen = visit_times(plan.visits_h, plan.until_h)
    times = _sampled(plan.until_h, seen, plan.resected_h)
    told = _reported(body, plan)
    run = course(
        body,
        settled.take(places),
        tables,
        times,
        [*(o.symbol for o in told), *(LINEAGE_REACTIONS if plan.resected_h is not None else ())],
        drug_numbers=drug_numbers,
        stops=_stops(plan, each, lanes, seen),
        atol=ABSOLUTE_OF_PATIENTS if plan.resected_h is None else None,
    )
    at = np.searchsorted(times, seen)
    resected = np.inf if plan.resected_h is None else plan.resected_h
    readings = read_visits(
        seen, run.values["tumour_volume"][:, at], lanes.lesions, lanes.names, cv=plan.cv, seed=plan.seed,
        resected_h=resected,
    )  # fmt: skip
    found = _labelled(plan, body, each, told, run, readings)
    if plan.resected_h is not None:
        words = {"long_name": "chance that what is left grows into a tumour again"}
        found["regrowth_chance"] = ("patient", chance_of_run(plan.resected_h, run.times, run.values), words)
    return found


def patient_sbml(plan: PatientPlan) -> str:
    """The patient as a standard document (SBML L3V2): his numbers, at his first visit, with no dose given.

    Parameters
    ----------
    plan : PatientPlan
        The drugs of its regimens are in the document; a dose goes into ``sorafenib_Depot`` and so on.
    """
    from jakstat.biology.sbml_writing import started_document

    one = plan.patient
    body = body_of(cell_of(one), one.disease, tuple(p.drug.id for p in plan.prescriptions))
    own = _own_lane(body, one)
    settled = at_first_visit(body, own)
    _, drug_numbers = timetables(own, plan.prescriptions, plan.until_h)
    numbers = {**settled.numbers, **drug_numbers}
    values, start = ({k: float(v[0]) for k, v in table.items()} for table in (numbers, settled.states))
    return started_document(body.assembly.sbml, values, start)


def _own_lane(body: Body, one: Patient) -> BodyLanes:
    """The patient as a lane. A doubling time is met by the untreated patient; where it is that of the default
    patient, he has it with the usual surroundings, and his own make his tumour faster or slower.
    """
    lane = lanes_of_patients([one])
    own = _SURROUNDINGS & one.said
    if not own or "doubling_time" in one.said:
        return lane
    usual = at_first_visit(body, lanes_of_patients([one.usual(own)]))
    numbers = {**lane.numbers, "pace": usual.numbers["pace"]}
    return replace(lane, numbers=numbers, met={**lane.met, "doubling_time": np.array([np.nan])})


def _sampled(until_h: float, seen: Floats, resected_h: float | None) -> Floats:
    """Some days of the course at a few hours each, a week, the visits, an operation and the end."""
    days = np.linspace(0.0, max(until_h // _DAY - 1.0, 0.0), _SAMPLED_DAYS).round()
    marks = [*seen, min(EARLY_H, until_h), until_h]
    if resected_h is not None:
        marks += [resected_h, *(t for t in sampled_behind(resected_h) if t < until_h)]
    hours = (np.unique(days)[:, None] * _DAY + np.array(HOURS_OF_DAY)[None, :]).ravel()
    return np.unique([*hours[hours < until_h], *marks])


def body_outputs(body: Body) -> list[Output]:
    """Outputs that a document has."""
    network = body.model.network
    known = {s.id for s in network.species} | {p.id for p in network.parameters}
    return [o for o in patient_outputs() if o.symbol in known]


def _reported(body: Body, plan: PatientPlan) -> list[Output]:
    """Outputs that the document has, and the drugs."""
    found = body_outputs(body)
    for p in plan.prescriptions:
        name = p.drug.name
        found.append(Output("drugs", f"{p.drug.id}_total", f"{p.drug.id}_Drug", "mg/L", f"{name} of plasma"))
        unbound = f"unbound {name} of plasma"
        found.append(Output("drugs", f"{p.drug.id}_unbound", f"{p.drug.id}_unbound", "nM", unbound))
    return found


def _stops(plan: PatientPlan, each: list[_PatientLane], lanes: BodyLanes, seen: Floats) -> list[Stop]:
    """The operation, and the visits where treatment may end."""
    found: dict[float, Stop] = {}

    def ends(times: Floats, values: Mapping[str, Floats], tables: Sequence[Timetable]) -> Sequence[Timetable]:
        at = np.searchsorted(times, seen[seen <= times[-1]])
        volume = values["tumour_volume"][:, at]
        now = progressed_now(seen[: len(at)], volume, lanes.lesions, lanes.names, cv=plan.cv, seed=plan.seed)
        last = float(times[-1])
        return [dosing_ended(t, "", last) if t and now[lane] else t for lane, t in enumerate(tables)]

    if plan.stop_at_progression:
        last = plan.until_h if plan.resected_h is None else plan.resected_h
        found.update({t: Stop(t, doses=ends) for t in seen[1:] if t < last})
    if plan.resected_h is not None:
        left = np.array([lane.residual.cells for lane in each])
        speed = np.array([lane.residual.speed for lane in each])
        found[plan.resected_h] = Stop(
            plan.resected_h,
            states=lambda state: cells_after_operation(state, left),
            numbers=lambda numbers: {"pace": numbers["pace"] * speed},
        )
    return [found[t] for t in sorted(found)]


def _labelled(
    plan: PatientPlan,
    body: Body,
    each: list[_PatientLane],
    told: list[Output],
    run: LegRun,
    readings: VisitReadings,
) -> Labelled:
    sources = _sources(plan, body)
    variables: dict[str, tuple[Any, ...]] = {}
    for o in told:
        values = o.told(run.values[o.symbol])
        attrs = {"units": o.unit, "long_name": o.title, "panel": o.panel, "sources": list(sources)}
        variables[o.id] = (("patient", "time"), values, attrs)
    by, mm = ("patient", "visit"), {"units": "mm"}
    variables["sum_of_diameters"] = (by, readings.sums, {**mm, "long_name": "sum of diameters as it is"})
    variables["sum_read"] = (by, readings.read, {**mm, "long_name": "sum of diameters as it was read"})
    variables["response"] = (by, _words(readings.responses), {"long_name": "response by RECIST 1.1"})
    variables["best_response"] = ("patient", _words(readings.best), {"long_name": "best overall response"})
    events = {"progression": readings.progression, "recurrence": readings.recurrence}
    done = {"progression": "progressed", "recurrence": "recurred"}
    for name, event in events.items():
        if event is not None:
            variables[f"time_to_{name}"] = ("patient", event.time, {"units": "h"})
            variables[done[name]] = ("patient", event.happened, {})
            variables[f"last_visit_without_{name}"] = ("patient", event.after, {"units": "h"})
    variables["treatment_stopped"] = ("patient", run.stopped, {"units": "h"})
    coordinates = {
        "time": ("time", run.times, {"units": "h"}),
        "visit": ("visit", readings.times, {"units": "h"}),
        "patient": ("patient", [lane.name(plan) for lane in each]),
        "treated": ("patient", [lane.treated for lane in each]),
        "IL6_liver_ratio": ("patient", [lane.ratio for lane in each]),
        "residual_cells": ("patient", [lane.residual.cells * _MILLION for lane in each], {"units": "cells"}),
        "outcome": ("patient", [Outcome(int(code)).name for code in run.outcomes]),
    }
    return Labelled(variables, coordinates, _attributes(plan, body, run, sources))


def _words(codes: Any) -> Any:
    return np.array([r.name for r in Response], dtype="<U2")[codes]


def _sources(plan: PatientPlan, body: Body) -> tuple[str, ...]:
    keys = {row.source for row in body.assembly.parameters} | set(plan.patient.sources)
    keys |= {key for p in plan.prescriptions for key in p.drug.sources}
    keys |= {row.source for row in (*visit_conventions().values(), *option_rows().values())}
    return tuple(sorted({part.strip() for key in keys for part in key.split(";")}))


def _attributes(plan: PatientPlan, body: Body, run: LegRun, sources: tuple[str, ...]) -> dict[str, object]:
    bad = [int(o) for o in run.outcomes if o != int(Outcome.OK)]
    made = manifest(
        "patient",
        {
            "question": plan.question,
            "model_key": body.assembly.model_key,
            "parameters_key": content_key([(r.id, r.value, r.unit) for r in body.assembly.parameters]),
            "tolerances": {"relative": RELATIVE_OF_PATIENTS},
            "seed": plan.seed,
        },
        sources=sources,
    )
    return attributes(
        {
            "title": plan.told,
            "question": plan.question,
            "options": {
                "IL6_liver_ratio": list(liver_ratios()),
                "residual_cells": plan.question["residual_cells"],
            },
            "outcome": "OK" if not bad else Outcome(bad[0]).name,
            "failed": len(bad),
            "sources": list(sources),
            "manifest": made.to_dict(),
            "notice": NOTICE,
        }
    )
